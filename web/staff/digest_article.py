"""发到公众号: an edition's article, drafted at WeChat, shown to oneself, let go by a second person."""

from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse

from core.errors import ZhidaError
from web.dependencies import PartsDep, SessionDep
from web.staff.audit import record
from web.staff.digests import look_up
from web.staff.member import MemberDep, Refused, StaffRoute
from workers.digest.article import show_article
from workers.digest.publishing import find_article, let_go, prepare
from workers.runs import trigger

router = APIRouter(route_class=StaffRoute)


@router.post("/staff/digests/{edition_id}/article")
def draft(
    edition_id: int,
    member: MemberDep,
    session: SessionDep,
    parts: PartsDep,
    instead_of: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Put the edition among the account's drafts; another one only instead of the one that the form named."""
    look_up(session, edition_id)
    now, vocabulary, settings = parts.clock(), parts.vocabulary, parts.settings
    before = find_article(session, edition_id)
    was = before.media_id if before else ""
    try:
        article = prepare(session, parts.account, edition_id, vocabulary, settings, member.name, now, instead_of)
    except ZhidaError as error:
        raise Refused(409, str(error)) from error
    if article.media_id != was:
        record(session, member.name, "digest.article", f"edition {edition_id}", now)
    return _back(edition_id)


@router.post("/staff/digests/{edition_id}/article/preview")
def preview(
    edition_id: int,
    member: MemberDep,
    session: SessionDep,
    parts: PartsDep,
    name: Annotated[str, Form(min_length=1, max_length=50)],
) -> Response:
    """Have WeChat show the draft to the member of staff whose WeChat name this is; it isn't kept."""
    look_up(session, edition_id)
    article = find_article(session, edition_id)
    if article is None:
        raise Refused(409, "还没有公众号草稿", then="请先做草稿。")
    try:
        show_article(parts.account, article.media_id, name.strip())
    except ZhidaError as error:
        raise Refused(409, str(error), then="请核对微信号；这个微信须已关注公众号。") from error
    record(session, member.name, "digest.article_preview", f"edition {edition_id}", parts.clock())
    return _back(edition_id)


@router.post("/staff/digests/{edition_id}/article/send")
def send(edition_id: int, member: MemberDep, session: SessionDep, parts: PartsDep) -> Response:
    """Let the draft go: a worker sends it within seconds. Pressed twice it is one sending."""
    look_up(session, edition_id)
    before = find_article(session, edition_id)
    fresh = before is not None and before.sent_at is None
    try:
        article = let_go(session, edition_id, member.name, parts.clock())
    except ZhidaError as error:
        raise Refused(409, str(error)) from error
    if not article.job:
        trigger(session, parts.settings, "article", member.name, parts.clock())
    if fresh:
        record(session, member.name, "digest.article_send", f"edition {edition_id}", parts.clock())
    return _back(edition_id)


def _back(edition_id: int) -> Response:
    return RedirectResponse(f"/staff/digests/{edition_id}#article", 303)
