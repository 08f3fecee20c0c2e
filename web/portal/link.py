"""The short link of a message: the page of what was sent."""

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from channels.notice import Purpose
from core.privacy import LinkError
from web.dependencies import PartsDep, SessionDep
from web.pages import render
from web.parts import Parts
from web.portal.deliveries import Sent, find_sent
from web.portal.guesses import TooManyGuessesError, read_guarded
from web.portal.policy import find_shown, policy_page
from workers.bundles import Line, list_lines
from workers.feedback import note
from workers.models import FeedbackKind, Push, PushKind
from workers.welcome import go_on

router = APIRouter()


@router.get("/s/{token}")
def follow(request: Request, token: str, session: SessionDep, parts: PartsDep) -> Response:
    """The policy with the reasons of that message; what is about several (a digest) is listed."""
    sent = _sent(request, session, parts, token)
    if _asks_to_stay(session, sent):
        return render(request, "portal/stay.html", token=token, stays=False)
    if sent.policy_id is None:
        note(session, sent.subscriber_id, None, FeedbackKind.OPENED, parts.clock())
        told = list(_told(list_lines(session, sent.push_id, sent.subscriber_id), sent.reasons))
        return render(request, "portal/bundle.html", kind=sent.kind, told=told, token=token)
    return policy_page(request, session, parts, find_shown(session, sent.policy_id), sent, token)


@router.post("/s/{token}/stay")
def stay(request: Request, token: str, session: SessionDep, parts: PartsDep) -> Response:
    """The answer to "还要继续接收吗": yes. Mail programs that look into links ask by GET and change nothing."""
    sent = _sent(request, session, parts, token)
    if not _asks_to_stay(session, sent):
        return RedirectResponse(f"/s/{token}", 303)
    go_on(session, sent.subscriber_id, parts.clock())
    return render(request, "portal/stay.html", token=token, stays=True)


def _sent(request: Request, session: Session, parts: Parts, token: str) -> Sent:
    try:
        delivery_id = read_guarded(request, parts, token)
    except TooManyGuessesError as error:
        raise HTTPException(429) from error
    except LinkError as error:
        raise HTTPException(410) from error
    sent = find_sent(session, delivery_id)
    if sent is None:
        raise HTTPException(410)
    return sent


def _told(lines: Sequence[Line], reasons: Sequence[Any]) -> Iterator[tuple[Line, str]]:
    """The lines that the message held, with why; all of them where what it held isn't known (not sent yet)."""
    for line in lines:
        said = next((one for one in reasons if one == line.title or str(one).startswith(f"{line.title}：")), None)
        if said is not None or not reasons:
            yield line, str(said or "").removeprefix(line.title).removeprefix("：")


def _asks_to_stay(session: Session, sent: Sent) -> bool:
    if sent.kind != PushKind.WELCOME:
        return False
    return bool(session.get_one(Push, sent.push_id).notice.get("purpose") == Purpose.STAY)
