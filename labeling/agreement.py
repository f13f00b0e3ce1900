"""How far people agree: Krippendorff's alpha and pairwise F1, per label and person, with intervals and in words.

Alpha asks, label by label, whether people who judged the same passage both gave the label or both did not, beyond what
chance would give (Krippendorff, Content Analysis, 2004, chapter 11; nominal, people may be missing). F1 asks whether
their spans are the same mentions. Intervals are 95 %, from a bootstrap over groups of records (accounts or documents),
since passages of one document are not independent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from labeling.records import Annotation, LabelledSpan
from labeling.votes import Ballots, all_labels, ballots, matched

Floats = NDArray[np.float64]
RESAMPLES = 1_000
GOOD, TENTATIVE, WEAK = 0.8, 0.667, 1 / 3
"""Krippendorff's own bounds for alpha, and a lower one under which people do not mean the same."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure with its 95 % interval and how many records it is based on."""

    value: float
    low: float
    high: float
    records: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """A figure that can't be computed; ``why`` completes "cannot be computed, because"."""

    why: str


Measure = Measured | Unknown


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """One label: alpha, F1 over all pairs of people, and the share of records in which all said the same."""

    label: str
    alpha: Measure
    f1: Measure
    same: float | None
    marked: int


@dataclass(frozen=True, slots=True)
class PersonAgreement:
    """One person against everybody else on the same records, one label."""

    annotator: str
    label: str
    alpha: Measure
    f1: Measure


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Two people, all labels of the report together: each label of each record that both judged is a decision."""

    first: str
    second: str
    alpha: Measure
    f1: Measure


@dataclass(frozen=True, slots=True)
class Report:
    """All of it; ``shared`` is the number of records that two or more people judged."""

    labels: tuple[LabelAgreement, ...]
    people: tuple[PersonAgreement, ...]
    pairs: tuple[PairAgreement, ...]
    shared: int


def report(
    annotations: Iterable[Annotation],
    groups: Mapping[str, str] | None = None,
    *,
    labels: Sequence[str] | None = None,
    seed: int = 0,
) -> Report:
    """Agreement of all people over all records.

    Args:
        annotations: in any order; drafts, skipped and outdated ones are passed over.
        groups: record id to what it was drawn with (account or document); each record by itself without.
        labels: only these; all that anybody gave without.
        seed: of the bootstrap.
    """
    found = ballots(annotations)
    shared = {record: by for record, by in found.items() if len(by) > 1}
    measured = all_labels(found) if labels is None else list(labels)
    people = sorted({annotator for by in shared.values() for annotator in by})
    pairs = _Pairs.of(shared, measured, people)
    drawn = _Draw(list(shared), groups or {}, seed)
    return Report(
        labels=tuple(_label(at, label, pairs, drawn) for at, label in enumerate(measured)),
        people=tuple(
            PersonAgreement(person, label, *_both(pairs.of_person(who), drawn, [at]))
            for who, person in enumerate(people)
            for at, label in enumerate(measured)
        ),
        pairs=tuple(
            PairAgreement(people[first], people[second], *_both(pairs.of_two(first, second), drawn, None))
            for first, second in combinations(range(len(people)), 2)
        ),
        shared=len(shared),
    )


def alpha_of(counts: NDArray[np.integer] | Floats) -> Measure:
    """Krippendorff's nominal alpha, without its interval.

    Args:
        counts: ``(units, values)``: how many people gave a unit a value.
    """
    parts = _coincidences(np.asarray(counts, dtype=np.float64))
    if not len(parts):
        return Unknown("no record was judged by two people")
    value = _alpha(parts.sum(axis=0)[None])[0]
    if np.isnan(value):
        return Unknown("everybody said the same of every record")
    return Measured(float(value), float("nan"), float("nan"), len(parts))


def in_words(measure: Measure, what: str = "agreement") -> str:
    """A measure of alpha as a sentence for people.

    A single word would hide how little data stands behind it, so that the interval and its lower end are part of it.
    """
    if isinstance(measure, Unknown):
        return f"{what} cannot be computed, because {measure.why}"
    level, worst = level_of(measure.value), level_of(measure.low)
    may = "" if worst == level else f"; with these few records it may also be {worst}"
    return f"{what} is {level}: {_figures(measure)}{may}"


def f1_in_words(measure: Measure) -> str:
    """A measure of F1 over spans as a sentence for people."""
    if isinstance(measure, Unknown):
        return f"F1 of spans cannot be computed, because {measure.why}"
    return f"of the marked spans {measure.value:.0%} have their counterpart: {_figures(measure)}"


def _figures(measure: Measured) -> str:
    records = "1 record" if measure.records == 1 else f"{measure.records:,} records"
    return f"{measure.value:.2f} ({measure.low:.2f} to {measure.high:.2f}, {records})"


def level_of(alpha: float) -> str:
    """What an alpha means, in a few words."""
    if alpha >= GOOD:
        return "good"
    if alpha >= TENTATIVE:
        return "good enough for first conclusions"
    return "weak, the guideline needs clearer cases" if alpha >= WEAK else "poor, people do not mean the same"


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Every pair of people at every record that both judged.

    ``record``, ``first`` and ``second`` ``(pairs,)`` are indexes; ``one`` and ``other`` ``(pairs, labels)`` say whether
    each gave the label, ``hits`` and ``marked`` how many of their spans match and how many there are; ``weight``
    ``(pairs,)`` makes every record count as often as people judged it.
    """

    record: NDArray[np.int64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    one: NDArray[np.bool_]
    other: NDArray[np.bool_]
    hits: Floats
    marked: Floats
    weight: Floats

    @classmethod
    def of(cls, shared: Ballots, labels: Sequence[str], people: Sequence[str]) -> _Pairs:
        """All pairs, in the order of the records."""
        index = {person: at for at, person in enumerate(people)}
        places: list[tuple[int, int, int]] = []
        weight: list[float] = []
        facts: list[list[tuple[bool, bool, int, int]]] = []
        for at, by in enumerate(shared.values()):
            spans = {
                who: {label: [span for span in one.spans if span.label == label] for label in labels}
                for who, one in by.items()
            }
            for a, b in combinations(sorted(by), 2):
                places.append((at, index[a], index[b]))
                weight.append(1 / (len(by) - 1))
                facts.append([_compared(spans[a][label], spans[b][label]) for label in labels])
        rows = np.array(facts, dtype=np.int64).reshape(len(facts), len(labels), 4)
        where = np.array(places, dtype=np.int64).reshape(-1, 3)
        return cls(
            where[:, 0], where[:, 1], where[:, 2], rows[:, :, 0] > 0, rows[:, :, 1] > 0,
            rows[:, :, 2].astype(np.float64), rows[:, :, 3].astype(np.float64), np.array(weight, dtype=np.float64),
        )  # fmt: skip

    def of_two(self, first: int, second: int) -> _Pairs:
        """Those of two people."""
        return self._only((self.first == first) & (self.second == second))

    def of_person(self, person: int) -> _Pairs:
        """Those of one person with everybody else; each record counts once, whoever else was there."""
        return self._only((self.first == person) | (self.second == person))

    def _only(self, kept: NDArray[np.bool_]) -> _Pairs:
        record = self.record[kept]
        times = np.bincount(record)[record] if len(record) else np.zeros(0)
        return _Pairs(
            record, self.first[kept], self.second[kept], self.one[kept], self.other[kept],
            self.hits[kept], self.marked[kept], 1 / times,
        )  # fmt: skip


def _compared(one: Sequence[LabelledSpan], other: Sequence[LabelledSpan]) -> tuple[bool, bool, int, int]:
    return bool(one), bool(other), matched(one, other), len(one) + len(other)


class _Draw:
    """The bootstrap: each resample draws groups of records with replacement."""

    def __init__(self, records: Sequence[str], groups: Mapping[str, str], seed: int) -> None:
        names = sorted({groups.get(record, record) for record in records})
        place = {name: at for at, name in enumerate(names)}
        self.group = np.array([place[groups.get(record, record)] for record in records], dtype=np.int64)
        chance = np.random.default_rng(seed)
        count = len(names)
        drawn = chance.multinomial(count, np.full(count, 1 / count), RESAMPLES) if count else np.zeros((RESAMPLES, 0))
        self.weights: Floats = drawn.astype(np.float64)

    def sums(self, records: NDArray[np.int64], parts: Floats) -> Floats:
        """Sums of ``parts`` ``(rows, columns)`` over the records that stand in each resample."""
        by_group = np.zeros((self.weights.shape[1], parts.shape[1]))
        np.add.at(by_group, self.group[records], parts)
        result: Floats = self.weights @ by_group
        return result


def _label(at: int, label: str, pairs: _Pairs, drawn: _Draw) -> LabelAgreement:
    alpha, f1 = _both(pairs, drawn, [at])
    differ = pairs.one[:, at] != pairs.other[:, at]
    shared = len(np.unique(pairs.record))
    same = 1 - len(np.unique(pairs.record[differ])) / shared if shared else None
    given = pairs.one[:, at].astype(np.float64) + pairs.other[:, at]
    return LabelAgreement(label, alpha, f1, same, round(float((given * pairs.weight).sum())))


def _both(pairs: _Pairs, drawn: _Draw, labels: Sequence[int] | None) -> tuple[Measure, Measure]:
    """Alpha and F1 over pairs of people, of some labels together."""
    columns = list(range(pairs.one.shape[1])) if labels is None else list(labels)
    if not len(pairs.record):
        nobody = Unknown("no record was judged by two people" if labels is not None else "no record was judged by both")
        return nobody, nobody
    return _alpha_over(pairs, drawn, columns), _f1_over(pairs, drawn, columns)


def _alpha_over(pairs: _Pairs, drawn: _Draw, columns: Sequence[int]) -> Measure:
    one, other = pairs.one[:, columns], pairs.other[:, columns]
    # Each pair stands for two ordered ones: both said no, one said yes, both said yes.
    counts = np.stack([(~one & ~other).sum(axis=1) * 2, (one != other).sum(axis=1), (one & other).sum(axis=1) * 2], 1)
    parts = counts * pairs.weight[:, None]
    total = parts.sum(axis=0)
    if not total[1] and not (total[0] and total[2]):
        said = "gave it to every record" if total[2] else "gave it to no record"
        return Unknown(f"everybody {said} that two people judged, and then chance alone would agree as well")
    value = float(_alpha(_square(total[None]))[0])
    low, high = _interval(_alpha(_square(drawn.sums(pairs.record, parts))), value)
    return Measured(value, low, high, len(np.unique(pairs.record)))


def _square(parts: Floats) -> Floats:
    """Coincidence matrices ``(any, 2, 2)`` of counts ``(any, 3)``: both no, one of them, both yes."""
    result: Floats = parts[:, [0, 1, 1, 2]].reshape(-1, 2, 2)
    return result


def _f1_over(pairs: _Pairs, drawn: _Draw, columns: Sequence[int]) -> Measure:
    parts = np.stack([pairs.hits[:, columns].sum(axis=1), pairs.marked[:, columns].sum(axis=1)], axis=1)
    hits, marked = parts.sum(axis=0)
    if not marked:
        return Unknown("nobody marked anything in the records that both judged")
    value = float(2 * hits / marked)
    sums = drawn.sums(pairs.record, parts)
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = _interval(2 * sums[:, 0] / sums[:, 1], value)
    return Measured(value, low, high, len(np.unique(pairs.record)))


def _coincidences(counts: Floats) -> Floats:
    """Share of each unit in the coincidence matrix, ``(units, values, values)``; units of one person are left out."""
    counts = counts[counts.sum(axis=1) > 1]
    pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(counts.shape[1])
    result: Floats = pairs / (counts.sum(axis=1) - 1)[:, None, None]
    return result


def _alpha(matrices: Floats) -> Floats:
    """Alpha of coincidence matrices ``(any, values, values)``; NaN where only one value occurs."""
    totals = matrices.sum(axis=2)
    n = totals.sum(axis=1)
    observed = n - np.trace(matrices, axis1=1, axis2=2)
    expected = n**2 - (totals**2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        result: Floats = np.where(expected > 0, 1 - (n - 1) * observed / expected, np.nan)
    return result


def _interval(values: Floats, value: float) -> tuple[float, float]:
    """2.5 and 97.5 percentiles of resamples; those in which nothing can be computed are left out."""
    known = values[~np.isnan(values)]
    if not len(known):
        return value, value
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)
