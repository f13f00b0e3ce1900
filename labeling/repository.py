"""The SQL behind records and what was said of them. Rows are only ever added."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, exists, func, insert, select, text, true, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, aliased

from core.errors import CursorError
from core.ids import derived_id, digest
from core.repository import Page, decode_cursor, encode_cursor
from core.tables import DocumentRow
from core.tables_labeling import (
    LabelAnnotationRow,
    LabelCommentRow,
    LabelQueueRow,
    LabelRecordRow,
    LabelReviewRow,
    LabelSuggestionRow,
    LabelTaskRow,
    LabelTextRow,
)
from labeling.records import Annotation, AnnotationState, LabelledSpan, Record, Suggestion
from labeling.wire import span_json, spans_of

RANDOM = "random"
REJECTED = "rejected"
RESOLVED = "resolved"
KNOWN = "known"
"""Stands beside states of annotations where a record needs no more answers, since it is known what holds of it."""
_LOCK = 7_304


@dataclass(frozen=True, slots=True)
class Source:
    """A text to take passages from; ``row_id`` is its document in the store, if it has one there.

    ``asked`` names the queue of a workspace's own signal. What is asked there is another question than what all other
    queues ask: its records are others, so that no answer stands for an answer to the other question.
    """

    row_id: uuid.UUID | None
    source: str
    document_id: str
    account_id: str
    kind: str
    occurred_at: datetime
    title: str | None
    text: str
    people: tuple[str, ...]
    asked: str = ""

    def text_id(self, tenant_id: str) -> uuid.UUID:
        """The same text of the same document always has the same id; an edited one has another."""
        asked = (self.asked,) if self.asked else ()
        return derived_id("label text", tenant_id, self.source, self.document_id, digest(self.text), *asked)


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage to judge."""

    start: int
    end: int
    speaker_name: str | None = None
    side: str = "unknown"


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record with all that is shown beside it."""

    record: Record
    source: str
    title: str | None
    speaker_name: str | None
    side: str
    people: tuple[str, ...]
    passage_digest: str
    suggested_by: str | None
    explanation: Mapping[str, Any]

    @property
    def row_id(self) -> uuid.UUID:
        """Its key."""
        return uuid.UUID(self.record.record_id)


def record_id_of(text_id: uuid.UUID, start: int, end: int) -> uuid.UUID:
    """The same passage of the same text is one record."""
    return derived_id("label record", text_id, start, end)


def lock_passage(session: Session, passage_digest: str) -> None:
    """One writer at a time on a passage and all that read the same, until the transaction ends."""
    key = "hashtext(current_setting('foreshock.tenant') || :digest)"
    session.execute(text(f"select pg_advisory_xact_lock({_LOCK}, {key})"), {"digest": passage_digest})


def add_records(
    session: Session, tenant_id: str, source: Source, passages: Sequence[Passage], origin: str
) -> list[uuid.UUID]:
    """Take up passages of a text; those that are there already stay as they are. Returns their ids, in order."""
    text_id = source.text_id(tenant_id)
    values = {
        "text_id": text_id,
        "tenant_id": tenant_id,
        "document_id": source.row_id,
        "source": source.source,
        "external_id": source.document_id,
        "account_id": source.account_id,
        "kind": source.kind,
        "occurred_at": source.occurred_at,
        "title": source.title,
        "text": source.text,
        "people": list(source.people),
    }
    session.execute(upsert(LabelTextRow).values(values).on_conflict_do_nothing())
    ids = [record_id_of(text_id, passage.start, passage.end) for passage in passages]
    rows = [
        {
            "record_id": record_id,
            "tenant_id": tenant_id,
            "text_id": text_id,
            "start": passage.start,
            "end": passage.end,
            "passage_digest": digest(source.text[passage.start : passage.end]),
            "origin": origin,
            "speaker_name": passage.speaker_name,
            "side": passage.side,
        }
        for record_id, passage in zip(ids, passages, strict=True)
    ]
    if rows:
        session.execute(upsert(LabelRecordRow).values(rows).on_conflict_do_nothing())
    return ids


def stored_text(session: Session, source: str, document_id: str) -> DocumentRow | None:
    """A document of the store by its name."""
    return session.scalars(
        select(DocumentRow).where(DocumentRow.source == source, DocumentRow.external_id == document_id)
    ).first()


def add_suggestions(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """What readers think of records. One that a record has already, word for word, is not added again."""
    newest = {record_id: suggestion for record_id, suggestion in _newest(session, [row["record_id"] for row in rows])}
    compared = ("spans", "scores", "model_version", "person")
    fresh = [
        dict(row)
        for row in rows
        if (known := newest.get(row["record_id"])) is None or any(getattr(known, key) != row[key] for key in compared)
    ]
    if fresh:
        session.execute(insert(LabelSuggestionRow), fresh)


def _newest(session: Session, record_ids: Sequence[uuid.UUID]) -> Iterable[tuple[uuid.UUID, LabelSuggestionRow]]:
    rows = session.scalars(
        select(LabelSuggestionRow)
        .where(LabelSuggestionRow.record_id.in_(record_ids))
        .ext(distinct_on(LabelSuggestionRow.record_id))
        .order_by(LabelSuggestionRow.record_id, LabelSuggestionRow.suggestion_id.desc())
    )
    return ((row.record_id, row) for row in rows)


def view(session: Session, record_id: uuid.UUID) -> RecordView | None:
    """One record with its newest suggestion."""
    row = session.execute(_ONE, {"wanted": record_id}).first()
    return _view(*row) if row else None


def views_of(session: Session, record_ids: Sequence[uuid.UUID]) -> list[RecordView]:
    """These records, in no order."""
    return [_view(*row) for row in session.execute(_views().where(LabelRecordRow.record_id.in_(record_ids)))]


def views(
    session: Session, *, queue: str | None, limit: int, after: tuple[datetime, uuid.UUID] | None
) -> Page[RecordView]:
    """Records, the oldest first; of one queue where it is given."""
    query = _views()
    if queue:
        held = select(LabelTaskRow.record_id).where(LabelTaskRow.queue == queue)
        query = query.where(LabelRecordRow.record_id.in_(held))
    key = tuple_(LabelRecordRow.created_at, LabelRecordRow.record_id)
    if after:
        query = query.where(key > tuple_(*after))
    rows = session.execute(query.order_by(LabelRecordRow.created_at, LabelRecordRow.record_id).limit(limit + 1)).all()
    last = rows[limit - 1][0] if len(rows) > limit else None
    cursor = encode_cursor("records", last.created_at.isoformat(), last.record_id) if last else None
    return Page(tuple(_view(*row) for row in rows[:limit]), cursor)


def after_of(cursor: str) -> tuple[datetime, uuid.UUID]:
    """The place in the list of records that a cursor of it names.

    Raises:
        CursorError: if it is not one of this list.
    """
    moment, key = decode_cursor("records", cursor, (str, str))
    try:
        return datetime.fromisoformat(moment), uuid.UUID(key)
    except ValueError:
        raise CursorError("this is not a cursor of this list", where="cursor") from None


def _views() -> Select[*tuple[Any, ...]]:
    newest = (
        select(LabelSuggestionRow)
        .where(LabelSuggestionRow.record_id == LabelRecordRow.record_id)
        .order_by(LabelSuggestionRow.suggestion_id.desc())
        .limit(1)
        .lateral()
    )
    suggestion = aliased(LabelSuggestionRow, newest)
    drawn = exists().where(
        LabelTaskRow.record_id == LabelRecordRow.record_id,
        LabelTaskRow.queue == LabelQueueRow.queue,
        LabelQueueRow.strategy == RANDOM,
    )
    return (
        select(LabelRecordRow, LabelTextRow, suggestion, drawn)
        .join(LabelTextRow, LabelTextRow.text_id == LabelRecordRow.text_id)
        .outerjoin(suggestion, true())
    )


# Built once: these two are asked for with every task, and making the statement costs as much as its answer. The person
# is compared in a way that no index serves, or all that they ever said could be gone through for one record.
_ONE = _views().where(LabelRecordRow.record_id == bindparam("wanted"))
_LATEST = (
    select(LabelAnnotationRow)
    .where(
        LabelAnnotationRow.record_id == bindparam("wanted"),
        LabelAnnotationRow.annotator.concat("") == bindparam("person"),
    )
    .order_by(LabelAnnotationRow.sequence.desc())
    .limit(1)
)


def _view(row: LabelRecordRow, source: LabelTextRow, suggested: LabelSuggestionRow | None, drawn: bool) -> RecordView:
    suggestion = Suggestion(spans_of(suggested.spans), suggested.scores, suggested.model_version) if suggested else None
    record = Record(
        record_id=str(row.record_id),
        document_id=source.external_id,
        account_id=source.account_id,
        kind=source.kind,
        occurred_at=source.occurred_at,
        text=source.text,
        start=row.start,
        end=row.end,
        suggestion=suggestion,
        origin=RANDOM if drawn else row.origin,
    )
    return RecordView(
        record,
        source.source,
        source.title,
        row.speaker_name,
        row.side,
        tuple(str(name) for name in source.people),
        row.passage_digest,
        suggested.person if suggested else None,
        suggested.explanation if suggested else {},
    )


def known_passages(session: Session, text_ids: Sequence[uuid.UUID]) -> set[tuple[uuid.UUID, int, int]]:
    """Which passages of these texts were taken up before."""
    rows = session.execute(
        select(LabelRecordRow.text_id, LabelRecordRow.start, LabelRecordRow.end).where(
            LabelRecordRow.text_id.in_(text_ids)
        )
    )
    return {(text_id, start, end) for text_id, start, end in rows}


def add_annotation(
    session: Session,
    tenant_id: str,
    annotation: Annotation,
    queue: str | None,
    copied_from: uuid.UUID | None = None,
) -> None:
    """Write down what somebody said; one that is there already, by its id, is left alone."""
    values = {
        "annotation_id": uuid.UUID(annotation.annotation_id),
        "tenant_id": tenant_id,
        "record_id": uuid.UUID(annotation.record_id),
        "queue": queue,
        "annotator": annotation.annotator,
        "state": annotation.state.value,
        "spans": [span_json(span) for span in annotation.spans],
        "guideline_version": annotation.guideline_version,
        "made_at": annotation.made_at,
        "seconds": annotation.seconds,
        "reason": annotation.reason,
        "comment": annotation.comment,
        "copied_from": copied_from,
    }
    session.execute(upsert(LabelAnnotationRow).values(values).on_conflict_do_nothing())


def latest(session: Session, record_id: uuid.UUID, annotator: str) -> Annotation | None:
    """What a person thinks of a record now."""
    row = session.scalars(_LATEST, {"wanted": record_id, "person": annotator}).first()
    return annotation_of_row(row) if row else None


def said_of(
    session: Session, record_ids: Sequence[uuid.UUID], *, history: bool = False
) -> dict[uuid.UUID, list[Annotation]]:
    """What was said of records, in order; only what holds now, unless ``history`` asks for all."""
    query = select(LabelAnnotationRow).where(LabelAnnotationRow.record_id.in_(record_ids))
    if not history:
        newest = (
            select(func.max(LabelAnnotationRow.sequence))
            .where(LabelAnnotationRow.record_id.in_(record_ids))
            .group_by(LabelAnnotationRow.record_id, LabelAnnotationRow.annotator)
        )
        query = query.where(LabelAnnotationRow.sequence.in_(newest))
    found: dict[uuid.UUID, list[Annotation]] = {record_id: [] for record_id in record_ids}
    for row in session.scalars(query.order_by(LabelAnnotationRow.sequence)):
        found[row.record_id].append(annotation_of_row(row))
    return found


def last_decision(session: Session, annotator: str, queues: Sequence[str]) -> LabelAnnotationRow | None:
    """The newest thing that a person decided in these queues and still stands by; copies follow what they copy."""
    later = aliased(LabelAnnotationRow)
    taken_back = exists().where(
        later.record_id == LabelAnnotationRow.record_id,
        later.annotator == annotator,
        later.sequence > LabelAnnotationRow.sequence,
    )
    return session.scalars(
        select(LabelAnnotationRow)
        .where(
            LabelAnnotationRow.annotator == annotator,
            LabelAnnotationRow.queue.in_(queues),
            LabelAnnotationRow.state != AnnotationState.DRAFT.value,
            LabelAnnotationRow.copied_from.is_(None),
            ~taken_back,
        )
        .order_by(LabelAnnotationRow.made_at.desc(), LabelAnnotationRow.sequence.desc())
        .limit(1)
    ).first()


def copies_of(session: Session, annotation_id: uuid.UUID) -> list[LabelAnnotationRow]:
    """The annotations of equal sentences that repeat one."""
    return list(session.scalars(select(LabelAnnotationRow).where(LabelAnnotationRow.copied_from == annotation_id)))


def decided_by(session: Session, record_id: uuid.UUID) -> dict[str, int]:
    """How many people submitted a record, and how many skipped it, as they think now; rejected answers are none.

    A record that a reviewer decided is ``known``.
    """
    rejected = exists().where(
        LabelReviewRow.annotation_id == LabelAnnotationRow.annotation_id,
        LabelReviewRow.verdict == REJECTED,
    )
    newest = (
        select(LabelAnnotationRow.state, rejected.label("rejected"))
        .where(LabelAnnotationRow.record_id == record_id)
        .ext(distinct_on(LabelAnnotationRow.annotator))
        .order_by(LabelAnnotationRow.annotator, LabelAnnotationRow.sequence.desc())
        .subquery()
    )
    rows = session.execute(select(newest.c.state, func.count()).where(~newest.c.rejected).group_by(newest.c.state))
    found = {state: int(count) for state, count in rows}
    return found | {KNOWN: 1} if is_known(session, record_id) else found


def is_known(session: Session, record_id: uuid.UUID) -> bool:
    """Whether a reviewer said what holds of a record."""
    decided = exists().where(LabelReviewRow.record_id == record_id, LabelReviewRow.verdict == RESOLVED)
    return bool(session.scalar(select(decided)))


def pace(session: Session, annotator: str, since: datetime) -> tuple[int, float | None]:
    """How many decisions of a person since a moment stand, copies left out, and the median of their seconds."""
    newest = (
        select(LabelAnnotationRow.state, LabelAnnotationRow.seconds, LabelAnnotationRow.copied_from)
        .where(LabelAnnotationRow.annotator == annotator, LabelAnnotationRow.made_at >= since)
        .ext(distinct_on(LabelAnnotationRow.record_id))
        .order_by(LabelAnnotationRow.record_id, LabelAnnotationRow.sequence.desc())
        .subquery()
    )
    middle = func.percentile_cont(0.5).within_group(newest.c.seconds)
    row = session.execute(
        select(func.count(), middle)
        .select_from(newest)
        .where(newest.c.state != AnnotationState.DRAFT.value, newest.c.copied_from.is_(None))
    ).one()
    return int(row[0]), float(row[1]) if row[1] is not None else None


def add_review(session: Session, values: Mapping[str, Any]) -> None:
    """Write down what a reviewer decided."""
    session.execute(insert(LabelReviewRow).values(**values))


def reviews(session: Session, record_ids: Sequence[uuid.UUID]) -> list[LabelReviewRow]:
    """What reviewers decided on records, in order of time."""
    return list(
        session.scalars(
            select(LabelReviewRow)
            .where(LabelReviewRow.record_id.in_(record_ids))
            .order_by(LabelReviewRow.made_at, LabelReviewRow.review_id)
        )
    )


def add_comment(session: Session, values: Mapping[str, Any]) -> None:
    """Write down a remark."""
    session.execute(insert(LabelCommentRow).values(**values))


def comments(session: Session, record_ids: Sequence[uuid.UUID]) -> list[LabelCommentRow]:
    """Remarks on records, in order of time."""
    return list(
        session.scalars(
            select(LabelCommentRow)
            .where(LabelCommentRow.record_id.in_(record_ids))
            .order_by(LabelCommentRow.made_at, LabelCommentRow.comment_id)
        )
    )


def annotation_of_row(row: LabelAnnotationRow) -> Annotation:
    """A stored annotation as the domain sees it."""
    spans: tuple[LabelledSpan, ...] = spans_of(row.spans)
    return Annotation(
        str(row.annotation_id),
        str(row.record_id),
        row.annotator,
        AnnotationState(row.state),
        spans,
        row.guideline_version,
        row.made_at,
        row.seconds,
        row.reason,
        row.comment,
    )
