"""Who of an account takes part: since when, how often, how senior, and who went silent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from core.entities import Seniority
from pipelines.risk.facts import DocumentFact, Person, SignalFact
from pipelines.risk.quiet import quiet_signals
from pipelines.wire import moment

_RANK = {rank: place for place, rank in enumerate(Seniority)}


def people_of(signals: Sequence[SignalFact], documents: Sequence[DocumentFact], chance: float) -> list[dict[str, Any]]:
    """Everybody of the account whom the documents name: who went silent first, then the most senior.

    Args:
        signals: all that are known, for how many each of them voiced.
        documents: all that are known.
        chance: how often an accident may look like a silence.
    """
    present: dict[str, list[DocumentFact]] = {}
    known: dict[str, Person] = {}
    for document in sorted(documents, key=lambda document: document.occurred_at):
        for person in document.people:
            present.setdefault(person.name, []).append(document)
            known[person.name] = person
    silent = {quiet.person.name: quiet for quiet in quiet_signals(documents, chance) if quiet.person}
    voiced = Counter(signal.speaker for signal in signals)
    rows: list[dict[str, Any]] = [
        {
            "name": name,
            "title": known[name].title,
            "seniority": known[name].seniority.value,
            "documents": len(there),
            "first_seen": moment(there[0].occurred_at),
            "last_seen": moment(there[-1].occurred_at),
            "signals": voiced[name],
            "silent_since": moment(silent[name].since) if name in silent else None,
            "chance": silent[name].chance if name in silent else None,
        }
        for name, there in present.items()
    ]
    rows.sort(
        key=lambda row: (
            row["silent_since"] is None,
            _RANK[Seniority(row["seniority"])],
            -row["documents"],
            row["name"],
        )
    )
    return rows
