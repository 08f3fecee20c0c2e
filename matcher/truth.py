"""Three-valued logic after Kleene: AND is the least, OR the greatest, NOT the mirror."""

from collections.abc import Iterable
from enum import IntEnum


class Truth(IntEnum):
    """Whether something holds. The order is the one that Kleene's AND and OR go by."""

    NO = 0
    UNKNOWN = 1
    YES = 2

    @property
    def word(self) -> str:
        """How files and answers write it: `yes`, `no`, `unknown`."""
        return self.name.lower()


def negate(truth: Truth) -> Truth:
    return Truth(2 - truth)


def all_of(truths: Iterable[Truth]) -> Truth:
    """YES where nothing is demanded."""
    return min(truths, default=Truth.YES)


def any_of(truths: Iterable[Truth]) -> Truth:
    """NO where nothing is offered."""
    return max(truths, default=Truth.NO)


def truth_of(known: bool | None) -> Truth:
    """YES, NO, or UNKNOWN for None."""
    if known is None:
        return Truth.UNKNOWN
    return Truth.YES if known else Truth.NO
