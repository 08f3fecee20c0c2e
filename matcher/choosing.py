"""From probabilities to what is said: topics with the main one first, sides, types, pushable."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.vocabulary.fields import Side
from matcher.classification import Classification
from matcher.document import Document

PUSHABLE = "pushable"
MOST_TOPICS = 4
_GRANTS = "E0403"  # cross-cutting: stands after the field topic
_LEAST_TO_NAME = 0.5  # what a document that is not pushed must reach before a topic is named


def is_topic(label: str) -> bool:
    return len(label) == 5 and label[0] in "EP" and label[1:].isdigit()


def is_type(label: str) -> bool:
    return len(label) == 4 and label[:2] in ("ET", "PT")


def _topics(scores: dict[str, float], thresholds: dict[str, float], pushable: bool) -> list[str]:
    ranked = sorted(scores, key=lambda code: (-scores[code], code))
    chosen = [code for code in ranked if scores[code] >= thresholds[code]][:MOST_TOPICS]
    if not pushable:
        return [code for code in chosen if scores[code] >= _LEAST_TO_NAME]
    chosen = chosen or ranked[:1]
    if chosen[0] == _GRANTS and len(chosen) > 1:
        chosen[:2] = [chosen[1], chosen[0]]
    return chosen


def _sides(scores: dict[Side, float], topics: list[str], pushable: bool) -> list[Side]:
    if not pushable:
        return []
    sides = [side for side, score in scores.items() if score >= 0.5]
    return sides or [max(scores, key=lambda side: scores[side])]


def choose(
    document: Document, labels: Sequence[str], probabilities: NDArray[np.float32], threshold: NDArray[np.float32]
) -> Classification:
    """What the probabilities of `labels` (topics, sides, types, pushable) come to for this document."""
    score = dict(zip(labels, map(float, probabilities), strict=True))
    bound = dict(zip(labels, map(float, threshold), strict=True))
    pushable = score[PUSHABLE] >= bound[PUSHABLE]
    scores = {label: value for label, value in score.items() if is_topic(label)}
    topics = _topics(scores, bound, pushable)
    return Classification(
        pushable=pushable,
        sides=_sides({side: score[side.value] for side in Side}, topics, pushable),
        topics=topics,
        types=[label for label in labels if is_type(label) and score[label] >= bound[label]] if pushable else [],
        scores={code: round(value, 4) for code, value in scores.items()},
        pushable_probability=round(score[PUSHABLE], 4),
    )
