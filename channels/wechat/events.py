"""What WeChat's messages and events say, by wechatpy's parser and with the events that it lacks.

Source: developers.weixin.qq.com, pages of 消息管理, 订阅通知 and 群发.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from wechatpy import parse_message
from wechatpy.events import BaseEvent, register_event

from channels.outcome import OutcomeClass
from channels.receipt import Receipt, failed_or_delivered
from channels.wechat.callback import CallbackError, read_xml
from channels.wechat.codes import RECEIPTS, classify
from channels.wechat.grants import GrantChange


@dataclass(frozen=True, slots=True)
class Event:
    """What somebody did or what became of something. `once` is the same for every repetition of the same post."""

    openid: str = field(repr=False)
    at: datetime
    once: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Followed(Event):
    """A person follows the account; `scene` is that of the QR code, or empty."""

    scene: str = ""


@dataclass(frozen=True, slots=True)
class Scanned(Event):
    """A follower scanned a QR code of ours."""

    scene: str = ""


@dataclass(frozen=True, slots=True)
class Left(Event):
    """A person left: the data that WeChat gave us is to be erased."""


@dataclass(frozen=True, slots=True)
class Said(Event):
    """A person wrote a text."""

    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Chose(Event):
    """A person chose a menu entry (`key`, or the address opened)."""

    key: str = ""


@dataclass(frozen=True, slots=True)
class GrantsChanged(Event):
    """A person allowed or forbade subscription notices."""

    changes: tuple[GrantChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent(Event):
    """What became of messages to this person."""

    receipts: tuple[Receipt, ...] = ()


@dataclass(frozen=True, slots=True)
class MassFinished(Event):
    """A job to many has ended. `status` is `send success`, `send fail` or `err(…)`."""

    job: str = ""
    status: str = ""
    total: int = 0
    filtered: int = 0
    sent: int = 0
    errors: int = 0


@dataclass(frozen=True, slots=True)
class Published(Event):
    """An article was published or refused; status 0 is success."""

    job: str = ""
    status: int = 0
    url: str = ""


@dataclass(frozen=True, slots=True)
class Other(Event):
    """Anything else: pictures, voices, events that don't concern us."""


def read_event(xml: str) -> Event:
    """The event in an opened post. Raises CallbackError for what is no message at all."""
    fields = read_xml(xml)
    if not {"FromUserName", "MsgType", "CreateTime"} <= set(fields):
        raise CallbackError("缺少必需的字段")
    message = parse_message(xml)
    common: dict[str, Any] = {
        "openid": str(fields["FromUserName"]),
        "at": _moment(fields["CreateTime"]),
        "once": _once(fields),
    }
    name = str(fields.get("Event") or fields["MsgType"]).lower()
    reader = _READERS.get(name)
    return reader(message, common) if reader else Other(**common)


def _followed(message: Any, common: dict[str, Any]) -> Event:
    return Followed(**common, scene=str(getattr(message, "scene_id", "") or ""))


def _scanned(message: Any, common: dict[str, Any]) -> Event:
    return Scanned(**common, scene=str(getattr(message, "scene_id", "") or ""))


def _left(message: Any, common: dict[str, Any]) -> Event:
    return Left(**common)


def _said(message: Any, common: dict[str, Any]) -> Event:
    return Said(**common, text=str(message.content or ""))


def _chose(message: Any, common: dict[str, Any]) -> Event:
    return Chose(**common, key=str(getattr(message, "key", "") or getattr(message, "url", "") or ""))


def _template_finished(message: Any, common: dict[str, Any]) -> Event:
    status = str(message.status or "")
    cls = RECEIPTS.get(status.lower(), OutcomeClass.RECIPIENT_TEMP)
    receipt = Receipt(
        "wechat",
        failed_or_delivered(cls),
        cls,
        provider_id=str(message.id),
        code=status,
        address=common["openid"],
        at=common["at"],
    )
    return Sent(**common, receipts=(receipt,))


def _notices_sent(message: Any, common: dict[str, Any]) -> Event:
    receipts = []
    for entry in message.entries:
        code = str(entry.get("ErrorCode") or "0")
        cls = classify(int(code)) if code.lstrip("-").isdigit() else OutcomeClass.RECIPIENT_TEMP
        receipts.append(
            Receipt(
                "wechat",
                failed_or_delivered(cls),
                cls,
                provider_id=str(entry.get("MsgID") or ""),
                code=code,
                address=common["openid"],
                at=common["at"],
                notice=str(entry.get("TemplateId") or ""),
            )
        )
    return Sent(**common, receipts=tuple(receipts))


def _grants(message: Any, common: dict[str, Any]) -> Event:
    changes = tuple(
        GrantChange(
            str(entry.get("TemplateId") or ""), str(entry.get("SubscribeStatusString") or "").lower() == "accept"
        )
        for entry in message.entries
    )
    return GrantsChanged(**common, changes=changes)


def _mass_finished(message: Any, common: dict[str, Any]) -> Event:
    return MassFinished(
        **common,
        job=str(message.id),
        status=str(message.status or ""),
        total=int(message.total_count or 0),
        filtered=int(message.filter_count or 0),
        sent=int(message.sent_count or 0),
        errors=int(message.error_count or 0),
    )


def _published(message: Any, common: dict[str, Any]) -> Event:
    info = message._data.get("PublishEventInfo") or {}
    detail = (info.get("article_detail") or {}).get("item") or {}
    first = detail[0] if isinstance(detail, list) else detail
    return Published(
        **common,
        job=str(info.get("publish_id") or ""),
        status=int(info.get("publish_status") or 0),
        url=str(first.get("article_url") or ""),
    )


_READERS = {
    "text": _said,
    "subscribe": _followed,
    "scan": _scanned,
    "unsubscribe": _left,
    "click": _chose,
    "view": _chose,
    "templatesendjobfinish": _template_finished,
    "subscribe_msg_popup_event": _grants,
    "subscribe_msg_change_event": _grants,
    "subscribe_msg_sent_event": _notices_sent,
    "masssendjobfinish": _mass_finished,
    "publishjobfinish": _published,
}


class _ListEvent(BaseEvent):  # type: ignore[misc]  # wechatpy has no type hints
    """An event whose `List` holds one entry or several."""

    node = ""

    @property
    def entries(self) -> list[dict[str, Any]]:
        entries = (self._data.get(self.node) or {}).get("List") or []
        return cast("list[dict[str, Any]]", entries if isinstance(entries, list) else [entries])


def _register(event: str, node: str) -> None:
    register_event(event)(type(node, (_ListEvent,), {"event": event, "node": node}))


_register("subscribe_msg_popup_event", "SubscribeMsgPopupEvent")
_register("subscribe_msg_change_event", "SubscribeMsgChangeEvent")
_register("subscribe_msg_sent_event", "SubscribeMsgSentEvent")
_register("publishjobfinish", "PublishEventInfo")


def _moment(value: object) -> datetime:
    try:
        return datetime.fromtimestamp(int(str(value)), UTC)
    except (ValueError, OverflowError, OSError):
        raise CallbackError("时间不对") from None


def _once(fields: dict[str, object]) -> str:
    """Messages are known again by MsgId, events by person, time, kind and job."""
    if fields.get("MsgId"):
        return f"message:{fields['MsgId']}"
    parts = (fields.get(name) or "" for name in ("FromUserName", "CreateTime", "Event", "MsgID", "EventKey"))
    return "event:" + ":".join(str(part) for part in parts)
