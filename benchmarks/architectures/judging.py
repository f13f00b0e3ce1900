"""Macro F1 over sentences at thresholds from the calibration vendors, with intervals and differences by account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.architectures.data import Bools
from models.training.calibration import best_threshold
from models.training.examples import Floats

RESAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class Judged:
    """What a way got: F1 by label and macro, and right, given and gold counts ``(accounts, labels, 3)`` behind them."""

    name: str
    labels: tuple[float, ...]
    counts: NDArray[np.int64]

    @property
    def macro(self) -> float:
        """Mean over labels."""
        return float(np.mean(self.labels))


def judge(
    name: str, calibration: tuple[Floats, Floats], test: tuple[Floats, Floats], accounts: Sequence[str]
) -> Judged:
    """Judge logits and gold ``(sentences, labels)`` of both sides; ``accounts`` are those of the test sentences."""
    logits, gold = test
    given = np.zeros(logits.shape, dtype=bool)
    known = ~np.isnan(gold)
    truth = np.nan_to_num(gold) > 0.5
    for column in range(gold.shape[1]):
        asked = ~np.isnan(calibration[1][:, column])
        probabilities = _sigmoid(calibration[0][asked, column])
        threshold = best_threshold(probabilities, calibration[1][asked, column] > 0.5)
        given[:, column] = (_sigmoid(logits[:, column]) >= threshold) & known[:, column]
    counts = _counts(given, truth, accounts)
    return Judged(name, tuple(_f1(counts.sum(axis=0)).tolist()), counts)


def against(one: Judged, other: Judged) -> tuple[float, float, float]:
    """Difference of macro F1 and its 95 % interval: accounts are drawn, the same for both."""
    chance = np.random.default_rng(0)
    draws = chance.integers(len(one.counts), size=(RESAMPLES, len(one.counts)))
    found = sorted(float(_macro(one.counts[draw]) - _macro(other.counts[draw])) for draw in draws)
    return one.macro - other.macro, found[int(0.025 * RESAMPLES)], found[int(0.975 * RESAMPLES) - 1]


def _counts(given: Bools, truth: Bools, accounts: Sequence[str]) -> NDArray[np.int64]:
    names, rows = np.unique(accounts, return_inverse=True)
    counts = np.zeros((len(names), given.shape[1], 3), dtype=np.int64)
    for place, flags in enumerate((given & truth, given, truth)):
        np.add.at(counts[:, :, place], rows, flags)
    return counts


def _macro(counts: NDArray[np.int64]) -> float:
    return float(_f1(counts.sum(axis=0)).mean())


def _f1(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = 2.0 * counts[:, 0] / np.maximum(1, counts[:, 1] + counts[:, 2])
    return result


def _sigmoid(logits: Floats) -> Floats:
    result: Floats = np.reciprocal(1 + np.exp(-logits, dtype=np.float32))
    return result
