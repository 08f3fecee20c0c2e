"""What the machine understood of a text."""

from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from core.vocabulary.fields import Side

Node = dict[str, Any]
"""A node of the condition tree: `{"all": [...]}`, `{"any": [...]}` or an atom.

An atom is `{"field", "op", "value", "quote", "start"}`; `start` is the offset of the quote in the document's text, in
characters. A quote that stands only in the title has `"start": None` and `"in": "title"`.
"""


@dataclass(frozen=True, slots=True)
class Span:
    """Words of the document: `text` stands at `start` of its text (of its title where `source` is "title")."""

    text: str
    start: int
    source: str = "text"


@dataclass(frozen=True, slots=True)
class Benefit:
    """What one gets: `kind` is amount, ratio or cap; `value` in `unit` (元 or %)."""

    kind: str
    value: float
    unit: str
    span: Span


@dataclass(frozen=True, slots=True)
class Card:
    """政策卡片: everything a reader wants to know at once, all of it words of the document."""

    title: str
    summary: Span | None = None
    audience: list[Span] = field(default_factory=list)
    gains: list[Span] = field(default_factory=list)
    benefits: list[Benefit] = field(default_factory=list)
    conditions: list[Span] = field(default_factory=list)
    materials: list[Span] = field(default_factory=list)
    where: list[Span] = field(default_factory=list)
    until: list[Span] = field(default_factory=list)
    contact: list[Span] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reading:
    """A document understood: whom it serves, where, until when, under which conditions, each claim with its words."""

    pushable: bool
    sides: list[Side]
    topics: list[str]
    types: list[str]
    region: str
    opens: date | None
    closes: date | None
    valid_until: date | None
    conditions: Node
    scores: dict[str, float]
    card: Card

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values in the schema of the annotation guide, dates as YYYY-MM-DD."""
        return {
            "pushable": self.pushable,
            "sides": [side.value for side in self.sides],
            "topics": list(self.topics),
            "types": list(self.types),
            "region": self.region,
            "opens": self.opens and self.opens.isoformat(),
            "closes": self.closes and self.closes.isoformat(),
            "valid_until": self.valid_until and self.valid_until.isoformat(),
            "conditions": self.conditions,
            "scores": self.scores,
            "card": asdict(self.card),
        }
