"""The short link of a message: the page of what was sent."""

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from core.privacy import LinkError
from web.dependencies import PartsDep, SessionDep
from web.portal.deliveries import find_sent
from web.portal.policy import find_shown, policy_page
from workers.links import read_open

router = APIRouter()


@router.get("/s/{token}")
def follow(request: Request, token: str, session: SessionDep, parts: PartsDep) -> Response:
    """The policy with the reasons of that message; the own page for what is about several (a digest)."""
    try:
        delivery_id = read_open(parts.keys, token, parts.clock())
    except LinkError as error:
        raise HTTPException(410) from error
    sent = find_sent(session, delivery_id)
    if sent is None:
        raise HTTPException(410)
    if sent.policy_id is None:
        return RedirectResponse("/mine", 303)
    return policy_page(request, session, parts, find_shown(session, sent.policy_id), sent, token)
