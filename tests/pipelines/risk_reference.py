"""Accounts of all sizes, drawn with a seed, and what the risk model said of them before it was made faster.

``risk_reference.json`` was written once by the slower code; it changes only with the parameters' version.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from core.entities import Kind, Label, Seniority
from nlp.outputs import CHOICES
from pipelines.risk.facts import AccountRisk, DocumentFact, Person, SignalFact
from tests.factories import NOON

REFERENCE = Path(__file__).with_name("risk_reference.json")
SIZES = (3, 12, 30, 70, 150)
_LEVELS = (Seniority.EXECUTIVE, Seniority.DIRECTOR, Seniority.MANAGER, Seniority.INDIVIDUAL, Seniority.UNKNOWN)
Case = tuple[str, list[SignalFact], list[DocumentFact], datetime]


def cases() -> Iterator[Case]:
    """Name, signals, documents and moment; half of the accounts fade towards their end."""
    for size in SIZES:
        for fading in (False, True):
            documents, signals = _account(size, fading)
            newest = max(document.occurred_at for document in documents)
            for days in (-120, 0, 40):
                yield f"{size}-{'fading' if fading else 'even'}{days:+}", signals, documents, newest + timedelta(days)


def told(risk: AccountRisk) -> dict[str, Any]:
    """All that can be read off a risk."""
    return {
        "level": risk.level.value,
        "score": risk.score,
        "interval": [risk.low, risk.high],
        "documents": risk.documents,
        "contributions": [
            [part.name, part.points, part.trend,
             [[item.signal.document_id, item.signal.start, item.points] for item in part.evidence]]
            for part in risk.contributions
        ],
        "quiet": [
            [signal.kind.value, signal.since.isoformat(), signal.newest.isoformat(), signal.chance, signal.before,
             signal.after, list(signal.documents), signal.person.name if signal.person else None]
            for signal in risk.quiet
        ],
    }  # fmt: skip


def reference() -> dict[str, Any]:
    """What was said of each case."""
    found: dict[str, Any] = json.loads(REFERENCE.read_text(encoding="utf-8"))
    return found


def _account(size: int, fading: bool) -> tuple[list[DocumentFact], list[SignalFact]]:
    chance = random.Random(f"{size} {fading}")
    people = [Person(f"Person {number}", level) for number, level in enumerate(_LEVELS)]
    documents, signals = [], []
    for number in range(size):
        late = fading and number > size * 0.6
        moment = NOON + timedelta(days=number * (9 if late else 5) + chance.random() * 4)
        present = tuple(person for person in (people[2:] if late else people) if chance.random() < 0.5)
        documents.append(
            DocumentFact(
                f"d-{number}", moment, chance.randint(2, 12 if late else 40), chance.choice(list(Kind)), present,
                chance.choice([True, False, None]), f"Topic{'abc'[number % 3] * 3} matter{number % 17 * 'x'}",
            )
        )  # fmt: skip
        signals += [_signal(chance, documents[-1], number, place) for place in range(chance.choice([0, 0, 1, 1, 2, 3]))]
    chance.shuffle(documents)
    chance.shuffle(signals)
    return documents, signals


def _signal(chance: random.Random, document: DocumentFact, number: int, place: int) -> SignalFact:
    label = chance.choice(list(Label))
    attributes: dict[str, Any] = {
        choice.key: chance.choice(choice.values)
        for choice in CHOICES
        if choice.label is label and chance.random() < 0.7
    }
    if label is Label.VENDOR_CONSOLIDATION and chance.random() < 0.4:
        attributes |= {"platform": "Suite", "deadline": "May"}
    speaker = chance.choice([None, *document.people])
    # Now and then the same words again: a copy.
    words = f"what was said in document {number if chance.random() < 0.9 else 1} at {place % 2}"
    return SignalFact(
        label, document.document_id, document.occurred_at, 40 * place, 40 * place + 30, words,
        round(chance.uniform(0.35, 0.98), 3), attributes, speaker.name if speaker else None,
        speaker.seniority if speaker else Seniority.UNKNOWN,
    )  # fmt: skip
