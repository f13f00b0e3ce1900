"""The tables. Every row of a customer belongs to a tenant, and PostgreSQL itself keeps tenants apart.

    tenants ─┬─ api_keys                who may call
             ├─ workspaces              our product, rivals and suites, as configured
             ├─ configurations          policy and risk parameters, as set
             ├─ accounts ─┬─ documents ─┬─ jobs        work to do, with leases
             │            │             ├─ readings    what was read and skipped, by pipeline version
             │            │             ├─ signals     mentions with evidence
             │            │             └─ sentences   what search finds (core.tables_search)
             ├────────────┼─ account_risks              latest risk, for ranked lists
             ├────────────┴─ alerts ── alert_events     what is due, and what was done about it
             └─ requests ─┬─ request_mentions           signals that ask for it
                          └─ request_pins               where a person put a signal

those of labeling and learning (``core.tables_labeling``, ``core.tables_learning``), of a workspace's own signals
(``core.tables_custom``), and what people did and wait to hear (``core.tables_people``).
Row-level security is forced on all of them (see the first migration); the application's role owns none.
"""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Identity,
    Index,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from core import tables_custom, tables_labeling, tables_learning
from core.tables_base import APP_ROLE, TENANT_SETTING, Base
from core.tables_people import AccountVisitRow, RequestEventRow, SearchNewsRow
from core.tables_search import SavedSearchRow, SearchTermRow, SentenceRow, sentence_terms

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""When a risk was computed that is to be computed anew."""

__all__ = [
    "APP_ROLE",
    "LONG_AGO",
    "TENANT_SETTING",
    "TENANT_TABLES",
    "AccountRiskRow",
    "AccountRow",
    "AccountVisitRow",
    "AlertEventRow",
    "AlertRow",
    "ApiKeyRow",
    "Base",
    "ConfigurationRow",
    "DocumentRow",
    "JobRow",
    "ReadingRow",
    "RequestEventRow",
    "RequestMentionRow",
    "RequestPinRow",
    "RequestRow",
    "SavedSearchRow",
    "SearchNewsRow",
    "SearchTermRow",
    "SentenceRow",
    "SignalRow",
    "TenantRow",
    "WorkspaceRow",
    "sentence_terms",
    "tables_custom",
    "tables_labeling",
    "tables_learning",
]  # fmt: skip


class TenantRow(Base):
    """A customer of this installation; everything else hangs below one."""

    __tablename__ = "tenants"

    tenant_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ApiKeyRow(Base):
    """A key is stored as a digest; the secret is shown once."""

    __tablename__ = "api_keys"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE"),)

    key_id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str]
    name: Mapped[str]
    secret_digest: Mapped[str]
    scopes: Mapped[list[Any]]
    person: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class WorkspaceRow(Base):
    """The workspace configuration; each change is a new version."""

    __tablename__ = "workspaces"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE"),)

    tenant_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    config: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AccountRow(Base):
    """A customer's account, known from a list or first seen in a document."""

    __tablename__ = "accounts"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE"),)

    tenant_id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    tier: Mapped[str | None]
    arr_usd: Mapped[float | None]
    owner: Mapped[str | None]
    segment: Mapped[str | None]
    renewal_date: Mapped[date | None] = mapped_column(Date)
    strategic: Mapped[bool] = mapped_column(server_default="false")
    active_reference: Mapped[bool] = mapped_column(server_default="false")
    nps: Mapped[float | None]
    tenure_years: Mapped[float | None]
    customer_since: Mapped[date | None] = mapped_column(Date)
    attributes: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class DocumentRow(Base):
    """A text as delivered. An edit raises ``revision``; signals of older revisions are gone with it."""

    __tablename__ = "documents"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "account_id"], ["accounts.tenant_id", "accounts.account_id"], ondelete="CASCADE"
        ),
        UniqueConstraint("tenant_id", "source", "external_id", name="documents_source_key"),
        UniqueConstraint("tenant_id", "document_id", name="documents_tenant_key"),
        Index("documents_by_account", "tenant_id", "account_id", "occurred_at", "document_id"),
        Index("documents_by_time", "tenant_id", "occurred_at", "document_id"),
    )

    document_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[str]
    source: Mapped[str]
    external_id: Mapped[str]
    account_id: Mapped[str]
    kind: Mapped[str]
    occurred_at: Mapped[datetime]
    title: Mapped[str | None]
    author: Mapped[dict[str, Any] | None]
    participants: Mapped[list[Any]] = mapped_column(server_default="[]")
    text: Mapped[str]
    attributes: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    content_digest: Mapped[str]
    revision: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class JobRow(Base):
    """A piece of work, written in the transaction that made it necessary.

    ``token`` rises with every lease; a worker that lost its lease can't close the job (fencing).
    """

    __tablename__ = "jobs"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "document_id"], ["documents.tenant_id", "documents.document_id"], ondelete="CASCADE"
        ),
        UniqueConstraint("document_id", "revision", "pipeline_version", name="jobs_once"),
        CheckConstraint("state in ('queued', 'running', 'done', 'dead')", name="jobs_state"),
        Index("jobs_claimable", "state", "available_at", "job_id"),
        Index("jobs_by_tenant", "tenant_id", "state"),
    )

    job_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    tenant_id: Mapped[str]
    document_id: Mapped[uuid.UUID]
    revision: Mapped[int]
    pipeline_version: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="queued")
    attempts: Mapped[int] = mapped_column(server_default="0")
    token: Mapped[int] = mapped_column(server_default="0")
    worker: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    available_at: Mapped[datetime] = mapped_column(server_default=func.now())
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]


class ReadingRow(Base):
    """What one pipeline version made of one revision of a document: its coverage report."""

    __tablename__ = "readings"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "document_id"], ["documents.tenant_id", "documents.document_id"], ondelete="CASCADE"
        ),
    )

    document_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[str]
    revision: Mapped[int]
    pipeline_version: Mapped[str]
    coverage: Mapped[dict[str, Any]]
    sentences: Mapped[int]
    read_at: Mapped[datetime]
    index_version: Mapped[str | None]


class SignalRow(Base):
    """One mention of one label. ``signal_id`` derives from document, revision, label and span."""

    __tablename__ = "signals"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "document_id"], ["documents.tenant_id", "documents.document_id"], ondelete="CASCADE"
        ),
        Index("signals_by_account", "tenant_id", "account_id", "occurred_at", "signal_id"),
        Index("signals_by_time", "tenant_id", "occurred_at", "signal_id"),
        Index("signals_by_document", "document_id"),
    )

    signal_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[str]
    document_id: Mapped[uuid.UUID]
    account_id: Mapped[str]
    label: Mapped[str]
    start: Mapped[int]
    end: Mapped[int]
    text: Mapped[str]
    score: Mapped[float]
    attributes: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    explanation: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    speaker_name: Mapped[str | None]
    side: Mapped[str]
    kind: Mapped[str]
    model_version: Mapped[str]
    pipeline_version: Mapped[str]
    occurred_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AccountRiskRow(Base):
    """The latest risk of an account, kept so that lists can rank; any other date is computed on request."""

    __tablename__ = "account_risks"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "account_id"], ["accounts.tenant_id", "accounts.account_id"], ondelete="CASCADE"
        ),
        Index("account_risks_ranked", "tenant_id", "score", "account_id"),
        Index("account_risks_by_age", "computed_at"),
    )

    tenant_id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(primary_key=True)
    as_of: Mapped[datetime]
    level: Mapped[str]
    score: Mapped[float]
    change: Mapped[float] = mapped_column(server_default="0")
    """Points gained over the last thirty days."""
    drivers: Mapped[list[Any]] = mapped_column(server_default="[]")
    history: Mapped[list[Any]] = mapped_column(server_default="[]")
    """Scores at equal steps up to ``as_of``, for a line in lists."""
    detail: Mapped[dict[str, Any]]
    computed_at: Mapped[datetime]


class RequestRow(Base):
    """A canonical feature request. One that was merged stays, so that its id still leads to the other."""

    __tablename__ = "requests"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["tenant_id", "merged_into"], ["requests.tenant_id", "requests.request_id"], ondelete="CASCADE"
        ),
        UniqueConstraint("tenant_id", "request_id", name="requests_tenant_key"),
        CheckConstraint("status in ('open', 'planned', 'shipped', 'declined')", name="requests_status"),
        Index("requests_by_tenant", "tenant_id", "created_at", "request_id"),
    )

    request_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[str]
    title: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="open")
    merged_into: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class RequestMentionRow(Base):
    """A signal that asks for a request; ``vector`` is its meaning, unit length, float16."""

    __tablename__ = "request_mentions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "request_id"], ["requests.tenant_id", "requests.request_id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["signal_id"], ["signals.signal_id"], ondelete="CASCADE"),
        Index("request_mentions_by_request", "tenant_id", "request_id"),
    )

    signal_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[str]
    request_id: Mapped[uuid.UUID]
    likeness: Mapped[float]
    vector: Mapped[bytes]


class RequestPinRow(Base):
    """A person's word on where a signal belongs. It outlives the signal, which comes again when its text is re-read."""

    __tablename__ = "request_pins"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "request_id"], ["requests.tenant_id", "requests.request_id"], ondelete="CASCADE"
        ),
    )

    signal_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[str]
    request_id: Mapped[uuid.UUID]
    pinned_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ConfigurationRow(Base):
    """What a tenant set: its policy, its risk parameters. The newest version counts, older ones stay."""

    __tablename__ = "configurations"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE"),
        CheckConstraint("name in ('policy', 'risk')", name="configurations_name"),
    )

    tenant_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    config: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AlertRow(Base):
    """Something that an account's policy asks for. ``owner`` looks after the account, ``role`` is who must act."""

    __tablename__ = "alerts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "account_id"], ["accounts.tenant_id", "accounts.account_id"], ondelete="CASCADE"
        ),
        UniqueConstraint("tenant_id", "alert_id", name="alerts_tenant_key"),
        CheckConstraint("state in ('open', 'acknowledged', 'snoozed', 'held', 'resolved')", name="alerts_state"),
        Index("alerts_by_due", "tenant_id", "state", "due", "alert_id"),
        Index("alerts_by_account", "tenant_id", "account_id", "trigger", "raised_at"),
        # One alert of a kind for an account at a time, whoever raises it.
        Index(
            "alerts_once", "tenant_id", "account_id", "trigger",
            unique=True, postgresql_where=text("state <> 'resolved'"),
        ),
    )  # fmt: skip

    alert_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[str]
    account_id: Mapped[str]
    trigger: Mapped[str]
    state: Mapped[str]
    tier: Mapped[str]
    points: Mapped[float]
    action: Mapped[str]
    owner: Mapped[str | None]
    role: Mapped[str]
    days: Mapped[int]
    due: Mapped[date] = mapped_column(Date)
    evidence: Mapped[list[Any]]
    newest_evidence: Mapped[datetime]
    policy_version: Mapped[str]
    raised_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    snoozed_until: Mapped[date | None] = mapped_column(Date)
    escalated_at: Mapped[datetime | None]
    escalated_to: Mapped[str | None]
    resolved_at: Mapped[datetime | None]
    useful: Mapped[bool | None]


class AlertEventRow(Base):
    """What happened to an alert: added to, never changed."""

    __tablename__ = "alert_events"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "alert_id"], ["alerts.tenant_id", "alerts.alert_id"], ondelete="CASCADE"),
        Index("alert_events_by_alert", "tenant_id", "alert_id", "event_id"),
    )

    event_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    tenant_id: Mapped[str]
    alert_id: Mapped[uuid.UUID]
    at: Mapped[datetime]
    what: Mapped[str]
    by: Mapped[str]
    reason: Mapped[str | None]


TENANT_TABLES = tuple(sorted(Base.metadata.tables))
"""Every table: each has ``tenant_id`` and forced row-level security."""
