"""What an SMS will look like and cost, before any is sent."""

from dataclasses import dataclass
from decimal import Decimal

from channels.compose import MOST_PARTS, make_composer
from channels.imprint import Imprint
from channels.message import Channel, SmsContent
from channels.notice import Notice, Personal
from channels.sms.variables import count_parts
from channels.sources import Overrides


@dataclass(frozen=True, slots=True)
class SmsPreview:
    """One SMS as the phone shows it. `parts` are billed; `price` is yuan a part."""

    text: str
    parts: int
    price: Decimal

    @property
    def length(self) -> int:
        """Characters, the signature included."""
        return len(self.text)

    def cost(self, messages: int) -> Decimal:
        """Yuan for so many messages like this one."""
        return (self.price * self.parts * messages).quantize(Decimal("0.01"))

    def most(self, messages: int) -> Decimal:
        """Yuan where every one takes as many parts as a message may."""
        return (self.price * MOST_PARTS * messages).quantize(Decimal("0.01"))


def preview_sms(
    notice: Notice, personal: Personal, imprint: Imprint, price: Decimal, overrides: Overrides | None = None
) -> SmsPreview:
    """The SMS by the composer that sends it. Raises channels.compose.ComposeError."""
    content = make_composer(notice, Channel.SMS, imprint, overrides).fill(personal)
    assert isinstance(content, SmsContent)  # noqa: S101 - tells mypy
    return SmsPreview(content.text, count_parts(content.text), price)
