"""An edition read before it goes out: as any subscriber would get it, as a mail to oneself, as the public would."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from channels.imprint import imprint_of
from channels.message import Channel
from core.errors import InputError, ZhidaError
from subscribers.contacts import normalise_address
from web.dependencies import PartsDep, SessionDep
from web.parts import Parts
from web.staff.audit import record
from web.staff.digests import look_up
from web.staff.member import MemberDep, Refused, StaffRoute
from web.staff.messages import Shown, show_content
from web.staff.showing import show
from workers.digest import drafting
from workers.digest.candidates import Why
from workers.digest.previewing import Preview, preview_for, send_proof
from workers.digest.printing import render_pdf
from workers.digest.public import NAMES, make_public
from workers.digest.rendering import render_body
from workers.models import Edition, EditionState

router = APIRouter(route_class=StaffRoute)
_LARGEST = 2**63 - 1
WHY_LABELS = {
    Why.CAPPED: "因发送上限没有单独发",
    Why.HELD: "安排过，没有发出",
    Why.UNPUSHED: "没有单独推送过",
    Why.ASK: "再补一项资料就能判断",
    Why.DEADLINE: "以前告诉过，快截止了",
}
Number = Annotated[int, Query(ge=1, le=_LARGEST)]


@router.get("/staff/digests/{edition_id}/preview")
def preview_page(
    request: Request,
    edition_id: int,
    member: MemberDep,
    session: SessionDep,
    parts: PartsDep,
    subscriber: Number,
    sent: str = "",
) -> Response:
    """The personal part of a draft as one subscriber would get it now, on every channel."""
    edition = look_up(session, edition_id)
    preview = _preview(parts, edition, subscriber)
    record(session, member.name, "digest.preview", f"subscriber {subscriber}", parts.clock(), edition=edition_id)
    return show(
        request,
        member,
        "digest_preview.html",
        edition=edition,
        period=drafting.period_in(edition),
        names=NAMES,
        subscriber=subscriber,
        told=[(one, WHY_LABELS[Why(one.line.why)]) for one in preview.told],
        messages=[
            Shown(channel, "", [], error=made) if isinstance(made, str) else show_content(channel, made)
            for channel, made in preview.messages.items()
        ],
        may_proof=preview.mail is not None and member.may("POST", "/staff/digests/{edition_id}/proof"),
        sent=bool(sent),
    )


@router.post("/staff/digests/{edition_id}/proof")
def proof(
    edition_id: int,
    member: MemberDep,
    session: SessionDep,
    parts: PartsDep,
    subscriber: Annotated[int, Form(ge=1, le=_LARGEST)],
    address: Annotated[str, Form(max_length=200)],
) -> Response:
    """Mail what one subscriber would get to oneself. The log names the mailbox's domain only."""
    edition = look_up(session, edition_id)
    try:
        own = normalise_address(Channel.MAIL, address)
        outcome = send_proof(parts.senders[Channel.MAIL], _preview(parts, edition, subscriber), own)
    except InputError as error:
        raise Refused(400, str(error), then="请核对邮箱地址。") from error
    except ZhidaError as error:
        raise Refused(409, str(error)) from error
    if not outcome.accepted:
        raise Refused(502, f"样张没有寄出：{outcome.detail or outcome.code}", then="请到“渠道”页看邮件是否正常。")
    domain = own.rpartition("@")[2]
    told = {"edition": edition_id, "domain": domain}
    record(session, member.name, "digest.proof", f"subscriber {subscriber}", parts.clock(), **told)
    return RedirectResponse(f"/staff/digests/{edition_id}/preview?subscriber={subscriber}&sent=1", 303)


@router.get("/staff/digests/{edition_id}/public")
def public_page(request: Request, edition_id: int, member: MemberDep, session: SessionDep, parts: PartsDep) -> Response:
    """The public part as it stands."""
    edition = look_up(session, edition_id)
    public = make_public(session, edition, parts.vocabulary, "")
    period = drafting.period_in(edition)
    body = render_body(public)
    return show(request, member, "digest_public.html", edition=edition, period=period, public=public, body=body)


@router.get("/staff/digests/{edition_id}/print")
def printed(edition_id: int, _: MemberDep, session: SessionDep, parts: PartsDep) -> Response:
    """The same as a PDF; a draft says that it is one."""
    edition = look_up(session, edition_id)
    base = parts.settings.public_url
    public = make_public(session, edition, parts.vocabulary, base)
    name = f'inline; filename="zhida-{public.label}.pdf"'
    words = render_pdf(public, imprint_of(parts.settings).name, base)
    return Response(words, media_type="application/pdf", headers={"content-disposition": name})


def _preview(parts: Parts, edition: Edition, subscriber: int) -> Preview:
    """In a session of its own, since what it matches on the way is not kept."""
    if edition.state != EditionState.DRAFT:
        raise Refused(409, "这期月报已经发布，个人版已定", then="请到“推送”里查看发送情况。")
    try:
        with parts.sessions() as session:
            return preview_for(parts, session, drafting.period_in(edition), subscriber)
    except ZhidaError as error:
        raise Refused(404, str(error), then="请核对编号。") from error
