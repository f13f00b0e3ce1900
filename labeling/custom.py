"""A signal of a workspace's own: from a description and five examples to a head, with an honest word on its quality.

Vectors are the accurate reader's, of a sentence in its context (``models.vectors``): measured beside the fast reader's
and the published small encoder's they need by far the fewest labels. The head is a logistic one (``models.linear``),
pulled so hard that with few examples it is hardly more than a prototype: the direction from ordinary sentences towards
the examples. The description counts as an example. Ordinary sentences, of which nearly none carries a rare signal,
stand in for negatives until people have given real ones.
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

Flags = NDArray[np.bool_]
EXAMPLES_MIN = 5
NEXT = 20
STRENGTH = 0.1
BACKGROUND_WEIGHT = 16.0
"""All ordinary sentences together count as so many labeled ones."""
THRESHOLD = 0.5
FOLDS = 25
"""From so many labeled sentences on, the estimate leaves several out at once: it must stay a matter of seconds."""


@dataclass(frozen=True, slots=True)
class CustomHead:
    """A fitted signal. Vectors are looked at as directions from ``mean``, the mean of ordinary sentences."""

    mean: Floats
    head: Linear

    def probabilities(self, vectors: Numbers) -> Floats:
        """How sure the head is, ``(rows,)`` from 0 to 1, as if half of all sentences carried the signal."""
        return sigmoid(self.head.logits(_directions(vectors, self.mean)))

    def given(self, vectors: Numbers) -> Flags:
        """Which sentences are said to carry the signal."""
        result: Flags = self.probabilities(vectors) >= THRESHOLD
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


def fit_custom(vectors: Numbers, carries: Flags, background: Numbers, description: Numbers | None = None) -> CustomHead:
    """Fit a signal.

    Args:
        vectors: ``(rows, width)`` vectors of the labeled sentences.
        carries: ``(rows,)`` whether they carry it.
        background: ``(many, width)`` vectors of ordinary sentences of the workspace.
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


def _fit(vectors: Numbers, carries: Flags, background: Numbers, description: Numbers | None) -> CustomHead:
    if description is not None:
        vectors, carries = np.vstack([vectors, description[None]]), np.append(carries, True)
    mean: Floats = background.mean(axis=0, dtype=np.float64)
    # Both sides count alike, however many examples there are of each.
    yes, no = int(carries.sum()), int((~carries).sum())
    side, others = (yes + no) / 2, no + BACKGROUND_WEIGHT
    labeled = np.where(carries, side / yes, side / others)
    ordinary = np.full(len(background), side * BACKGROUND_WEIGHT / others / len(background))
    head = fit_linear(
        _directions(np.vstack([vectors, background]), mean),
        np.concatenate([carries.astype(np.float64), np.zeros(len(background))]),
        strength=STRENGTH,
        weights=np.concatenate([labeled, ordinary]),
    )
    return CustomHead(mean, head)


def leave_one_out(vectors: Numbers, carries: Flags, background: Numbers, description: Numbers | None = None) -> Quality:
    """How a head does on each labeled sentence when it is fitted on others: all of them, or those of other folds."""
    given = np.empty(len(vectors), dtype=bool)
    order = np.random.default_rng(0).permutation(len(vectors))
    for left_out in np.array_split(order, min(FOLDS, len(vectors))):
        others = np.setdiff1d(order, left_out)
        head = _fit(vectors[others], carries[others], background, description)
        given[left_out] = head.given(vectors[left_out])
    return Quality(
        int((given & carries).sum()), int(carries.sum()), int((given & ~carries).sum()), int((~carries).sum())
    )


def next_sentences(
    name: str,
    head: CustomHead,
    pool: Numbers,
    known: Numbers,
    *,
    fair: Flags | None = None,
    count: int = NEXT,
    seed: int = 0,
) -> list[Pick]:
    """The sentences of a pool that teach a signal most.

    Args:
        name: of the signal, for the reasons.
        head: as fitted so far.
        pool: ``(rows, width)`` vectors of sentences without a label.
        known: those of sentences that have one.
        fair: ``(rows,)`` from which rows chance may draw; all of them without.
        count: how many.
        seed: of what is left to chance.
    """
    made = Pool(
        labels=(name,),
        probabilities=head.probabilities(pool)[:, None],
        thresholds=np.array([THRESHOLD]),
        bands=np.array([[THRESHOLD / 2, (1 + THRESHOLD) / 2]]),
        vectors=_directions(pool, head.mean),
        known=_directions(known, head.mean),
        fair=fair,
    )
    return select(made, count, Strategy.MIXED, seed)


def background_of(vectors: Numbers, texts: Sequence[str], most: int = 2_000, seed: int = 0) -> Numbers:
    """At most ``most`` different ordinary sentences, drawn by chance."""
    firsts = list({" ".join(text.lower().split()): at for at, text in enumerate(texts)}.values())
    chosen = np.random.default_rng(seed).permutation(firsts)[:most]
    found: Numbers = vectors[np.sort(chosen)]
    return found


def _directions(vectors: Numbers, mean: Floats) -> Floats:
    rows = np.asarray(vectors, dtype=np.float64) - mean
    result: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return result
