"""Receipts and replies of the SMS providers, pushed as JSON lists.

Sources: help.aliyun.com/document_detail/101867 (SmsReport), help.aliyun.com/zh/sms/developer-reference/smsup-http;
cloud.tencent.com/document/product/382/5807.
"""

import json
from datetime import UTC, datetime
from typing import Any

from channels.outcome import OutcomeClass
from channels.receipt import Receipt, ReceiptError, Reply, failed_or_delivered
from channels.sms import aliyun_codes, tencent_codes
from core.clock import SHANGHAI

ALIYUN_ANSWER = {"code": 0, "msg": "接收成功"}
TENCENT_ANSWER = {"result": 0, "errmsg": "OK"}
"""What the provider wants to hear, or it pushes again."""


def read_aliyun_report(body: bytes) -> list[Receipt]:
    """The receipts in a SmsReport push. Raises ReceiptError."""
    return [_aliyun_receipt(entry) for entry in _entries(body)]


def read_aliyun_up(body: bytes) -> list[Reply]:
    """The replies in a SmsUp push. Raises ReceiptError."""
    return [
        Reply("aliyun", _text(entry, "phone_number"), _text(entry, "content"), _moment(entry.get("send_time")))
        for entry in _entries(body)
    ]


def read_tencent_report(body: bytes) -> list[Receipt]:
    """The receipts in a status push. Raises ReceiptError."""
    return [_tencent_receipt(entry) for entry in _entries(body)]


def read_tencent_up(body: bytes) -> list[Reply]:
    """The replies in a reply push. Raises ReceiptError."""
    return [
        Reply("tencent", _mainland(_text(entry, "mobile")), _text(entry, "text"), _moment(entry.get("time")))
        for entry in _entries(body)
    ]


def read_tencent_pull(statuses: list[dict[str, Any]]) -> list[Receipt]:
    """The receipts of PullSmsSendStatus, whose fields are spelt otherwise."""
    return [
        _tencent_receipt(
            {
                "mobile": entry.get("SubscriberNumber", ""),
                "report_status": entry.get("ReportStatus", ""),
                "errmsg": entry.get("Description", ""),
                "sid": entry.get("SerialNo", ""),
                "user_receive_time": entry.get("UserReceiveTime"),
                "session_context": entry.get("SessionContext", ""),
            }
        )
        for entry in statuses
    ]


def read_tencent_replies(replies: list[dict[str, Any]]) -> list[Reply]:
    """The replies of PullSmsReplyStatus."""
    return [
        Reply(
            "tencent",
            str(entry.get("SubscriberNumber") or ""),
            str(entry.get("ReplyContent") or ""),
            _moment(entry.get("ReplyTime")),
        )
        for entry in replies
    ]


def _aliyun_receipt(entry: dict[str, Any]) -> Receipt:
    code = "DELIVERED" if entry.get("success") is True else _text(entry, "err_code")
    cls = aliyun_codes.classify_receipt(code)
    if entry.get("success") is not True and cls is OutcomeClass.OK:
        cls = OutcomeClass.RECIPIENT_TEMP
    return Receipt(
        "aliyun",
        failed_or_delivered(cls),
        cls,
        key=str(entry.get("out_id") or ""),
        provider_id=_text(entry, "biz_id"),
        code=code,
        address=_text(entry, "phone_number"),
        at=_moment(entry.get("report_time")),
    )


def _tencent_receipt(entry: dict[str, Any]) -> Receipt:
    code = str(entry.get("errmsg") or "")
    cls = tencent_codes.classify_receipt(_text(entry, "report_status"), code)
    return Receipt(
        "tencent",
        failed_or_delivered(cls),
        cls,
        key=str(entry.get("session_context") or ""),
        provider_id=_text(entry, "sid"),
        code=code,
        address=_mainland(_text(entry, "mobile")),
        at=_moment(entry.get("user_receive_time")),
    )


def _entries(body: bytes) -> list[dict[str, Any]]:
    try:
        entries = json.loads(body)
    except ValueError:
        raise ReceiptError("不是 JSON") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ReceiptError("不是对象的列表")
    return entries


def _text(entry: dict[str, Any], name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value:
        raise ReceiptError(f"缺少 {name}")
    return value


def _moment(value: object) -> datetime | None:
    """`2026-11-21 10:00:00` in China, or seconds since 1970."""
    if isinstance(value, int):
        return datetime.fromtimestamp(value, UTC)
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment.replace(tzinfo=SHANGHAI).astimezone(UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _mainland(phone: str) -> str:
    return phone.removeprefix("+86")
