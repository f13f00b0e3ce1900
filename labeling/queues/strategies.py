"""Which sentences are worth a person's time: pure functions over probabilities and vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from core.entities import Label, OperatingPoint
from nlp.artefact import LabelPoint
from nlp.encoder import Array
from nlp.outputs import LABELS

SAME = 0.9
"""Sentences whose vectors are at least this near say the same; one of them is enough."""


def unsureness(probabilities: Array, points: Mapping[Label, LabelPoint]) -> tuple[Array, list[str]]:
    """How unsure the reader is of each sentence, and of which label.

    Between the thresholds of high recall and high precision lies the band where a person should look; the nearer to
    the balanced threshold, the more.

    Args:
        probabilities: calibrated, ``(sentences, labels)``.
        points: the labels' thresholds.

    Returns:
        ``(sentences,)`` of 0 (sure) to 1 (on the threshold), and the label of each, empty where it is sure.
    """
    closeness = np.zeros(probabilities.shape, dtype=np.float32)
    for column, label in enumerate(LABELS):
        thresholds = points[label].thresholds
        middle = thresholds[OperatingPoint.BALANCED]
        low = min(thresholds[OperatingPoint.HIGH_RECALL], middle)
        high = max(thresholds[OperatingPoint.HIGH_PRECISION], middle)
        p = probabilities[:, column]
        width = np.where(p < middle, max(middle - low, 1e-6), max(high - middle, 1e-6))
        inside = (p >= low) & (p <= high)
        closeness[:, column] = np.where(inside, 1 - np.abs(p - middle) / width, 0)
    best = closeness.argmax(axis=1)
    strength = closeness.max(axis=1) if len(closeness) else np.zeros(0, dtype=np.float32)
    names = [LABELS[at].value if value > 0 else "" for at, value in zip(best.tolist(), strength.tolist(), strict=True)]
    return strength, names


def disputed(first: Array, second: Array, first_at: Array, second_at: Array) -> tuple[Array, list[str]]:
    """How far two readers are apart on sentences that one of them marks and the other does not.

    Args:
        first: probabilities ``(sentences, labels)`` of one reader.
        second: the same of the other.
        first_at: thresholds ``(labels,)`` of the one.
        second_at: thresholds of the other.

    Returns:
        ``(sentences,)`` of differences, 0 where they agree, and the label that each is about.
    """
    apart = np.where((first >= first_at) != (second >= second_at), np.abs(first - second), 0)
    best = apart.argmax(axis=1)
    strength: Array = apart.max(axis=1) if len(apart) else np.zeros(0, dtype=np.float32)
    names = [LABELS[at].value if value > 0 else "" for at, value in zip(best.tolist(), strength.tolist(), strict=True)]
    return strength, names


def diverse(unsure: Sequence[float], vectors: Array, size: int) -> tuple[list[int], int]:
    """Unsure sentences that are unlike each other, the most useful first.

    Each next one is that with the highest product of unsureness and distance to the nearest one chosen before; one that
    says the same as a chosen one is left out.

    Args:
        unsure: of each sentence, 0 to 1.
        vectors: unit vectors ``(sentences, width)`` of their meaning.
        size: how many to choose at most.

    Returns:
        Indexes in order, and how many were left out as near-duplicates.
    """
    weight = np.asarray(unsure, dtype=np.float32)
    nearest = np.zeros(len(weight), dtype=np.float32)
    chosen: list[int] = []
    free = weight > 0
    while len(chosen) < size and free.any():
        value = np.where(free, weight * (1 - nearest), -1)
        at = int(value.argmax())
        chosen.append(at)
        free[at] = False
        nearest = np.maximum(nearest, vectors @ vectors[at])
        free &= nearest < SAME
    repeated = int((weight > 0).sum()) - len(chosen) - int(free.sum())
    return chosen, repeated


def drawn(counts: Sequence[int], size: int, seed: int) -> list[tuple[int, int]]:
    """Sentences at random, each as likely as any other: document and sentence within it, in the order of the draw.

    Args:
        counts: how many sentences each document has.
        size: how many to draw at most, without repetition.
        seed: the same seed draws the same.
    """
    ends = np.cumsum(np.asarray(counts, dtype=np.int64))
    total = int(ends[-1]) if len(ends) else 0
    picked = np.random.default_rng(seed).permutation(total)[:size] if total else np.zeros(0, dtype=np.int64)
    places = np.searchsorted(ends, picked, side="right")
    return [(int(at), int(pick - (ends[at] - counts[at]))) for at, pick in zip(places, picked, strict=True)]
