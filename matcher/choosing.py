"""From probabilities to what is said: pushable or not, sides, topics with the main one first, types."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core.vocabulary.fields import Side
from matcher.classification import Classification

PUSHABLE = "pushable"
MOST_TOPICS = 4
_GRANTS = "E0403"  # cross-cutting: stands after the field topic
_OUT_OF_QUESTION = 0.02  # below it nobody outside government is addressed; above it a person may yet decide to push
_TOPIC_OF_SIDE = 0.15  # enough for the best topic of a side that is surely addressed but has none yet
_TOPIC_OF_NO_SIDE = 0.6  # needed by a topic of a side that is hardly addressed
_SURELY, _HARDLY = 0.6, 0.35

AUDIENCES: Mapping[str, Sequence[Side]] = {
    "firms": (Side.ENTERPRISE,),
    "persons": (Side.INDIVIDUAL,),
    "both": tuple(Side),
}
"""To whom alone a pushable document speaks: three labels of which exactly one holds."""

_LETTER = {Side.ENTERPRISE: "E", Side.INDIVIDUAL: "P"}

Chances = Mapping[str, float]


def is_topic(label: str) -> bool:
    return len(label) == 5 and label[0] in "EP" and label[1:].isdigit()


def is_type(label: str) -> bool:
    return len(label) == 4 and label[:2] in ("ET", "PT")


def _of_side(topics: Chances, side: Side) -> dict[str, float]:
    return {code: chance for code, chance in topics.items() if code[0] == _LETTER[side]}


def _ranked(topics: Chances) -> list[str]:
    return sorted(topics, key=lambda code: (-topics[code], code))


def choose_topics(topics: Chances, bounds: Chances, sides: Chances, named: bool) -> list[str]:
    """At most four codes over their bound, the likeliest first; where one must be `named`, the likeliest at least.

    Topics and sides are made to agree: a topic of a side that is hardly addressed must be surer, and a side that is
    surely addressed brings its best topic.
    """
    ranked = _ranked(topics)
    chosen = {code for code in ranked if topics[code] >= bounds[code]}
    if not named:
        return [code for code in ranked if code in chosen][:MOST_TOPICS]
    for side in Side:
        mine = _of_side(topics, side)
        if sides[side.value] < _HARDLY:
            chosen -= {code for code, chance in mine.items() if chance < _TOPIC_OF_NO_SIDE}
        best = _ranked(mine)[:1]
        if sides[side.value] > _SURELY and not chosen & mine.keys():
            chosen |= {code for code in best if mine[code] > _TOPIC_OF_SIDE}
    chosen.add(ranked[0])
    return _field_first([code for code in ranked if code in chosen][:MOST_TOPICS])


def _field_first(topics: list[str]) -> list[str]:
    if topics[0] == _GRANTS and len(topics) > 1:
        return [topics[1], _GRANTS, *topics[2:]]
    return topics


def choose(labels: Sequence[str], chances: NDArray[np.float32], bounds: NDArray[np.float32]) -> Classification:
    """What the probabilities of `labels` (topics, pushable, audiences, types) come to.

    Sides and types are also given for a document that is rather not pushed, as long as that is in question.
    """
    chance = dict(zip(labels, map(float, chances), strict=True))
    bound = dict(zip(labels, map(float, bounds), strict=True))
    pushable = chance[PUSHABLE]
    addressed = pushable >= _OUT_OF_QUESTION
    topics = {label: value for label, value in chance.items() if is_topic(label)}
    audience = max(AUDIENCES, key=lambda name: chance[name])
    sides = {side.value: sum(chance[name] for name, spoken in AUDIENCES.items() if side in spoken) for side in Side}
    return Classification(
        pushable=pushable >= bound[PUSHABLE],
        sides=list(AUDIENCES[audience]) if addressed else [],
        topics=choose_topics(topics, bound, sides, named=addressed),
        types=[label for label in labels if is_type(label) and chance[label] >= bound[label]] if addressed else [],
        scores={code: round(value, 4) for code, value in topics.items()},
        pushable_probability=round(pushable, 4),
    )
