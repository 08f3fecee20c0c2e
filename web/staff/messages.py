"""The message of a policy as each channel will show it, made by the very composers that send it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from channels.compose import ComposeError, make_composer
from channels.imprint import imprint_of
from channels.message import Channel, Content, MailContent, SmsContent, WeChatContent
from channels.notice import Notice, Personal
from channels.sms.variables import count_parts
from channels.sources import Overrides, read_table
from channels.wechat.fields import FieldError
from channels.wording import LABELS
from core.settings import Settings
from core.vocabulary.fields import Side
from core.vocabulary.load import Vocabulary
from matcher.models import Targeting
from workers.links import SHORT

_AUDIENCE = {Side.ENTERPRISE: "企业", Side.INDIVIDUAL: "居民"}
SAMPLE_CODE = "A" * SHORT


@dataclass(frozen=True, slots=True)
class Shown:
    """A message on one channel. `lines` are label and text where the channel shows fields, else only text."""

    channel: str
    title: str
    lines: list[tuple[str, str]]
    note: str = ""
    error: str = ""
    parts: int = 0  # of an SMS: how many are billed


def show_messages(
    settings: Settings, notice: Notice, personal: Personal, overrides: Overrides | None = None, by_sms: int = 0
) -> list[Shown]:
    """The message on every channel, as staff have worded it; one that can't be made says why.

    `by_sms` are those whom SMS can reach: what it costs at the most.
    """
    shown = [show_message(settings, notice, personal, channel, overrides) for channel in Channel]
    return [_priced(one, settings.sms_price, by_sms) if one.parts else one for one in shown]


def _priced(shown: Shown, price: Decimal, people: int) -> Shown:
    each = price * shown.parts
    whole = f"；能收短信的有 {people:,} 人，都用短信约 {each * people:,.2f} 元" if people else ""
    return replace(shown, note=f"{shown.note}，每人约 {each.normalize():f} 元{whole}")


def sample_personal(settings: Settings, targeting: Targeting, vocabulary: Vocabulary) -> Personal:
    """What the message of a subscriber to its first topic would add."""
    base = imprint_of(settings)
    side = Side(targeting.sides[0]) if targeting.sides else Side.ENTERPRISE
    return Personal(
        audience=_AUDIENCE[side],
        reasons=tuple(_sample_reasons(targeting, vocabulary)),
        link=base.link_prefix + SAMPLE_CODE,
        unsubscribe_link=f"{settings.public_url.rstrip('/')}/u/{SAMPLE_CODE}",
    )


def _sample_reasons(targeting: Targeting, vocabulary: Vocabulary) -> Iterable[str]:
    if targeting.topics:
        yield f"您订阅了“{vocabulary.topics[targeting.topics[0]].name}”"
    if targeting.region and targeting.region != "000000":
        yield f"适用于{vocabulary.region_name(targeting.region)}"
    if not targeting.topics:
        yield "您的情况符合政策的适用对象"


def show_message(
    settings: Settings, notice: Notice, personal: Personal, channel: Channel, overrides: Overrides | None = None
) -> Shown:
    """The message on one channel."""
    try:
        content = make_composer(notice, channel, imprint_of(settings), overrides).fill(personal)
    except (ComposeError, FieldError) as error:
        return Shown(channel, "", [], error=str(error))
    return show_content(channel, content, overrides)


def show_content(channel: Channel, content: Content, overrides: Overrides | None = None) -> Shown:
    """A message that was made, as its channel will show it."""
    match content:
        case WeChatContent():
            names = read_table("wechat.json", overrides)[content.purpose]
            lines = [(LABELS[names[field]], text) for field, text in content.data.items()]
            return Shown(channel, "服务通知", lines, "点开后进入政策页")
        case SmsContent():
            parts = count_parts(content.text)
            return Shown(channel, "", [("", content.text)], f"{len(content.text)} 字，按 {parts} 条计费", parts=parts)
        case MailContent():
            return Shown(channel, content.subject, [("", content.text)], "另有带样式的版本，内容相同")
