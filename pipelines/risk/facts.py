"""What the risk model looks at, and what it answers: plain values, no store behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from core.entities import Label, RiskLevel, Seniority

Trend = Literal["new", "rising", "steady", "falling"]
BOUNDS = "bounds"
"""The contribution that holds what the limits 0 and 100 took."""
_LABELS = frozenset(label.value for label in Label)


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
    seniority: Seniority = Seniority.UNKNOWN


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
    """A named part of the score: a label, a combination of them, or ``bounds``."""

    name: str
    points: float
    trend: Trend
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class AccountRisk:
    """The risk of an account as of a moment; ``sum(c.points) == score``.

    ``low`` and ``high`` bound the score at 90 %, given how sure the reader was of each signal.
    """

    account_id: str
    as_of: datetime
    level: RiskLevel
    score: float
    low: float
    high: float
    contributions: tuple[Contribution, ...]
    documents: int
    parameters_version: str
    driver_points: float

    @property
    def drivers(self) -> tuple[Contribution, ...]:
        """The signals that raise the risk by more than next to nothing, strongest first."""
        return tuple(part for part in self.contributions if part.name in _LABELS and part.points >= self.driver_points)

    @property
    def combinations(self) -> tuple[Contribution, ...]:
        """What weighs more together than apart."""
        return tuple(part for part in self.contributions if part.name not in _LABELS and part.name != BOUNDS)
