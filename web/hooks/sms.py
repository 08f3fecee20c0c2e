"""Receipts and replies of the SMS providers. They don't sign, so the address holds a secret (and nginx the IP list).

Aliyun: SmsReport, SmsUp (help.aliyun.com, document 101867). Tencent: status and reply callbacks (product/382/5807).
"""

import hmac
import json
import logging
import re
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from sqlalchemy.orm import Session

from web.dependencies import Parts, PartsDep, SessionDep
from web.hooks.receipts import Said, store_receipts
from web.hooks.refusals import is_refusal, refuse

router = APIRouter()
log = logging.getLogger(__name__)

_ATTEMPT = re.compile(r"[0-9a-f]{32}", re.ASCII)
MOST_ITEMS = 5_000
ALIYUN_THANKS = {"code": 0, "msg": "接收成功"}
TENCENT_THANKS = {"result": 0, "errmsg": "OK"}

Item = Mapping[str, Any]


async def read_items(request: Request, secret: str, parts: PartsDep) -> list[Item]:
    """The objects of the pushed JSON list. 404 for a wrong secret, 400 for what is no such list."""
    if not hmac.compare_digest(secret.encode(), parts.settings.hook_secret.get_secret_value().encode()):
        raise HTTPException(404)
    try:
        items = json.loads(await request.body())
    except ValueError:
        raise HTTPException(400) from None
    if not isinstance(items, list) or len(items) > MOST_ITEMS or not all(isinstance(item, dict) for item in items):
        raise HTTPException(400)
    return items


ItemsDep = Annotated[list[Item], Depends(read_items)]


@router.post("/hooks/aliyun/{secret}/report")
def aliyun_report(items: ItemsDep, session: SessionDep, parts: PartsDep) -> dict[str, Any]:
    """Delivery receipts; anything but this answer is pushed again after 1, 5 and 10 minutes."""
    _store(session, parts, "aliyun", [aliyun_receipt(item) for item in items])
    return ALIYUN_THANKS


@router.post("/hooks/aliyun/{secret}/up")
def aliyun_up(items: ItemsDep, session: SessionDep, parts: PartsDep) -> dict[str, Any]:
    """Replies of people."""
    _hear(session, parts, [(item.get("phone_number"), item.get("content")) for item in items])
    return ALIYUN_THANKS


@router.post("/hooks/tencent/{secret}/report")
def tencent_report(items: ItemsDep, session: SessionDep, parts: PartsDep) -> dict[str, Any]:
    """Delivery receipts."""
    _store(session, parts, "tencent", [tencent_receipt(item) for item in items])
    return TENCENT_THANKS


@router.post("/hooks/tencent/{secret}/up")
def tencent_up(items: ItemsDep, session: SessionDep, parts: PartsDep) -> dict[str, Any]:
    """Replies of people."""
    _hear(session, parts, [(item.get("mobile"), item.get("text")) for item in items])
    return TENCENT_THANKS


def aliyun_receipt(item: Item) -> Said | None:
    """A receipt by our OutId, else by BizId; None where it names neither or doesn't say what happened."""
    ours, theirs, success = str(item.get("out_id") or ""), str(item.get("biz_id") or ""), item.get("success")
    reference = ours if _ATTEMPT.fullmatch(ours) else theirs
    if not reference or not isinstance(success, bool):
        return None
    return Said(reference, success, str(item.get("err_code") or ""))


def tencent_receipt(item: Item) -> Said | None:
    """A receipt by SerialNo; None where it names none or doesn't say what happened."""
    reference, status = str(item.get("sid") or ""), item.get("report_status")
    if not reference or status not in ("SUCCESS", "FAIL"):
        return None
    return Said(reference, status == "SUCCESS", str(item.get("errmsg") or ""))


def _store(session: Session, parts: Parts, provider: str, said: list[Said | None]) -> None:
    understood = [one for one in said if one is not None]
    if len(understood) < len(said):
        log.warning("%d receipts of %s are not understood", len(said) - len(understood), provider)
    store_receipts(session, provider, understood, parts.clock())


def _hear(session: Session, parts: Parts, replies: list[tuple[Any, Any]]) -> None:
    for phone, text in replies:
        if is_refusal(str(text or "")):
            refuse(session, parts.keys, "sms", str(phone or ""), "sms_reply", parts.clock())
