"""What a provider says later about a message, and what people answer, in one form for all providers."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from channels.outcome import OutcomeClass


class ReceiptState(StrEnum):
    """The end of a message's way."""

    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt. `cls` is OK when delivered, else why it failed, in the words of outcomes.

    `key` is our own name of the message where the provider gives it back, `provider_id` the provider's.
    `notice` is the subscription template of a WeChat notice, of which the provider tells no name when it is sent.
    `at` is aware, None when the provider does not say.
    """

    provider: str
    state: ReceiptState
    cls: OutcomeClass
    key: str = ""
    provider_id: str = ""
    code: str = ""
    address: str = field(default="", repr=False)
    at: datetime | None = None
    notice: str = ""

    @property
    def reference(self) -> str:
        """What the attempt is found by: our key, else the provider's name."""
        return self.key or self.provider_id


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person wrote back. Neither address nor text shows in a repr."""

    provider: str
    address: str = field(repr=False)
    text: str = field(repr=False)
    at: datetime | None = None


class ReceiptError(ValueError):
    """A callback is not of the form its provider promises; says what is missing, not what was sent."""


def failed_or_delivered(cls: OutcomeClass) -> ReceiptState:
    """The state that goes with a class."""
    return ReceiptState.DELIVERED if cls is OutcomeClass.OK else ReceiptState.FAILED
