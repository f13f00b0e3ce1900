"""The tables of labeling.

    tenants ─┬─ label_members                         who labels, in which role, in which queues
             ├─ label_secrets                         what annotators must not be able to guess
             ├─ label_issue_runs                      searches for answers that are probably wrong
             ├─ label_queues ─┬ label_tasks           one place for one person at one record, with a lock
             │                └ label_turns           how many tasks went to whom
             └─ label_texts ─── label_records ─┬─ label_suggestions   what readers, and people in passing, think
                (of documents, as they         ├─ label_annotations   what annotators said
                 were when taken up)           ├─ label_reviews       what reviewers made of it
                                               ├─ label_gold          which records measure people
                                               └─ label_comments

Only members, queues, tasks, turns and runs ever change. On the others the application's role may insert and read, and
no more: what was said stays said. They go with the document they stand in.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Identity,
    Index,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.tables_base import Base


def _of_tenant() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE")


def _of_record() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", "record_id"], ["label_records.tenant_id", "label_records.record_id"], ondelete="CASCADE"
    )


class LabelMemberRow(Base):
    """A person who labels; ``queues`` names those that an annotator sees."""

    __tablename__ = "label_members"
    __table_args__ = (
        _of_tenant(),
        CheckConstraint("role in ('annotator', 'reviewer', 'admin')", name="label_members_role"),
    )

    tenant_id: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    queues: Mapped[list[Any]] = mapped_column(server_default="[]")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class LabelQueueRow(Base):
    """A queue and its rules. ``biased`` says that what is in it was picked, and can measure nothing."""

    __tablename__ = "label_queues"
    __table_args__ = (
        _of_tenant(),
        CheckConstraint("overlap between 1 and 20", name="label_queues_overlap"),
        CheckConstraint("minimum_submitted between 1 and overlap", name="label_queues_minimum"),
        CheckConstraint("random_share between 0 and 1", name="label_queues_random"),
        CheckConstraint("lock_seconds between 1 and 86400", name="label_queues_lock"),
    )

    tenant_id: Mapped[str] = mapped_column(primary_key=True)
    queue: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    strategy: Mapped[str]
    biased: Mapped[bool]
    overlap: Mapped[int] = mapped_column(SmallInteger)
    minimum_submitted: Mapped[int] = mapped_column(SmallInteger)
    lock_seconds: Mapped[int]
    random_share: Mapped[float]
    masked: Mapped[bool]
    paused: Mapped[bool]
    labels: Mapped[list[Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class LabelTextRow(Base):
    """A document's text as it was when a passage of it was taken up; imported ones need no document in the store."""

    __tablename__ = "label_texts"
    __table_args__ = (
        _of_tenant(),
        ForeignKeyConstraint(
            ["tenant_id", "document_id"], ["documents.tenant_id", "documents.document_id"], ondelete="CASCADE"
        ),
        UniqueConstraint("tenant_id", "text_id", name="label_texts_tenant_key"),
        Index("label_texts_by_document", "document_id"),
    )

    text_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[str]
    document_id: Mapped[uuid.UUID | None]
    source: Mapped[str]
    external_id: Mapped[str]
    account_id: Mapped[str]
    kind: Mapped[str]
    occurred_at: Mapped[datetime]
    title: Mapped[str | None]
    text: Mapped[str]
    people: Mapped[list[Any]]
    """Names and addresses that the document gives of people, for masking."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class LabelRecordRow(Base):
    """A passage to judge. ``record_id`` derives from text and span; ``passage_digest`` finds equal sentences."""

    __tablename__ = "label_records"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "text_id"], ["label_texts.tenant_id", "label_texts.text_id"], ondelete="CASCADE"
        ),
        UniqueConstraint("tenant_id", "record_id", name="label_records_tenant_key"),
        UniqueConstraint("text_id", "start", "end", name="label_records_once"),
        Index("label_records_by_passage", "tenant_id", "passage_digest"),
        Index("label_records_by_time", "tenant_id", "created_at", "record_id"),
    )

    record_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[str]
    text_id: Mapped[uuid.UUID]
    start: Mapped[int]
    end: Mapped[int]
    passage_digest: Mapped[str]
    origin: Mapped[str]
    speaker_name: Mapped[str | None]
    side: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class LabelSuggestionRow(Base):
    """What a reader thinks of a record, or what a person said in passing; the newest is shown."""

    __tablename__ = "label_suggestions"
    __table_args__ = (_of_record(), Index("label_suggestions_by_record", "record_id", "suggestion_id"))

    suggestion_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    tenant_id: Mapped[str]
    record_id: Mapped[uuid.UUID]
    spans: Mapped[list[Any]]
    scores: Mapped[dict[str, Any]]
    model_version: Mapped[str]
    explanation: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    person: Mapped[str | None]
    made_at: Mapped[datetime]


class LabelTaskRow(Base):
    """One place for one person at one record of a queue; an overlap of two makes two places.

    ``closed`` places were not needed any more: enough others had said what they think.
    """

    __tablename__ = "label_tasks"
    __table_args__ = (
        _of_record(),
        ForeignKeyConstraint(
            ["tenant_id", "queue"], ["label_queues.tenant_id", "label_queues.queue"], ondelete="CASCADE"
        ),
        UniqueConstraint("record_id", "queue", "place", name="label_tasks_once"),
        CheckConstraint("state in ('open', 'done', 'closed', 'set_aside')", name="label_tasks_state"),
        Index("label_tasks_in_order", "tenant_id", "queue", "state", "priority", "task_id"),
        Index("label_tasks_of_person", "tenant_id", "queue", "person", "state"),
        Index("label_tasks_gold", "tenant_id", "queue", "gold_for", postgresql_where=text("gold_for is not null")),
        Index(
            "label_tasks_in_hand",
            "tenant_id",
            "queue",
            "lock_until",
            postgresql_where=text("state = 'open' and lock_until is not null"),
        ),
    )

    task_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    tenant_id: Mapped[str]
    queue: Mapped[str]
    record_id: Mapped[uuid.UUID]
    place: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(server_default="open")
    priority: Mapped[float]
    """Lower comes first."""
    reason: Mapped[str]
    """Why it is in the queue, in words."""
    person: Mapped[str | None]
    lock_until: Mapped[datetime | None]
    handed_at: Mapped[datetime | None]
    gold_for: Mapped[str | None]
    """Whose silent gold task it is; such a place is nobody else's."""
    asked_after: Mapped[int | None] = mapped_column(BigInteger)
    """Where the record is asked anew: what was said up to this annotation is in nobody's way."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class LabelTurnsRow(Base):
    """How many tasks a queue handed to a person: of its own, and drawn from the random sample.

    Before ``from_priority`` and ``from_task`` the person found no place to get. Triggers on ``label_tasks`` move that
    point back when a place becomes free before it.
    """

    __tablename__ = "label_turns"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "queue"], ["label_queues.tenant_id", "label_queues.queue"], ondelete="CASCADE"
        ),
    )

    tenant_id: Mapped[str] = mapped_column(primary_key=True)
    queue: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(primary_key=True)
    own: Mapped[int] = mapped_column(server_default="0")
    drawn: Mapped[int] = mapped_column(server_default="0")
    from_priority: Mapped[float | None]
    from_task: Mapped[int | None] = mapped_column(BigInteger)


class LabelSecretRow(Base):
    """Decides which tasks are gold and how tasks are numbered; made when first needed, for good."""

    __tablename__ = "label_secrets"
    __table_args__ = (_of_tenant(),)

    tenant_id: Mapped[str] = mapped_column(primary_key=True)
    secret: Mapped[str]


class LabelGoldRow(Base):
    """A record that measures people, with what is to be found in it; without spans: from now on no more."""

    __tablename__ = "label_gold"
    __table_args__ = (_of_record(), Index("label_gold_by_record", "tenant_id", "record_id", "gold_id"))

    gold_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    tenant_id: Mapped[str]
    record_id: Mapped[uuid.UUID]
    spans: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    person: Mapped[str]
    reason: Mapped[str | None]
    made_at: Mapped[datetime]


class LabelIssueRunRow(Base):
    """A search for answers that are probably wrong, asked for by a person and worked off by a worker."""

    __tablename__ = "label_issue_runs"
    __table_args__ = (
        _of_tenant(),
        CheckConstraint("state in ('waiting', 'running', 'done', 'failed')", name="label_issue_runs_state"),
        Index("label_issue_runs_by_time", "tenant_id", "asked_at"),
    )

    run_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[str]
    state: Mapped[str]
    person: Mapped[str]
    size: Mapped[int]
    attempts: Mapped[int]
    lease_until: Mapped[datetime | None]
    asked_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    error: Mapped[str | None]


class LabelAnnotationRow(Base):
    """What one person said of one record at one moment; of each person the newest row holds."""

    __tablename__ = "label_annotations"
    __table_args__ = (
        _of_record(),
        UniqueConstraint("tenant_id", "annotation_id", name="label_annotations_key"),
        CheckConstraint("state in ('draft', 'submitted', 'skipped')", name="label_annotations_state"),
        Index("label_annotations_by_record", "record_id", "annotator", "sequence"),
        Index("label_annotations_by_person", "tenant_id", "annotator", "made_at"),
    )

    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    annotation_id: Mapped[uuid.UUID]
    tenant_id: Mapped[str]
    record_id: Mapped[uuid.UUID]
    queue: Mapped[str | None]
    annotator: Mapped[str]
    state: Mapped[str]
    spans: Mapped[list[Any]]
    guideline_version: Mapped[str]
    made_at: Mapped[datetime]
    seconds: Mapped[float | None]
    reason: Mapped[str | None]
    comment: Mapped[str | None]
    copied_from: Mapped[uuid.UUID | None]
    """The annotation of an equal sentence that this one repeats."""


class LabelReviewRow(Base):
    """What a reviewer made of an annotation, or of a record as a whole; apart from the annotator's own state."""

    __tablename__ = "label_reviews"
    __table_args__ = (
        _of_record(),
        ForeignKeyConstraint(
            ["tenant_id", "annotation_id"],
            ["label_annotations.tenant_id", "label_annotations.annotation_id"],
            ondelete="CASCADE",
        ),
        CheckConstraint("verdict in ('accepted', 'rejected', 'resolved')", name="label_reviews_verdict"),
        Index("label_reviews_by_record", "record_id", "made_at"),
    )

    review_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[str]
    record_id: Mapped[uuid.UUID]
    annotation_id: Mapped[uuid.UUID | None]
    reviewer: Mapped[str]
    verdict: Mapped[str]
    spans: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    """Where it was resolved: what holds from now on."""
    reason: Mapped[str | None]
    comment: Mapped[str | None]
    made_at: Mapped[datetime]


class LabelCommentRow(Base):
    """A remark on a record."""

    __tablename__ = "label_comments"
    __table_args__ = (_of_record(), Index("label_comments_by_record", "record_id", "made_at"))

    comment_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[str]
    record_id: Mapped[uuid.UUID]
    person: Mapped[str]
    text: Mapped[str]
    made_at: Mapped[datetime]
