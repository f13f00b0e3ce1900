"""What the risk model looks at, and what it answers: plain values, no store behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from core.entities import Kind, Label, Participant, QuietKind, RiskLevel, Seniority, Side
from nlp.seniority import seniority_of

Trend = Literal["new", "rising", "steady", "falling"]
BOUNDS = "bounds"
"""The contribution that holds what the limits 0 and 100 took."""
_LABELS = frozenset(label.value for label in Label)
_QUIET = frozenset(kind.value for kind in QuietKind)


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
class Person:
    """Somebody of the account who took part in a document."""

    name: str
    seniority: Seniority = Seniority.UNKNOWN
    title: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentFact:
    """What the model needs to know of a document: when, how much was said, and who took part.

    ``people`` are the account's; ``by_account`` says whether the account wrote it, ``None`` where nobody wrote to
    anybody, as in meetings.
    """

    document_id: str
    occurred_at: datetime
    sentences: int
    kind: Kind | None = None
    people: tuple[Person, ...] = ()
    by_account: bool | None = None
    title: str | None = None


def document_fact(
    document_id: str,
    occurred_at: datetime,
    sentences: int,
    kind: Kind,
    title: str | None,
    author: Participant | None,
    participants: Sequence[Participant],
) -> DocumentFact:
    """What a document shows of who took part; somebody whose side nobody knows is not counted."""
    everybody = [*([author] if author else []), *participants]
    people = {
        person.name: Person(person.name, seniority_of(person.title), person.title)
        for person in everybody
        if person.side is Side.ACCOUNT and person.name
    }
    written = kind in (Kind.EMAIL, Kind.SUPPORT_TICKET) and author is not None and author.side is not Side.UNKNOWN
    by_account = author.side is Side.ACCOUNT if written and author else None
    return DocumentFact(document_id, occurred_at, sentences, kind, tuple(people.values()), by_account, title)


@dataclass(frozen=True, slots=True)
class QuietSignal:
    """Something that became less: since when, from how much to how much, and how often chance would look so.

    ``documents`` are the evidence, those after the change; ``person`` is the contact who went silent.
    """

    kind: QuietKind
    since: datetime
    newest: datetime
    chance: float
    before: float
    after: float
    documents: tuple[str, ...]
    person: Person | None = None


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

    ``low`` and ``high`` bound the score at 90 %, given how sure the reader was of each signal. ``held_since`` is the
    last document at which the score stood at the bound of the level, where it lies below it now
    (``pipelines.risk.levels``).
    """

    account_id: str
    as_of: datetime
    level: RiskLevel
    held_since: datetime | None
    score: float
    low: float
    high: float
    contributions: tuple[Contribution, ...]
    quiet: tuple[QuietSignal, ...]
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
        others = _LABELS | _QUIET | {BOUNDS}
        return tuple(part for part in self.contributions if part.name not in others)
