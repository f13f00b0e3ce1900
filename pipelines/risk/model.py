"""From signals to the risk of an account as of a date. Pure: the same evidence always gives the same answer.

    points of a signal   weight of what it says, by whom x probability x half-life decay
                         x what later good news left of it
    of a label           strongest first; what is said again by the same mouth is worth less than what another says;
                         less what as much talk brings by itself
    combinations         what weighs more together than apart
    quiet                what became less, read off who takes part and how often (``pipelines.risk.quiet``)
    score                their sum, at most 100; what the bound takes is a contribution of its own

Every factor only falls with time, and good news stays good, so time alone never raises a score. Nothing that occurred
after ``as_of`` is looked at.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.entities import Label
from pipelines.risk.facts import (
    BOUNDS,
    AccountRisk,
    Contribution,
    DocumentFact,
    Evidence,
    QuietSignal,
    SignalFact,
    Trend,
)
from pipelines.risk.levels import Standing, standing
from pipelines.risk.parameters import Need, Parameters
from pipelines.risk.past import Past, Told
from pipelines.risk.quiet import Talk
from pipelines.risk.weights import good_news, weight_of

TREND_WINDOW = timedelta(days=60)
_TREND_SHARE = 0.1
_DECIMALS = 2
_SIGMAS = 1.645
_TINY = 1e-6
_INSTANT = timedelta(microseconds=1)
_COPY_WORDS = 4
"""The same words again, at least so many, are a copy."""


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A signal with its points before repetition, and the share of them that is left of its fresh strength."""

    signal: SignalFact
    points: float
    strength: float


def assess(
    account_id: str,
    signals: Iterable[SignalFact],
    documents: Iterable[DocumentFact],
    as_of: datetime,
    parameters: Parameters,
) -> AccountRisk:
    """The risk of one account as of a moment."""
    risk, _ = assess_with_past(account_id, signals, documents, as_of, (), parameters)
    return risk


def assess_with_past(
    account_id: str,
    signals: Iterable[SignalFact],
    documents: Iterable[DocumentFact],
    as_of: datetime,
    moments: Sequence[datetime],
    parameters: Parameters,
) -> tuple[AccountRisk, list[float]]:
    """The risk of one account as of a moment, and its scores as of some ``moments`` before."""
    known = _Known(
        [signal for signal in signals if signal.occurred_at <= as_of],
        [document for document in documents if document.occurred_at <= as_of],
        parameters,
    )
    return known.risk(account_id, as_of), [known.score(moment) for moment in moments]


def scores_at(
    signals: Sequence[SignalFact],
    documents: Sequence[DocumentFact],
    moments: Sequence[datetime],
    parameters: Parameters,
) -> list[float]:
    """The scores alone, as ``assess`` gives them as of each moment."""
    known = _Known(signals, documents, parameters)
    return [known.score(moment) for moment in moments]


def standings_at(
    signals: Sequence[SignalFact],
    documents: Sequence[DocumentFact],
    moments: Sequence[datetime],
    parameters: Parameters,
) -> list[tuple[float, Standing]]:
    """Score and level, as ``assess`` gives them as of each moment."""
    known = _Known(signals, documents, parameters)
    scores = [known.score(moment) for moment in moments]
    return [(score, known.standing(score, moment)) for score, moment in zip(scores, moments, strict=True)]


def points_at(
    signals: Sequence[SignalFact],
    documents: Sequence[DocumentFact],
    moments: Sequence[datetime],
    parameters: Parameters,
) -> list[tuple[dict[str, float], Standing]]:
    """The points of all parts of the score as of each moment, by name, before its bound; and the level."""
    known = _Known(signals, documents, parameters)
    return [(known.points(moment), known.standing(known.score(moment), moment)) for moment in moments]


def contributions_at(
    signals: Sequence[SignalFact],
    documents: Sequence[DocumentFact],
    moments: Iterable[datetime],
    parameters: Parameters,
) -> Iterator[list[Contribution]]:
    """The parts that signals up to each moment and their combinations make, trends left open."""
    told, talk = _tell(signals, parameters), Talk(documents)
    for moment in moments:
        known = [item for item in told if item.signal.occurred_at <= moment]
        yield _contributions(known, talk, moment, parameters)


class _Known:
    """What is known of an account, put in order once and looked at as of any moment."""

    def __init__(
        self, signals: Sequence[SignalFact], documents: Sequence[DocumentFact], parameters: Parameters
    ) -> None:
        self._parameters = parameters
        self._wishes = [signal for signal in signals if signal.label is Label.UNBUILT_FEATURE_REQUEST]
        self._told = _tell(signals, parameters)
        self._talk = Talk(documents)
        self._past = Past(self._told, self._talk, parameters, _mouth, _NEEDS)
        told_at = {item.signal.occurred_at for item in self._told}
        self._moments = sorted(told_at | {document.occurred_at for document in documents}, reverse=True)

    def score(self, as_of: datetime) -> float:
        """The score as of a moment."""
        return min(100.0, round(sum(self.points(as_of).values()), _DECIMALS))

    def standing(self, score: float, as_of: datetime) -> Standing:
        """The level of a score as of a moment."""
        return standing(score, self._earlier(as_of), self._parameters.levels)

    def _earlier(self, as_of: datetime) -> Iterator[tuple[datetime, float]]:
        """Scores before a moment, the latest first: after each document, where they are highest, and just before it."""
        for moment in self._moments:
            if moment <= as_of:
                yield moment, self.score(moment)
                yield moment - _INSTANT, self.score(moment - _INSTANT)

    def risk(self, account_id: str, as_of: datetime) -> AccountRisk:
        """The risk as of a moment after which nothing is known."""
        parameters, quiet = self._parameters, self._less(as_of)
        found = [*_contributions(self._told, self._talk, as_of, parameters), *_quiet(quiet, as_of, parameters)]
        before = self.points(as_of - TREND_WINDOW)
        parts = [
            Contribution(part.name, part.points, _trend(part.points, before.get(part.name)), part.evidence)
            for part in found
        ]
        parts.sort(key=lambda part: (-part.points, part.name))
        total = round(sum(part.points for part in parts), _DECIMALS)
        score = min(100.0, total)
        spread = _SIGMAS * math.sqrt(sum(_variance(item) for part in parts for item in part.evidence))
        stands = self.standing(score, as_of)
        if score != total:
            parts.append(Contribution(BOUNDS, round(score - total, _DECIMALS), "steady", ()))
        return AccountRisk(
            account_id=account_id,
            as_of=as_of,
            level=stands.level,
            held_since=stands.held_since,
            score=score,
            low=round(max(0.0, min(100.0, total - spread)), _DECIMALS),
            high=round(min(100.0, total + spread), _DECIMALS),
            contributions=tuple(parts),
            quiet=tuple(quiet),
            documents=len(self._talk.documents),
            parameters_version=parameters.version,
            driver_points=parameters.levels.driver,
        )

    def points(self, as_of: datetime) -> dict[str, float]:
        """The points of all parts of the score as of a moment, before its bound."""
        quiet = _quiet(self._less(as_of), as_of, self._parameters)
        return self._past.points(as_of) | {part.name: part.points for part in quiet}

    def _less(self, as_of: datetime) -> list[QuietSignal]:
        """What became less, the asking for things included."""
        asked = {signal.document_id for signal in self._wishes if signal.occurred_at <= as_of}
        return self._talk.quiet_signals(as_of, self._parameters.quiet.chance, asked)


def _contributions(told: Sequence[Told], talk: Talk, as_of: datetime, parameters: Parameters) -> list[Contribution]:
    """The parts of the score that signals and their combinations make, trends left open."""
    weighed = _weigh(told, as_of, parameters)
    everyday = talk.everyday(as_of, parameters)
    parts, beyond = [], {}
    for label in Label:
        of_label = [item for item in weighed if item.signal.label is label]
        evidence, beyond[label] = _label_evidence(label, of_label, everyday.get(label, 0.0), parameters)
        if evidence:
            points = round(sum(item.points for item in evidence), _DECIMALS)
            parts.append(Contribution(label.value, points, "steady", evidence))
    return [*parts, *_combinations(weighed, beyond, parameters)]


def _quiet(signals: Sequence[QuietSignal], as_of: datetime, parameters: Parameters) -> list[Contribution]:
    """One contribution for each kind, its strongest signal's points; together at most the cap."""
    section = parameters.quiet
    strongest: dict[str, float] = {}
    for signal in signals:
        age = (as_of - signal.since).total_seconds() / 86_400
        weight = parameters.seniority.get(signal.person.seniority, 1.0) if signal.person else 1.0
        points = section.points[signal.kind] * weight * (1 - signal.chance) * 0.5 ** (age / section.half_life_days)
        strongest[signal.kind.value] = max(points, strongest.get(signal.kind.value, 0.0))
    scale = min(1.0, section.cap / sum(strongest.values())) if strongest else 1.0
    shares = _hundredths([points * scale for points in strongest.values()])
    return [Contribution(name, share, "steady", ()) for name, share in zip(strongest, shares, strict=True) if share > 0]


def _distinct(signals: Sequence[SignalFact]) -> list[SignalFact]:
    """Each statement once, where it was first made: a forwarded copy says nothing new."""
    first: dict[tuple[Label, str], SignalFact] = {}
    for signal in _in_order(signals):
        words = signal.text.casefold().split()
        copy = " ".join(words) if len(words) >= _COPY_WORDS else f"{signal.document_id}\0{signal.start}"
        first.setdefault((signal.label, copy), signal)
    return list(first.values())


def _in_order(signals: Sequence[SignalFact]) -> list[SignalFact]:
    """A total order, so that no result depends on the order of arrival; what settles ties is only built for ties."""
    ordered: list[SignalFact] = []
    for _, alike in itertools.groupby(sorted(signals, key=_told_first), key=_told_first):
        group = list(alike)
        ordered += group if len(group) == 1 else sorted(group, key=_tie)
    return ordered


def _told_first(signal: SignalFact) -> tuple[datetime, str, int, str, float]:
    return signal.occurred_at, signal.document_id, signal.start, signal.label, -signal.score


def _tie(signal: SignalFact) -> str:
    return f"{signal.end} {signal.speaker} {signal.seniority} {sorted(signal.attributes.items())}"


def _tell(signals: Sequence[SignalFact], parameters: Parameters) -> list[Told]:
    """Each statement once, in order of time."""
    return [Told(signal, weight_of(signal, parameters)) for signal in _distinct(signals)]


def _weigh(told: Sequence[Told], as_of: datetime, parameters: Parameters) -> list[_Weighed]:
    relieving: dict[Label, list[tuple[datetime, float]]] = {label: [] for label in Label}
    for item in told:
        if name := good_news(item.signal):
            for label, share in parameters.relief[name].items():
                relieving[label].append((item.signal.occurred_at, 1 - share * item.signal.score))
    weighed = []
    for item in told:
        if item.weight <= 0:
            continue
        signal = item.signal
        age = (as_of - signal.occurred_at).total_seconds() / 86_400
        left = 0.5 ** (age / parameters.half_life_days[signal.label])
        for moment, share in relieving[signal.label]:
            if moment >= signal.occurred_at:
                left *= share
        weighed.append(_Weighed(signal, item.weight * signal.score * left, signal.score * left))
    return weighed


def _label_evidence(
    label: Label, items: Sequence[_Weighed], everyday: float, parameters: Parameters
) -> tuple[tuple[Evidence, ...], float]:
    """Evidence with its final points, strongest first, and the share of it that everyday talk does not account for.

    Within a document, among the documents of one speaker, and among speakers, the strongest counts whole and each
    further one less. Such sums grow with everything that is added and shrink with everything that fades.
    """
    repetition = parameters.repetition
    spoken = _ranked(items, lambda item: _mouth(item.signal), repetition.speaker, lambda of_one: _ranked(
        of_one, lambda item: item.signal.document_id, repetition.document, lambda in_one: _ranked(
            in_one, lambda item: f"{item.signal.start}-{item.signal.end}", repetition.statement, _whole)))  # fmt: skip
    total = sum(item.points * worth for item, worth in spoken)
    beyond = max(0.0, total - everyday) / total if total else 0.0
    if not beyond:
        return (), 0.0
    scale = min(beyond, parameters.cap[label] / total)
    shares = _hundredths([item.points * worth * scale for item, worth in spoken])
    evidence = [Evidence(item.signal, share) for (item, _), share in zip(spoken, shares, strict=True)]
    evidence.sort(key=lambda e: (-e.points, e.signal.occurred_at, e.signal.document_id, e.signal.start))
    return tuple(evidence), beyond


_Worth = list[tuple[_Weighed, float]]


def _whole(items: Sequence[_Weighed]) -> _Worth:
    return [(item, 1.0) for item in items]


def _ranked(
    items: Sequence[_Weighed],
    key: Callable[[_Weighed], str],
    share: float,
    inner: Callable[[Sequence[_Weighed]], _Worth],
) -> _Worth:
    """Groups of ``items`` by ``key``, the heaviest first; the n-th counts ``share`` to the power of n - 1."""
    if len(items) == 1:
        return _whole(items)
    groups: dict[str, list[_Weighed]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    made = [(name, inner(members)) for name, members in groups.items()]
    made.sort(key=lambda group: (-sum(item.points * worth for item, worth in group[1]), group[0]))
    return [(item, worth * share**rank) for rank, (_, group) in enumerate(made) for item, worth in group]


def _mouth(signal: SignalFact) -> str:
    """Who said it; where nobody is named, every document is a mouth of its own."""
    return (signal.speaker or f"\0{signal.document_id}").casefold()


def _combinations(
    weighed: Sequence[_Weighed], beyond: Mapping[Label, float], parameters: Parameters
) -> list[Contribution]:
    """What weighs more together: as strong as the weakest of what is needed, less its share of everyday talk."""
    found = []
    for combination in parameters.combinations:
        needed = [
            max((item for item in weighed if _NEEDS[need](item.signal)), key=_by_strength, default=None)
            for need in combination.needs
        ]
        present = [item for item in needed if item]
        if len(present) < len(needed):
            continue
        points = combination.points * min(item.strength * beyond[item.signal.label] for item in present)
        signals = list(dict.fromkeys(id(item) for item in present))
        shares = _hundredths([points / len(signals)] * len(signals))
        by_id = {id(item): item for item in present}
        evidence = tuple(Evidence(by_id[key].signal, share) for key, share in zip(signals, shares, strict=True))
        total = round(sum(shares), _DECIMALS)
        if total > 0:
            found.append(Contribution(combination.name, total, "steady", evidence))
    return found


def _by_strength(item: _Weighed) -> tuple[float, datetime, str, int]:
    return item.strength, item.signal.occurred_at, item.signal.document_id, item.signal.start


def _hundredths(points: Sequence[float]) -> list[float]:
    """Points in whole hundredths that sum to their total, rounded down: rounding must not raise what falls."""
    floors = [math.floor(value * 100) for value in points]
    rest = math.floor(sum(points) * 100 + _TINY) - sum(floors)
    by_remainder = sorted(range(len(points)), key=lambda index: floors[index] - points[index] * 100)
    for index in by_remainder[:rest]:
        floors[index] += 1
    return [value / 100 for value in floors]


def _is(label: Label, key: str, *values: str) -> Callable[[SignalFact], bool]:
    return lambda signal: signal.label is label and signal.attributes.get(key) in values


def _has(label: Label, key: str) -> Callable[[SignalFact], bool]:
    return lambda signal: signal.label is label and bool(signal.attributes.get(key))


_NEEDS: dict[Need, Callable[[SignalFact], bool]] = {
    "consolidation": lambda signal: signal.label is Label.VENDOR_CONSOLIDATION,
    "platform": _has(Label.VENDOR_CONSOLIDATION, "platform"),
    "deadline": _has(Label.VENDOR_CONSOLIDATION, "deadline"),
    "rival_weighed": _is(Label.COMPETITIVE_MENTION, "stance", "evaluating", "comparing", "switching_to"),
    "workaround_in_use": _is(Label.WORKAROUND, "status", "in_use"),
    "gave_up": _has(Label.UNBUILT_FEATURE_REQUEST, "gave_up"),
}


def _variance(item: Evidence) -> float:
    """Of points that are there or not, as surely as the reader said."""
    return item.points**2 * (1 - item.signal.score) / max(item.signal.score, 0.05)


def _trend(now: float, before: float | None) -> Trend:
    if before is None:
        return "new"
    change = now - before
    if abs(change) <= _TREND_SHARE * max(abs(before), 1.0):
        return "steady"
    return "rising" if change > 0 else "falling"
