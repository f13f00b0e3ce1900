"""What to label next: which sentences teach most, by what the model says of them and where they lie.

Every pick says by which strategy it came and why. What is picked for being useful is no fair sample: only ``random``
picks may tell how good the reader is, so that every mix holds some of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.ids import digest
from models.linear import Floats, Numbers

SAME = 0.95
"""Cosine from which on two sentences teach the same."""
CANDIDATES = 4
"""Diverse picks are sought among so many times as many uncertain ones."""
MIX = (("diverse", 0.4), ("likely", 0.4), ("random", 0.2))


class Strategy(StrEnum):
    """How sentences are picked."""

    RANDOM = "random"
    UNCERTAIN = "uncertain"
    ABSTAIN_BAND = "abstain_band"
    LIKELY = "likely"
    DIVERSE = "diverse"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Pool:
    """Sentences that nobody labeled yet.

    ``probabilities`` ``(rows, labels)`` are the model's, ``thresholds`` ``(labels,)`` where a label is given,
    ``bands`` ``(labels, 2)`` between which lie those where a person should look, ``vectors`` ``(rows, width)``
    unit vectors of meaning, ``known`` those of sentences that are labeled already. Where part of the pool is there for
    being like something, ``fair`` ``(rows,)`` says from which rows chance may draw.
    """

    labels: tuple[str, ...]
    probabilities: Floats
    thresholds: Floats
    bands: Floats
    vectors: Numbers
    known: Numbers | None = None
    fair: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.probabilities)


@dataclass(frozen=True, slots=True)
class Pick:
    """Row of the pool, the strategy that it counts for, and why, in words."""

    row: int
    origin: Strategy
    why: str


def select(pool: Pool, count: int, strategy: Strategy, seed: int = 0) -> list[Pick]:
    """The next sentences to label, the most useful first; fewer than ``count`` if there are no more.

    Args:
        pool: what there is.
        count: how many.
        strategy: how; ``MIXED`` interleaves, so that any beginning of the list holds the same mix.
        seed: of what is left to chance.
    """
    chance = np.random.default_rng(seed)
    if strategy is Strategy.MIXED:
        return _mixed(pool, count, chance)
    return _once(pool, _ORDERS[strategy](pool, count, chance), count)


def _mixed(pool: Pool, count: int, chance: np.random.Generator) -> list[Pick]:
    shares = {Strategy(name): share for name, share in MIX}
    # Drawn first and kept from the others: else chance would only get what the others leave, which is no fair sample.
    drawn = _once(pool, _random(pool, count, chance), round(shares[Strategy.RANDOM] * count))
    taken = {pick.row for pick in drawn}
    orders: dict[Strategy, Iterator[Pick]] = {name: _ORDERS[name](pool, count, chance) for name in shares}
    orders[Strategy.RANDOM] = iter(drawn)
    wanted = dict.fromkeys(orders, 0.0)
    picks: list[Pick] = []
    while len(picks) < count and orders:
        for name in orders:
            wanted[name] += shares[name]
        turn = max(orders, key=lambda name: wanted[name])
        fresh = (pick for pick in orders[turn] if turn is Strategy.RANDOM or pick.row not in taken)
        pick = next(fresh, None)
        if pick is None:
            del orders[turn]
            continue
        wanted[turn] -= 1.0
        taken.add(pick.row)
        picks.append(pick)
    return picks


def _once(pool: Pool, order: Iterator[Pick], count: int) -> list[Pick]:
    picks: list[Pick] = []
    for pick in order:
        if len(picks) == count:
            break
        picks.append(pick)
    return picks


def _random(pool: Pool, _count: int, chance: np.random.Generator) -> Iterator[Pick]:
    fair = np.arange(len(pool)) if pool.fair is None else np.flatnonzero(pool.fair)
    for row in chance.permutation(fair).tolist():
        yield Pick(row, Strategy.RANDOM, "drawn by chance: tells how good the reader is")


def closeness(pool: Pool) -> Floats:
    """How near each decision ``(rows, labels)`` is to its threshold, in logits; 0 is on it, the rest is below."""
    p = np.clip(pool.probabilities, 1e-6, 1 - 1e-6)
    t = np.clip(pool.thresholds, 1e-6, 1 - 1e-6)
    result: Floats = -np.abs(np.log(p / (1 - p)) - np.log(t / (1 - t)))
    return result


def _uncertain(pool: Pool, _count: int, _chance: np.random.Generator) -> Iterator[Pick]:
    for row, column in _turns(closeness(pool)):
        probability, threshold = pool.probabilities[row, column], pool.thresholds[column]
        why = f"{probability:.2f} for {pool.labels[column]}, given from {threshold:.2f} on"
        yield Pick(row, Strategy.UNCERTAIN, why)


def _likely(pool: Pool, _count: int, _chance: np.random.Generator) -> Iterator[Pick]:
    """Where a label is rare, the most likely ones show what it looks like, and what only looks like it."""
    distance = np.log(np.clip(pool.probabilities, 1e-6, 1)) - np.log(np.clip(pool.thresholds, 1e-6, 1))
    for row, column in _turns(distance):
        why = f"among the most likely for {pool.labels[column]}: {pool.probabilities[row, column]:.2f}"
        yield Pick(row, Strategy.LIKELY, why)


def _turns(values: Floats) -> Iterator[tuple[int, int]]:
    """Rows with their best column, labels in turns, so that no label takes all the places."""
    orders = [iter(np.argsort(-values[:, column], kind="stable").tolist()) for column in range(values.shape[1])]
    taken: set[int] = set()
    while len(taken) < len(values):
        for column, order in enumerate(orders):
            row = next((row for row in order if row not in taken), None)
            if row is not None:
                taken.add(row)
                yield row, column


def _band(pool: Pool, _count: int, chance: np.random.Generator) -> Iterator[Pick]:
    low, high = pool.bands[:, 0], pool.bands[:, 1]
    inside = (pool.probabilities >= low) & (pool.probabilities < high)
    for row in chance.permutation(np.flatnonzero(inside.any(axis=1))).tolist():
        column = int(np.flatnonzero(inside[row])[0])
        why = (
            f"{pool.probabilities[row, column]:.2f} for {pool.labels[column]}: neither sure enough to give nor to drop"
        )
        yield Pick(row, Strategy.ABSTAIN_BAND, why)


def _diverse(pool: Pool, count: int, chance: np.random.Generator) -> Iterator[Pick]:
    """Uncertain ones that are unlike each other and unlike what is labeled (farthest first, Gonzalez 1985)."""
    if not len(pool):
        return
    uncertain = _once(pool, _uncertain(pool, count, chance), CANDIDATES * count)
    vectors = pool.vectors[[pick.row for pick in uncertain]]
    nearest = np.full(len(uncertain), -1.0)
    if pool.known is not None and len(pool.known):
        nearest = (vectors @ pool.known.T).max(axis=1)
    rank = np.arange(len(uncertain)) / max(1, len(uncertain))
    left = np.ones(len(uncertain), dtype=bool)
    while (left & (nearest < SAME)).any():
        # Distance decides; of two that are equally far, the more uncertain one.
        value = np.where(left & (nearest < SAME), (1 - nearest) * (1 - 0.5 * rank), -np.inf)
        at = int(value.argmax())
        likeness = (
            "like nothing labeled so far" if nearest[at] < 0 else f"likeness to what is labeled {nearest[at]:.2f}"
        )
        yield Pick(uncertain[at].row, Strategy.DIVERSE, f"{uncertain[at].why}; {likeness}")
        left[at] = False
        nearest = np.maximum(nearest, vectors @ vectors[at])


_ORDERS = {
    Strategy.RANDOM: _random,
    Strategy.UNCERTAIN: _uncertain,
    Strategy.ABSTAIN_BAND: _band,
    Strategy.LIKELY: _likely,
    Strategy.DIVERSE: _diverse,
}


def sample_order(record_ids: Sequence[str], secret: str) -> list[str]:
    """Records in the order of the unbiased sample, which depends on nothing but their ids.

    The first n in this order are a fair sample of all, whichever queue had them labeled: a sample that is drawn anew
    from what is left over misses what other strategies took.
    """
    return sorted(record_ids, key=lambda record_id: digest(f"{secret}/{record_id}"))


def near_duplicates(vectors: Numbers, texts: Sequence[str]) -> NDArray[np.int64]:
    """For each sentence the first one that says the same: equal words, or a cosine of at least ``SAME``.

    A decision over the first can be offered for all of them.
    """
    found = np.arange(len(texts))
    by_words: dict[str, int] = {}
    for at, text in enumerate(texts):
        found[at] = by_words.setdefault(" ".join(text.lower().split()), at)
    firsts = np.flatnonzero(found == np.arange(len(texts)))
    kept: list[int] = []
    for at in firsts.tolist():
        likeness = vectors[kept] @ vectors[at] if kept else np.zeros(0)
        if len(likeness) and likeness.max() >= SAME:
            found[at] = kept[int(likeness.argmax())]
        else:
            kept.append(at)
    return found[found]
