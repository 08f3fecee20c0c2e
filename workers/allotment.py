"""Who gets which of several pushes of a day: each subscriber the best ranked ones, up to their caps. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Room:
    """How many more messages a subscriber may get today and this week."""

    today: int
    week: int

    @property
    def left(self) -> int:
        return max(0, min(self.today, self.week))


@dataclass(frozen=True)
class Allotment:
    """By push (its number in the given list): who gets it now, and whom it exceeds the cap of."""

    now: list[set[int]] = field(default_factory=list)
    held: list[set[int]] = field(default_factory=list)


def allot(ranks: Iterable[Mapping[int, float]], room: Mapping[int, Room], default: Room) -> Allotment:
    """`ranks` gives for each push the rank of each subscriber; the better ranked come first, then the earlier push."""
    offers = [(-rank, number, subscriber) for number, of in enumerate(ranks) for subscriber, rank in of.items()]
    count = 1 + max((number for _, number, _ in offers), default=-1)
    result = Allotment([set() for _ in range(count)], [set() for _ in range(count)])
    left: dict[int, int] = {}
    for _, number, subscriber in sorted(offers):
        rest = left.get(subscriber)
        if rest is None:
            rest = room.get(subscriber, default).left
        (result.now if rest > 0 else result.held)[number].add(subscriber)
        left[subscriber] = rest - 1
    return result
