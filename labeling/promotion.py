"""May a candidate replace the champion? Both read the same frozen test set; a paired bootstrap over accounts tells.

A resample draws accounts with all their documents, the same for both, so that what is hard for both does not blur the
difference. The rule: the lower bound of the gain in macro F1 lies above zero, and no label falls by more than a margin.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.entities import Signal
from models.corpus import GoldDocument
from models.evaluation.score import Score, Slice, slices_of
from nlp.outputs import LABELS

RESAMPLES = 2_000
MARGIN = 0.03
ACCOUNTS_MIN = 10
"""With fewer accounts a bootstrap over them says little."""
_KINDS = ("right", "wrong", "found", "missed")

Table = NDArray[np.float64]
"""``(documents, labels, 4)``: right and wrong signals, found and missed mentions."""


@dataclass(frozen=True, slots=True)
class Gain:
    """F1 of both on one label or slice (macro over its labels), the difference, and its 95 % interval."""

    name: str
    champion: float
    candidate: float
    low: float
    high: float
    mentions: int

    @property
    def difference(self) -> float:
        """What the candidate gains; negative if it loses."""
        return self.candidate - self.champion

    @property
    def words(self) -> str:
        """For a page."""
        verb = "gains" if self.difference >= 0 else "loses"
        sure = "" if self.low > 0 or self.high < 0 else ", which may be chance"
        interval = f"{self.low:+.3f} to {self.high:+.3f}"
        return f"{self.name} {verb} {abs(self.difference):.3f} ({interval}, {self.mentions:,} mentions){sure}"


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether the candidate may be promoted, and why, in words; slices are shown and decide nothing."""

    promote: bool
    overall: Gain
    labels: tuple[Gain, ...]
    slices: tuple[Gain, ...]
    reasons: tuple[str, ...]

    @property
    def words(self) -> str:
        """The decision as a sentence."""
        said = "may be promoted" if self.promote else "may not be promoted"
        return f"The candidate {said}: {'; '.join(self.reasons)}."


def decide(
    documents: Sequence[GoldDocument],
    champion: Sequence[Sequence[Signal]],
    candidate: Sequence[Sequence[Signal]],
    *,
    margin: float = MARGIN,
    seed: int = 0,
    parts: Sequence[Sequence[Slice]] | None = None,
) -> Decision:
    """Compare what two readers find in the documents of a frozen test set.

    Args:
        documents: with their gold.
        champion: for each document, signals of the reader in service.
        candidate: those of the one that would replace it.
        margin: by how much of F1 a label may fall.
        seed: of the resamples.
        parts: for each document the slices that it belongs to; by kind, vendor and length without.

    Raises:
        ValueError: if the gold holds no mention, or documents and readings don't go together.
    """
    accounts = [gold.document.account_id for gold in documents]
    both = _Both(_table(documents, champion), _table(documents, candidate), _weights(accounts, seed))
    present = [at for at in range(len(LABELS)) if both.champion[:, at, 2:].any()]
    if not present:
        raise ValueError("the gold holds no mention")
    overall = _gain("macro F1", both, present)
    by_label = tuple(_gain(LABELS[at].value, both, [at]) for at in present)
    reasons = _reasons(overall, by_label, margin, len(set(accounts)))
    slices = tuple(_slices(parts if parts is not None else [slices_of(gold) for gold in documents], both))
    return Decision(not reasons, overall, by_label, slices, reasons or _praise(overall, margin))


def _reasons(overall: Gain, labels: Sequence[Gain], margin: float, accounts: int) -> tuple[str, ...]:
    """What stands against it."""
    reasons = []
    if accounts < ACCOUNTS_MIN:
        reasons.append(f"the test set has {accounts} accounts, at least {ACCOUNTS_MIN} are needed to tell a gain")
    if overall.low <= 0:
        reasons.append(f"the gain is not sure: {overall.words}")
    reasons += [
        f"{gain.name} falls by {-gain.difference:.3f}, more than {margin:.3f} is not allowed"
        for gain in labels
        if gain.difference < -margin
    ]
    return tuple(reasons)


def _praise(overall: Gain, margin: float) -> tuple[str, ...]:
    return (overall.words, f"no label falls by more than {margin:.3f}")


@dataclass(frozen=True, slots=True)
class _Both:
    """Counts of both readers, and how often each document is drawn, ``(resamples, documents)``."""

    champion: Table
    candidate: Table
    weights: NDArray[np.float64]


def _weights(accounts: Sequence[str], seed: int) -> NDArray[np.float64]:
    names, of = np.unique(np.asarray(accounts), return_inverse=True)
    drawn = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), RESAMPLES)
    return drawn[:, of].astype(np.float64)


def _table(documents: Sequence[GoldDocument], readings: Sequence[Sequence[Signal]]) -> Table:
    rows = []
    for gold, signals in zip(documents, readings, strict=True):
        score = Score()
        score.add(gold, signals)
        counts = [score.by_account[gold.document.account_id, label] for label in LABELS]
        rows.append([[of_label[kind] for kind in _KINDS] for of_label in counts])
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(LABELS), len(_KINDS))


def _gain(name: str, both: _Both, columns: Sequence[int]) -> Gain:
    tables = [table[:, columns] for table in (both.champion, both.candidate)]
    champion, candidate = (float(_f1(table.sum(axis=0)[None]).mean()) for table in tables)
    old, new = (_f1(np.einsum("rd,dlk->rlk", both.weights, table)).mean(axis=1) for table in tables)
    low, high = np.quantile(new - old, [0.025, 0.975])
    return Gain(name, champion, candidate, float(low), float(high), int(tables[0][:, :, 2:].sum()))


def _f1(tables: Table) -> Table:
    """F1 ``(any, labels)`` as the reader's own figures have it: precision over signals, recall over mentions."""
    right, wrong, found, missed = (tables[:, :, at] for at in range(len(_KINDS)))
    precision = right / np.maximum(right + wrong, 1)
    recall = found / np.maximum(found + missed, 1)
    result: Table = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return result


def _slices(of_documents: Sequence[Sequence[Slice]], both: _Both) -> Iterator[Gain]:
    """Each part of the documents, over the labels that its gold has."""
    parts: dict[Slice, list[int]] = {}
    for at, slices in enumerate(of_documents):
        for part in slices:
            parts.setdefault(part, []).append(at)
    for part, rows in sorted(parts.items()):
        inside = _Both(both.champion[rows], both.candidate[rows], both.weights[:, rows])
        present = [at for at in range(len(LABELS)) if inside.champion[:, at, 2:].any()]
        if present:
            yield _gain(f"{part.name} {part.value}", inside, present)
