"""WeChat's calls: verification, what became of messages, followers who come, scan, choose, write or leave.

The answer is `success` at once, or WeChat calls again, three times in all. What a follower is told goes out after it.
"""

import logging
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, HTTPException, Request
from fastapi.responses import PlainTextResponse
from sqlalchemy.orm import Session

from channels.message import Channel
from channels.registry import grant_types
from channels.wechat.answer import answer_text
from channels.wechat.callback import Callback, CallbackError
from channels.wechat.events import Event, Followed, GrantsChanged, Left, MassFinished, Said, Scanned, Sent, read_event
from web.dependencies import PartsDep, SessionDep
from web.hooks.conversation import Search, respond, search, welcome
from web.parts import Parts
from web.portal.scenes import answer_scene
from workers.digest.publishing import note_finished
from workers.followers import follower_came, follower_chose, follower_left, is_new
from workers.incoming import store_receipts
from workers.naming import name_notices

log = logging.getLogger(__name__)
router = APIRouter()

SKEW_SECONDS = 600
"""How far a call's timestamp may be from our clock: a signature seen once must not serve for ever."""


@router.get("/hooks/wechat")
def verify(request: Request, parts: PartsDep) -> PlainTextResponse:
    """The check when the address is registered: the echo for a right signature."""
    try:
        return PlainTextResponse(_callback(parts).echo(request.query_params))
    except CallbackError as error:
        raise HTTPException(403) from error


async def open_event(request: Request, parts: PartsDep) -> Event:
    """The checked and opened event. 403 for a wrong signature, an old call, another account or no event at all."""
    timestamp = request.query_params.get("timestamp", "")
    fresh = timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 12
    if not fresh or abs(parts.clock().timestamp() - int(timestamp)) > SKEW_SECONDS:
        raise HTTPException(403)
    try:
        return read_event(_callback(parts).open(request.query_params, await request.body()))
    except CallbackError as error:
        raise HTTPException(403) from error


EventDep = Annotated[Event, Depends(open_event)]


@router.post("/hooks/wechat")
def receive(event: EventDep, session: SessionDep, parts: PartsDep, after: BackgroundTasks) -> PlainTextResponse:
    """Write down what an event says; one that came before changes nothing."""
    if isinstance(event, Sent) and not any(receipt.notice for receipt in event.receipts):
        # They come in bursts and are known again by the message's name.
        store_receipts(session, parts.keys, Channel.WECHAT, event.receipts, parts.clock())
    elif is_new(session, parts.keys, event.once, parts.clock()):
        answer = _act(session, parts, event)
        if answer:
            after.add_task(_tell, parts, event.openid, answer)
    return PlainTextResponse("success")


def _act(session: Session, parts: Parts, event: Event) -> str | Search:
    """Do what follows from an event; answers what the follower is to be told, or nothing."""
    keys, now, types = parts.keys, parts.clock(), grant_types(parts.settings)
    match event:
        case Sent(openid=openid, receipts=receipts):
            named = name_notices(session, keys, openid, receipts, types, now)
            store_receipts(session, keys, Channel.WECHAT, named, now)
        case GrantsChanged(openid=openid, changes=changes, at=at):
            follower_chose(session, keys, openid, changes, types, at)
        case Followed(openid=openid, scene=scene):
            follower_came(session, keys, openid)
            return welcome(parts, scanned=answer_scene(parts.redis, keys, scene, openid))
        case Scanned(openid=openid, scene=scene):
            return welcome(parts, scanned=answer_scene(parts.redis, keys, scene, openid))
        case Said(openid=openid, text=text):
            return respond(session, parts, openid, text)
        case Left(openid=openid):
            follower_left(session, keys, openid, now)
        case MassFinished():
            if not note_finished(session, event):
                raise HTTPException(503)  # its number isn't written down yet: WeChat posts it again
    return ""


def _tell(parts: Parts, openid: str, answer: str | Search) -> None:
    """Answer a follower within the window that their act opened."""
    words = search(parts.sessions, parts, answer.words) if isinstance(answer, Search) else answer
    outcome = answer_text(parts.account, openid, words)
    if not outcome.accepted:
        log.warning("an answer to a follower did not go out: %s %s", outcome.cls, outcome.code)


def _callback(parts: Parts) -> Callback:
    settings = parts.settings
    return Callback(
        (settings.wechat_token or settings.hook_secret).get_secret_value(),
        settings.wechat_appid or "",
        settings.wechat_aes_key.get_secret_value() if settings.wechat_aes_key else "",
    )
