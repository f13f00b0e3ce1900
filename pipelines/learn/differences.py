"""What two readers make of one document: signals that both find, and those that one finds alone."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.entities import Span
from core.tables import DocumentRow, SignalRow
from models.evaluation.score import same_place


@dataclass(frozen=True, slots=True)
class Mark:
    """A signal as far as readers are compared by it."""

    label: str
    start: int
    end: int
    score: float

    @property
    def span(self) -> Span:
        """Where it stands."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Difference:
    """Signals of the first reader and the second that speak of the same, and of each those without such a one."""

    both: tuple[Mark, ...]
    first: tuple[Mark, ...]
    second: tuple[Mark, ...]


def difference(first: Sequence[Mark], second: Sequence[Mark]) -> Difference:
    """Match signals of one label at the same place, as the reader is measured."""
    free = list(second)
    both, alone = [], []
    for mark in first:
        fitting = [other for other in free if other.label == mark.label and same_place(mark.span, other.span)]
        if fitting:
            free.remove(max(fitting, key=lambda other: other.span.overlap(mark.span)))
            both.append(mark)
        else:
            alone.append(mark)
    return Difference(tuple(both), tuple(alone), tuple(free))


def stored_marks(session: Session, document_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Mark]]:
    """The signals that are served, by document."""
    found: dict[uuid.UUID, list[Mark]] = {document_id: [] for document_id in document_ids}
    query = select(SignalRow).where(SignalRow.document_id.in_(document_ids)).order_by(SignalRow.start, SignalRow.label)
    for row in session.scalars(query):
        found[row.document_id].append(Mark(row.label, row.start, row.end, row.score))
    return found


def place_json(document_id: uuid.UUID, revision: int, mark: Mark, who: str) -> dict[str, Any]:
    """Where readers differ, without a word of the text: it is looked up when it is shown, if it is still there."""
    return {
        "document": str(document_id),
        "revision": revision,
        "label": mark.label,
        "start": mark.start,
        "end": mark.end,
        "score": round(mark.score, 4),
        "found_by": who,
    }


def with_words(session: Session, places: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Such places with document, account and words; those in documents that changed or are gone are left out."""
    rows = list(places)
    ids = {uuid.UUID(row["document"]) for row in rows}
    documents = {
        (str(row.document_id), row.revision): row
        for row in session.scalars(select(DocumentRow).where(DocumentRow.document_id.in_(sorted(ids))))
    }
    found = []
    for row in rows:
        document = documents.get((row["document"], row["revision"]))
        if document is not None:
            found.append(
                {
                    "source": document.source,
                    "document_id": document.external_id,
                    "account_id": document.account_id,
                    "occurred_at": document.occurred_at.isoformat(),
                    "text": document.text[row["start"] : row["end"]],
                    **{key: row[key] for key in ("label", "start", "end", "score", "found_by")},
                }
            )
    return found
