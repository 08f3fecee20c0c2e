"""Receipts and replies of the SMS providers. They don't sign, so the address holds a secret (and nginx the IP list)."""

import hmac
from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, HTTPException, Request

from channels.message import Channel
from channels.receipt import ReceiptError
from channels.sms.receipts import (
    ALIYUN_ANSWER,
    TENCENT_ANSWER,
    read_aliyun_report,
    read_aliyun_up,
    read_tencent_report,
    read_tencent_up,
)
from web.dependencies import PartsDep, SessionDep
from workers.incoming import store_receipts
from workers.replies import hear_replies

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
    hear_replies(session, parts.keys, _understood(read_aliyun_up, body), parts.clock())
    return dict(ALIYUN_ANSWER)


@router.post("/hooks/tencent/{secret}/report")
def tencent_report(body: BodyDep, session: SessionDep, parts: PartsDep) -> dict[str, object]:
    """Delivery receipts."""
    store_receipts(session, parts.keys, Channel.SMS, _understood(read_tencent_report, body), parts.clock())
    return dict(TENCENT_ANSWER)


@router.post("/hooks/tencent/{secret}/up")
def tencent_up(body: BodyDep, session: SessionDep, parts: PartsDep) -> dict[str, object]:
    """Replies of people."""
    hear_replies(session, parts.keys, _understood(read_tencent_up, body), parts.clock())
    return dict(TENCENT_ANSWER)


def _understood(read: Callable[[bytes], list[T]], body: bytes) -> list[T]:
    try:
        return read(body)
    except ReceiptError as error:
        raise HTTPException(400) from error
