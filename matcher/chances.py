"""Margins of separating planes as probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.choosing import AUDIENCES, is_topic


@dataclass(frozen=True)
class Calibration:
    """What was fitted on documents not learned; all arrays are in the order of the labels.

    A label's probability is 1 / (1 + exp(-(slope · margin + offset))), from `threshold` on it is said. Of the
    audiences exactly one holds: `audience` (audiences × their traits) weighs them against each other.
    """

    slope: NDArray[np.float32]
    offset: NDArray[np.float32]
    threshold: NDArray[np.float32]
    audience: NDArray[np.float32]

    def chances(self, labels: Sequence[str], margins: NDArray[np.floating]) -> NDArray[np.float32]:
        """Probabilities (documents × labels) for margins of the same shape."""
        chances = 1 / (1 + np.exp(-(self.slope * margins + self.offset)))
        logits = audience_traits(labels, margins) @ self.audience.T
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        chances[:, audience_columns(labels)] = shares / shares.sum(axis=1, keepdims=True)
        return np.asarray(chances, dtype=np.float32)


def audience_columns(labels: Sequence[str]) -> list[int]:
    return [labels.index(name) for name in AUDIENCES]


def audience_traits(labels: Sequence[str], margins: NDArray[np.floating]) -> NDArray[np.floating]:
    """What tells to whom a document speaks: its margin for each audience, and that of each side's best topic."""
    best = [
        margins[:, [at for at, label in enumerate(labels) if is_topic(label) and label[0] == letter]].max(axis=1)
        for letter in "EP"
    ]
    return np.column_stack([margins[:, audience_columns(labels)], *best, np.ones(len(margins))])
