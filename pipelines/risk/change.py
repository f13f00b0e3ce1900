"""Why a score changed between two dates: steps that sum to the difference exactly.

Time passes first, then good news arrives, then new evidence:

    faded       what the old evidence lost by age
    resolved    what it lost by good news that came since
    added       what new evidence brought
    crowded     what the old evidence gave up or gained because of the new: repetition, caps, combinations, bounds
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pipelines.risk.facts import AccountRisk, DocumentFact, SignalFact
from pipelines.risk.model import assess
from pipelines.risk.parameters import Parameters
from pipelines.risk.weights import good_news

StepKind = Literal["faded", "resolved", "added", "crowded"]


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a change in points; ``signal`` is the evidence, the good news for ``resolved`` as a whole left open."""

    kind: StepKind
    name: str
    points: float
    signal: SignalFact | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """From one risk to another; ``sum(step.points) == after.score - before.score`` to the hundredth."""

    before: AccountRisk
    after: AccountRisk
    steps: tuple[Step, ...]


def explain_change(
    account_id: str,
    signals: Sequence[SignalFact],
    documents: Sequence[DocumentFact],
    since: datetime,
    until: datetime,
    parameters: Parameters,
) -> Change:
    """What happened between two moments."""
    old = [signal for signal in signals if signal.occurred_at <= since]
    news = [signal for signal in signals if since < signal.occurred_at <= until and good_news(signal)]
    before = assess(account_id, old, documents, since, parameters)
    aged = assess(account_id, old, documents, until, parameters)
    relieved = assess(account_id, [*old, *news], documents, until, parameters)
    after = assess(account_id, signals, documents, until, parameters)
    steps = [
        *_differences("faded", before, aged),
        *_differences("resolved", aged, relieved),
        *_differences("crowded", relieved, after, fresh_since=since),
    ]
    return Change(before, after, tuple(steps))


def _differences(
    kind: StepKind, first: AccountRisk, second: AccountRisk, fresh_since: datetime | None = None
) -> list[Step]:
    """Each piece of evidence whose points differ; evidence later than ``fresh_since`` was added."""
    points_before, points_after = _points(first), _points(second)
    steps = []
    for key in sorted({*points_before, *points_after}, key=lambda key: (key[0], key[1])):
        (was, signal), (now, later) = points_before.get(key, (0, None)), points_after.get(key, (0, None))
        if now != was:
            told = later or signal
            added = fresh_since is not None and told is not None and told.occurred_at > fresh_since
            steps.append(Step("added" if added else kind, key[0], (now - was) / 100, told))
    return steps


def _points(risk: AccountRisk) -> dict[tuple[str, str], tuple[int, SignalFact | None]]:
    """Hundredths of points by contribution and evidence; what has no evidence stands for itself."""
    found: dict[tuple[str, str], tuple[int, SignalFact | None]] = {}
    for part in risk.contributions:
        if not part.evidence:
            found[part.name, ""] = (round(part.points * 100), None)
        for item in part.evidence:
            signal = item.signal
            key = f"{signal.document_id}\0{signal.start}\0{signal.end}\0{signal.label}"
            found[part.name, key] = (round(item.points * 100), signal)
    return found
