"""What leaves the house: one message to one address on one channel. It knows no policy and no person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

KEY_LENGTH = 32
"""Longest `Message.key`: WeChat takes 32 bytes for `client_msg_id` and `clientmsgid`, the others take more."""


class Channel(StrEnum):
    """A way to a person."""

    WECHAT = "wechat"
    SMS = "sms"
    MAIL = "mail"


class WeChatKind(StrEnum):
    """The kinds of WeChat message we may push on our own, best first (channels.wechat.grants chooses)."""

    LONG_TERM = "long_term"
    """订阅通知, granted for good: subscribe/bizsend."""
    TEMPLATE = "template"
    """模板消息 to a follower: template/send."""
    ONE_OFF = "one_off"
    """订阅通知, one grant is one message: subscribe/bizsend."""


@dataclass(frozen=True, slots=True)
class WeChatContent:
    """A template or subscription notice: `data` maps a template field such as `thing1` to its text.

    `purpose` is why we write (channels.notice.Purpose): permissions are given for it.
    """

    template_id: str
    data: Mapping[str, str]
    url: str = ""
    kind: WeChatKind = WeChatKind.TEMPLATE
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class SmsContent:
    """A registered template with its variables, and `text`: the whole as the phone shows it, signature included.

    `codes` are the registered codes by provider where this text isn't the one under which `template_code` is known.
    """

    template_code: str
    sign_name: str
    params: Mapping[str, str]
    text: str
    codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MailContent:
    """The two bodies of one mail and what its headers need. `text` is complete on its own."""

    subject: str
    text: str
    html: str
    unsubscribe_url: str = field(default="", repr=False)
    list_id: str = ""


Content = WeChatContent | SmsContent | MailContent


@dataclass(frozen=True, slots=True)
class Message:
    """One message on its way.

    `key` is the caller's stable name of this attempt (1–32 of A–Z a–z 0–9 . _ -). Sending again with the same key is
    the same message: it goes out as client_msg_id, OutId, SessionContext or Message-ID.
    `address` is an openid, a phone number or a mail address and never appears in a repr.
    Raises ValueError when the key does not fit or the content belongs to another channel.
    """

    key: str
    channel: Channel
    address: str = field(repr=False)
    content: Content = field(repr=False)

    def __post_init__(self) -> None:
        if not 0 < len(self.key) <= KEY_LENGTH or not set(self.key) <= _KEY_LETTERS:
            raise ValueError(f"message key must be 1–{KEY_LENGTH} of A–Z a–z 0–9 . _ -")
        if not isinstance(self.content, _CONTENT_OF[self.channel]):
            raise ValueError(f"{type(self.content).__name__} does not go by {self.channel}")


_KEY_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
_CONTENT_OF: dict[Channel, type] = {
    Channel.WECHAT: WeChatContent,
    Channel.SMS: SmsContent,
    Channel.MAIL: MailContent,
}
