"""The SQL behind snapshots. Rows are only ever added."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from core.entities import Document
from core.stored import document_of, document_of_text
from core.tables import DocumentRow
from core.tables_labeling import LabelRecordRow, LabelTextRow
from core.tables_learning import SnapshotItemRow, SnapshotRow, SnapshotTextRow
from labeling.repository import RecordView
from labeling.snapshots.content import Item, Snapshot, Split, document_json, document_of_json
from labeling.wire import span_json, spans_of

_LOCK = 7_306
_ROWS = 2_000


def lock(session: Session) -> None:
    """One maker of a tenant's snapshots at a time, until the transaction ends."""
    session.execute(text(f"select pg_advisory_xact_lock({_LOCK}, hashtext(current_setting('foreshock.tenant')))"))


def text_ids(session: Session, views: Sequence[RecordView]) -> dict[uuid.UUID, uuid.UUID]:
    """The text that each record stands in."""
    rows = session.execute(
        select(LabelRecordRow.record_id, LabelRecordRow.text_id).where(
            LabelRecordRow.record_id.in_([view.row_id for view in views])
        )
    )
    return {record_id: text_id for record_id, text_id in rows}


def documents(session: Session, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Document]:
    """The documents that texts were taken from; who took part is known where the store still has the same text."""
    found: dict[uuid.UUID, Document] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), _ROWS):
        rows = session.execute(
            select(LabelTextRow, DocumentRow)
            .outerjoin(
                DocumentRow,
                (DocumentRow.document_id == LabelTextRow.document_id) & (DocumentRow.text == LabelTextRow.text),
            )
            .where(LabelTextRow.text_id.in_(wanted[start : start + _ROWS]))
        )
        found |= {row.text_id: document_of(stored) if stored else document_of_text(row) for row, stored in rows}
    return found


def by_digest(session: Session, digest: str) -> Snapshot | None:
    """The snapshot of this content, if it was made before."""
    row = session.scalars(select(SnapshotRow).where(SnapshotRow.digest == digest)).first()
    return snapshot_of(row) if row else None


def by_number(session: Session, number: int) -> Snapshot | None:
    """A snapshot by its number."""
    row = session.scalars(select(SnapshotRow).where(SnapshotRow.number == number)).first()
    return snapshot_of(row) if row else None


def by_id(session: Session, snapshot_id: uuid.UUID) -> Snapshot | None:
    """A snapshot by its id."""
    row = session.get(SnapshotRow, snapshot_id)
    return snapshot_of(row) if row else None


def newest(session: Session) -> Snapshot | None:
    """The one made last."""
    row = session.scalars(select(SnapshotRow).order_by(SnapshotRow.number.desc()).limit(1)).first()
    return snapshot_of(row) if row else None


def snapshots(session: Session) -> list[Snapshot]:
    """All of them, the newest first."""
    return [snapshot_of(row) for row in session.scalars(select(SnapshotRow).order_by(SnapshotRow.number.desc()))]


def next_number(session: Session) -> int:
    """The number of the snapshot that is made now."""
    return 1 + (session.scalar(select(func.coalesce(func.max(SnapshotRow.number), 0))) or 0)


def add(
    session: Session,
    tenant_id: str,
    snapshot: Snapshot,
    texts: Mapping[uuid.UUID, Document],
    items: Sequence[tuple[Item, str]],
) -> None:
    """Write a snapshot: its documents, and its items with their hashes."""
    key = {"snapshot_id": snapshot.snapshot_id, "tenant_id": tenant_id}
    session.execute(
        insert(SnapshotRow).values(
            **key,
            number=snapshot.number,
            digest=snapshot.digest,
            guideline_version=snapshot.guideline_version,
            counts=dict(snapshot.counts),
            note=snapshot.note,
            made_by=snapshot.made_by,
            made_at=snapshot.made_at,
        )
    )
    rows = [key | {"text_id": text_id, "document": document_json(texts[text_id])} for text_id in sorted(texts)]
    session.execute(insert(SnapshotTextRow), rows)
    session.execute(
        insert(SnapshotItemRow),
        [key | {"position": at, "digest": digest} | _values(item) for at, (item, digest) in enumerate(items)],
    )


def texts_of(session: Session, snapshot_id: uuid.UUID) -> dict[uuid.UUID, Document]:
    """The documents of a snapshot that are still there, as they were."""
    rows = session.execute(
        select(SnapshotTextRow.text_id, SnapshotTextRow.document, LabelTextRow.text)
        .join(LabelTextRow, LabelTextRow.text_id == SnapshotTextRow.text_id)
        .where(SnapshotTextRow.snapshot_id == snapshot_id)
    )
    return {text_id: document_of_json(document, words) for text_id, document, words in rows}


def items_of(session: Session, snapshot_id: uuid.UUID) -> Iterator[tuple[Item, str]]:
    """The items of a snapshot in order, with their hashes."""
    rows = session.scalars(
        select(SnapshotItemRow).where(SnapshotItemRow.snapshot_id == snapshot_id).order_by(SnapshotItemRow.position)
    )
    return ((_item(row), row.digest) for row in rows)


def _values(item: Item) -> dict[str, Any]:
    return {
        "text_id": item.text_id,
        "record_id": item.record_id,
        "split": item.split.value,
        "source": item.source,
        "origin": item.origin,
        "side": item.side,
        "start": item.start,
        "end": item.end,
        "labels": list(item.labels),
        "spans": [span_json(span) for span in item.spans],
    }


def _item(row: SnapshotItemRow) -> Item:
    return Item(
        record_id=row.record_id,
        text_id=row.text_id,
        split=Split(row.split),
        source=row.source,
        origin=row.origin,
        side=row.side,
        start=row.start,
        end=row.end,
        labels=tuple(map(str, row.labels)),
        spans=spans_of(row.spans),
    )


def snapshot_of(row: SnapshotRow) -> Snapshot:
    """A stored snapshot as the domain sees it."""
    return Snapshot(
        row.snapshot_id,
        row.number,
        row.digest,
        row.guideline_version,
        row.counts,
        row.note,
        row.made_by,
        row.made_at,
    )
