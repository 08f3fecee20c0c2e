"""Turning margins into probabilities and those into decisions, both from predictions on documents not learned."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from matcher.chances import Calibration, audience_columns, audience_traits
from matcher.choosing import PUSHABLE, is_topic, is_type

_NEWTON_STEPS = 60
_PRIOR_THRESHOLD = 0.4  # where the best F1 mostly lies
_PRIOR_STRENGTH = 60.0  # documents' worth of trust in it, so that rare labels do not follow chance
_AUDIENCE_PENALTY = 0.1


def calibrate(labels: Sequence[str], margins: NDArray[np.float64], truth: NDArray[np.bool_]) -> Calibration:
    """The calibration of `labels`; what is judged by accuracy (pushable) is parted in the middle."""
    found = []
    for label, name in enumerate(labels):
        slope, offset = fit_sigmoid(margins[:, label], truth[:, label])
        chance = 1 / (1 + np.exp(-(slope * margins[:, label] + offset)))
        judged_by_f1 = is_topic(name) or is_type(name)
        found.append((slope, offset, best_threshold(chance, truth[:, label]) if judged_by_f1 else 0.5))
    slopes, offsets, thresholds = np.array(found, dtype=np.float32).T
    return Calibration(slopes, offsets, thresholds, fit_audience(labels, margins, truth))


def fit_audience(labels: Sequence[str], margins: NDArray[np.float64], truth: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Weights (audiences × traits) by which audiences are weighed against each other, from pushable documents."""
    columns = audience_columns(labels)
    held = truth[:, labels.index(PUSHABLE)] & (truth[:, columns].sum(axis=1) == 1)
    traits, audience = audience_traits(labels, margins[held]), truth[held][:, columns].argmax(axis=1)
    weights = np.zeros((len(columns), traits.shape[1]), dtype=np.float32)
    met = np.unique(audience)
    if len(met) < len(columns):  # too few documents to have seen each: what was seen goes by its own margin
        weights[met, met] = 1
        return weights
    machine = LogisticRegression(C=_AUDIENCE_PENALTY, max_iter=1000).fit(traits[:, :-1], audience)
    weights[:, :-1], weights[:, -1] = machine.coef_, machine.intercept_
    return weights


def fit_sigmoid(margin: NDArray[np.float64], truth: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and offset of Platt's sigmoid (with his smoothed targets), by Newton's method.

    J. Platt, Probabilistic Outputs for Support Vector Machines, 1999.
    """
    positive = int(truth.sum())
    negative = len(truth) - positive
    target = np.where(truth, (positive + 1) / (positive + 2), 1 / (negative + 2))
    slope, offset = 1.0, float(np.log((positive + 1) / (negative + 1)))
    for _ in range(_NEWTON_STEPS):
        chance = 1 / (1 + np.exp(-(slope * margin + offset)))
        error, spread = chance - target, chance * (1 - chance) + 1e-9
        gradient = np.array([error @ margin, error.sum()])
        cross = float(spread @ margin)
        curvature = np.array([[spread @ margin**2 + 1e-6, cross], [cross, spread.sum() + 1e-6]])
        step = np.linalg.solve(curvature, gradient)
        step /= max(1.0, float(np.abs(step).max()))
        slope, offset = slope - step[0], offset - step[1]
        if float(np.abs(step).max()) < 1e-8:
            break
    return float(slope), float(offset)


def best_threshold(chance: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """The probability from which on to say yes for the best F1, drawn to the common one where examples are few."""
    grid = np.arange(0.15, 0.7, 0.01)
    said = chance[:, None] >= grid
    hits = (said & truth[:, None]).sum(axis=0)
    values = 2 * hits / np.maximum(said.sum(axis=0) + truth.sum(), 1)
    near = grid[values >= values.max() - 0.002]
    trust = truth.sum() / (truth.sum() + _PRIOR_STRENGTH)
    return float(trust * near.mean() + (1 - trust) * _PRIOR_THRESHOLD)
