"""What a rule is given, and what it finds."""

from dataclasses import dataclass
from typing import Any

from core.vocabulary.fields import Side
from core.vocabulary.load import Vocabulary
from matcher.reading.places import Gazetteer


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds for a whole document: its issuer's place and whom it speaks to."""

    vocabulary: Vocabulary
    gazetteer: Gazetteer
    home: str
    sides: frozenset[Side]


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence at `start` of the plain text. `head`: the words above it that it hangs on (研发费用比例：).

    `strict`: it stands among conditions, so that whatever it says is one; elsewhere only what precedes the benefit is.
    """

    text: str
    start: int
    head: str
    strict: bool
    excluding: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A condition found at `start` to `end` of its clause's text."""

    field: str
    op: str
    value: Any
    start: int
    end: int
