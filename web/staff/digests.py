"""Editions at the desk: arranged and worded by an editor, looked at as a subscriber, let go by a second person."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.database import on_commit
from core.errors import ZhidaError
from subscribers.models import Subscriber
from web.dependencies import PartsDep, SessionDep
from web.parts import Parts
from web.staff.audit import record
from web.staff.desk import DeskDep
from web.staff.member import Member, MemberDep, Refused, StaffRoute
from web.staff.showing import show
from workers import plan
from workers.bundles import Line
from workers.digest import drafting
from workers.digest.candidates import Why
from workers.digest.public import NAMES
from workers.digest.releasing import choose_for, list_personal, release
from workers.models import Edition, EditionState

router = APIRouter(route_class=StaffRoute)
SHOWN = 60
_LARGEST = 2**63 - 1
WHY_LABELS = {
    Why.CAPPED: "符合，因发送上限没有单独发",
    Why.HELD: "安排过，没有发出",
    Why.UNPUSHED: "符合，没有单独推送过",
    Why.ASK: "再补一项资料就能判断",
    Why.DEADLINE: "以前告诉过，快截止了",
}
Words = Annotated[str, Form(max_length=2000)]


@dataclass(frozen=True, slots=True)
class Read:
    """A line as one subscriber would get it, and what brings it there."""

    line: Line
    why: str


@router.get("/staff/digests")
def digests_page(request: Request, member: MemberDep, session: SessionDep) -> Response:
    newest = session.scalars(select(Edition).order_by(Edition.starts.desc(), Edition.id.desc()).limit(SHOWN))
    rows = [(one, drafting.period_in(one)) for one in newest]
    return show(request, member, "digests.html", rows=rows, names=NAMES)


@router.get("/staff/digests/{edition_id}")
def digest_page(request: Request, edition_id: int, member: MemberDep, session: SessionDep) -> Response:
    edition = _look_up(session, edition_id)
    return show(
        request,
        member,
        "digest.html",
        edition=edition,
        period=drafting.period_in(edition),
        names=NAMES,
        items=drafting.list_items(session, edition, dropped=True),
        may_edit=edition.state == EditionState.DRAFT and member.may("POST", "/staff/digests/{edition_id}/foreword"),
        may_release=edition.state == EditionState.DRAFT and member.may("POST", "/staff/digests/{edition_id}/release"),
        may_preview=edition.state == EditionState.DRAFT and member.may("GET", "/staff/digests/{edition_id}/preview"),
    )


@router.get("/staff/digests/{edition_id}/preview")
def preview_page(
    request: Request,
    edition_id: int,
    member: MemberDep,
    session: SessionDep,
    parts: PartsDep,
    subscriber: Annotated[int, Query(ge=1, le=_LARGEST)],
) -> Response:
    """The personal part of a draft as one subscriber would get it after the last matching."""
    edition = _look_up(session, edition_id)
    period = drafting.period_in(edition)
    if edition.state != EditionState.DRAFT:
        raise Refused(409, "这期月报已经发布，个人版已定", then="请到“推送”里查看发送情况。")
    person = session.get(Subscriber, subscriber)
    if person is None or person.erased_at is not None:
        raise Refused(404, f"没有编号为 {subscriber} 的订阅者", then="请核对编号。")
    now = parts.clock()
    candidates = list_personal(session, edition, period, parts.vocabulary, now)
    lines = [candidates[number].line for number in choose_for(candidates, subscriber)]
    told = [Read(line, WHY_LABELS[Why(line.why)]) for line in lines]
    record(session, member.name, "digest.preview", f"subscriber {subscriber}", now, edition=edition_id)
    return show(
        request,
        member,
        "digest_preview.html",
        edition=edition,
        period=period,
        names=NAMES,
        subscriber=subscriber,
        told=told,
    )


@router.post("/staff/digests/{edition_id}/items/{policy_id}/move")
def move(
    edition_id: int,
    policy_id: int,
    member: MemberDep,
    session: SessionDep,
    parts: PartsDep,
    place: Annotated[int, Form(ge=1, le=100_000)],
) -> Response:
    """Put an item at a place (1 is the first)."""
    who, now = member.name, parts.clock()
    return _edit(
        session,
        parts,
        member,
        edition_id,
        "move",
        lambda: drafting.move(session, edition_id, policy_id, place, who, now),
        policy_id,
    )


@router.post("/staff/digests/{edition_id}/items/{policy_id}/reword")
def reword(
    edition_id: int,
    policy_id: int,
    member: MemberDep,
    session: SessionDep,
    parts: PartsDep,
    title: Words = "",
    sentence: Words = "",
) -> Response:
    who, now = member.name, parts.clock()
    return _edit(
        session,
        parts,
        member,
        edition_id,
        "reword",
        lambda: drafting.reword(session, edition_id, policy_id, title, sentence, who, now),
        policy_id,
    )


@router.post("/staff/digests/{edition_id}/items/{policy_id}/drop")
def drop(
    edition_id: int, policy_id: int, member: MemberDep, session: SessionDep, parts: PartsDep, why: Words = ""
) -> Response:
    who, now = member.name, parts.clock()
    return _edit(
        session,
        parts,
        member,
        edition_id,
        "drop",
        lambda: drafting.drop(session, edition_id, policy_id, who, now, why=why.strip()),
        policy_id,
    )


@router.post("/staff/digests/{edition_id}/items/{policy_id}/take-back")
def take_back(edition_id: int, policy_id: int, member: MemberDep, session: SessionDep, parts: PartsDep) -> Response:
    who, now = member.name, parts.clock()
    return _edit(
        session,
        parts,
        member,
        edition_id,
        "take_back",
        lambda: drafting.take_back(session, edition_id, policy_id, who, now),
        policy_id,
    )


@router.post("/staff/digests/{edition_id}/foreword")
def write_foreword(
    edition_id: int,
    member: MemberDep,
    session: SessionDep,
    parts: PartsDep,
    foreword: Words = "",
    chosen: Annotated[int | None, Form()] = None,
) -> Response:
    """Set the foreword and the editor's choice."""
    who, now = member.name, parts.clock()
    return _edit(
        session,
        parts,
        member,
        edition_id,
        "foreword",
        lambda: drafting.write_foreword(session, edition_id, foreword, chosen, who, now),
    )


@router.post("/staff/digests/{edition_id}/release")
def let_go(edition_id: int, member: MemberDep, session: SessionDep, parts: PartsDep, desk: DeskDep) -> Response:
    """Freeze it and plan its personal part. Releasing what one has released already changes nothing."""
    _look_up(session, edition_id)
    edition = drafting.get_edition(session, edition_id)  # locked: pressed twice it is one release
    if edition.state == EditionState.RELEASED and edition.released_by == member.name:
        return RedirectResponse(f"/staff/digests/{edition_id}", 303)
    try:
        push = release(session, edition, parts.vocabulary, parts.settings, member.name, parts.clock()).push
    except ZhidaError as error:
        raise Refused(409, str(error), then="请刷新页面，看现在的状态。") from error
    if push is not None:
        channels, push_id, urgent = plan.list_channels(session, push), push.id, push.urgent
        on_commit(session, lambda: desk.wake(push_id, channels, urgent))
    size = push.audience_size if push else 0
    record(session, member.name, "digest.release", f"edition {edition_id}", parts.clock(), size=size)
    return RedirectResponse(f"/staff/digests/{edition_id}", 303)


def _edit(
    session: Session,
    parts: Parts,
    member: Member,
    edition_id: int,
    act: str,
    change: Callable[[], None],
    policy_id: int | None = None,
) -> Response:
    """Do it, write it down, and show the edition where one was."""
    _look_up(session, edition_id)
    try:
        change()
    except ZhidaError as error:
        raise Refused(409, str(error), then="请刷新页面，看现在的状态。") from error
    detail = {} if policy_id is None else {"policy": policy_id}
    record(session, member.name, f"digest.{act}", f"edition {edition_id}", parts.clock(), **detail)
    return RedirectResponse(f"/staff/digests/{edition_id}" + (f"#p{policy_id}" if policy_id else ""), 303)


def _look_up(session: Session, edition_id: int) -> Edition:
    edition = session.get(Edition, edition_id) if 0 < edition_id <= _LARGEST else None
    if edition is None:
        raise Refused(404, "没有这期月报", then="请从“月报”列表进入。")
    return edition
