"""The tables of learning: what was trained on what, what was compared, and what was in production when.

    tenants ─┬─ label_snapshots ─┬─ label_snapshot_texts   documents as they were, with who took part
             │                   └─ label_snapshot_items   one judged passage each: its answer, its split, its hash
             ├─ model_versions ──── model_files            weights that were trained here, never code
             ├─ model_comparisons                          candidate against champion on a frozen test set
             ├─ model_events                               what champion and challenger stood for, and since when
             ├─ model_jobs                                 training, comparing, previewing, re-reading: with progress
             └─ shadow_readings                            where the challenger differs, of documents; never served

Only jobs ever change. On the others the application's role may insert and read, and no more. The newest event of an
alias says what it stands for now, so that there is no second place that could say something else.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Identity, Index, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.tables_base import Base


def _of_tenant() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE")


def _of_snapshot() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", "snapshot_id"], ["label_snapshots.tenant_id", "label_snapshots.snapshot_id"], ondelete="CASCADE"
    )


class SnapshotRow(Base):
    """Labels as they were at one moment. ``digest`` is that of all its texts and items: the same labels are one."""

    __tablename__ = "label_snapshots"
    __table_args__ = (
        _of_tenant(),
        UniqueConstraint("tenant_id", "snapshot_id", name="label_snapshots_tenant_key"),
        UniqueConstraint("tenant_id", "number", name="label_snapshots_number"),
        UniqueConstraint("tenant_id", "digest", name="label_snapshots_once"),
    )

    snapshot_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[str]
    number: Mapped[int]
    digest: Mapped[str]
    guideline_version: Mapped[str]
    counts: Mapped[dict[str, Any]]
    note: Mapped[str | None]
    made_by: Mapped[str]
    made_at: Mapped[datetime]


class SnapshotTextRow(Base):
    """A document of a snapshot: all that reading it needs but its text, which ``label_texts`` keeps unchanged."""

    __tablename__ = "label_snapshot_texts"
    __table_args__ = (
        _of_snapshot(),
        ForeignKeyConstraint(
            ["tenant_id", "text_id"], ["label_texts.tenant_id", "label_texts.text_id"], ondelete="CASCADE"
        ),
        Index("label_snapshot_texts_by_text", "text_id"),
    )

    snapshot_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    text_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[str]
    document: Mapped[dict[str, Any]]


class SnapshotItemRow(Base):
    """One judged passage and what holds of it.

    Where its document was deleted, ``text_id`` is empty: words are forgotten, and hash and answer stay, so that the
    snapshot can still be checked.
    """

    __tablename__ = "label_snapshot_items"
    __table_args__ = (
        _of_snapshot(),
        ForeignKeyConstraint(
            ["tenant_id", "text_id"],
            ["label_texts.tenant_id", "label_texts.text_id"],
            name="label_snapshot_items_text",
            ondelete="SET NULL (text_id)",
        ),
        CheckConstraint("split in ('train', 'test', 'reserve', 'held_back')", name="label_snapshot_items_split"),
        Index("label_snapshot_items_by_text", "text_id"),
    )

    snapshot_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tenant_id: Mapped[str]
    text_id: Mapped[uuid.UUID | None]
    record_id: Mapped[uuid.UUID]
    digest: Mapped[str]
    split: Mapped[str]
    source: Mapped[str]
    origin: Mapped[str]
    side: Mapped[str]
    start: Mapped[int]
    end: Mapped[int]
    labels: Mapped[list[Any]]
    """What could be said there; of other labels nothing is known."""
    spans: Mapped[list[Any]]


class ModelVersionRow(Base):
    """A reader that was trained here, on top of a shipped one or in full."""

    __tablename__ = "model_versions"
    __table_args__ = (
        _of_tenant(),
        ForeignKeyConstraint(
            ["tenant_id", "snapshot_id"], ["label_snapshots.tenant_id", "label_snapshots.snapshot_id"]
        ),
        UniqueConstraint("tenant_id", "number", name="model_versions_number"),
        CheckConstraint("kind in ('heads', 'full')", name="model_versions_kind"),
    )

    tenant_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
    kind: Mapped[str]
    base_version: Mapped[str]
    base_digest: Mapped[str]
    digest: Mapped[str]
    """Of all its files together."""
    parent: Mapped[str]
    """What served when it was trained."""
    snapshot_id: Mapped[uuid.UUID]
    figures: Mapped[dict[str, Any]]
    made_by: Mapped[str]
    made_at: Mapped[datetime]


class ModelFileRow(Base):
    """A file of a version, as its manifest names it."""

    __tablename__ = "model_files"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "version"], ["model_versions.tenant_id", "model_versions.version"], ondelete="CASCADE"
        ),
    )

    tenant_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str]
    content: Mapped[bytes]


class ModelComparisonRow(Base):
    """What both made of one frozen test set, and the verdict."""

    __tablename__ = "model_comparisons"
    __table_args__ = (
        _of_tenant(),
        ForeignKeyConstraint(
            ["tenant_id", "snapshot_id"], ["label_snapshots.tenant_id", "label_snapshots.snapshot_id"]
        ),
        UniqueConstraint("tenant_id", "comparison_id", name="model_comparisons_tenant_key"),
        Index("model_comparisons_by_candidate", "tenant_id", "candidate", "made_at"),
    )

    comparison_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[str]
    snapshot_id: Mapped[uuid.UUID]
    champion: Mapped[str]
    candidate: Mapped[str]
    promote: Mapped[bool]
    result: Mapped[dict[str, Any]]
    made_by: Mapped[str]
    made_at: Mapped[datetime]


class ModelEventRow(Base):
    """An alias came to stand for something else. ``version`` is empty for the shipped reader, or for nothing."""

    __tablename__ = "model_events"
    __table_args__ = (
        _of_tenant(),
        ForeignKeyConstraint(
            ["tenant_id", "comparison_id"], ["model_comparisons.tenant_id", "model_comparisons.comparison_id"]
        ),
        CheckConstraint("alias in ('champion', 'challenger')", name="model_events_alias"),
        CheckConstraint("not overridden or reason is not null", name="model_events_override"),
        Index("model_events_by_alias", "tenant_id", "alias", "event_id"),
    )

    event_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    tenant_id: Mapped[str]
    alias: Mapped[str]
    action: Mapped[str]
    version: Mapped[str | None]
    serves: Mapped[str | None]
    """The version by name, the shipped one's as well."""
    before: Mapped[str | None]
    comparison_id: Mapped[uuid.UUID | None]
    overridden: Mapped[bool] = mapped_column(server_default="false")
    reason: Mapped[str | None]
    person: Mapped[str]
    at: Mapped[datetime]


class ModelJobRow(Base):
    """Work that takes longer than a request. ``token`` rises with every lease, as with reading jobs."""

    __tablename__ = "model_jobs"
    __table_args__ = (
        _of_tenant(),
        CheckConstraint("kind in ('heads', 'full', 'compare', 'preview', 'reread')", name="model_jobs_kind"),
        CheckConstraint("state in ('queued', 'running', 'done', 'failed', 'cancelled')", name="model_jobs_state"),
        Index("model_jobs_claimable", "state", "job_id"),
        Index("model_jobs_by_tenant", "tenant_id", "job_id"),
    )

    job_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    tenant_id: Mapped[str]
    kind: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(server_default="queued")
    done: Mapped[int] = mapped_column(server_default="0")
    total: Mapped[int | None]
    doing: Mapped[str | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    error: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    token: Mapped[int] = mapped_column(server_default="0")
    worker: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    made_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]


class ShadowReadingRow(Base):
    """Where challenger and champion differ over a document: places and labels, no words."""

    __tablename__ = "shadow_readings"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "document_id"], ["documents.tenant_id", "documents.document_id"], ondelete="CASCADE"
        ),
        Index("shadow_readings_by_version", "tenant_id", "challenger", "champion"),
    )

    document_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    challenger: Mapped[str] = mapped_column(primary_key=True)
    champion: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str]
    counts: Mapped[dict[str, Any]]
    differences: Mapped[list[Any]]
    read_at: Mapped[datetime]
