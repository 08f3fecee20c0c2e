"""Editions at the desk: arranged and worded by an editor, looked at as a subscriber, let go by a second person."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import local_date
from core.database import on_commit
from core.errors import ZhidaError
from web.dependencies import PartsDep, SessionDep
from web.staff.audit import record
from web.staff.desk import DeskDep
from web.staff.member import MemberDep, Refused, StaffRoute
from web.staff.showing import show
from workers import plan
from workers.digest import drafting
from workers.digest.periods import parse_period, period_before, period_of
from workers.digest.public import NAMES
from workers.digest.publishing import find_article, may_be_drafted
from workers.digest.releasing import release
from workers.models import Edition, EditionKind, EditionState

router = APIRouter(route_class=StaffRoute)
SHOWN = 60
_LARGEST = 2**63 - 1
Words = Annotated[str, Form(max_length=2000)]


@router.get("/staff/digests")
def digests_page(request: Request, member: MemberDep, session: SessionDep, parts: PartsDep) -> Response:
    newest = session.scalars(select(Edition).order_by(Edition.starts.desc(), Edition.id.desc()).limit(SHOWN))
    rows = [(one, drafting.period_in(one)) for one in newest]
    last = period_before(period_of(EditionKind.MONTHLY, local_date(parts.clock())))
    return show(request, member, "digests.html", rows=rows, names=NAMES, last=last.label)


@router.post("/staff/digests")
def begin(
    member: MemberDep, session: SessionDep, parts: PartsDep, label: Annotated[str, Form(max_length=20)]
) -> Response:
    """Draft an edition at once, or bring its draft up to date."""
    try:
        edition = drafting.draft(session, parse_period(label.strip()), parts.vocabulary, member.name, parts.clock())
    except ZhidaError as error:
        raise Refused(409, str(error), then="请核对期号后再起草。") from error
    count = len(drafting.list_items(session, edition))
    record(session, member.name, "digest.draft", f"edition {edition.id}", parts.clock(), items=count)
    return RedirectResponse(f"/staff/digests/{edition.id}", 303)


@router.get("/staff/digests/{edition_id}")
def digest_page(request: Request, edition_id: int, member: MemberDep, session: SessionDep, parts: PartsDep) -> Response:
    edition = look_up(session, edition_id)
    is_draft = edition.state == EditionState.DRAFT
    period = drafting.period_in(edition)
    forms = parts.settings.digests.get(period.kind.value, [])
    article = find_article(session, edition_id)
    return show(
        request,
        member,
        "digest.html",
        edition=edition,
        period=period,
        names=NAMES,
        items=drafting.list_items(session, edition, dropped=True),
        may_edit=is_draft and member.may("POST", "/staff/digests/{edition_id}/foreword"),
        may_release=is_draft and member.may("POST", "/staff/digests/{edition_id}/release"),
        may_preview=is_draft and member.may("GET", "/staff/digests/{edition_id}/preview"),
        is_public="public" in forms,
        is_personal="personal" in forms,
        article=article,
        may_redraft=article is None or may_be_drafted(article, parts.clock()),
    )


@dataclass(frozen=True, slots=True)
class Editing:
    """An edition under an editor's hands: who changes it, and when."""

    edition_id: int
    session: Session
    who: str
    now: datetime

    def do(self, act: str, change: Callable[[], None], policy_id: int | None = None) -> Response:
        """Do it, write it down, and show the edition where one was."""
        look_up(self.session, self.edition_id)
        try:
            change()
        except ZhidaError as error:
            raise Refused(409, str(error), then="请刷新页面，看现在的状态。") from error
        detail = {} if policy_id is None else {"policy": policy_id}
        record(self.session, self.who, f"digest.{act}", f"edition {self.edition_id}", self.now, **detail)
        return RedirectResponse(f"/staff/digests/{self.edition_id}" + (f"#p{policy_id}" if policy_id else ""), 303)


def get_editing(edition_id: int, member: MemberDep, session: SessionDep, parts: PartsDep) -> Editing:
    return Editing(edition_id, session, member.name, parts.clock())


EditingDep = Annotated[Editing, Depends(get_editing)]


@router.post("/staff/digests/{edition_id}/items/{policy_id}/move")
def move(e: EditingDep, policy_id: int, place: Annotated[int, Form(ge=1, le=100_000)]) -> Response:
    """Put an item at a place (1 is the first)."""
    return e.do("move", lambda: drafting.move(e.session, e.edition_id, policy_id, place, e.who, e.now), policy_id)


@router.post("/staff/digests/{edition_id}/items/{policy_id}/reword")
def reword(e: EditingDep, policy_id: int, title: Words = "", sentence: Words = "") -> Response:
    return e.do(
        "reword",
        lambda: drafting.reword(e.session, e.edition_id, policy_id, title, sentence, e.who, e.now),
        policy_id,
    )


@router.post("/staff/digests/{edition_id}/items/{policy_id}/drop")
def drop(e: EditingDep, policy_id: int, why: Words = "") -> Response:
    return e.do(
        "drop", lambda: drafting.drop(e.session, e.edition_id, policy_id, e.who, e.now, why=why.strip()), policy_id
    )


@router.post("/staff/digests/{edition_id}/items/{policy_id}/take-back")
def take_back(e: EditingDep, policy_id: int) -> Response:
    return e.do("take_back", lambda: drafting.take_back(e.session, e.edition_id, policy_id, e.who, e.now), policy_id)


@router.post("/staff/digests/{edition_id}/foreword")
def write_foreword(e: EditingDep, foreword: Words = "", chosen: Annotated[int | None, Form()] = None) -> Response:
    """Set the foreword and the editor's choice."""
    return e.do("foreword", lambda: drafting.write_foreword(e.session, e.edition_id, foreword, chosen, e.who, e.now))


@router.post("/staff/digests/{edition_id}/release")
def let_go(edition_id: int, member: MemberDep, session: SessionDep, parts: PartsDep, desk: DeskDep) -> Response:
    """Freeze it and plan its personal part. Releasing what one has released already changes nothing."""
    look_up(session, edition_id)
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


def look_up(session: Session, edition_id: int) -> Edition:
    """The edition of a page's address; for what is none the page that says so."""
    edition = session.get(Edition, edition_id) if 0 < edition_id <= _LARGEST else None
    if edition is None:
        raise Refused(404, "没有这期月报", then="请从“月报”列表进入。")
    return edition
