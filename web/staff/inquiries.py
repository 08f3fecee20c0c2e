"""What people wrote to us and a person has to answer: read, answered in WeChat while it lets us, marked as done."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from channels.outcome import OutcomeClass
from channels.wechat.answer import LONGEST, answer_text
from core.addresses import MASKS
from core.errors import ZhidaError
from subscribers.models import Inquiry
from web.dependencies import PartsDep, SessionDep
from web.parts import Parts
from web.staff.audit import record
from web.staff.member import Member, MemberDep, Refused, StaffRoute
from web.staff.showing import show
from workers.inquiries import close_inquiry, get_waiting, list_answered, list_inquiries, open_inquiry

router = APIRouter(route_class=StaffRoute)

NOT_TAKEN = {
    OutcomeClass.WINDOW: "微信不接收了：对方来消息已超过 48 小时，或已回复满 5 条。请用其他办法联系，再标记为已处理。",
    OutcomeClass.RECIPIENT_PERM: "对方已取消关注，收不到。请标记为已处理。",
    OutcomeClass.AMBIGUOUS: "微信没有回应，不知道对方收到没有。请过几分钟再看，必要时再发一次。",
}
_ELSE = "微信没有接收，请稍后再试；一直这样请联系管理员。"


@router.get("/staff/inquiries")
def inquiries_page(
    request: Request, member: MemberDep, session: SessionDep, parts: PartsDep, done: bool = False
) -> Response:
    """Those that wait, the oldest first; with `done` what was answered last."""
    return _page(request, member, session, parts, done=done)


@router.post("/staff/inquiries/{inquiry_id}/answer")
def answer(
    request: Request,
    inquiry_id: UUID,
    member: MemberDep,
    session: SessionDep,
    parts: PartsDep,
    words: Annotated[str, Form(max_length=5000)] = "",
) -> Response:
    """Send the answer and put the inquiry aside. The row is locked meanwhile, so that two don't answer at once."""
    inquiry, said = _get(session, inquiry_id), words.strip()
    asked = open_inquiry(session, parts.keys, inquiry)
    if not asked.by_message:
        raise Refused(409, "短信不能这样回复：运营商只发送报备过的文字", then="请用电话联系，再标记为已处理。")
    error = "请写回复" if not said else f"最多 {LONGEST} 字，现在 {len(said)} 字" if len(said) > LONGEST else ""
    if not error:
        outcome = answer_text(parts.account, asked.address, said)
        error = "" if outcome.accepted else NOT_TAKEN.get(outcome.cls, _ELSE)
    if error:
        return _page(request, member, session, parts, wrong=inquiry_id, error=error, typed=words, status=422)
    close_inquiry(parts.keys, inquiry, member.name, parts.clock(), said)
    record(session, member.name, "inquiry.answer", f"inquiry {inquiry_id}", parts.clock(), letters=len(said))
    return RedirectResponse("/staff/inquiries", 303)


@router.post("/staff/inquiries/{inquiry_id}/close")
def close(inquiry_id: UUID, member: MemberDep, session: SessionDep, parts: PartsDep) -> Response:
    """Answered elsewhere, or nothing to answer."""
    close_inquiry(parts.keys, _get(session, inquiry_id), member.name, parts.clock())
    record(session, member.name, "inquiry.close", f"inquiry {inquiry_id}", parts.clock())
    return RedirectResponse("/staff/inquiries", 303)


def _get(session: Session, inquiry_id: UUID) -> Inquiry:
    try:
        return get_waiting(session, inquiry_id)
    except ZhidaError as error:
        raise Refused(404, str(error), then="请回到留言页刷新。") from None


def _page(
    request: Request,
    member: Member,
    session: Session,
    parts: Parts,
    *,
    done: bool = False,
    wrong: UUID | None = None,
    error: str = "",
    typed: str = "",
    status: int = 200,
) -> Response:
    asked = list_answered(session, parts.keys) if done else list_inquiries(session, parts.keys)
    if asked:
        record(session, member.name, "inquiry.look", "", parts.clock(), count=len(asked))
    return show(
        request,
        member,
        "inquiries.html",
        status,
        asked=[(one, MASKS[one.channel](one.address)) for one in asked],
        now=parts.clock(),
        done=done,
        wrong=wrong,
        error=error,
        typed=typed,
        longest=LONGEST,
    )
