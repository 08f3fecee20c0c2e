"""WeChat's calls: verification, what became of messages, followers who come, scan, refuse or leave.

The answer is `success` at once, or WeChat calls again, three times in all.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import PlainTextResponse

from channels.message import Channel
from channels.refusal import is_refusal
from channels.wechat.callback import Callback, CallbackError
from channels.wechat.events import Event, Followed, Left, Said, Scanned, Sent, read_event
from web.dependencies import PartsDep, SessionDep
from web.hooks.receipts import store_receipts
from web.hooks.refusals import forget, refuse
from web.parts import Parts
from web.portal.scenes import answer_scene

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
def receive(event: EventDep, session: SessionDep, parts: PartsDep) -> PlainTextResponse:
    """Write down what an event says; one that came before changes nothing."""
    now = parts.clock()
    match event:
        case Sent(receipts=receipts):
            store_receipts(session, parts.keys, Channel.WECHAT, receipts, now)
        case Said(openid=openid, text=text) if is_refusal(text):
            refuse(session, parts.keys, Channel.WECHAT, openid, "wechat", now)
        case Followed(openid=openid, scene=scene) | Scanned(openid=openid, scene=scene):
            answer_scene(parts.redis, parts.keys, scene, openid)
        case Left(openid=openid):
            # A follower who left refuses, and WeChat's rules want that user's data deleted.
            refuse(session, parts.keys, Channel.WECHAT, openid, "wechat", now)
            forget(session, parts.keys, Channel.WECHAT, openid)
    return PlainTextResponse("success")


def _callback(parts: Parts) -> Callback:
    settings = parts.settings
    return Callback(
        (settings.wechat_token or settings.hook_secret).get_secret_value(),
        settings.wechat_appid or "",
        settings.wechat_aes_key.get_secret_value() if settings.wechat_aes_key else "",
    )
