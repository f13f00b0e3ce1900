"""What a single signal says, in points, before time, repetition and the account's own rhythm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.entities import Label
from pipelines.risk.facts import SignalFact
from pipelines.risk.parameters import GoodNews, Parameters

_GOOD_NEWS: dict[Label, tuple[str, GoodNews]] = {
    Label.COMPETITIVE_MENTION: ("stance", "prefers_us"),
    Label.VENDOR_CONSOLIDATION: ("direction", "toward_us"),
    Label.WORKAROUND: ("status", "retired"),
    Label.UNBUILT_FEATURE_REQUEST: ("status", "shipped"),
}


def weight_of(signal: SignalFact, parameters: Parameters) -> float:
    """Points of a signal that is certain, fresh and alone; 0 for good news, which relieves instead."""
    if good_news(signal):
        return 0.0
    return _said(signal, parameters) * parameters.seniority.get(signal.seniority, 1.0)


def good_news(signal: SignalFact) -> GoodNews | None:
    """The name of the good news that a signal is, e.g. ``prefers_us``; ``None`` for all others."""
    key, value = _GOOD_NEWS[signal.label]
    return value if signal.attributes.get(key) == value else None


def _said(signal: SignalFact, parameters: Parameters) -> float:
    attributes = signal.attributes
    match signal.label:
        case Label.COMPETITIVE_MENTION:
            return _pick(parameters.competitive_mention.stance, attributes.get("stance"))
        case Label.VENDOR_CONSOLIDATION:
            section = parameters.vendor_consolidation
            extra = sum(points for key, points in section.extra.items() if attributes.get(key))
            return _pick(section.direction, attributes.get("direction")) + extra
        case Label.WORKAROUND:
            return _pick(parameters.workaround.status, attributes.get("status"))
        case Label.UNBUILT_FEATURE_REQUEST:
            return _request(attributes, parameters)


def _request(attributes: Mapping[str, Any], parameters: Parameters) -> float:
    section = parameters.unbuilt_feature_request
    points = _pick(section.criticality, attributes.get("criticality"))
    points += sum(extra for key, extra in section.extra.items() if attributes.get(key) is True)
    return points + (section.extra.get("declined", 0.0) if attributes.get("status") == "declined" else 0.0)


def _pick(table: Mapping[Any, float], key: Any) -> float:
    return table.get(str(key), table["unstated"])
