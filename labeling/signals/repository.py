"""The SQL behind a workspace's own signals."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.ids import digest
from core.tables import DocumentRow, ReadingRow, SignalRow
from core.tables_custom import (
    CustomExampleRow,
    CustomHeadRow,
    CustomPickRow,
    CustomReadingRow,
    CustomSampleRow,
    CustomSignalRow,
)
from core.tables_labeling import LabelRecordRow, LabelTaskRow, LabelTextRow
from labeling.custom import CustomHead
from models.linear import Linear
from nlp.encoder import Array


@dataclass(frozen=True, slots=True)
class Sampled:
    """A document of the sample: where its sentences stand, their vectors ``(sentences, width)``, its text."""

    document_id: uuid.UUID
    drawn: bool
    places: tuple[tuple[int, int], ...]
    vectors: Array
    text: str


def pack(vectors: Array) -> bytes:
    """Vectors as they are kept: half precision, row after row."""
    return np.asarray(vectors, dtype=np.float16).tobytes()


def unpack(data: bytes, rows: int) -> Array:
    """Vectors ``(rows, width)`` as they were kept."""
    return np.frombuffer(data, dtype=np.float16).reshape(rows, -1).astype(np.float32)


def signal(session: Session, tenant_id: str, slug: str, *, lock: bool = False) -> CustomSignalRow | None:
    """A signal; locked until the transaction ends where that is asked for."""
    query = select(CustomSignalRow).where(CustomSignalRow.tenant_id == tenant_id, CustomSignalRow.slug == slug)
    return session.scalars(query.with_for_update() if lock else query).first()


def signals(session: Session) -> list[CustomSignalRow]:
    """All signals, in the order in which they were made."""
    return list(session.scalars(select(CustomSignalRow).order_by(CustomSignalRow.created_at, CustomSignalRow.slug)))


def add_signal(session: Session, values: Mapping[str, Any]) -> bool:
    """Write a signal down; whether its name was free."""
    statement = insert(CustomSignalRow).values(**values).on_conflict_do_nothing()
    return session.execute(statement.returning(CustomSignalRow.slug)).first() is not None


def change_signal(session: Session, slug: str, **values: Any) -> None:
    """Set what became of a signal."""
    session.execute(update(CustomSignalRow).where(CustomSignalRow.slug == slug).values(**values))


def examples(session: Session, slug: str) -> list[CustomExampleRow]:
    """Typed examples, in the order in which they came."""
    query = select(CustomExampleRow).where(CustomExampleRow.slug == slug).order_by(CustomExampleRow.example_id)
    return list(session.scalars(query))


def put_examples(session: Session, tenant_id: str, slug: str, texts: Iterable[str], by: str, *, carries: bool) -> None:
    """Add examples; one that is there is said anew."""
    for text in texts:
        values = {
            "tenant_id": tenant_id, "slug": slug, "text": text, "text_digest": digest(text), "carries": carries,
            "by": by,
        }  # fmt: skip
        statement = insert(CustomExampleRow).values(**values)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["tenant_id", "slug", "text_digest"], set_={"carries": carries, "by": by}
            )
        )


def keep_vector(session: Session, example_id: int, version: str, vector: Array) -> None:
    """Remember how an example looks to a reader."""
    session.execute(
        update(CustomExampleRow)
        .where(CustomExampleRow.example_id == example_id)
        .values(vectors_version=version, vector=pack(vector))
    )


def heads(session: Session, slug: str) -> list[CustomHeadRow]:
    """All fitted versions, the newest first."""
    query = select(CustomHeadRow).where(CustomHeadRow.slug == slug).order_by(CustomHeadRow.version.desc())
    return list(session.scalars(query))


def newest_head(session: Session, slug: str) -> CustomHeadRow | None:
    """The newest fitted version."""
    query = select(CustomHeadRow).where(CustomHeadRow.slug == slug).order_by(CustomHeadRow.version.desc())
    return session.scalars(query.limit(1)).first()


def add_head(session: Session, row: CustomHeadRow) -> None:
    """Write a fitted version down."""
    session.add(row)
    session.flush()


def head_of(row: CustomHeadRow) -> CustomHead:
    """A fitted version, ready to decide."""
    mean, weights = (np.frombuffer(data, dtype=np.float32).astype(np.float64) for data in (row.mean, row.weights))
    return CustomHead(mean, Linear(weights, row.bias))


def active(session: Session) -> list[tuple[CustomSignalRow, CustomHeadRow]]:
    """Signals that documents are read for, with the version that serves."""
    query = (
        select(CustomSignalRow, CustomHeadRow)
        .join(
            CustomHeadRow,
            (CustomHeadRow.tenant_id == CustomSignalRow.tenant_id)
            & (CustomHeadRow.slug == CustomSignalRow.slug)
            & (CustomHeadRow.version == CustomSignalRow.serving),
        )
        .where(CustomSignalRow.state == "active")
        .order_by(CustomSignalRow.slug)
    )
    return [(row, head) for row, head in session.execute(query)]


def progress(session: Session, row: CustomSignalRow) -> tuple[int, int]:
    """How many documents were read for a signal as it serves, and how many there are to read."""
    everything = session.scalar(
        select(func.count())
        .select_from(ReadingRow)
        .join(
            DocumentRow,
            (DocumentRow.document_id == ReadingRow.document_id) & (DocumentRow.revision == ReadingRow.revision),
        )
    )
    done = session.scalar(
        select(func.count())
        .select_from(CustomReadingRow)
        .join(
            DocumentRow,
            (DocumentRow.document_id == CustomReadingRow.document_id)
            & (DocumentRow.revision == CustomReadingRow.revision),
        )
        .where(CustomReadingRow.slug == row.slug, CustomReadingRow.version == row.serving)
    )
    return done or 0, everything or 0


def forget_found(session: Session, label: str, slug: str) -> int:
    """Take what was found for a signal away; returns how many mentions that were."""
    gone = session.execute(delete(SignalRow).where(SignalRow.label == label).returning(SignalRow.signal_id)).all()
    session.execute(delete(CustomReadingRow).where(CustomReadingRow.slug == slug))
    return len(gone)


def found_count(session: Session, label: str) -> int:
    """How many mentions of a signal are served."""
    return session.scalar(select(func.count()).where(SignalRow.label == label)) or 0


def first_documents(session: Session, limit: int) -> list[tuple[uuid.UUID, int, int]]:
    """Documents that were read: id, revision and number of sentences, in the order of the sample."""
    # Ids are digests, so that their order is one of chance; and it stays when documents come.
    rows = session.execute(_documents().order_by(DocumentRow.document_id).limit(limit))
    return [(document_id, revision, sentences) for document_id, revision, sentences in rows]


def revisions(session: Session, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Those of these documents that were read, with the revision that they are at."""
    rows = session.execute(_documents().where(DocumentRow.document_id.in_(list(ids))))
    return {document_id: revision for document_id, revision, _ in rows}


def _documents() -> Select[uuid.UUID, int, int]:
    return (
        select(DocumentRow.document_id, DocumentRow.revision, ReadingRow.sentences)
        .join(ReadingRow, ReadingRow.document_id == DocumentRow.document_id)
        .where(ReadingRow.revision == DocumentRow.revision)
    )


def sampled_versions(session: Session) -> dict[uuid.UUID, tuple[int, str]]:
    """Which documents have vectors: of which revision, by which reader."""
    rows = session.execute(
        select(CustomSampleRow.document_id, CustomSampleRow.revision, CustomSampleRow.vectors_version)
    )
    return {document_id: (revision, version) for document_id, revision, version in rows}


def put_sample(session: Session, values: Mapping[str, Any]) -> None:
    """Keep a document's vectors in place of any earlier ones."""
    statement = insert(CustomSampleRow).values(**values)
    kept = {key: value for key, value in values.items() if key not in ("document_id", "tenant_id")}
    session.execute(statement.on_conflict_do_update(index_elements=["document_id"], set_=kept))


def mark_drawn(session: Session, ids: Sequence[uuid.UUID]) -> None:
    """Say which documents chance chose; of all others something was like an example."""
    chosen = CustomSampleRow.document_id.in_(ids)
    session.execute(update(CustomSampleRow).where(CustomSampleRow.drawn != chosen).values(drawn=chosen))


def sample(session: Session, version: str) -> list[Sampled]:
    """All documents that have vectors of this reader and were not edited since."""
    rows = session.execute(
        select(CustomSampleRow, DocumentRow.text)
        .join(
            DocumentRow,
            (DocumentRow.document_id == CustomSampleRow.document_id)
            & (DocumentRow.revision == CustomSampleRow.revision),
        )
        .where(CustomSampleRow.vectors_version == version)
        .order_by(CustomSampleRow.document_id)
    )
    return [
        Sampled(
            row.document_id,
            row.drawn,
            tuple(zip(row.starts, row.ends, strict=True)),
            unpack(row.vectors, len(row.starts)),
            text,
        )
        for row, text in rows
    ]


def asked_passages(session: Session, queue: str) -> list[str]:
    """The words of every record that a queue holds."""
    cut = func.substr(LabelTextRow.text, LabelRecordRow.start + 1, LabelRecordRow.end - LabelRecordRow.start)
    held = select(LabelTaskRow.record_id).where(LabelTaskRow.queue == queue)
    return list(
        session.scalars(
            select(cut)
            .join(LabelRecordRow, LabelRecordRow.text_id == LabelTextRow.text_id)
            .where(LabelRecordRow.record_id.in_(held))
        )
    )


def picks(session: Session, slug: str) -> dict[uuid.UUID, CustomPickRow]:
    """What was put before people for a signal, with vectors."""
    return {row.record_id: row for row in session.scalars(select(CustomPickRow).where(CustomPickRow.slug == slug))}


def put_picks(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Remember why records were picked and how they look; why stays as it was said first."""
    for row in rows:
        statement = insert(CustomPickRow).values(**row)
        kept = {key: row[key] for key in ("vectors_version", "vector")}
        session.execute(statement.on_conflict_do_update(index_elements=["record_id"], set_=kept))
