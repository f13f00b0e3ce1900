"""What several people together say: Dawid and Skene's model of who errs how, and one answer for each record.

A. P. Dawid, A. M. Skene, Maximum likelihood estimation of observer error-rates using the EM algorithm, 1979. Each
person has a confusion matrix; the answer of a record and the matrices are estimated in turns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.entities import Span
from labeling.records import Annotation, LabelledSpan
from labeling.votes import Ballots, all_labels, ballots, labels_of

Floats = NDArray[np.float64]
ROUNDS = 500
CLOSE = 1e-7
SURE = 0.9
"""Probability from which on the model's answer is taken."""
MODEL_PEOPLE = 3
"""With fewer people nobody can tell who of two that differ errs."""
PRIOR = np.array([[2.0, 0.5], [0.5, 2.0]])
"""Imagined answers of everybody, mostly right: a person who did little is neither perfect nor hopeless."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Posterior ``(items, classes)``, confusion ``(people, true class, given class)``, and share of each class."""

    posterior: Floats
    confusion: Floats
    shares: Floats


def dawid_skene(counts: NDArray[np.integer] | Floats, prior: Floats | None = None) -> Estimate:
    """Estimate answers and people together.

    Args:
        counts: ``(items, people, classes)``: how often a person gave an item a class.
        prior: ``(classes, classes)`` imagined answers added to everybody's; none by default.

    Raises:
        ValueError: if an item has no answer.
    """
    counts = np.asarray(counts, dtype=np.float64)
    totals = counts.sum(axis=1)
    if not (totals.sum(axis=1) > 0).all():
        raise ValueError("every item needs an answer")
    added = np.zeros((counts.shape[2],) * 2) if prior is None else prior
    posterior = totals / totals.sum(axis=1, keepdims=True)
    for _ in range(ROUNDS):
        confusion, shares = _people(counts, posterior, added)
        updated = _items(counts, confusion, shares)
        moved = float(np.abs(updated - posterior).max())
        posterior = updated
        if moved < CLOSE:
            break
    confusion, shares = _people(counts, posterior, added)
    return Estimate(posterior, confusion, shares)


def _people(counts: Floats, posterior: Floats, added: Floats) -> tuple[Floats, Floats]:
    given = np.einsum("ik,ipc->pkc", posterior, counts) + added
    totals = given.sum(axis=2, keepdims=True)
    # A class that nobody's items seem to have says nothing of anybody.
    confusion = np.where(totals > 0, given / np.maximum(totals, 1e-300), 1 / counts.shape[2])
    return confusion, posterior.mean(axis=0)


def _items(counts: Floats, confusion: Floats, shares: Floats) -> Floats:
    log = np.log(np.maximum(shares, 1e-300)) + np.einsum("ipc,pkc->ik", counts, np.log(np.maximum(confusion, 1e-300)))
    odds = np.exp(log - log.max(axis=1, keepdims=True))
    result: Floats = odds / odds.sum(axis=1, keepdims=True)
    return result


class Source(StrEnum):
    """Where a record's answer comes from."""

    SINGLE = "single"
    UNANIMOUS = "unanimous"
    CONSENSUS = "consensus"
    ADJUDICATED = "adjudicated"
    UNRESOLVED = "unresolved"


@dataclass(frozen=True, slots=True)
class Answer:
    """What holds of a record: its spans, probabilities of labels that people differ over, and the source."""

    record_id: str
    spans: tuple[LabelledSpan, ...]
    probabilities: Mapping[str, float]
    source: Source


@dataclass(frozen=True, slots=True)
class Competence:
    """How a person does at one label: the share of true ones that are found, and of others that are left alone."""

    annotator: str
    label: str
    finds: float
    leaves: float
    records: int


@dataclass(frozen=True, slots=True)
class Consensus:
    """Answers in the order of the records, people, and what must be known of both."""

    answers: tuple[Answer, ...]
    people: tuple[Competence, ...]
    notes: tuple[str, ...]


def consensus(annotations: Iterable[Annotation], adjudicated: Mapping[str, Sequence[LabelledSpan]]) -> Consensus:
    """One answer for each record that somebody judged or decided; decided ones that nobody judged come last.

    Args:
        annotations: of all people; drafts, skipped and outdated ones are passed over.
        adjudicated: spans that a reviewer decided on, by record id; they outrank everybody.
    """
    found = ballots(annotations)
    people = sorted({annotator for by in found.values() for annotator in by})
    labels = all_labels(found)
    modelled = len(people) >= MODEL_PEOPLE
    estimates = {label: _estimate(label, found, people) for label in labels} if modelled and found else {}
    decided = [record for record in adjudicated if record not in found]
    answers = tuple(
        _answer(record, by, labels, {label: e.posterior[at, 1] for label, e in estimates.items()}, adjudicated)
        for at, (record, by) in enumerate(found.items())
    ) + tuple(Answer(record, tuple(adjudicated[record]), {}, Source.ADJUDICATED) for record in decided)
    competences = tuple(
        Competence(person, label, float(e.confusion[at, 1, 1]), float(e.confusion[at, 0, 0]), _judged(found, person))
        for at, person in enumerate(people)
        for label, e in estimates.items()
    )
    few = f"with fewer than {MODEL_PEOPLE} people nobody can tell who errs: only what all agree on is taken"
    return Consensus(answers, competences, () if modelled else (few,))


def _estimate(label: str, found: Ballots, people: Sequence[str]) -> Estimate:
    counts = np.zeros((len(found), len(people), 2))
    for at, by in enumerate(found.values()):
        for annotator, one in by.items():
            counts[at, people.index(annotator), int(label in labels_of(one))] = 1
    return dawid_skene(counts, PRIOR)


def _judged(found: Ballots, person: str) -> int:
    return sum(person in by for by in found.values())


def _answer(
    record: str,
    by: Mapping[str, Annotation],
    labels: Sequence[str],
    probabilities: Mapping[str, float],
    adjudicated: Mapping[str, Sequence[LabelledSpan]],
) -> Answer:
    if record in adjudicated:
        return Answer(record, tuple(adjudicated[record]), {}, Source.ADJUDICATED)
    given = [labels_of(one) for one in by.values()]
    disputed = [label for label in labels if len({label in labels_of_one for labels_of_one in given}) > 1]
    doubts = {label: float(probabilities.get(label, 0.5)) for label in disputed}
    agreed = {label for label in labels if all(label in labels_of_one for labels_of_one in given)}
    if any(1 - SURE < doubt < SURE for doubt in doubts.values()):
        return Answer(record, (), doubts, Source.UNRESOLVED)
    source = Source.CONSENSUS if doubts else Source.UNANIMOUS if len(by) > 1 else Source.SINGLE
    held = agreed | {label for label, doubt in doubts.items() if doubt >= SURE}
    spans = tuple(span for label in sorted(held) for span in _spans(label, list(by.values())))
    return Answer(record, tuple(sorted(spans, key=lambda span: (span.start, span.label))), doubts, source)


def _spans(label: str, annotations: Sequence[Annotation]) -> tuple[LabelledSpan, ...]:
    """Of those who gave the label, the spans of whom the others come nearest to."""
    offered = [[span for span in one.spans if span.label == label] for one in annotations]
    offered = [spans for spans in offered if spans]
    best = max(range(len(offered)), key=lambda at: (sum(_shared(offered[at], other) for other in offered), -at))
    return tuple(offered[best])


def _shared(one: Sequence[LabelledSpan], other: Sequence[LabelledSpan]) -> float:
    """Characters that both cover, as a share of those that either covers."""
    common = sum(Span(a.start, a.end).overlap(Span(b.start, b.end)) for a in one for b in other)
    either = sum(a.end - a.start for a in one) + sum(b.end - b.start for b in other) - common
    return common / max(1, either)
