"""A signal of a workspace's own: from a description and five examples to a head, with an honest word on its quality.

Vectors are those of the published encoder (``nlp.meaning``): the fine-tuned reader was taught to tell its own four
signals apart and forgot some of the rest. The head starts as a prototype, the direction from ordinary sentences towards
the examples, and labels bend it (logistic, ``models.linear``). Ordinary sentences, of which nearly none carries a rare
signal, stand in for negatives until people have given real ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError
from labeling.annotators import wilson
from labeling.selection import Pick, Pool, Strategy, select
from models.linear import Floats, Linear, Numbers, fit_linear, sigmoid

EXAMPLES_MIN = 5
NEXT = 20
STRENGTH = 0.3
STEEPNESS = 12.0
"""How fast the prototype's logit rises with the cosine."""
BACKGROUND_WEIGHT = 4.0
"""All ordinary sentences together count as so many labeled ones."""
DESCRIPTION_WEIGHT = 1.0
"""The description counts as so many examples in the prototype."""
MANY_NEGATIVES = 8
"""With so many labeled negatives, the threshold is set between them and the positives."""


@dataclass(frozen=True, slots=True)
class Prototype:
    """``logits = STEEPNESS * (cosines with the direction - middle)``."""

    direction: Floats
    middle: float
    mean: Floats

    def logits(self, vectors: Numbers) -> Floats:
        """Logits ``(rows,)`` of unit vectors ``(rows, width)``."""
        found: Floats = STEEPNESS * (_unit(vectors - self.mean) @ self.direction - self.middle)
        return found


@dataclass(frozen=True, slots=True)
class CustomHead:
    """A fitted signal; ``threshold`` is the probability from which on it is given."""

    prototype: Prototype
    head: Linear
    threshold: float

    def probabilities(self, vectors: Numbers) -> Floats:
        """Probabilities ``(rows,)`` that sentences carry the signal."""
        return sigmoid(self.head.logits(_unit(vectors - self.prototype.mean), self.prototype.logits(vectors)))

    def given(self, vectors: Numbers) -> NDArray[np.bool_]:
        """Which sentences carry the signal."""
        result: NDArray[np.bool_] = self.probabilities(vectors) >= self.threshold
        return result


@dataclass(frozen=True, slots=True)
class Quality:
    """What leaving each labeled sentence out in turn shows: right and wrong ones, with Wilson intervals, 95 %."""

    found: int
    positives: int
    false: int
    negatives: int

    @property
    def f1(self) -> float | None:
        """F1 over the labeled sentences; nothing without negatives, for then nothing can be wrong."""
        if not self.negatives:
            return None
        return 2 * self.found / max(1, self.found + self.false + self.positives)

    @property
    def words(self) -> str:
        """For a page: what is known and what is not."""
        low, high = wilson(self.found, self.positives)
        said = f"finds {self.found} of {self.positives} examples that it had not seen ({low:.0%} to {high:.0%})"
        if not self.negatives:
            return f"{said}; how often it is wrong cannot be said, because no sentence is marked as not carrying it"
        low, high = wilson(self.false, self.negatives)
        said += f"; wrongly given to {self.false} of {self.negatives} others ({low:.0%} to {high:.0%})"
        return f"{said}. These were chosen, not drawn: only a random sample tells the share of right ones in service"


def fit_custom(
    vectors: Numbers, carries: NDArray[np.bool_], background: Numbers, description: Numbers | None = None
) -> CustomHead:
    """Fit a signal.

    Args:
        vectors: ``(rows, width)`` unit vectors of the labeled sentences.
        carries: ``(rows,)`` whether they carry it.
        background: ``(many, width)`` unit vectors of ordinary sentences of the workspace.
        description: ``(width,)`` of what the signal means, in words.

    Raises:
        InputError: if fewer than five sentences carry it, or there are no ordinary sentences.
    """
    if carries.sum() < EXAMPLES_MIN:
        remedy = f"give {EXAMPLES_MIN} sentences, as different from each other as the signal is"
        raise InputError(f"{int(carries.sum())} examples, at least {EXAMPLES_MIN} are needed", remedy=remedy)
    if not len(background):
        raise InputError("there are no ordinary sentences to tell the signal from", remedy="read documents first")
    return _fit(vectors, carries, background, description)


def _fit(vectors: Numbers, carries: NDArray[np.bool_], background: Numbers, description: Numbers | None) -> CustomHead:
    prototype = _prototype(vectors, carries, background, description)
    rows = _unit(np.vstack([vectors, background]) - prototype.mean)
    targets = np.concatenate([carries.astype(np.float64), np.zeros(len(background))])
    # Both sides count alike, however many examples there are of each.
    yes, no = max(1, int(carries.sum())), int((~carries).sum())
    side = (yes + no) / 2
    counts = np.where(carries, side / yes, side / max(1.0, no + BACKGROUND_WEIGHT))
    rest = np.full(len(background), side * BACKGROUND_WEIGHT / (no + BACKGROUND_WEIGHT) / len(background))
    known = prototype.logits(np.vstack([vectors, background]))
    head = fit_linear(rows, targets, strength=STRENGTH, weights=np.concatenate([counts, rest]), offset=known)
    found = CustomHead(prototype, head, 0.5)
    return CustomHead(prototype, head, _threshold(found.probabilities(vectors), carries))


def _prototype(
    vectors: Numbers, carries: NDArray[np.bool_], background: Numbers, description: Numbers | None
) -> Prototype:
    mean: Floats = background.mean(axis=0, dtype=np.float64)
    positive = _unit(vectors[carries] - mean).sum(axis=0)
    if description is not None:
        positive = positive + DESCRIPTION_WEIGHT * _unit(description[None] - mean)[0]
    direction = _unit(positive[None])[0]
    usual = _unit(background - mean) @ direction
    # An example is part of its own prototype, and nearer to it than an unseen one will be: the middle lies lower.
    inside = _unit(vectors[carries] - mean) @ direction
    return Prototype(direction, float((np.quantile(usual, 0.95) + inside.mean()) / 2), mean)


def _threshold(probabilities: Floats, carries: NDArray[np.bool_]) -> float:
    """Half, pulled down where the head would pass over its own examples."""
    if (~carries).sum() >= MANY_NEGATIVES:
        return 0.5
    return float(min(0.5, np.quantile(probabilities[carries], 0.1)))


def leave_one_out(
    vectors: Numbers, carries: NDArray[np.bool_], background: Numbers, description: Numbers | None = None
) -> Quality:
    """How a head does on each labeled sentence when it is fitted on the others, threshold and all."""
    given = np.empty(len(vectors), dtype=bool)
    for row in range(len(vectors)):
        others = np.arange(len(vectors)) != row
        head = _fit(vectors[others], carries[others], background, description)
        given[row] = head.given(vectors[row : row + 1])[0]
    return Quality(
        int((given & carries).sum()), int(carries.sum()), int((given & ~carries).sum()), int((~carries).sum())
    )


def next_sentences(
    name: str, head: CustomHead, pool: Numbers, known: Numbers, *, count: int = NEXT, seed: int = 0
) -> list[Pick]:
    """The sentences of a pool that teach a signal most.

    Args:
        name: of the signal, for the reasons.
        head: as fitted so far.
        pool: ``(rows, width)`` unit vectors of sentences without a label.
        known: those of sentences that have one.
        count: how many.
        seed: of what is left to chance.
    """
    made = Pool(
        labels=(name,),
        probabilities=head.probabilities(pool)[:, None],
        thresholds=np.array([head.threshold]),
        bands=np.array([[head.threshold / 2, (1 + head.threshold) / 2]]),
        vectors=pool,
        known=known,
    )
    return select(made, count, Strategy.MIXED, seed)


def background_of(vectors: Numbers, texts: Sequence[str], most: int = 2_000, seed: int = 0) -> Numbers:
    """At most ``most`` different ordinary sentences, drawn by chance."""
    firsts = list({" ".join(text.lower().split()): at for at, text in enumerate(texts)}.values())
    chosen = np.random.default_rng(seed).permutation(firsts)[:most]
    kept: Numbers = vectors[np.sort(chosen)]
    return kept


def _unit(vectors: Numbers) -> Floats:
    rows = np.asarray(vectors, dtype=np.float64)
    result: Floats = rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12)
    return result
