"""The course of a score over time: its parts as of one moment, as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from core.entities import Label, RiskLevel
from pipelines.risk.facts import SignalFact
from pipelines.wire import moment, said_json

SCORE_MAX = 100.0
_LABELS = frozenset(label.value for label in Label)


def course_json(
    as_of: datetime, points: Mapping[str, float], level: RiskLevel, signals: Sequence[SignalFact]
) -> dict[str, Any]:
    """A moment of a course; ``signals`` may hold later ones, which are not looked at."""
    score = min(SCORE_MAX, round(sum(points.values()), 2))
    newest: dict[str, SignalFact] = {}
    for signal in signals:
        known = newest.get(signal.label.value)
        if signal.occurred_at <= as_of and (known is None or known.occurred_at <= signal.occurred_at):
            newest[signal.label.value] = signal
    return {
        "as_of": moment(as_of),
        "score": score,
        "level": level.value,
        "parts": [
            {
                "name": name,
                "points": value,
                "newest": said_json(newest[name]) if name in _LABELS and name in newest else None,
            }
            for name, value in sorted(points.items())
        ],
    }
