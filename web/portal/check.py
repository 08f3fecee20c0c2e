""" "与我有关吗?": one question at a time until the answer is certain. What is answered travels in the form only."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request, Response
from redis import RedisError
from sqlalchemy.orm import Session

from core.clock import local_date
from core.vocabulary.fields import Side, place_field
from matcher.criteria import Demand, parse_demand
from matcher.explain import Reason, headline, list_reasons
from matcher.rules import Verdict, judge
from matcher.truth import Truth
from policies.library import current_version
from policies.models import Policy
from subscribers.models import Subscriber
from subscribers.profiles import fields_on
from web.dependencies import PartsDep, SessionDep
from web.models import EngagementKind
from web.pages import render
from web.parts import Parts
from web.portal.deliveries import record_engagement
from web.portal.policy import find_shown, sent_by
from web.portal.questions import applicant_of, ask, next_field
from web.portal.residents import find_resident
from web.portal.told import SIDE, Told, is_askable, list_kept, place_words, read_answers, read_told
from web.portal.understanding import Understanding, find_understanding

router = APIRouter()

MOST_GIVEN = 200
SIDES = ((Side.ENTERPRISE, "企业、个体户或其他单位"), (Side.INDIVIDUAL, "个人"))


@router.get("/p/{policy_id}/check")
def begin(request: Request, policy_id: int, session: SessionDep, parts: PartsDep, t: str = "") -> Response:
    """The first question."""
    policy, understood = _find(session, policy_id)
    return _page(request, session, parts, policy, understood, Told(), t)


@router.post("/p/{policy_id}/check")
def go_on(
    request: Request,
    policy_id: int,
    session: SessionDep,
    parts: PartsDep,
    side: Annotated[str, Form()] = "",
    known: Annotated[list[str], Form(max_length=MOST_GIVEN)] = [],  # noqa: B006 - FastAPI copies defaults
    passed: Annotated[list[str], Form(max_length=MOST_GIVEN)] = [],  # noqa: B006
    asked: Annotated[str, Form()] = "",
    answer: Annotated[list[str], Form(max_length=MOST_GIVEN)] = [],  # noqa: B006
    skip: Annotated[str, Form()] = "",
    change: Annotated[str, Form()] = "",
    t: Annotated[str, Form()] = "",
) -> Response:
    """Take an answer (or `skip` it, or `change` an earlier one) and ask on, or say what came of it."""
    policy, understood = _find(session, policy_id)
    told = read_told(side, known, passed)
    if change == SIDE:
        told = Told(asked_side=True)
    elif change:
        told.given.pop(change, None)
        told.passed = [name for name in told.passed if name != change]
    elif is_askable(asked) and skip:
        told.passed.append(asked)
    elif is_askable(asked):
        told.given[asked] = answer
    return _page(request, session, parts, policy, understood, told, t, asked if not (skip or change) else "")


def _find_resident(request: Request, session: Session, parts: Parts) -> Subscriber | None:
    """Whoever is signed in; without Redis nobody is, and everything is asked."""
    try:
        return find_resident(request, session, parts)
    except RedisError:
        return None


def _find(session: Session, policy_id: int) -> tuple[Policy, Understanding]:
    policy = find_shown(session, policy_id)
    understood = find_understanding(session, current_version(session, policy.id).id)
    if understood is None:
        raise HTTPException(404)
    return policy, understood


def _page(
    request: Request,
    session: Session,
    parts: Parts,
    policy: Policy,
    understood: Understanding,
    told: Told,
    token: str,
    just_asked: str = "",
) -> Response:
    """The next question, the same one again with what was wrong, or the verdict."""
    demand = _demand(understood, parts)
    me = _find_resident(request, session, parts)
    if told.side is None and len(demand.sides) == 1:
        told.side = next(iter(demand.sides))
    if told.side is None and me is not None and not told.asked_side:
        told.side = Side(me.kind)
    error, wrong = "", None
    answers: dict[str, Any] = {}
    if told.side is not None:
        answers, wrong, error = read_answers(demand, told, parts.vocabulary, just_asked)
    known = _stored(me, told, parts)
    answers = {**known, **answers}
    context: dict[str, Any] = {"policy": policy, "told": told, "token": token, "error": error, "sides": SIDES}
    if told.side is None:
        return render(request, "portal/check.html", **context, question=None, verdict=None, kept=[], stored=False)
    name = wrong or next_field(demand, told.side, answers, told.passed, parts.facets)
    context["kept"] = list_kept({n: v for n, v in answers.items() if n in told.given}, told.passed, parts.vocabulary)
    context["stored"] = bool(known)
    if name is not None:
        question = ask(demand, told.side, name, parts.vocabulary)
        return render(request, "portal/check.html", **context, question=question, verdict=None)
    applicant = applicant_of(told.side, answers, parts.facets)
    verdict = judge(demand, applicant)
    reasons = _readable(list_reasons(demand, applicant, verdict, parts.vocabulary), told.side)
    sent = sent_by(request, session, parts, token)
    record_engagement(session, EngagementKind.CHECKED, policy.id, sent, parts.clock())
    return render(
        request,
        "portal/check.html",
        **context,
        question=None,
        verdict=headline(verdict),
        css=verdict_css(verdict),
        failing=[r for r in reasons if r.result is Truth.NO and r.decisive],
        open_reasons=[r for r in reasons if r.result is Truth.UNKNOWN and r.decisive],
        met=[r for r in reasons if r.result is Truth.YES],
        understood=understood,
    )


def _stored(me: Subscriber | None, told: Told, parts: Parts) -> dict[str, Any]:
    """What a signed-in subscriber has stored, unless it is asked for somebody of the other side."""
    if me is None or told.side is None or me.kind != told.side:
        return {}
    return fields_on(me.profile, local_date(parts.clock()))


def verdict_css(verdict: Verdict) -> str:
    """Which of the four looks of the design system the verdict has."""
    if verdict.verdict is not Truth.UNKNOWN:
        return verdict.verdict.word
    return "nearly" if verdict.favourable is Truth.YES else "unknown"


def _demand(understood: Understanding, parts: Parts) -> Demand:
    return parse_demand(
        {
            "sides": understood.sides,
            "types": understood.types,
            "region": understood.region,
            "conditions": understood.conditions,
        },
        parts.vocabulary,
    )


def _readable(reasons: list[Reason], side: Side) -> list[Reason]:
    """The reasons with made-up places in words, and the policy's own place only where no condition says the same."""
    place = place_field(side).name
    said = {reason.result for reason in reasons if reason.field == place}
    return [
        replace(reason, mine=place_words(place if reason.part == "region" else reason.field, reason.mine))
        for reason in reasons
        if reason.part != "region" or reason.result not in said
    ]
