"""What a message is about, in plain values: the part that a whole push shares, and the part of one person."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Purpose(StrEnum):
    """Why we write. Each has its own templates on each channel."""

    POLICY = "policy"
    MISSING = "missing"
    """The policy may fit; one datum would settle it."""
    DEADLINE = "deadline"
    EXTENDED = "extended"
    CHANGED = "changed"
    REPEALED = "repealed"
    DIGEST = "digest"
    WELCOME = "welcome"
    """What is open for somebody who came, or whose data changed."""
    STAY = "stay"
    """Nothing was opened for long: whether to go on."""
    CODE = "code"
    """A verification code."""
    BINDING = "binding"
    """An address was bound to an account."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What all messages of one push say. All texts are Chinese and ready to be read; empty where nothing is known.

    `deadline` is a phrase such as `2026年12月31日`; `days` are the days left, `month` is `10月` for a digest.
    """

    purpose: Purpose
    title: str = ""
    summary: str = ""
    issuer: str = ""
    document_number: str = ""
    deadline: str = ""
    days: int | None = None
    action: str = ""
    change: str = ""
    month: str = ""

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Notice":
        """The notice in `values`. Raises TypeError or ValueError for what is none."""
        return cls(**{**values, "purpose": Purpose(values["purpose"])})


@dataclass(frozen=True, slots=True)
class Item:
    """One policy of a digest; `summary` is one plain sentence on it."""

    title: str
    link: str
    reason: str = ""
    deadline: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Personal:
    """What one person's message adds. `audience` is `企业` or `居民`, `link` the short address of the page to read.

    `passcode` and `minutes` belong to a verification code.
    """

    audience: str = "居民"
    reasons: tuple[str, ...] = ()
    open_conditions: tuple[str, ...] = ()
    question: str = ""
    items: tuple[Item, ...] = ()
    link: str = ""
    unsubscribe_link: str = field(default="", repr=False)
    passcode: str = field(default="", repr=False)
    minutes: int | None = None
