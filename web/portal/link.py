"""The short link of a message: the page of what was sent."""

from fastapi import APIRouter, HTTPException, Request, Response

from core.privacy import LinkError
from web.dependencies import PartsDep, SessionDep
from web.pages import render
from web.portal.deliveries import find_sent
from web.portal.guesses import TooManyGuessesError, read_guarded
from web.portal.policy import find_shown, policy_page
from workers.bundles import list_lines
from workers.feedback import note
from workers.models import FeedbackKind

router = APIRouter()


@router.get("/s/{token}")
def follow(request: Request, token: str, session: SessionDep, parts: PartsDep) -> Response:
    """The policy with the reasons of that message; what is about several (a digest) is listed."""
    try:
        delivery_id = read_guarded(request, parts, token)
    except TooManyGuessesError as error:
        raise HTTPException(429) from error
    except LinkError as error:
        raise HTTPException(410) from error
    sent = find_sent(session, delivery_id)
    if sent is None:
        raise HTTPException(410)
    if sent.policy_id is None:
        note(session, sent.subscriber_id, None, FeedbackKind.OPENED, parts.clock())
        lines = list_lines(session, sent.push_id, sent.subscriber_id)
        return render(request, "portal/bundle.html", kind=sent.kind, lines=lines, token=token)
    return policy_page(request, session, parts, find_shown(session, sent.policy_id), sent, token)
