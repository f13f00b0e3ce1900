"""Probabilities that mean what they say, and the points where a probability becomes a signal.

Both are fitted on vendors that the fitted model never saw (out-of-fold predictions).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from core.entities import Label
from nlp.artefact import LabelPoint
from nlp.encoder import Array
from nlp.outputs import LABELS

_STRENGTH = 100.0
_GRID = np.linspace(0.05, 0.95, 91)


def fit_points(logits: Array, targets: Array) -> dict[Label, LabelPoint]:
    """Platt scaling per label and the threshold of best F1, from ``(sentences, labels)`` logits and targets.

    Targets that are NaN are left out.
    """
    points = {}
    for column, label in enumerate(LABELS):
        known = ~np.isnan(targets[:, column])
        scores, truth = logits[known, column], targets[known, column] > 0.5
        platt = LogisticRegression(C=_STRENGTH).fit(scores[:, None], truth)
        scale, offset = float(platt.coef_[0, 0]), float(platt.intercept_[0])
        probabilities = 1 / (1 + np.exp(-(scores * scale + offset)))
        points[label] = LabelPoint(scale, offset, best_threshold(probabilities, truth))
    return points


def best_threshold(probabilities: Array, truth: NDArray[np.bool_]) -> float:
    """The threshold of best F1, smoothed over its neighbours so that it does not sit on a lucky spike."""
    scores = np.array([f1_at(probabilities, truth, threshold) for threshold in _GRID])
    smooth = np.convolve(np.pad(scores, 4, mode="edge"), np.ones(9) / 9, mode="valid")
    return float(_GRID[int(smooth.argmax())])


def f1_at(probabilities: Array, truth: NDArray[np.bool_], threshold: float) -> float:
    """F1 of sentence decisions at a threshold."""
    positive = probabilities >= threshold
    right = float((positive & truth).sum())
    return 2 * right / max(1.0, float(positive.sum() + truth.sum()))


def calibration_error(probabilities: Array, truth: NDArray[np.bool_], bins: int = 15) -> float:
    """Expected calibration error over bins of equal width, weighted by how many fall into each."""
    edges = np.clip((probabilities * bins).astype(int), 0, bins - 1)
    error = 0.0
    for index in range(bins):
        chosen = edges == index
        if chosen.any():
            gap = abs(float(probabilities[chosen].mean()) - float(truth[chosen].mean()))
            error += gap * float(chosen.mean())
    return error
