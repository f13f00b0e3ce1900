"""Points of an account as of many moments, by arrays: what ``pipelines.risk.model`` says, without the evidence.

Who said what in which document never changes, so statements are numbered once. As of a moment only their points differ;
a statement that is not yet made has none, and what has none adds nothing wherever it ranks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from core.entities import Label
from pipelines.risk.facts import SignalFact
from pipelines.risk.parameters import Need, Parameters
from pipelines.risk.quiet import Talk
from pipelines.risk.weights import good_news

Floats = NDArray[np.float64]
_DAY = 86_400
_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Told:
    """A statement with its weight, which holds at any later moment."""

    signal: SignalFact
    weight: float


class Past:
    """The parts of the score that signals make, as of any moment."""

    def __init__(
        self,
        told: Sequence[Told],
        talk: Talk,
        parameters: Parameters,
        mouth: Callable[[SignalFact], str],
        needs: dict[Need, Callable[[SignalFact], bool]],
    ) -> None:
        """Number the statements ``told``, which stand in order of time."""
        self._start = told[0].signal.occurred_at if told else datetime.min
        self._parameters, self._talk = parameters, talk
        news = [(item.signal, name) for item in told if (name := good_news(item.signal))]
        self._labels = {}
        for label in Label:
            said = [item for item in told if item.signal.label is label and item.weight > 0]
            if said:
                shares = [(signal, parameters.relief[name].get(label)) for signal, name in news]
                relief = [(self._day(signal), 1 - share * signal.score) for signal, share in shares if share]
                days = np.array([self._day(item.signal) for item in said])
                self._labels[label] = _Statements(said, days, relief, parameters, mouth, needs)

    def _day(self, signal: SignalFact) -> float:
        return (signal.occurred_at - self._start).total_seconds() / _DAY

    def points(self, as_of: datetime) -> dict[str, float]:
        """Points in whole hundredths by label and combination; what says nothing is left out."""
        if not self._labels:
            return {}
        day = (as_of - self._start).total_seconds() / _DAY
        everyday = self._talk.everyday(as_of, self._parameters)
        found: dict[str, float] = {}
        strengths: dict[Need, float] = {}
        for label, statements in self._labels.items():
            total, strongest = statements.at(day)
            beyond = max(0.0, total - everyday.get(label, 0.0)) / total if total else 0.0
            if beyond:
                found[label.value] = hundredths(total * min(beyond, self._parameters.cap[label] / total))
            strengths |= {need: strength * beyond for need, strength in strongest.items()}
        for combination in self._parameters.combinations:
            if all(need in strengths for need in combination.needs):
                points = hundredths(combination.points * min(strengths[need] for need in combination.needs))
                if points > 0:
                    found[combination.name] = points
        return found


class _Statements:
    """Those of one label."""

    def __init__(
        self,
        said: Sequence[Told],
        days: Floats,
        relief: Sequence[tuple[float, float]],
        parameters: Parameters,
        mouth: Callable[[SignalFact], str],
        needs: dict[Need, Callable[[SignalFact], bool]],
    ) -> None:
        self._days, self._half_life = days, parameters.half_life_days[said[0].signal.label]
        self._scores = np.array([item.signal.score for item in said])
        self._fresh = np.array([item.weight for item in said]) * self._scores
        self._relief_days = np.array([day for day, _ in relief])
        self._relief = np.array([left for _, left in relief])
        signals = [item.signal for item in said]
        mouths = [mouth(signal) for signal in signals]
        documents = [(name, signal.document_id) for name, signal in zip(mouths, signals, strict=True)]
        places = [(*key, signal.start, signal.end) for key, signal in zip(documents, signals, strict=True)]
        self._place, first = _numbered(places)
        repetition = parameters.repetition
        of_place, first_document = _numbered([documents[at] for at in first])
        of_document, _ = _numbered([documents[first[at]][0] for at in first_document])
        self._in_documents = _Ranked(of_place, repetition.statement)
        self._in_mouths = _Ranked(of_document, repetition.document)
        self._among_mouths = _Ranked(np.zeros(int(of_document.max()) + 1, dtype=np.intp), repetition.speaker)
        self._places = len(first)
        self._needs = {need: np.flatnonzero([fits(signal) for signal in signals]) for need, fits in needs.items()}

    def at(self, day: float) -> tuple[float, dict[Need, float]]:
        """Points of all, and the strongest statement that serves each need."""
        count = int(np.searchsorted(self._days, day, side="right"))
        left = 0.5 ** ((day - self._days[:count]) / self._half_life)
        known = int(np.searchsorted(self._relief_days, day, side="right"))
        if known:
            later = np.append(np.cumprod(self._relief[:known][::-1])[::-1], 1.0)
            left *= later[np.searchsorted(self._relief_days[:known], self._days[:count], side="left")]
        points = self._fresh[:count] * left
        places = np.bincount(self._place[:count], points, minlength=self._places).astype(np.float64)
        total = self._among_mouths.sums(self._in_mouths.sums(self._in_documents.sums(places)))[0]
        strengths = self._scores[:count] * left
        strongest = {}
        for need, fitting in self._needs.items():
            known_fitting = fitting[: np.searchsorted(fitting, count)]
            if len(known_fitting):
                strongest[need] = float(strengths[known_fitting].max())
        return float(total), strongest


class _Ranked:
    """Values in groups: the largest of a group counts whole, the n-th ``share`` to the power of n - 1."""

    def __init__(self, groups: NDArray[np.intp], share: float) -> None:
        self._groups = groups
        counts = np.bincount(groups)
        self._starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.intp)
        self._alone = len(counts) == len(groups)
        self._worth = share ** (np.arange(len(groups)) - np.repeat(self._starts, counts))

    def sums(self, values: Floats) -> Floats:
        """One sum a group."""
        if self._alone:
            return values
        ordered = values[np.lexsort((-values, self._groups))]
        summed: Floats = np.add.reduceat(ordered * self._worth, self._starts)
        return summed


def hundredths(points: float) -> float:
    """Rounded down to hundredths, but for what is missing by the rounding of machines."""
    return math.floor(points * 100 + _TINY) / 100


def _numbered(keys: Iterable[Hashable]) -> tuple[NDArray[np.intp], list[int]]:
    """Each key's number in order of appearance, and where each number appears first."""
    numbers: dict[Hashable, int] = {}
    first: list[int] = []
    found = []
    for place, key in enumerate(keys):
        if key not in numbers:
            numbers[key] = len(numbers)
            first.append(place)
        found.append(numbers[key])
    return np.array(found, dtype=np.intp), first
