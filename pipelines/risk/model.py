"""From signals to the risk of an account as of a date. Pure: the same evidence always gives the same answer.

    points of a signal   weight of what it says x probability x half-life decay
    of a label           strongest first, each further one worth less (least within one document), divided by how much
                         the account talks where that matters, capped
    score                sum over labels, kept between 0 and 100; what the bounds take is a contribution of its own

Nothing that occurred after ``as_of`` is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from core.entities import Label, RiskLevel
from pipelines.risk.parameters import Parameters

Trend = Literal["new", "rising", "steady", "falling"]

TREND_WINDOW = timedelta(days=60)
_TREND_SHARE = 0.1
_MONTH_DAYS = 30.4
_DECIMALS = 2


@dataclass(frozen=True, slots=True)
class SignalFact:
    """What the model needs to know of a signal."""

    label: Label
    document_id: str
    occurred_at: datetime
    start: int
    end: int
    text: str
    score: float
    attributes: Mapping[str, Any]
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentFact:
    """What the model needs to know of a document: when, and how much was said."""

    document_id: str
    occurred_at: datetime
    sentences: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """One signal's part in a contribution, in points."""

    signal: SignalFact
    points: float


@dataclass(frozen=True, slots=True)
class Contribution:
    """A named part of the score. ``name`` is a label, or ``bounds`` for what the limits 0 and 100 took."""

    name: str
    points: float
    trend: Trend
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class AccountRisk:
    """The risk of an account as of a moment; ``sum(c.points) == score``."""

    account_id: str
    as_of: datetime
    level: RiskLevel
    score: float
    contributions: tuple[Contribution, ...]
    documents: int
    parameters_version: str

    @property
    def drivers(self) -> tuple[Contribution, ...]:
        """What raises the risk, strongest first."""
        return tuple(part for part in self.contributions if part.points > 0 and part.name != "bounds")


def assess(
    account_id: str,
    signals: Iterable[SignalFact],
    documents: Iterable[DocumentFact],
    as_of: datetime,
    parameters: Parameters,
) -> AccountRisk:
    """The risk of one account as of a moment."""
    known_signals = [signal for signal in signals if signal.occurred_at <= as_of]
    known_documents = [document for document in documents if document.occurred_at <= as_of]
    now = _by_label(known_signals, known_documents, as_of, parameters)
    earlier = as_of - TREND_WINDOW
    before = _by_label(
        [signal for signal in known_signals if signal.occurred_at <= earlier],
        [document for document in known_documents if document.occurred_at <= earlier],
        earlier,
        parameters,
    )
    parts = [
        Contribution(label.value, points, _trend(points, before[label][0], bool(before[label][1])), evidence)
        for label, (points, evidence) in now.items()
        if evidence
    ]
    parts.sort(key=lambda part: (-part.points, part.name))
    total = round(sum(part.points for part in parts), _DECIMALS)
    score = min(100.0, max(0.0, total))
    if score != total:
        parts.append(Contribution("bounds", round(score - total, _DECIMALS), "steady", ()))
    return AccountRisk(
        account_id, as_of, level_of(score, parameters), score, tuple(parts), len(known_documents), parameters.version
    )


def level_of(score: float, parameters: Parameters) -> RiskLevel:
    """The level that a score stands for."""
    if score >= parameters.levels.high:
        return RiskLevel.HIGH
    return RiskLevel.MEDIUM if score >= parameters.levels.medium else RiskLevel.LOW


def weight_of(signal: SignalFact, parameters: Parameters) -> float:
    """What a signal says, in points, before time, doubt and repetition."""
    attributes = signal.attributes
    match signal.label:
        case Label.COMPETITIVE_MENTION:
            return _pick(parameters.competitive_mention.stance, attributes.get("stance"))
        case Label.VENDOR_CONSOLIDATION:
            section = parameters.vendor_consolidation
            points = _pick(section.direction, attributes.get("direction"))
            if points > 0:
                points += sum(extra for key, extra in section.extra.items() if attributes.get(key))
            return points
        case Label.WORKAROUND:
            return _pick(parameters.workaround.status, attributes.get("status"))
        case Label.UNBUILT_FEATURE_REQUEST:
            return _request_weight(attributes, parameters)


def _request_weight(attributes: Mapping[str, Any], parameters: Parameters) -> float:
    section = parameters.unbuilt_feature_request
    status = attributes.get("status")
    if status in section.status:
        return section.status[status]
    points = _pick(section.criticality, attributes.get("criticality"))
    points += sum(extra for key, extra in section.extra.items() if attributes.get(key) is True)
    return points + (section.extra.get("declined", 0.0) if status == "declined" else 0.0)


def _pick(table: Mapping[str, float], key: Any) -> float:
    return table.get(str(key), table["unstated"])


def _by_label(
    signals: Sequence[SignalFact], documents: Sequence[DocumentFact], as_of: datetime, parameters: Parameters
) -> dict[Label, tuple[float, tuple[Evidence, ...]]]:
    quiet = _volume_factor(documents, as_of, parameters)
    found = {}
    for label in Label:
        factor = quiet if label in parameters.volume.labels else 1.0
        own = [signal for signal in signals if signal.label == label]
        found[label] = _label_points(label, own, as_of, factor, parameters)
    return found


def _label_points(
    label: Label, signals: Sequence[SignalFact], as_of: datetime, factor: float, parameters: Parameters
) -> tuple[float, tuple[Evidence, ...]]:
    half_life = parameters.half_life_days[label]
    decayed = []
    for signal in signals:
        age = (as_of - signal.occurred_at).total_seconds() / 86_400
        decayed.append((weight_of(signal, parameters) * signal.score * 0.5 ** (age / half_life), signal))
    decayed.sort(key=lambda item: (-abs(item[0]), item[1].occurred_at, item[1].document_id, item[1].start))
    evidence: list[Evidence] = []
    seen: dict[str, int] = {}
    for points, signal in decayed:
        worth = parameters.repetition.other_document ** len(seen.keys() - {signal.document_id})
        worth *= parameters.repetition.same_document ** seen.get(signal.document_id, 0)
        seen[signal.document_id] = seen.get(signal.document_id, 0) + 1
        evidence.append(Evidence(signal, points * worth * factor))
    total = sum(item.points for item in evidence)
    cap = parameters.cap[label]
    scale = cap / total if total > cap else 1.0
    evidence.sort(key=lambda item: -abs(item.points))
    rounded = tuple(Evidence(item.signal, round(item.points * scale, _DECIMALS)) for item in evidence)
    return round(sum(item.points for item in rounded), _DECIMALS), rounded


def _volume_factor(documents: Sequence[DocumentFact], as_of: datetime, parameters: Parameters) -> float:
    """1 for an account that talks little, falling with the square root of how much more it talks."""
    if not documents:
        return 1.0
    first = min(document.occurred_at for document in documents)
    months = max(1.0, (as_of - first).total_seconds() / 86_400 / _MONTH_DAYS)
    rate = sum(document.sentences for document in documents) / months
    return float(min(1.0, (parameters.volume.sentences_a_month / rate) ** 0.5)) if rate else 1.0


def _trend(now: float, before: float, was_there: bool) -> Trend:
    if not was_there:
        return "new"
    change = now - before
    if abs(change) <= _TREND_SHARE * max(abs(before), 1.0):
        return "steady"
    return "rising" if change > 0 else "falling"
