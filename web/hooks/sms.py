"""Receipts and replies of the SMS providers. They don't sign, so the address holds a secret (and nginx the IP list)."""

import hmac
from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, HTTPException, Request
from sqlalchemy.orm import Session

from channels.message import Channel
from channels.receipt import ReceiptError, Reply
from channels.refusal import is_refusal
from channels.sms.receipts import (
    ALIYUN_ANSWER,
    TENCENT_ANSWER,
    read_aliyun_report,
    read_aliyun_up,
    read_tencent_report,
    read_tencent_up,
)
from subscribers.contacts import normalise_address
from web.dependencies import PartsDep, SessionDep
from web.parts import Parts
from workers.followers import is_new
from workers.incoming import find_indexes, refuse, store_receipts
from workers.inquiries import store_inquiry

router = APIRouter()

T = TypeVar("T")


async def read_body(request: Request, secret: str, parts: PartsDep) -> bytes:
    """What was pushed; 404 for a wrong secret."""
    if not hmac.compare_digest(secret.encode(), parts.settings.hook_secret.get_secret_value().encode()):
        raise HTTPException(404)
    return await request.body()


BodyDep = Annotated[bytes, Depends(read_body)]


@router.post("/hooks/aliyun/{secret}/report")
def aliyun_report(body: BodyDep, session: SessionDep, parts: PartsDep) -> dict[str, object]:
    """Delivery receipts; anything but this answer is pushed again after 1, 5 and 10 minutes."""
    store_receipts(session, parts.keys, Channel.SMS, _understood(read_aliyun_report, body), parts.clock())
    return dict(ALIYUN_ANSWER)


@router.post("/hooks/aliyun/{secret}/up")
def aliyun_up(body: BodyDep, session: SessionDep, parts: PartsDep) -> dict[str, object]:
    """Replies of people."""
    _hear(session, parts, _understood(read_aliyun_up, body))
    return dict(ALIYUN_ANSWER)


@router.post("/hooks/tencent/{secret}/report")
def tencent_report(body: BodyDep, session: SessionDep, parts: PartsDep) -> dict[str, object]:
    """Delivery receipts."""
    store_receipts(session, parts.keys, Channel.SMS, _understood(read_tencent_report, body), parts.clock())
    return dict(TENCENT_ANSWER)


@router.post("/hooks/tencent/{secret}/up")
def tencent_up(body: BodyDep, session: SessionDep, parts: PartsDep) -> dict[str, object]:
    """Replies of people."""
    _hear(session, parts, _understood(read_tencent_up, body))
    return dict(TENCENT_ANSWER)


def _understood(read: Callable[[bytes], list[T]], body: bytes) -> list[T]:
    try:
        return read(body)
    except ReceiptError as error:
        raise HTTPException(400) from error


def _hear(session: Session, parts: Parts, replies: list[Reply]) -> None:
    """A refusal counts for everybody with that number; whatever else people write is kept for staff."""
    now = parts.clock()
    refusing = {reply.address for reply in replies if is_refusal(reply.text)}
    refuse(session, parts.keys, Channel.SMS, refusing, "sms_reply", now)
    for reply in replies:
        known = find_indexes(parts.keys, Channel.SMS, [reply.address])
        once = f"sms:{reply.provider}:{reply.address}:{reply.at}:{reply.text}"
        if known and not is_refusal(reply.text) and is_new(session, parts.keys, once, now):
            store_inquiry(
                session, parts.keys, Channel.SMS, normalise_address(Channel.SMS, reply.address), reply.text, now
            )
