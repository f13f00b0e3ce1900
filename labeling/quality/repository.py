"""The SQL behind quality: what holds of whom, what reviewers decided, and passages to show beside it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, insert, select, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from core.tables_labeling import (
    LabelAnnotationRow,
    LabelGoldRow,
    LabelQueueRow,
    LabelRecordRow,
    LabelReviewRow,
    LabelTaskRow,
    LabelTextRow,
)
from labeling.records import Annotation, AnnotationState, LabelledSpan
from labeling.repository import REJECTED, RESOLVED, annotation_of_row
from labeling.wire import spans_of


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of a record now, and what must be known of it.

    Attributes:
        annotation: submitted, the newest of its person.
        account_id: whose words the record holds.
        document: which of them, by its source and name.
        copied: it repeats what was said of an equal sentence, and is no decision of its own.
        rejected: a reviewer rejected it.
    """

    annotation: Annotation
    account_id: str
    document: str
    copied: bool
    rejected: bool


@dataclass(frozen=True, slots=True)
class Passage:
    """A record's words alone; ``start`` is where in its text they begin."""

    record_id: str
    source: str
    document_id: str
    account_id: str
    kind: str
    occurred_at: datetime
    start: int
    words: str


@dataclass(frozen=True, slots=True)
class Gold:
    """A gold record: what is to be found in it, who says so, and since when it measures people."""

    record_id: str
    spans: tuple[LabelledSpan, ...]
    person: str
    reason: str | None
    since: datetime


def said(
    session: Session, queues: Sequence[str] | None, *, shared: bool = False, records: Sequence[str] | None = None
) -> list[Said]:
    """What people say now of records in these queues, all of them where ``None``, in the order of the records.

    Args:
        session: of the tenant.
        queues: names.
        shared: only of records that at least two people speak of.
        records: only of these.
    """
    chosen = in_queues(LabelAnnotationRow.record_id, queues)
    if records is not None:
        chosen &= LabelAnnotationRow.record_id.in_([uuid.UUID(record_id) for record_id in records])
    if shared:
        other = aliased(LabelAnnotationRow)
        chosen &= exists().where(
            other.record_id == LabelAnnotationRow.record_id, other.annotator != LabelAnnotationRow.annotator
        )
    return _said(session, chosen)


def said_of_record(session: Session, record_id: uuid.UUID) -> list[Said]:
    """What people say now of one record."""
    return _said(session, LabelAnnotationRow.record_id == record_id)


def _said(session: Session, chosen: ColumnElement[bool]) -> list[Said]:
    newest = (
        select(LabelAnnotationRow.sequence)
        .where(chosen)
        .ext(distinct_on(LabelAnnotationRow.record_id, LabelAnnotationRow.annotator))
        .order_by(LabelAnnotationRow.record_id, LabelAnnotationRow.annotator, LabelAnnotationRow.sequence.desc())
    )
    rejected = exists().where(
        LabelReviewRow.annotation_id == LabelAnnotationRow.annotation_id, LabelReviewRow.verdict == REJECTED
    )
    query = (
        select(LabelAnnotationRow, LabelTextRow.account_id, LabelTextRow.source, LabelTextRow.external_id, rejected)
        .join(LabelRecordRow, LabelRecordRow.record_id == LabelAnnotationRow.record_id)
        .join(LabelTextRow, LabelTextRow.text_id == LabelRecordRow.text_id)
        .where(
            LabelAnnotationRow.sequence.in_(newest.scalar_subquery()),
            LabelAnnotationRow.state == AnnotationState.SUBMITTED.value,
        )
        .order_by(LabelRecordRow.created_at, LabelAnnotationRow.record_id, LabelAnnotationRow.sequence)
    )
    return [
        Said(annotation_of_row(row), account_id, f"{source}/{name}", row.copied_from is not None, bool(is_rejected))
        for row, account_id, source, name, is_rejected in session.execute(query)
    ]


def in_queues(record_id: Any, queues: Sequence[str] | None) -> ColumnElement[bool]:
    """Whether a record is in one of these queues; always where ``None``."""
    if queues is None:
        return true()
    return exists().where(LabelTaskRow.record_id == record_id, LabelTaskRow.queue.in_(queues))


def decisions(session: Session, queues: Sequence[str] | None = None) -> dict[str, tuple[LabelledSpan, ...]]:
    """By record id, what a reviewer decided last; it outranks everybody."""
    return _decisions(session, in_queues(LabelReviewRow.record_id, queues))


def decisions_of(session: Session, record_ids: Sequence[uuid.UUID]) -> dict[str, tuple[LabelledSpan, ...]]:
    """The same of these records."""
    return _decisions(session, LabelReviewRow.record_id.in_(record_ids))


def _decisions(session: Session, chosen: ColumnElement[bool]) -> dict[str, tuple[LabelledSpan, ...]]:
    rows = session.execute(
        select(LabelReviewRow.record_id, LabelReviewRow.spans)
        .where(LabelReviewRow.verdict == RESOLVED, chosen)
        .ext(distinct_on(LabelReviewRow.record_id))
        .order_by(LabelReviewRow.record_id, LabelReviewRow.made_at.desc(), LabelReviewRow.review_id.desc())
    )
    return {str(record_id): spans_of(spans or []) for record_id, spans in rows}


def passages(session: Session, record_ids: Sequence[str]) -> dict[str, Passage]:
    """The words of records, without the texts that they stand in."""
    words = func.substr(LabelTextRow.text, LabelRecordRow.start + 1, LabelRecordRow.end - LabelRecordRow.start)
    rows = session.execute(
        select(
            LabelRecordRow.record_id, LabelTextRow.source, LabelTextRow.external_id, LabelTextRow.account_id,
            LabelTextRow.kind, LabelTextRow.occurred_at, LabelRecordRow.start, words,
        )
        .join(LabelTextRow, LabelTextRow.text_id == LabelRecordRow.text_id)
        .where(LabelRecordRow.record_id.in_([uuid.UUID(record_id) for record_id in record_ids]))
    )  # fmt: skip
    return {str(record_id): Passage(str(record_id), *facts) for record_id, *facts in rows}


def labels_asked(session: Session, record_id: uuid.UUID) -> list[str]:
    """What may be said of a record, by the rules of the queues that it is in, in their order."""
    rows = session.scalars(
        select(LabelQueueRow.labels)
        .where(exists().where(LabelTaskRow.record_id == record_id, LabelTaskRow.queue == LabelQueueRow.queue))
        .order_by(LabelQueueRow.queue)
    )
    return list(dict.fromkeys(str(label) for labels in rows for label in labels))


def stamp(session: Session) -> tuple[Any, ...]:
    """Changes when somebody says, decides or rejects something, records come to a queue, or go with their document."""
    held = session.scalar(select(func.max(LabelTaskRow.task_id)))
    said = session.execute(select(func.max(LabelAnnotationRow.sequence), func.count())).one()
    reviewed = session.execute(select(func.max(LabelReviewRow.made_at), func.count())).one()
    return (held, *said, *reviewed)


def add_gold(session: Session, values: Mapping[str, Any]) -> None:
    """Write down that a record is gold, or no more."""
    session.execute(insert(LabelGoldRow).values(**values))


def gold(session: Session, queues: Sequence[str] | None) -> dict[str, Gold]:
    """By record id, what is gold now; ``since`` is when it last became gold, whatever was changed since."""
    rows = session.scalars(
        select(LabelGoldRow).where(in_queues(LabelGoldRow.record_id, queues)).order_by(LabelGoldRow.gold_id)
    )
    found: dict[str, Gold] = {}
    for row in rows:
        key = str(row.record_id)
        if row.spans is None:
            found.pop(key, None)
            continue
        since = found[key].since if key in found else row.made_at
        found[key] = Gold(key, spans_of(row.spans), row.person, row.reason, since)
    return found
