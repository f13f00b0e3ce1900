"""What people say of records as it stands now, for one label: the gold that heads learn from and functions face."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from core.tables_labeling import (
    LabelAnnotationRow,
    LabelQueueRow,
    LabelRecordRow,
    LabelReviewRow,
    LabelTextRow,
)
from labeling.queues.rules import Strategy
from labeling.records import AnnotationState
from labeling.repository import REJECTED

RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Answered:
    """A passage that people agree on: the labels that it carries, its words, facts, and whether chance drew it."""

    record_id: uuid.UUID
    labels: frozenset[str]
    text: str
    kind: str
    side: str
    drawn: bool


def answers(session: Session, queues: Sequence[str]) -> dict[uuid.UUID, frozenset[str]]:
    """The labels of records that were answered in these queues.

    A reviewer's resolution outranks all; else a label holds that most people give. Records over which as many say yes
    as no for some label are left out: nothing is known of them.
    """
    said: dict[uuid.UUID, list[frozenset[str]]] = defaultdict(list)
    newest = (
        select(LabelAnnotationRow)
        .where(LabelAnnotationRow.queue.in_(queues))
        .ext(distinct_on(LabelAnnotationRow.record_id, LabelAnnotationRow.annotator))
        .order_by(LabelAnnotationRow.record_id, LabelAnnotationRow.annotator, LabelAnnotationRow.sequence.desc())
    )
    rejected = exists().where(
        LabelReviewRow.annotation_id == LabelAnnotationRow.annotation_id, LabelReviewRow.verdict == REJECTED
    )
    for row, refused in session.execute(newest.add_columns(rejected)):
        if row.state == AnnotationState.SUBMITTED.value and not refused:
            said[row.record_id].append(frozenset(span["label"] for span in row.spans))
    found = {record_id: held for record_id, given in said.items() if (held := _majority(given)) is not None}
    asked = select(LabelAnnotationRow.record_id).where(LabelAnnotationRow.queue.in_(queues))
    resolved = session.execute(
        select(LabelReviewRow.record_id, LabelReviewRow.spans)
        .where(LabelReviewRow.verdict == RESOLVED, LabelReviewRow.record_id.in_(asked))
        .order_by(LabelReviewRow.made_at, LabelReviewRow.review_id)
    )
    return found | {record_id: frozenset(span["label"] for span in spans or ()) for record_id, spans in resolved}


def _majority(given: Sequence[frozenset[str]]) -> frozenset[str] | None:
    everything: frozenset[str] = frozenset().union(*given)
    votes = {label: sum(label in one for one in given) for label in everything}
    if any(2 * count == len(given) for count in votes.values()):
        return None
    return frozenset(label for label, count in votes.items() if 2 * count > len(given))


def queues_asking(session: Session, label: str) -> list[str]:
    """The queues in which a label can be said."""
    return list(session.scalars(select(LabelQueueRow.queue).where(LabelQueueRow.labels.contains([label]))))


def gold(session: Session, label: str) -> list[Answered]:
    """Every passage that was answered where a label could be said, in a fixed order."""
    found = answers(session, queues_asking(session, label))
    drawn = {
        name
        for name in session.scalars(select(LabelQueueRow.queue).where(LabelQueueRow.strategy == Strategy.RANDOM.value))
    }
    by_chance = set(
        session.scalars(
            select(LabelAnnotationRow.record_id).where(
                LabelAnnotationRow.queue.in_(drawn), LabelAnnotationRow.record_id.in_(list(found))
            )
        )
    )
    rows = session.execute(
        select(LabelRecordRow, LabelTextRow.text, LabelTextRow.kind)
        .join(LabelTextRow, LabelTextRow.text_id == LabelRecordRow.text_id)
        .where(LabelRecordRow.record_id.in_(list(found)))
        .order_by(LabelRecordRow.record_id)
    )
    return [
        Answered(
            row.record_id, found[row.record_id], text[row.start : row.end], kind, row.side, row.record_id in by_chance
        )
        for row, text, kind in rows
    ]
