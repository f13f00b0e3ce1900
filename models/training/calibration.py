"""Probabilities that mean what they say, and the points where a probability becomes a signal.

Both are fitted on vendors that train no weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from core.entities import Label, OperatingPoint
from nlp.encoder import Array
from nlp.outputs import LABELS

_STRENGTH = 100.0
_GRID = np.linspace(0.05, 0.95, 91)
PRECISION_WANTED = 0.85
RECALL_WANTED = 0.85


@dataclass(frozen=True, slots=True)
class Point:
    """A threshold with the precision and recall that sentences showed there."""

    threshold: float
    precision: float
    recall: float


@dataclass(frozen=True, slots=True)
class FittedLabel:
    """What was fitted for one label: ``probability = sigmoid(scale * logit + offset)``, and where it is a signal."""

    scale: float
    offset: float
    points: dict[OperatingPoint, Point]
    calibration_error: float
    sentences: int


def fit_labels(logits: Array, targets: Array) -> dict[Label, FittedLabel]:
    """Platt scaling per label and three operating points, from ``(sentences, labels)`` logits and targets.

    Targets that are NaN are left out.
    """
    fitted = {}
    for column, label in enumerate(LABELS):
        known = ~np.isnan(targets[:, column])
        scores, truth = logits[known, column], targets[known, column] > 0.5
        platt = LogisticRegression(C=_STRENGTH).fit(scores[:, None], truth)
        scale, offset = float(platt.coef_[0, 0]), float(platt.intercept_[0])
        probabilities = 1 / (1 + np.exp(-(scores * scale + offset)))
        error = calibration_error(probabilities, truth)
        fitted[label] = FittedLabel(scale, offset, operating_points(probabilities, truth), error, int(truth.sum()))
    return fitted


def operating_points(probabilities: Array, truth: NDArray[np.bool_]) -> dict[OperatingPoint, Point]:
    """Best F1; beside it the lowest threshold that is precise enough, and the highest that finds enough."""
    balanced = best_threshold(probabilities, truth)
    points = [point_at(probabilities, truth, threshold) for threshold in _GRID]
    precise = [p.threshold for p in points if p.threshold >= balanced and p.precision >= PRECISION_WANTED]
    finding = [p.threshold for p in points if p.threshold <= balanced and p.recall >= RECALL_WANTED]
    thresholds = {
        OperatingPoint.HIGH_PRECISION: min(precise, default=float(_GRID[-1])),
        OperatingPoint.BALANCED: balanced,
        OperatingPoint.HIGH_RECALL: max(finding, default=float(_GRID[0])),
    }
    return {name: point_at(probabilities, truth, threshold) for name, threshold in thresholds.items()}


def point_at(probabilities: Array, truth: NDArray[np.bool_], threshold: float) -> Point:
    """Precision and recall of sentence decisions at a threshold; a label that is never given is perfectly precise."""
    positive = probabilities >= threshold
    right = float((positive & truth).sum())
    precision = right / float(positive.sum()) if positive.any() else 1.0
    return Point(float(threshold), precision, right / max(1.0, float(truth.sum())))


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
