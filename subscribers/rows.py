"""A line of an import file as a checked draft of a subscriber.

Columns: `reference` (the sender's own number of the subscriber), `kind`, `name`, `credit_code`, every fact of
`subscribers.profiles`, `topics`, `wechat_openid`, `phone`, `email`, `channels` (in the order of preference),
`recommend` (personalised recommendation is consented to), `consent` (channels over which messages are). Each may be
headed by its Chinese name. An empty cell says nothing.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from core.addresses import normalise_credit_code
from core.errors import InputError
from core.logs import redact
from core.vocabulary.fields import FIELDS, Kind, Side
from core.vocabulary.load import Vocabulary
from subscribers.contacts import normalise_address
from subscribers.facts import check_facts, is_short_text, parse_text
from subscribers.profiles import BASE, legal_form_of

_OWN: Final = {
    "reference": ("编号", "订阅者编号"),
    "kind": ("主体类型", "类型"),
    "name": ("名称", "企业名称", "单位名称", "姓名"),
    "credit_code": ("统一社会信用代码", "信用代码"),
    "topics": ("关注主题", "订阅主题", "主题"),
    "wechat_openid": ("微信openid", "openid", "微信"),
    "phone": ("手机号", "手机", "手机号码"),
    "email": ("电子邮箱", "邮箱", "电子邮件"),
    "channels": ("接收渠道", "渠道"),
    "recommend": ("个性化推荐", "同意推荐"),
    "consent": ("同意渠道", "同意接收"),
}
_ADDRESSES: Final = {"wechat": "wechat_openid", "sms": "phone", "mail": "email"}
_CHANNELS: Final = (
    dict.fromkeys(("wechat", "微信"), "wechat")
    | dict.fromkeys(("sms", "短信", "手机"), "sms")
    | dict.fromkeys(("mail", "email", "邮件", "邮箱", "电子邮件", "电子邮箱"), "mail")
)
ADDRESS_LABELS: Final = {channel: _OWN[column][0] for channel, column in _ADDRESSES.items()}
"""What an address is called, by channel."""
_CHANNEL_LABELS: Final = {"wechat": "微信", "sms": "短信", "mail": "邮件"}
_KINDS: Final = dict.fromkeys(("enterprise", "企业", "单位"), Side.ENTERPRISE) | dict.fromkeys(
    ("individual", "个人", "居民"), Side.INDIVIDUAL
)
_FLAGS: Final = {**dict.fromkeys(("是", "true", "1", "yes"), True), **dict.fromkeys(("否", "false", "0", "no"), False)}
_ALIASES: Final = {"birth_year": "birth_date", "出生年份": "birth_date", "founding_year": "founding_date"}
_MOST_TOPICS = 57


@dataclass(slots=True)
class Draft:
    """A checked line. `topics`, `channels` and `recommend` are None where the line doesn't speak of them.

    `implied` holds facts that only count where nothing better is known.
    """

    line: int
    side: Side
    reference: str | None = None
    name: str = ""
    credit_code: str | None = field(default=None, repr=False)
    facts: dict[str, Any] = field(default_factory=dict, repr=False)
    implied: dict[str, Any] = field(default_factory=dict, repr=False)
    topics: list[str] | None = None
    addresses: dict[str, str] = field(default_factory=dict, repr=False)
    channels: list[str] | None = None
    recommend: bool | None = None
    consents: list[str] = field(default_factory=list)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _spellings() -> dict[str, str]:
    names = {spelling: own for own, labels in _OWN.items() for spelling in (own, *labels)}
    labels = {name: known.label for name, known in FIELDS.items() if known.kind is not Kind.OPEN}
    labels |= {name: fact.label for name, fact in BASE.items()}
    return names | {spelling: name for name, label in labels.items() for spelling in (name, label)} | _ALIASES


_SPELLINGS: Final = _spellings()


def column_of(heading: str) -> str | None:
    """Our name of a column: it may be headed by that or in Chinese, a unit in brackets is passed over."""
    return _SPELLINGS.get(re.sub(r"\(.*\)$|\s", "", _plain(heading)).lower())


class RowReader:
    """Checks lines by one vocabulary on one day."""

    def __init__(self, vocabulary: Vocabulary, day: date) -> None:
        self._vocabulary = vocabulary
        self._day = day
        self._topics = {s: t.code for t in vocabulary.topics.values() for s in (t.code, t.slug, t.name)}
        self._long_topics = [name for name in self._topics if "、" in name]

    def read(self, line: int, cells: Mapping[str, Any]) -> Draft:
        """The draft. Raises InputError with every reason why the line can't be taken, without repeating its values."""
        given = {name: value for name, value in cells.items() if value is not None and value != ""}
        side = _KINDS.get(_text(given.pop("kind", ""), "主体类型").lower())
        if side is None:
            raise InputError("主体类型应为 enterprise（企业）或 individual（个人）")
        draft, reasons = Draft(line, side), []
        steps: tuple[Callable[[Draft, dict[str, Any]], None], ...] = (
            _read_identity,
            _read_credit_code,
            self._read_topics,
            _read_addresses,
            _read_channels,
            self._read_facts,
        )
        for step in steps:
            try:
                step(draft, given)
            except InputError as error:
                reasons.append(error.reason)
        if reasons:
            raise InputError("；".join(reasons))
        return draft

    def _read_topics(self, draft: Draft, given: dict[str, Any]) -> None:
        if (value := given.pop("topics", None)) is None:
            return
        for name in self._long_topics if isinstance(value, str) else ():
            value = value.replace(name, self._topics[name])
        topics = [self._topics.get(word) for word in _words(value, "关注主题")]
        if None in topics:
            raise InputError("有不认识的关注主题")
        draft.topics = [topic for topic in dict.fromkeys(topics) if topic]

    def _read_facts(self, draft: Draft, given: dict[str, Any]) -> None:
        """What is left of the line: the facts of the profile, and what the credit code tells of them."""
        typed = {name: parse_text(name, value) if isinstance(value, str) else value for name, value in given.items()}
        draft.facts = check_facts(draft.side, typed, self._vocabulary, self._day)
        if draft.credit_code and (form := legal_form_of(draft.credit_code)):
            draft.implied = {"legal_form": form}


def _read_identity(draft: Draft, given: dict[str, Any]) -> None:
    reference = _text(given.pop("reference", ""), "编号", most=100)
    if redact(reference) != reference:
        raise InputError("编号不能是手机号、证件号码或邮箱")
    draft.reference = reference or None
    name = _text(given.pop("name", ""), "名称", most=200)
    draft.name = name if draft.side is Side.ENTERPRISE else ""  # people are served without their name
    if not reference and not (draft.side is Side.ENTERPRISE and "credit_code" in given):
        raise InputError("缺少编号" + ("或统一社会信用代码" if draft.side is Side.ENTERPRISE else ""))


def _read_credit_code(draft: Draft, given: dict[str, Any]) -> None:
    code = _text(given.pop("credit_code", ""), "统一社会信用代码")
    if code and draft.side is Side.INDIVIDUAL:
        raise InputError("个人没有统一社会信用代码")
    draft.credit_code = normalise_credit_code(code) if code else None


def _read_addresses(draft: Draft, given: dict[str, Any]) -> None:
    reasons = []
    for channel, column in _ADDRESSES.items():
        try:
            if address := _text(given.pop(column, ""), _OWN[column][0], most=300):
                draft.addresses[channel] = normalise_address(channel, address)
        except InputError as error:
            reasons.append(error.reason)
    if reasons:
        raise InputError("；".join(reasons))


def _read_channels(draft: Draft, given: dict[str, Any]) -> None:
    """Channels and consents are of addresses that the line holds; without an order it is WeChat, SMS, mail."""
    recommend = given.pop("recommend", None)
    draft.recommend = _FLAGS.get(_text(recommend, "个性化推荐").lower()) if recommend is not None else None
    channels, consents = (
        [_CHANNELS.get(word.lower()) for word in _words(given.pop(column, ""), _OWN[column][0])]
        for column in ("channels", "consent")
    )
    if recommend is not None and draft.recommend is None:
        raise InputError("个性化推荐应填是或否")
    if None in channels or None in consents:
        raise InputError("有不认识的渠道：可用微信、短信、邮件")
    ordered = [channel for channel in dict.fromkeys(channels) if channel]
    draft.consents = [channel for channel in dict.fromkeys(consents) if channel]
    draft.channels = ordered or list(draft.addresses) or None
    for channel in dict.fromkeys((*ordered, *draft.consents)):
        if channel not in draft.addresses:
            raise InputError(f"{_CHANNEL_LABELS[channel]}没有填写有效的地址")


def _words(value: Any, label: str) -> list[str]:
    """The words of a list, or of a text that parts them by ; 、 or a comma; 无 is none."""
    parts = value if isinstance(value, list) else re.split(r"[;；、,，|]", _text(value, label, most=2000))
    words = [_text(part, label) for part in parts]
    return [word for word in words if word and word != "无"]


def _text(value: Any, label: str, most: int = 200) -> str:
    """A plain text out of a cell. Raises InputError for what isn't one."""
    if isinstance(value, bool):
        value = "true" if value else "false"
    if isinstance(value, int):
        value = str(value)
    if not isinstance(value, str):
        raise InputError(f"{label}应为文字")
    text = _plain(value)
    if not is_short_text(text, most):
        raise InputError(f"{label}过长或含有不可见字符")
    return text
