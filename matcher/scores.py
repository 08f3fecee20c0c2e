"""How well predicted targetings agree with labelled ones: the measures of the labelling guide's scorer."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean

from matcher.classification import Classification
from matcher.labelled import Labelled

_LEAST_SUPPORT = 5  # a topic counts in the macro average from this many documents on

Pair = tuple[frozenset[str], frozenset[str]]  # labelled, predicted


@dataclass(frozen=True, slots=True)
class Scores:
    """Between 0 and 1. All but `pushable` are measured on pushable documents, as in the guide's scorer."""

    documents: int
    topics_micro: float
    topics_macro: float
    first_topic: float
    pushable: float
    sides: float
    types_micro: float

    def as_dict(self) -> dict[str, float]:
        return {name: round(value, 4) for name, value in asdict(self).items()}

    @property
    def overall(self) -> float:
        """One figure to compare two classifiers by: the mean of the six."""
        return fmean(
            (self.topics_micro, self.topics_macro, self.first_topic, self.pushable, self.sides, self.types_micro)
        )


def f1(pairs: Iterable[Pair]) -> float:
    """Micro-averaged F1; 1 where there is nothing to find and nothing was claimed."""
    both = found = wanted = 0
    for gold, said in pairs:
        both += len(gold & said)
        found += len(said)
        wanted += len(gold)
    return 2 * both / (found + wanted) if found + wanted else 1.0


def score_by_label(pairs: Sequence[Pair]) -> dict[str, tuple[float, int]]:
    """F1 and number of labelled documents of every label that occurs."""
    support = Counter(label for gold, _ in pairs for label in gold)
    return {
        label: (f1((gold & {label}, said & {label}) for gold, said in pairs), count)
        for label, count in sorted(support.items())
    }


def _share(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits) if hits else 1.0


def topic_pairs(gold: Sequence[Labelled], said: Sequence[Classification]) -> list[Pair]:
    """The topics of pushable documents that have any."""
    return [
        (frozenset(one.topics), frozenset(other.topics))
        for one, other in zip(gold, said, strict=True)
        if one.pushable and one.topics
    ]


def score(gold: Sequence[Labelled], said: Sequence[Classification]) -> Scores:
    both = list(zip(gold, said, strict=True))
    pushed = [(one, other) for one, other in both if one.pushable]
    topics = topic_pairs(gold, said)
    kept = [value for value, count in score_by_label(topics).values() if count >= _LEAST_SUPPORT]
    return Scores(
        documents=len(both),
        topics_micro=f1(topics),
        topics_macro=fmean(kept) if kept else 1.0,
        first_topic=_share([bool(set(other.topics[:1]) & set(one.topics)) for one, other in pushed if one.topics]),
        pushable=_share([one.pushable == other.pushable for one, other in both]),
        sides=_share([one.sides == frozenset(other.sides) for one, other in pushed]),
        types_micro=f1((one.types, frozenset(other.types)) for one, other in pushed),
    )
