"""Subscribing in five steps. Each step is kept as soon as it is sent, so that back and forward lose nothing."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from core.addresses import normalise_credit_code
from core.clock import local_date
from core.errors import InputError
from core.vocabulary.fields import Side
from subscribers.facts import is_short_text
from web.dependencies import PartsDep, SessionDep
from web.parts import Parts
from web.portal.draft import Draft, suggest_topics
from web.portal.facts_form import make_inputs, read_facts
from web.portal.home import SIDES, group_topics
from web.portal.places import list_path, list_within, search_places
from web.portal.residents import find_resident
from web.portal.signup import TAKEN, is_taken, list_certain_types, profile_of
from web.portal.steps import FormDep, go_to, keep_draft, open_draft, step_page

router = APIRouter()

FACTS = {
    Side.ENTERPRISE: ("industry", "founding_date", "employees", "revenue_wan", "ownership"),
    Side.INDIVIDUAL: ("birth_date", "employment"),
}
"""What is asked when subscribing; all of it may be left out, and the own page has the rest."""


@router.get("/subscribe")
def begin(request: Request, session: SessionDep, parts: PartsDep, kind: str = "", topic: str = "") -> Response:
    """Begin, or go on where one was; `kind` and `topic` are what a link knows. Subscribers add the topic."""
    if topic in parts.vocabulary.topics and find_resident(request, session, parts):
        return RedirectResponse(f"/mine/topics?add={topic}", 303)
    remembered, draft = open_draft(request, parts)
    if draft.done:
        remembered, draft = None, Draft()
    if kind in list(Side) and kind != draft.kind:
        draft = Draft(kind=kind)
    if topic in parts.vocabulary.topics:
        draft.wished_topic = topic
        if not draft.kind:
            draft.kind = parts.vocabulary.topics[topic].side.value
    return keep_draft(parts, remembered, draft, go_to(draft.first_open()))


@router.get("/subscribe/who")
def show_who(request: Request, parts: PartsDep) -> Response:
    """Firm or person, and the little that makes matching better."""
    _, draft = open_draft(request, parts)
    return _who_page(request, parts, draft, {})


@router.post("/subscribe/who")
def take_who(request: Request, form: FormDep, session: SessionDep, parts: PartsDep) -> Response:
    """Keep what was typed; go on where it is right."""
    remembered, draft = open_draft(request, parts)
    kind = str(form.get("kind", ""))
    if kind not in list(Side):
        return _who_page(request, parts, draft, {"kind": "请先选择"}, 422)
    if kind != draft.kind:
        draft = Draft(kind=kind, wished_topic=draft.wished_topic)
        if "begin" in form:
            return keep_draft(parts, remembered, draft, go_to("who"))
    errors = _take_who(session, parts, draft, form)
    draft.who_done = not errors
    answer = _who_page(request, parts, draft, errors, 422) if errors else go_to("where")
    return keep_draft(parts, remembered, draft, answer)


def _take_who(session: Session, parts: Parts, draft: Draft, form: FormData) -> dict[str, str]:
    errors: dict[str, str] = {}
    if draft.side is Side.ENTERPRISE:
        draft.code, draft.name = (str(form.get(name, "")).strip()[:200] for name in ("code", "name"))
        try:
            draft.code = normalise_credit_code(draft.code)
            if is_taken(session, parts.keys, draft.code):
                errors["code"] = TAKEN
        except InputError as error:
            errors["code"] = error.reason
        if len(draft.name) < 2 or not is_short_text(draft.name, 100):
            errors["name"] = "请填写营业执照上的名称"
    given = {name: tuple(str(value)[:100] for value in form.getlist(name)) for name in FACTS[draft.side]}
    draft.given = {name: list(values) for name, values in given.items()}
    draft.facts, wrong = read_facts(draft.side, given, parts.vocabulary, local_date(parts.clock()))
    return errors | wrong


def _who_page(request: Request, parts: Parts, draft: Draft, errors: Mapping[str, str], status: int = 200) -> Response:
    given = {name: tuple(values) for name, values in draft.given.items()}
    names = FACTS[draft.side] if draft.kind else ()
    inputs = make_inputs(names, given, errors, parts.vocabulary)
    return step_page(request, "who", draft, status, errors=errors, inputs=inputs, sides=SIDES)


@router.get("/subscribe/where")
def show_where(request: Request, parts: PartsDep, within: str = "", q: str = "") -> Response:
    """From province to district, or by name."""
    _, draft = open_draft(request, parts)
    return _where_page(request, parts, draft, within or _above(parts, draft.region), q[:30])


@router.post("/subscribe/where")
def take_where(request: Request, parts: PartsDep, region: Annotated[str, Form()] = "") -> Response:
    """Keep the place."""
    remembered, draft = open_draft(request, parts)
    if region not in parts.vocabulary.regions or region == "000000":
        return _where_page(request, parts, draft, "", "", "请选择一个地方")
    draft.region = region
    return keep_draft(parts, remembered, draft, go_to("topics"))


def _above(parts: Parts, region: str) -> str:
    return parts.vocabulary.regions[region].parent if region in parts.vocabulary.regions else ""


def _where_page(request: Request, parts: Parts, draft: Draft, within: str, q: str, error: str = "") -> Response:
    vocabulary = parts.vocabulary
    below = list_within(vocabulary, within)
    return step_page(
        request,
        "where",
        draft,
        422 if error else 200,
        q=q,
        found=search_places(vocabulary, q),
        path=list_path(vocabulary, within),
        below=[(one.code, one.name, bool(list_within(vocabulary, one.code))) for one in below],
        error=error,
    )


@router.get("/subscribe/topics")
def show_topics(request: Request, parts: PartsDep) -> Response:
    """Topics, those first that others like this subscriber care for."""
    _, draft = open_draft(request, parts)
    return _topics_page(request, parts, draft)


@router.post("/subscribe/topics")
def take_topics(request: Request, form: FormDep, parts: PartsDep) -> Response:
    """Keep the choice."""
    remembered, draft = open_draft(request, parts)
    known = parts.vocabulary.topics
    draft.topics = [code for code in dict.fromkeys(map(str, form.getlist("topics"))) if code in known]
    answer = go_to("channels") if draft.topics else _topics_page(request, parts, draft, "请至少选一项")
    return keep_draft(parts, remembered, draft, answer)


def _topics_page(request: Request, parts: Parts, draft: Draft, error: str = "") -> Response:
    if not draft.may_open("topics"):
        return go_to(draft.first_open())
    vocabulary = parts.vocabulary
    types = list_certain_types(draft.kind, profile_of(draft), parts.facets, local_date(parts.clock()))
    suggested = suggest_topics(draft, types, vocabulary)
    other = Side.INDIVIDUAL if draft.side is Side.ENTERPRISE else Side.ENTERPRISE
    return step_page(
        request,
        "topics",
        draft,
        422 if error else 200,
        suggested=suggested,
        chosen=draft.topics or ([draft.wished_topic] if draft.wished_topic else []),
        own=group_topics(vocabulary, draft.side),
        other=group_topics(vocabulary, other),
        types=types,
        error=error,
    )
