"""WeChat's calls: verification, events about what was sent, followers who come, go, or refuse.

Plain and encrypted mode (developers.weixin.qq.com, push/encryption). The answer is `success` at once, or WeChat calls
again, three times in all.
"""

import base64
import hashlib
import hmac
import logging
import struct
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import PlainTextResponse
from lxml import etree
from sqlalchemy.orm import Session
from wechatpy.crypto import PrpCrypto
from wechatpy.exceptions import InvalidAppIdException

from web.dependencies import Parts, PartsDep, SessionDep
from web.hooks.receipts import Said, store_receipts
from web.hooks.refusals import forget, is_refusal, refuse

router = APIRouter()
log = logging.getLogger(__name__)

SUCCESS = "success"
SKEW_SECONDS = 600
"""How far a call's timestamp may be from our clock: a signature seen once must not serve for ever."""

Event = dict[str, str]


@router.get("/hooks/wechat")
def verify(
    parts: PartsDep, signature: str = "", timestamp: str = "", nonce: str = "", echostr: str = ""
) -> PlainTextResponse:
    """The check when the address is registered: the echo for a right signature."""
    if not _is_signed(parts, signature, timestamp, nonce):
        raise HTTPException(403)
    return PlainTextResponse(echostr)


async def read_event(request: Request, parts: PartsDep) -> Event:
    """The checked and opened event. 403 for a wrong signature, an old call or another account, 400 for no event."""
    query = request.query_params
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    if not timestamp.isascii() or not timestamp.isdecimal():
        raise HTTPException(403)
    if abs(parts.clock().timestamp() - int(timestamp)) > SKEW_SECONDS:
        raise HTTPException(403)
    body = await request.body()
    if query.get("encrypt_type") != "aes":
        if _aes_key(parts) or not _is_signed(parts, query.get("signature", ""), timestamp, nonce):
            raise HTTPException(403)
        return parse_event(body)
    sealed = parse_event(body).get("Encrypt", "")
    if not _is_signed(parts, query.get("msg_signature", ""), timestamp, nonce, sealed):
        raise HTTPException(403)
    return parse_event(_open(parts, sealed))


EventDep = Annotated[Event, Depends(read_event)]


@router.post("/hooks/wechat")
def receive(event: EventDep, session: SessionDep, parts: PartsDep) -> PlainTextResponse:
    """Write down what an event says; one that came before changes nothing."""
    now = parts.clock()
    if said := receipt_in(event):
        store_receipts(session, "wechat", [said], now)
    openid = event.get("FromUserName", "")
    if event.get("MsgType") == "text" and is_refusal(event.get("Content", "")):
        refuse(session, parts.keys, "wechat", openid, "wechat", now)
    if event.get("Event") == "unsubscribe":
        _left(session, parts, openid)
    return PlainTextResponse(SUCCESS)


def receipt_in(event: Event) -> Said | None:
    """The receipt that an event of a template message or a subscription notice is; None for other events."""
    reference = event.get("MsgID", "")
    if not reference:
        return None
    if event.get("Event") == "TEMPLATESENDJOBFINISH":
        status = event.get("Status", "")
        return Said(reference, status == "success", status)
    if event.get("Event") == "subscribe_msg_sent_event":
        status = event.get("ErrorStatus", "")
        return Said(reference, status == "success", event.get("ErrorCode", "") or status)
    return None


def parse_event(body: bytes) -> Event:
    """The fields of a call's XML, nested lists flattened (the last one wins). 400 for what is no XML."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise HTTPException(400) from None
    return {str(node.tag): (node.text or "").strip() for node in root.iter() if len(node) == 0}


def _left(session: Session, parts: Parts, openid: str) -> None:
    """A follower who left refuses, and WeChat's rules want that user's data deleted."""
    refuse(session, parts.keys, "wechat", openid, "wechat", parts.clock())
    forget(session, parts.keys, "wechat", openid)


def _is_signed(parts: Parts, signature: str, timestamp: str, nonce: str, *more: str) -> bool:
    """SHA-1 over the sorted parts with our token, as WeChat defines it; compared in constant time."""
    settings = parts.settings
    token = (settings.wechat_token or settings.hook_secret).get_secret_value()
    expected = hashlib.sha1("".join(sorted([token, timestamp, nonce, *more])).encode()).hexdigest()  # noqa: S324 - theirs
    return hmac.compare_digest(expected.encode(), signature.encode())


def _aes_key(parts: Parts) -> str:
    key = parts.settings.wechat_aes_key
    return key.get_secret_value() if key else ""


def _open(parts: Parts, sealed: str) -> bytes:
    """What was encrypted for our account."""
    key = _aes_key(parts)
    if not key:
        raise HTTPException(403)
    try:
        opened = PrpCrypto(base64.b64decode(key + "=")).decrypt(sealed, parts.settings.wechat_appid or "")
    except (InvalidAppIdException, ValueError, IndexError, struct.error):
        log.warning("a signed WeChat call could not be opened")
        raise HTTPException(403) from None
    return opened if isinstance(opened, bytes) else str(opened).encode()
