"""From what people said to one answer for each record: consensus of those whose word stands, reviewers above all."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.entities import Label
from core.tables_labeling import LabelAnnotationRow, LabelQueueRow, LabelReviewRow
from labeling import repository as records
from labeling.consensus import Answer, Source, consensus
from labeling.records import Annotation, AnnotationState, LabelledSpan
from labeling.repository import REJECTED
from labeling.wire import spans_of

RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Said:
    """What stands of all that was said of some records.

    Attributes:
        annotations: submitted ones that nobody rejected, of each person the newest.
        resolved: what a reviewer decided, by record.
        judged: the labels that could be said, by record.
    """

    annotations: tuple[Annotation, ...]
    resolved: dict[str, tuple[LabelledSpan, ...]]
    judged: dict[str, frozenset[str]]


def said_of(session: Session, record_ids: Sequence[uuid.UUID]) -> Said:
    """What stands of what was said of some records."""
    reviews = records.reviews(session, record_ids)
    rejected = {str(row.annotation_id) for row in reviews if row.verdict == REJECTED}
    kept = [
        annotation
        for of_record in records.said_of(session, record_ids).values()
        for annotation in of_record
        if annotation.state is AnnotationState.SUBMITTED and annotation.annotation_id not in rejected
    ]
    resolved = {str(row.record_id): spans_of(row.spans) for row in reviews if _resolves(row) and row.spans is not None}
    return Said(tuple(kept), resolved, _judged(session, record_ids))


def answers_of(said: Iterable[Said]) -> tuple[list[Answer], tuple[str, ...]]:
    """One answer for each record that anybody judged, and what must be known of them."""
    parts = list(said)
    resolved = {record: spans for part in parts for record, spans in part.resolved.items()}
    found = consensus([annotation for part in parts for annotation in part.annotations], resolved)
    known = {answer.record_id for answer in found.answers}
    alone = [Answer(record, spans, {}, Source.ADJUDICATED) for record, spans in resolved.items() if record not in known]
    return [*found.answers, *alone], found.notes


def _resolves(row: LabelReviewRow) -> bool:
    return row.verdict == RESOLVED


def _judged(session: Session, record_ids: Sequence[uuid.UUID]) -> dict[str, frozenset[str]]:
    """Silence on a label says something only where the queue asked for it."""
    queues = {row.queue: frozenset(map(str, row.labels)) for row in session.scalars(select(LabelQueueRow))}
    everything = frozenset(label.value for label in Label)
    rows = session.execute(
        select(LabelAnnotationRow.record_id, LabelAnnotationRow.queue, LabelAnnotationRow.spans).where(
            LabelAnnotationRow.record_id.in_(record_ids), LabelAnnotationRow.state == AnnotationState.SUBMITTED.value
        )
    )
    found: dict[str, frozenset[str]] = {}
    for record_id, queue, spans in rows:
        asked = queues.get(queue, everything) if queue else everything
        key = str(record_id)
        found[key] = found.get(key, frozenset()) | asked | {str(span["label"]) for span in spans}
    return found
