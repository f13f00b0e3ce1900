"""How well found signals agree with gold mentions.

A found signal is right when a gold mention of its label shares at least half of the shorter of the two spans, and the
longer is at most five times the shorter (or 200 characters). A second signal of one label over the same place is
wrong. Gold that its annotator was unsure of is neither asked for nor counted against whoever finds it.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.entities import Label, Side, Signal, Span
from models.corpus import GoldDocument

LONGER_AT_MOST = 5
ALWAYS_ALIKE_LENGTH = 200
RESAMPLES = 1_000

Counts = Counter[str]
"""``right`` and ``wrong`` signals, ``found`` and ``missed`` mentions."""


LENGTHS = ((60, "up to 60 words"), (200, "61 to 200 words"), (1_000_000, "over 200 words"))


@dataclass(frozen=True, slots=True, order=True)
class Slice:
    """A part of the documents: ``name`` says by what they are parted."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Precision, recall and F1 of one label with the 95 % interval of F1 (bootstrap over accounts)."""

    gold: int
    precision: float
    recall: float
    f1: float
    interval: tuple[float, float]


@dataclass(slots=True)
class Score:
    """Counts by account and label, by slice and label; attribute agreement where a mention was found."""

    by_account: dict[tuple[str, Label], Counts] = field(default_factory=lambda: defaultdict(Counter))
    by_slice: dict[tuple[Slice, Label], Counts] = field(default_factory=lambda: defaultdict(Counter))
    attributes: dict[tuple[Label, str], Counts] = field(default_factory=lambda: defaultdict(Counter))
    recall: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counter))
    precision: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counter))
    free_documents: int = 0
    free_documents_flagged: int = 0

    def add(self, gold: GoldDocument, signals: Sequence[Signal]) -> None:
        """Count one document."""
        document = gold.document
        for label in Label:
            counts = _count(gold, label, [span_of(signal) for signal in signals if signal.label is label])
            self.by_account[document.account_id, label].update(counts)
            for part in slices_of(gold):
                self.by_slice[part, label].update(counts)
        self._count_by_mention(gold, signals)
        if not gold.mentions:
            self.free_documents += 1
            self.free_documents_flagged += bool(signals)
        self._compare_attributes(gold, signals)

    def figures(self, label: Label) -> Figures:
        """Quality of one label."""
        total = sum((counts for (_, of), counts in self.by_account.items() if of is label), Counter())
        return _figures(total, self._interval([label]))

    def totals(self, label: Label) -> Figures:
        """Quality of one label without its interval, which takes a while to compute."""
        total = sum((counts for (_, of), counts in self.by_account.items() if of is label), Counter())
        return _figures(total, (float("nan"), float("nan")))

    def slice_f1(self) -> dict[str, dict[str, float]]:
        """Macro F1 of every slice over the labels that its gold has: ``{"kind": {"email": 0.7, ...}, ...}``."""
        found: dict[str, dict[str, float]] = defaultdict(dict)
        for part in sorted({part for part, _ in self.by_slice}):
            values = [_figures(self.by_slice[part, label], (0.0, 0.0)) for label in Label]
            present = [figures.f1 for figures in values if figures.gold]
            if present:
                found[part.name][part.value] = sum(present) / len(present)
        return dict(found)

    def macro_f1(self) -> float:
        """Mean F1 of the labels that the gold has."""
        values = [figures.f1 for figures in map(self.totals, Label) if figures.gold]
        return sum(values) / max(1, len(values))

    def macro(self) -> tuple[float, tuple[float, float]]:
        """Mean F1 of the labels that the gold has, with its interval."""
        return self.macro_f1(), self._interval([label for label in Label if self.totals(label).gold])

    def _interval(self, labels: Sequence[Label]) -> tuple[float, float]:
        accounts = sorted({account for account, _ in self.by_account})
        if not accounts or not labels:
            return (0.0, 0.0)
        chance = random.Random(0)
        means = []
        for _ in range(RESAMPLES):
            chosen = chance.choices(accounts, k=len(accounts))
            values = []
            for label in labels:
                total: Counts = Counter()
                for account in chosen:
                    total.update(self.by_account[account, label])
                values.append(f1_of(total))
            means.append(sum(values) / len(values))
        means.sort()
        return means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES) - 1]

    def _count_by_mention(self, gold: GoldDocument, signals: Sequence[Signal]) -> None:
        """What belongs to a mention and not to its document: how hard it is to see, and whose words a signal is."""
        for mention in gold.mentions:
            for label in mention.labels:
                if mention.unsure:
                    continue
                found = any(s.label is label and same_place(span_of(s), mention.span) for s in signals)
                self.recall["hard" if mention.hard else "plain"]["found" if found else "missed"] += 1
        for signal in signals:
            wanted = [mention.span for mention in gold.mentions if signal.label in mention.labels]
            side = signal.speaker.side if signal.speaker else Side.UNKNOWN
            self.precision[side.value]["right" if _any_same(span_of(signal), wanted) else "wrong"] += 1

    def _compare_attributes(self, gold: GoldDocument, signals: Sequence[Signal]) -> None:
        for mention in gold.mentions:
            for label in mention.labels:
                alike = [s for s in signals if s.label is label and same_place(span_of(s), mention.span)]
                if not alike or mention.unsure:
                    continue
                found = max(alike, key=lambda signal: span_of(signal).overlap(mention.span)).attributes
                for key, wanted in mention.attributes.get(label, {}).items():
                    self.attributes[label, key]["right" if _agrees(found.get(key), wanted) else "wrong"] += 1


def slices_of(gold: GoldDocument) -> tuple[Slice, ...]:
    """The parts that a document belongs to."""
    words = len(gold.document.text.split())
    length = next(name for limit, name in LENGTHS if words <= limit)
    return Slice("kind", gold.document.kind.value), Slice("vendor", gold.vendor), Slice("length", length)


def span_of(signal: Signal) -> Span:
    """Where a signal stands."""
    return Span(signal.start, signal.end)


def same_place(first: Span, second: Span) -> bool:
    """Whether two spans speak of one mention."""
    short, long = sorted((len(first), len(second)))
    return first.overlap(second) >= 0.5 * max(1, short) and long <= max(LONGER_AT_MOST * short, ALWAYS_ALIKE_LENGTH)


def f1_of(counts: Mapping[str, int]) -> float:
    """Harmonic mean of precision over signals and recall over mentions; 0 where nothing is right."""
    return _figures(counts, (0.0, 0.0)).f1


def _figures(counts: Mapping[str, int], interval: tuple[float, float]) -> Figures:
    signals = counts.get("right", 0) + counts.get("wrong", 0)
    gold = counts.get("found", 0) + counts.get("missed", 0)
    precision = counts.get("right", 0) / signals if signals else 0.0
    recall = counts.get("found", 0) / gold if gold else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return Figures(gold, precision, recall, f1, interval)


def _count(gold: GoldDocument, label: Label, spans: Sequence[Span]) -> Counts:
    wanted = [mention.span for mention in gold.mentions if label in mention.labels and not mention.unsure]
    unsure = [mention.span for mention in gold.mentions if label in mention.labels and mention.unsure]
    counts: Counts = Counter()
    taken: list[Span] = []
    for span in spans:
        again = any(before.overlap(span) >= 0.5 * max(1, min(len(before), len(span))) for before in taken)
        taken.append(span)
        if not again and _any_same(span, wanted):
            counts["right"] += 1
        elif again or not _any_same(span, unsure):
            counts["wrong"] += 1
    for span in wanted:
        counts["found" if _any_same(span, spans) else "missed"] += 1
    return counts


def _any_same(span: Span, others: Iterable[Span]) -> bool:
    return any(same_place(span, other) for other in others)


def _agrees(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, list):
        return {str(item).lower() for item in found or ()} == {str(item).lower() for item in wanted}
    return bool(found == wanted)
