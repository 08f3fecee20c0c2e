"""A targeting at the desk: the text with its evidence, what was understood, whom it reaches, how it will read."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import InputError, ZhidaError
from matcher.examples import keep_correction, label_of
from matcher.models import StoredReading, Targeting, TargetingState
from matcher.targeting import confirm, demand_of, draft
from policies.models import PolicyVersion
from web.dependencies import PartsDep, SessionDep
from web.parts import Parts
from web.portal.evidence import marks_in, marks_of_conditions, paragraphs
from web.staff.audit import record
from web.staff.basics import DAYS, Basics, basics_of, offer_of_form, offered_topics, read_basics
from web.staff.branches import branch_of
from web.staff.desk import Desk, DeskDep
from web.staff.editing import documents_of, find_push, get_targeting, keep_change, open_draft, stamp_of, to_editor
from web.staff.figures import figures_of
from web.staff.member import Member, MemberDep, Refused, StaffRoute
from web.staff.messages import sample_personal, show_messages
from web.staff.reach import count_push, reach_of
from web.staff.showing import show
from web.staff.tree import rooted
from workers.notices import policy_notice
from workers.rewording import overrides_at

router = APIRouter(route_class=StaffRoute)
EDIT = ("POST", "/staff/targetings/{targeting_id}/basics")
CARD_PARTS = ("gains", "audience", "conditions", "until", "where", "materials", "contact")


@router.get("/staff/targetings/{targeting_id}")
def targeting_page(
    request: Request,
    targeting_id: int,
    member: MemberDep,
    session: SessionDep,
    parts: PartsDep,
    desk: DeskDep,
    was: int | None = None,
) -> Response:
    """The editor; to be read only where it is confirmed or the member is no editor. `was`: see `reach_of`."""
    targeting = get_targeting(session, targeting_id)
    return _page(request, member, session, parts, desk, targeting, was=was)


@router.post("/staff/targetings/{targeting_id}/basics")
def save_basics(
    request: Request,
    targeting_id: int,
    form: Annotated[Basics, Form()],
    member: MemberDep,
    session: SessionDep,
    parts: PartsDep,
    desk: DeskDep,
) -> Response:
    targeting = open_draft(request, session, parts, targeting_id, form.stamp)
    if targeting is None:
        return to_editor(targeting_id)
    values, errors = read_basics(form, targeting, _scores(session, targeting), parts.vocabulary)
    if errors:
        return _page(request, member, session, parts, desk, targeting, form=form, errors=errors, status=422)
    was = count_push(desk, targeting)
    keep_change(session, targeting, values, member, parts.clock(), "targeting.edit")
    return to_editor(targeting_id, was, "reach")


@router.post("/staff/targetings/{targeting_id}/count")
def count(
    request: Request,
    targeting_id: int,
    form: Annotated[Basics, Form()],
    member: MemberDep,
    session: SessionDep,
    parts: PartsDep,
    desk: DeskDep,
) -> Response:
    """Whom the form as it stands would reach; nothing is kept."""
    targeting = get_targeting(session, targeting_id)
    values, errors = read_basics(form, targeting, _scores(session, targeting), parts.vocabulary)
    if errors:
        return show(request, member, "parts/reach.html", reach=None, trouble=next(iter(errors.values())))
    offer = offer_of_form(values, targeting.conditions, parts.vocabulary)
    found = desk.audience.preview(offer)
    reach = reach_of(found.codes, count_push(desk, targeting))
    figures = figures_of(found, offer.demand, parts.vocabulary)
    return show(request, member, "parts/reach.html", reach=reach, figures=figures, trouble="")


@router.post("/staff/targetings/{targeting_id}/confirm")
def confirm_targeting(
    request: Request,
    targeting_id: int,
    member: MemberDep,
    session: SessionDep,
    parts: PartsDep,
    stamp: Annotated[str, Form()] = "",
) -> Response:
    """Stand for it. Where it differs from what the machine read, it is kept to learn from."""
    targeting = open_draft(request, session, parts, targeting_id, stamp)
    if targeting is None:
        return to_editor(targeting_id)
    try:
        demand_of(targeting, parts.vocabulary)
        confirm(session, targeting, member.name, parts.clock)
    except ZhidaError as error:
        raise Refused(422, str(error)) from error
    session.flush()
    corrected = keep_correction(session, targeting, member.name, parts.clock())
    record(session, member.name, "targeting.confirm", f"targeting {targeting.id}", parts.clock(), corrected=corrected)
    return to_editor(targeting_id)


@router.post("/staff/targetings/{targeting_id}/revise")
def revise(targeting_id: int, member: MemberDep, session: SessionDep, parts: PartsDep) -> Response:
    """A new draft like this one; where there is a newer draft already, that one."""
    targeting = get_targeting(session, targeting_id)
    session.get_one(PolicyVersion, targeting.version_id, with_for_update=True)  # two at once make one draft
    newest = session.scalar(
        select(Targeting)
        .where(Targeting.version_id == targeting.version_id, Targeting.state == TargetingState.DRAFT)
        .order_by(Targeting.number.desc())
        .limit(1)
    )
    if newest is not None and newest.number > targeting.number:
        return to_editor(newest.id)
    payload = {**label_of(targeting), "card": targeting.card, "scores": targeting.probabilities}
    fresh = draft(session, targeting.version_id, payload, parts.clock)
    record(session, member.name, "targeting.revise", f"targeting {fresh.id}", parts.clock(), of=targeting.id)
    return to_editor(fresh.id)


def _page(
    request: Request,
    member: Member,
    session: Session,
    parts: Parts,
    desk: Desk,
    targeting: Targeting,
    *,
    form: Basics | None = None,
    errors: dict[str, str] | None = None,
    was: int | None = None,
    status: int = 200,
) -> Response:
    policy, version = documents_of(session, targeting)
    scores = _scores(session, targeting)
    shown = form or basics_of(targeting, parts.vocabulary)
    try:
        found = desk.audience.preview_targeting(targeting)
        tree, reach, trouble = (
            branch_of(rooted(targeting.conditions), parts.vocabulary),
            reach_of(found.codes, was),
            "",
        )
        figures = figures_of(found, demand_of(targeting, parts.vocabulary), parts.vocabulary)
    except InputError as error:
        tree, reach, figures, trouble = None, None, None, str(error)
    notice = policy_notice(policy, version, targeting)
    return show(
        request,
        member,
        "targeting.html",
        status,
        targeting=targeting,
        policy=policy,
        version=version,
        later=_later(session, targeting),
        push=find_push(session, targeting.id),
        editable=targeting.state == TargetingState.DRAFT and member.may(*EDIT),
        stamp=stamp_of(targeting),
        form=shown,
        errors=errors or {},
        scores=scores,
        offered=offered_topics(shown, scores, parts.vocabulary),
        tree=tree,
        reach=reach,
        figures=figures,
        trouble=trouble,
        messages=show_messages(
            parts.settings,
            notice,
            sample_personal(parts.settings, targeting, parts.vocabulary),
            overrides_at(session, parts.clock()),
        ),
        official=paragraphs(version.text, [*marks_of_conditions(targeting.conditions), *_card_marks(targeting)]),
        days=DAYS,
    )


def _later(session: Session, targeting: Targeting) -> Targeting | None:
    """The newest targeting of the same version, where this one isn't it."""
    newest = session.scalar(select(func.max(Targeting.number)).where(Targeting.version_id == targeting.version_id))
    if newest == targeting.number:
        return None
    return session.scalar(
        select(Targeting).where(Targeting.version_id == targeting.version_id, Targeting.number == newest)
    )


def _scores(session: Session, targeting: Targeting) -> dict[str, float]:
    """What the newest reading holds likely: label → probability."""
    newest = select(StoredReading.payload).where(StoredReading.version_id == targeting.version_id)
    payload: dict[str, Any] = session.scalar(newest.order_by(StoredReading.id.desc()).limit(1)) or {}
    return dict(payload.get("scores") or {})


def _card_marks(targeting: Targeting) -> list[Any]:
    card = targeting.card
    summary = [card["summary"]] if card.get("summary") else []
    return marks_in([*summary, *(clause for name in CARD_PARTS for clause in card.get(name) or [])])
