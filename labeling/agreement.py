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

from labeling.records import Annotation
from labeling.votes import Ballots, all_labels, ballots, labels_of, matched

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
    """One person's spans of one label against those of everybody else on the same records."""

    annotator: str
    label: str
    f1: Measure


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Two people, all labels together."""

    first: str
    second: str
    f1: Measure


@dataclass(frozen=True, slots=True)
class Report:
    """All of it; ``shared`` is the number of records that two or more people judged."""

    labels: tuple[LabelAgreement, ...]
    people: tuple[PersonAgreement, ...]
    pairs: tuple[PairAgreement, ...]
    shared: int


def report(annotations: Iterable[Annotation], groups: Mapping[str, str] | None = None, *, seed: int = 0) -> Report:
    """Agreement of all people over all records.

    Args:
        annotations: in any order; drafts, skipped and outdated ones are passed over.
        groups: record id to what it was drawn with (account or document); each record by itself without.
        seed: of the bootstrap.
    """
    found = ballots(annotations)
    shared = {record: by for record, by in found.items() if len(by) > 1}
    drawn = _Draw(list(shared), groups or {}, seed)
    labels = all_labels(found)
    people = sorted({annotator for by in shared.values() for annotator in by})
    return Report(
        labels=tuple(_label(label, shared, drawn) for label in labels),
        people=tuple(
            PersonAgreement(person, label, _f1(shared, drawn, label=label, person=person))
            for person in people
            for label in labels
        ),
        pairs=tuple(
            PairAgreement(first, second, _f1(shared, drawn, pair=(first, second)))
            for first, second in combinations(people, 2)
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
    interval = f"{measure.low:.2f} to {measure.high:.2f}"
    return f"{what} is {level}: {measure.value:.2f} ({interval}, {measure.records:,} records){may}"


def level_of(alpha: float) -> str:
    """What an alpha means, in a few words."""
    if alpha >= GOOD:
        return "good"
    if alpha >= TENTATIVE:
        return "good enough for first conclusions"
    return "weak, the guideline needs clearer cases" if alpha >= WEAK else "poor, people do not mean the same"


class _Draw:
    """Bootstrap weights of records: each resample draws groups with replacement."""

    def __init__(self, records: Sequence[str], groups: Mapping[str, str], seed: int) -> None:
        self.index = {record: at for at, record in enumerate(records)}
        names = sorted({groups.get(record, record) for record in records})
        place = {name: at for at, name in enumerate(names)}
        of = [place[groups.get(record, record)] for record in records]
        chance = np.random.default_rng(seed)
        drawn = chance.multinomial(len(names), np.full(len(names), 1 / len(names)), RESAMPLES) if names else None
        self.weights: Floats = drawn[:, of].astype(np.float64) if drawn is not None else np.zeros((RESAMPLES, 0))

    def rows(self, records: Iterable[str]) -> Floats:
        """Weights ``(resamples, records)`` of some records."""
        return self.weights[:, [self.index[record] for record in records]]


def _label(label: str, shared: Ballots, drawn: _Draw) -> LabelAgreement:
    counts = np.array(
        [[sum(label not in labels_of(one) for one in by.values()), sum(label in labels_of(one) for one in by.values())]
         for by in shared.values()],
        dtype=np.float64,
    ).reshape(-1, 2)  # fmt: skip
    plain = alpha_of(counts)
    if isinstance(plain, Unknown) and len(counts):
        said = "gave it to every record" if counts[:, 1].any() else "gave it to no record"
        plain = Unknown(f"everybody {said} that two people judged, and then chance alone would agree as well")
    alpha: Measure = plain
    if isinstance(plain, Measured):
        parts = _coincidences(counts).reshape(len(counts), -1)
        values = _alpha((drawn.rows(shared) @ parts).reshape(-1, 2, 2))
        low, high = _interval(values, plain.value)
        alpha = Measured(plain.value, low, high, len(counts))
    same = float((counts.min(axis=1) == 0).mean()) if len(counts) else None
    return LabelAgreement(label, alpha, _f1(shared, drawn, label=label), same, int(counts[:, 1].sum()))


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


def _f1(
    shared: Ballots,
    drawn: _Draw,
    *,
    label: str | None = None,
    person: str | None = None,
    pair: tuple[str, str] | None = None,
) -> Measure:
    """F1 of spans over pairs of people: all pairs, those of one person, or one pair."""
    records, right, marked = [], [], []
    for record, by in shared.items():
        pairs = [
            two
            for two in combinations(sorted(by), 2)
            if (pair is None or two == pair) and (not person or person in two)
        ]
        if pairs:
            spans = {who: [s for s in one.spans if label in (None, s.label)] for who, one in by.items()}
            records.append(record)
            right.append(sum(matched(spans[a], spans[b]) for a, b in pairs))
            marked.append(sum(len(spans[a]) + len(spans[b]) for a, b in pairs))
    if not records:
        return Unknown("no record was judged by both" if pair else "no record was judged by two people")
    hits, all_of = np.array(right, dtype=np.float64), np.array(marked, dtype=np.float64)
    if not all_of.sum():
        return Unknown("nobody marked anything in the records that both judged")
    value = float(2 * hits.sum() / all_of.sum())
    weights = drawn.rows(records)
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = _interval(2 * (weights @ hits) / (weights @ all_of), value)
    return Measured(value, low, high, len(records))


def _interval(values: Floats, value: float) -> tuple[float, float]:
    """2.5 and 97.5 percentiles of resamples; those in which nothing can be computed are left out."""
    known = values[~np.isnan(values)]
    if not len(known):
        return value, value
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)
