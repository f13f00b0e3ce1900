"""Logistic heads on frozen sentence vectors, in numpy: fitted in seconds, also where the product serves.

The loss is the weighted logistic loss plus ``strength / 2 * |weights|^2``, minimised by limited-memory BFGS: two
products with the rows a step, where Newton's method would need all pairs of features.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numbers = NDArray[np.floating[Any]]
STEPS = 200
MEMORY = 10
CLOSE = 1e-6
BIAS_STRENGTH = 1e-3
"""The bias is barely pulled, so that it is finite where all targets are alike."""
SHIFT_STRENGTH = 4.0
"""A bias on top of known logits is pulled to 0: a dozen labels must not move what thousands have calibrated."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """Brings each feature to mean 0 and variance 1, and a row of them to length 1 on average."""

    mean: Numbers
    scale: Numbers

    @classmethod
    def of(cls, features: Numbers) -> Scaling:
        """Fitted on rows that need no labels."""
        deviation = features.std(axis=0)
        return cls(features.mean(axis=0), 1 / (np.maximum(deviation, 1e-6) * np.sqrt(features.shape[1])))

    def __call__(self, features: Numbers) -> Numbers:
        """Scaled rows."""
        result: Numbers = (features - self.mean) * self.scale
        return result


@dataclass(frozen=True, slots=True)
class Linear:
    """``logits = features @ weights + bias``."""

    weights: Floats
    bias: float

    def logits(self, features: Numbers, offset: Numbers | None = None) -> Floats:
        """Logits ``(rows,)``, on top of ``offset`` where the fit had one."""
        found: Floats = features @ self.weights + self.bias
        return found if offset is None else found + offset


def fit_linear(
    features: Numbers,
    targets: Numbers,
    *,
    strength: float = 1.0,
    weights: Numbers | None = None,
    offset: Numbers | None = None,
) -> Linear:
    """Fit one binary head.

    Args:
        features: ``(rows, features)``, scaled.
        targets: ``(rows,)`` from 0 to 1; between them for labels that are only probable.
        strength: of the pull of the weights to 0, so to ``offset`` alone.
        weights: ``(rows,)`` how much each row counts; 1 without.
        offset: ``(rows,)`` logits that the head corrects, such as those of the shipped reader.

    Raises:
        ValueError: if there is no row, or a number is not finite.
    """
    if not len(features):
        raise ValueError("nothing to fit on")
    if not (np.isfinite(features).all() and np.isfinite(targets).all()):
        raise ValueError("features and targets must be finite")
    rows = np.hstack([features, np.ones((len(features), 1))]).astype(np.float32)
    problem = _Problem(
        rows,
        np.asarray(targets, dtype=np.float64),
        np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=np.float64),
        np.zeros(len(rows)) if offset is None else np.asarray(offset, dtype=np.float64),
        np.append(np.full(features.shape[1], strength), BIAS_STRENGTH if offset is None else SHIFT_STRENGTH),
    )
    solution = _lbfgs(problem)
    return Linear(solution[:-1], float(solution[-1]))


@dataclass(frozen=True, slots=True)
class _Problem:
    """Rows ``(n, d)`` with a column of ones at the end, targets, counts and known logits ``(n,)``, pulls ``(d,)``."""

    rows: NDArray[np.float32]
    targets: Floats
    counts: Floats
    known: Floats
    pull: Floats

    def at(self, solution: Floats) -> tuple[float, Floats]:
        """Loss and gradient."""
        logits = self.rows @ solution.astype(np.float32) + self.known
        loss = self.counts @ (np.logaddexp(0.0, logits) - self.targets * logits)
        residual = self.counts * (sigmoid(logits) - self.targets)
        gradient = self.rows.T @ residual.astype(np.float32) + self.pull * solution
        return float(loss + (self.pull * solution**2).sum() / 2), gradient


def _lbfgs(problem: _Problem) -> Floats:
    """Limited-memory BFGS with backtracking (Nocedal and Wright, Numerical Optimization, algorithms 3.1 and 7.5)."""
    solution = np.zeros(problem.rows.shape[1])
    loss, gradient = problem.at(solution)
    steps: list[Floats] = []
    changes: list[Floats] = []
    for _ in range(STEPS):
        direction = -_two_loops(gradient, steps, changes)
        slope = float(gradient @ direction)
        size = 1.0 if steps else 1.0 / max(1.0, float(np.linalg.norm(gradient)))
        while True:
            moved = solution + size * direction
            new_loss, new_gradient = problem.at(moved)
            if new_loss <= loss + 1e-4 * size * slope or size < 1e-10:
                break
            size /= 2
        step, change, gained = moved - solution, new_gradient - gradient, loss - new_loss
        if step @ change > 1e-12:
            steps, changes = [*steps[1 - MEMORY :], step], [*changes[1 - MEMORY :], change]
        solution, loss, gradient = moved, new_loss, new_gradient
        if gained <= CLOSE * max(1.0, abs(loss)):
            break
    return solution


def _two_loops(gradient: Floats, steps: list[Floats], changes: list[Floats]) -> Floats:
    """The inverse Hessian, as the last steps show it, times the gradient."""
    result = gradient.copy()
    shares = []
    for step, change in zip(reversed(steps), reversed(changes), strict=True):
        share = float(step @ result) / float(step @ change)
        shares.append(share)
        result -= share * change
    if steps:
        result *= float(steps[-1] @ changes[-1]) / float(changes[-1] @ changes[-1])
    for step, change, share in zip(steps, changes, reversed(shares), strict=True):
        result += (share - float(change @ result) / float(step @ change)) * step
    return result


def sigmoid(logits: Numbers) -> Floats:
    """Probabilities of logits, without overflow."""
    result: Floats = 0.5 * (1.0 + np.tanh(0.5 * np.asarray(logits, dtype=np.float64)))
    return result


def folds_of(groups: list[str] | tuple[str, ...], count: int, seed: int = 0) -> NDArray[np.int64]:
    """A fold for each row; rows of one group stand in one fold, folds are of about equal size."""
    names, sizes = np.unique(np.asarray(groups), return_counts=True)
    order = np.random.default_rng(seed).permutation(len(names))
    filled = np.zeros(count, dtype=np.int64)
    fold: dict[str, int] = {}
    for at in sorted(order.tolist(), key=lambda index: -int(sizes[index])):
        smallest = int(filled.argmin())
        fold[str(names[at])] = smallest
        filled[smallest] += int(sizes[at])
    return np.array([fold[group] for group in groups], dtype=np.int64)


def out_of_fold(
    features: Numbers,
    targets: Numbers,
    folds: NDArray[np.int64],
    *,
    strength: float,
    offset: Numbers | None = None,
) -> Floats:
    """Probabilities ``(rows,)``, each from a head that did not see the row's fold."""
    found = np.empty(len(features))
    for fold in np.unique(folds):
        held = folds == fold
        rest = None if offset is None else offset[~held]
        head = fit_linear(features[~held], targets[~held], strength=strength, offset=rest)
        found[held] = sigmoid(head.logits(features[held], None if offset is None else offset[held]))
    return found
