"""The SQL behind searches for doubtful answers: asked for by people, worked off in the background."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.entities import Document
from core.stored import document_of, document_of_text
from core.tables import DocumentRow
from core.tables_labeling import (
    LabelIssueRunRow,
    LabelQueueRow,
    LabelRecordRow,
    LabelTaskRow,
    LabelTextRow,
)
from labeling.quality.issue_rows import Judged
from labeling.records import LabelledSpan

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"


@dataclass(frozen=True, slots=True)
class Run:
    """A search for doubtful answers, and what became of it."""

    run_id: uuid.UUID
    state: str
    person: str
    size: int
    asked_at: datetime
    finished_at: datetime | None
    result: Mapping[str, Any] | None
    error: str | None
    attempts: int


def add_run(session: Session, values: Mapping[str, Any]) -> None:
    """Write down that somebody asks for one."""
    session.execute(insert(LabelIssueRunRow).values(state=WAITING, attempts=0, **values))


def unfinished(session: Session) -> Run | None:
    """The one that waits or runs."""
    row = session.scalars(
        select(LabelIssueRunRow)
        .where(LabelIssueRunRow.state.in_((WAITING, RUNNING)))
        .order_by(LabelIssueRunRow.asked_at)
        .limit(1)
    ).first()
    return _run(row) if row else None


def runs(session: Session, limit: int) -> list[Run]:
    """The newest."""
    rows = session.scalars(
        select(LabelIssueRunRow).order_by(LabelIssueRunRow.asked_at.desc(), LabelIssueRunRow.run_id).limit(limit)
    )
    return [_run(row) for row in rows]


def claim(session: Session, run_id: uuid.UUID, until: datetime, now: datetime) -> Run | None:
    """Take a search that waits, or whose worker was lost; nothing if another worker was quicker."""
    row = session.scalars(
        select(LabelIssueRunRow)
        .where(
            LabelIssueRunRow.run_id == run_id,
            (LabelIssueRunRow.state == WAITING)
            | ((LabelIssueRunRow.state == RUNNING) & (LabelIssueRunRow.lease_until <= now)),
        )
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return None
    row.state, row.lease_until, row.attempts = RUNNING, until, row.attempts + 1
    return _run(row)


def finish(
    session: Session, run_id: uuid.UUID, now: datetime, *, result: Mapping[str, Any] | None, error: str | None
) -> None:
    """Say what became of it."""
    values = {"state": FAILED if error else DONE, "finished_at": now, "result": result, "error": error}
    session.execute(update(LabelIssueRunRow).where(LabelIssueRunRow.run_id == run_id).values(**values))


def waiting_anywhere(session: Session, now: datetime) -> list[tuple[str, uuid.UUID]]:
    """Searches of all tenants that a worker may take, the first asked for first."""
    rows = session.execute(text("select tenant_id, run_id from foreshock_waiting_issue_runs(:now)"), {"now": now})
    return [(tenant_id, run_id) for tenant_id, run_id in rows]


def texts(session: Session, held: Mapping[str, Sequence[LabelledSpan]]) -> list[tuple[str, Document, list[Judged]]]:
    """The texts that records stand in, each with what holds of its passages.

    A text that is still that of its document is read with the people that the document gives.
    """
    ids = [uuid.UUID(record_id) for record_id in held]
    asked: dict[uuid.UUID, set[str]] = {record_id: set() for record_id in ids}
    rules = select(LabelTaskRow.record_id, LabelQueueRow.labels).join(
        LabelQueueRow,
        (LabelQueueRow.tenant_id == LabelTaskRow.tenant_id) & (LabelQueueRow.queue == LabelTaskRow.queue),
    )
    for record_id, labels in session.execute(rules.where(LabelTaskRow.record_id.in_(ids))):
        asked[record_id].update(str(label) for label in labels)
    rows = session.execute(
        select(LabelRecordRow, LabelTextRow, DocumentRow)
        .join(LabelTextRow, LabelTextRow.text_id == LabelRecordRow.text_id)
        .outerjoin(
            DocumentRow,
            (DocumentRow.document_id == LabelTextRow.document_id) & (DocumentRow.text == LabelTextRow.text),
        )
        .where(LabelRecordRow.record_id.in_(ids))
        .order_by(LabelRecordRow.text_id, LabelRecordRow.start, LabelRecordRow.record_id)
    )
    found: dict[str, tuple[Document, list[Judged]]] = {}
    for record, source, document in rows:
        place = found.setdefault(
            str(record.text_id), (document_of(document) if document else document_of_text(source), [])
        )
        key = str(record.record_id)
        place[1].append(Judged(key, record.start, record.end, tuple(held[key]), frozenset(asked[record.record_id])))
    return [(key, document, judged) for key, (document, judged) in found.items()]


def _run(row: LabelIssueRunRow) -> Run:
    return Run(
        row.run_id, row.state, row.person, row.size, row.asked_at, row.finished_at, row.result, row.error, row.attempts
    )
