"""Makes what tests need, with only what matters to the test said."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from core.entities import Document, Kind, Label, Participant, Side
from pipelines.risk.facts import SignalFact

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def make_document(text: str = "All fine here, thanks for asking.", **changes: Any) -> Document:
    """A mail of the account's, unless told otherwise."""
    facts: dict[str, Any] = {
        "id": "d-1",
        "account_id": "acme",
        "kind": Kind.EMAIL,
        "occurred_at": NOON,
        "author": Participant("Dana Whitfield", side=Side.ACCOUNT),
    }
    return Document(text=text, **{**facts, **changes})


def document_json(text: str = "All fine here, thanks for asking.", **changes: Any) -> dict[str, Any]:
    """The same as a sender would deliver it."""
    facts: dict[str, Any] = {
        "id": "d-1",
        "account_id": "acme",
        "kind": "email",
        "occurred_at": "2026-03-02T12:00:00+00:00",
        "author": {"name": "Dana Whitfield", "side": "account"},
    }
    return {**facts, "text": text, **changes}


def make_signal(label: Label = Label.COMPETITIVE_MENTION, **changes: Any) -> SignalFact:
    """A sure signal of today."""
    facts: dict[str, Any] = {
        "label": label,
        "document_id": "d-1",
        "occurred_at": NOON,
        "start": 0,
        "end": 10,
        "text": "0123456789",
        "score": 1.0,
        "attributes": {},
    }
    return SignalFact(**{**facts, **changes})
