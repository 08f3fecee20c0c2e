"""Where the sample subscribers are, and dice with a seed."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final, TypeVar

T = TypeVar("T")

PLACES: Final = {
    "110108": ("北京", 22),
    "110105": ("北京", 9),
    "110102": ("北京", 4),
    "110101": ("北京", 4),
    "110106": ("北京", 4),
    "110107": ("北京", 2),
    "110112": ("北京", 4),
    "110114": ("北京", 5),
    "110115": ("北京", 4),
    "330106": ("杭州", 5),
    "330108": ("杭州", 4),
    "330110": ("杭州", 5),
    "440305": ("深圳", 6),
    "440304": ("深圳", 3),
    "440306": ("深圳", 3),
    "510107": ("成都", 4),
    "510104": ("成都", 3),
    "310115": ("上海", 4),
    "440106": ("广州", 3),
    "420111": ("武汉", 2),
}
"""District → city and weight: half in Beijing, a fifth of all in Haidian."""

HOMES: Final = ("130100", "130600", "140100", "230100", "340100", "360100", "371300", "410100", "411300", "420100")
"""Cities from which people have come to the places above."""


class Dice:
    """Chance that is the same for the same seed. Nothing here is secret."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 (a sample is to be repeatable, not unguessable)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def pick(self, weights: Mapping[T, float]) -> T:
        return self.pick_among(list(weights), list(weights.values()))

    def pick_among(self, values: Sequence[T], weights: Sequence[float]) -> T:
        return self.random.choices(values, weights)[0]

    def one_of(self, values: Sequence[T]) -> T:
        return self.random.choice(values)

    def place(self) -> str:
        return self.pick({code: weight for code, (_, weight) in PLACES.items()})

    def amount(self, median: float, spread: float) -> float:
        """A log-normal number, as sizes of firms are; `spread` is the deviation of its logarithm."""
        return self.random.lognormvariate(0, spread) * median

    def between(self, low: float, high: float) -> float:
        return self.random.uniform(low, high)

    def topics(self, weights: Mapping[str, float]) -> list[str]:
        """One to five of the topics, the heavier ones rather, in the order of their codes."""
        number = min(self.pick({1: 15, 2: 30, 3: 30, 4: 17, 5: 8}), len(weights))
        left = dict(weights)
        chosen: list[str] = []
        while len(chosen) < number:
            chosen.append(self.pick(left))
            del left[chosen[-1]]
        return sorted(chosen)


def forget(dice: Dice, row: dict[str, Any], probability: float, keep: frozenset[str]) -> dict[str, Any]:
    """The row without the facts that happen to be unknown; a hole in the data is the normal case."""
    return {name: value for name, value in row.items() if name in keep or not dice.chance(probability)}
