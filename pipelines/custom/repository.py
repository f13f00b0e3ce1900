"""The SQL behind reading for a workspace's own signals."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from core.ids import derived_id
from core.tables import DocumentRow, ReadingRow, SignalRow
from core.tables_custom import CustomReadingRow, CustomSignalRow
from pipelines.custom.find import Found, Serving
from pipelines.extract.repository import StoredDocument
from pipelines.wire import explanation_json

_LOCK = 7_308


def tenants(session: Session) -> list[str]:
    """Whose documents are read for signals of their own; over all tenants."""
    return list(session.scalars(text("select tenant_id from foreshock_tenants_with_custom_signals()")))


def only_one(session: Session) -> bool:
    """Whether nobody else reads this tenant's earlier documents now; holds until the transaction ends."""
    lock = text(f"select pg_try_advisory_xact_lock({_LOCK}, hashtext(current_setting('foreshock.tenant')))")
    return bool(session.scalar(lock))


def waiting(session: Session, slugs: Sequence[str], limit: int) -> list[uuid.UUID]:
    """Documents that were read, but not for every one of these signals as it serves; the newest first."""
    done = (
        exists()
        .where(
            CustomReadingRow.document_id == DocumentRow.document_id,
            CustomReadingRow.slug == CustomSignalRow.slug,
            CustomReadingRow.version == CustomSignalRow.serving,
            CustomReadingRow.revision == DocumentRow.revision,
        )
        # Named, since by itself only the query right around it is seen, and the documents are one further out.
        .correlate(DocumentRow, CustomSignalRow)
    )
    lacking = (
        exists().where(CustomSignalRow.state == "active", CustomSignalRow.slug.in_(slugs), ~done).correlate(DocumentRow)
    )
    query = (
        select(DocumentRow.document_id)
        .join(ReadingRow, ReadingRow.document_id == DocumentRow.document_id)
        .where(ReadingRow.revision == DocumentRow.revision, lacking)
        .order_by(DocumentRow.occurred_at.desc(), DocumentRow.document_id)
        .limit(limit)
    )
    return list(session.scalars(query))


def lock_document(session: Session, document_id: uuid.UUID, revision: int) -> bool:
    """Whether a document is still at this revision; it stays so until the transaction ends."""
    row = session.execute(
        select(DocumentRow.document_id)
        .where(DocumentRow.document_id == document_id, DocumentRow.revision == revision)
        .with_for_update()
    ).first()
    return row is not None


def still_serving(session: Session, serving: Sequence[Serving]) -> list[Serving]:
    """Those of these that serve in this version now, and do so until the transaction ends."""
    rows = session.execute(
        select(CustomSignalRow.slug, CustomSignalRow.serving)
        .where(CustomSignalRow.state == "active")
        .with_for_update(read=True)
    )
    now = {slug: version for slug, version in rows}
    return [signal for signal in serving if now.get(signal.slug) == signal.version]


def write_found(
    session: Session,
    tenant_id: str,
    stored: StoredDocument,
    serving: Sequence[Serving],
    found: Sequence[Found],
    pipeline_version: str,
) -> None:
    """Write what was found in place of what any other version found, and that the document was read."""
    labels = [signal.label for signal in serving]
    session.execute(delete(SignalRow).where(SignalRow.document_id == stored.row_id, SignalRow.label.in_(labels)))
    rows = [_row(tenant_id, stored, item, pipeline_version) for item in found if item.label in labels]
    if rows:
        session.execute(insert(SignalRow), rows)
    for signal in serving:
        values = {"revision": stored.revision, "version": signal.version}
        statement = upsert(CustomReadingRow).values(
            tenant_id=tenant_id, document_id=stored.row_id, slug=signal.slug, **values
        )
        session.execute(statement.on_conflict_do_update(index_elements=["document_id", "slug"], set_=values))


def _row(tenant_id: str, stored: StoredDocument, item: Found, pipeline_version: str) -> dict[str, Any]:
    document, span, speaker = stored.document, item.sentence.span, item.sentence.speaker
    occurred_at: datetime = document.occurred_at
    return {
        "signal_id": derived_id(stored.row_id, stored.revision, item.label, span.start, span.end),
        "tenant_id": tenant_id,
        "document_id": stored.row_id,
        "account_id": document.account_id,
        "label": item.label,
        "start": span.start,
        "end": span.end,
        "text": span.of(document.text),
        "score": item.score,
        "attributes": {},
        "explanation": explanation_json(item.explanation),
        "speaker_name": speaker.name,
        "side": speaker.side.value,
        "kind": document.kind.value,
        "model_version": item.model_version,
        "pipeline_version": pipeline_version,
        "occurred_at": occurred_at,
    }
