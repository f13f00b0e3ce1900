"""The SQL behind extraction jobs."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from core.entities import Document, Side
from core.ids import derived_id
from core.stored import document_of
from core.tables import AccountRow, DocumentRow, JobRow, ReadingRow, SignalRow
from nlp.extract import Extraction
from pipelines.wire import coverage_json, explanation_json


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document with its place in the store."""

    row_id: uuid.UUID
    revision: int
    document: Document


def load_documents(session: Session, row_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, StoredDocument]:
    """The documents that are still there."""
    rows = session.scalars(select(DocumentRow).where(DocumentRow.document_id.in_(list(row_ids))))
    return {row.document_id: StoredDocument(row.document_id, row.revision, document_of(row)) for row in rows}


def lock_job(session: Session, job_id: int, token: int) -> bool:
    """Whether this lease still holds; the row stays locked until the transaction ends."""
    row = session.execute(
        select(JobRow.job_id)
        .where(JobRow.job_id == job_id, JobRow.token == token, JobRow.state == "running")
        .with_for_update()
    ).first()
    return row is not None


def write_result(
    session: Session,
    tenant_id: str,
    stored: StoredDocument,
    extraction: Extraction,
    pipeline_version: str,
    read_at: datetime,
) -> None:
    """Write what was found in place of what any earlier reading found.

    A signal that was there before stays the same row, so that what hangs on it stays as well; and so does the mark that
    the document's sentences are indexed, where only the weights are others.
    """
    rows = _signal_rows(tenant_id, stored, extraction, pipeline_version)
    found = [row["signal_id"] for row in rows]
    session.execute(delete(SignalRow).where(SignalRow.document_id == stored.row_id, SignalRow.signal_id.not_in(found)))
    reading = upsert(ReadingRow).values(
        document_id=stored.row_id,
        tenant_id=tenant_id,
        revision=stored.revision,
        pipeline_version=pipeline_version,
        coverage=coverage_json(extraction.coverage),
        sentences=extraction.sentences,
        read_at=read_at,
    )
    new = reading.excluded
    same_sentences = (ReadingRow.revision == new.revision) & (
        func.split_part(ReadingRow.pipeline_version, "+", -1) == func.split_part(new.pipeline_version, "+", -1)
    )
    session.execute(
        reading.on_conflict_do_update(
            index_elements=["document_id"],
            set_={name: new[name] for name in ("revision", "pipeline_version", "coverage", "sentences", "read_at")}
            | {"index_version": case((same_sentences, ReadingRow.index_version))},
        )
    )
    if rows:
        signals = upsert(SignalRow)
        latest = {name: signals.excluded[name] for name in rows[0] if name not in ("signal_id", "tenant_id")}
        session.execute(signals.on_conflict_do_update(index_elements=["signal_id"], set_=latest), rows)


def close_job(session: Session, job_id: int) -> None:
    """The work is done; commits together with its result."""
    session.execute(
        update(JobRow)
        .where(JobRow.job_id == job_id)
        .values(state="done", lease_until=None, error=None, finished_at=func.clock_timestamp())
    )


def give_back(session: Session, job_id: int) -> None:
    """Leave a job to be done anew at once; this attempt was none."""
    values = {"state": "queued", "lease_until": None, "worker": None, "attempts": JobRow.attempts - 1}
    session.execute(update(JobRow).where(JobRow.job_id == job_id).values(**values, available_at=func.clock_timestamp()))


def hold_account(session: Session, account_id: str) -> None:
    """Keep an account from being read anew as a whole until the transaction ends; others may write to it as well."""
    session.execute(select(AccountRow.account_id).where(AccountRow.account_id == account_id).with_for_update(read=True))


def fail_job(session: Session, job_id: int, token: int, error: str, *, dead: bool, retry_seconds: float) -> None:
    """Give a job back for a later attempt, or set it aside; the error is a kind, never a text of the customer."""
    values: dict[str, Any] = {"state": "queued", "lease_until": None, "worker": None, "error": error}
    values["available_at"] = func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, retry_seconds)
    if dead:
        values |= {"state": "dead", "finished_at": func.clock_timestamp()}
    session.execute(update(JobRow).where(JobRow.job_id == job_id, JobRow.token == token).values(**values))


def _signal_rows(
    tenant_id: str, stored: StoredDocument, extraction: Extraction, pipeline_version: str
) -> Sequence[dict[str, Any]]:
    document = stored.document
    return [
        {
            "signal_id": derived_id(stored.row_id, stored.revision, signal.label, signal.start, signal.end),
            "tenant_id": tenant_id,
            "document_id": stored.row_id,
            "account_id": document.account_id,
            "label": signal.label.value,
            "start": signal.start,
            "end": signal.end,
            "text": signal.text,
            "score": signal.score,
            "attributes": dict(signal.attributes),
            "explanation": explanation_json(signal.explanation),
            "speaker_name": signal.speaker.name if signal.speaker else None,
            "side": signal.speaker.side.value if signal.speaker else Side.UNKNOWN.value,
            "kind": document.kind.value,
            "model_version": signal.model_version,
            "pipeline_version": pipeline_version,
            "occurred_at": document.occurred_at,
        }
        for signal in extraction.signals
    ]
