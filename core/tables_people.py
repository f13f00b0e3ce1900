"""The tables of what people did on the pages, and of what they wait to hear.

requests ───────── request_events      who merged, split or renamed what, so that it can be undone
accounts ───────── account_visits      when somebody last looked, and what they saw
saved_searches ─── search_news         sentences that a search found anew and nobody has looked at
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Identity, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from core.tables_base import Base


class RequestEventRow(Base):
    """What a person did to a request: added to, never changed. ``other_id`` is the second one of a merge or split."""

    __tablename__ = "request_events"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "request_id"], ["requests.tenant_id", "requests.request_id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["tenant_id", "other_id"], ["requests.tenant_id", "requests.request_id"], ondelete="CASCADE"
        ),
        CheckConstraint("what in ('changed', 'merged', 'split', 'undone')", name="request_events_what"),
        Index("request_events_by_request", "tenant_id", "request_id", "event_id"),
        Index("request_events_by_other", "tenant_id", "other_id", "event_id"),
    )

    event_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    tenant_id: Mapped[str]
    request_id: Mapped[uuid.UUID]
    other_id: Mapped[uuid.UUID | None]
    at: Mapped[datetime]
    what: Mapped[str]
    by: Mapped[str | None]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default="{}")


class AccountVisitRow(Base):
    """The last two times that somebody looked at an account; what changed is told since the earlier of them."""

    __tablename__ = "account_visits"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "account_id"], ["accounts.tenant_id", "accounts.account_id"], ondelete="CASCADE"
        ),
    )

    tenant_id: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]
    seen: Mapped[dict[str, Any]]
    before_at: Mapped[datetime | None]
    before: Mapped[dict[str, Any] | None]


class SearchNewsRow(Base):
    """A sentence that a saved search found anew: a place in a revision of a document, never a copy of its words."""

    __tablename__ = "search_news"
    __table_args__ = (
        ForeignKeyConstraint(["search_id"], ["saved_searches.search_id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["tenant_id", "document_id"], ["documents.tenant_id", "documents.document_id"], ondelete="CASCADE"
        ),
        Index("search_news_unseen", "tenant_id", "seen_at", "found_at"),
        Index("search_news_by_document", "document_id"),
    )

    search_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    document_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    start: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    end: Mapped[int]
    tenant_id: Mapped[str]
    revision: Mapped[int]
    found_at: Mapped[datetime] = mapped_column(server_default=func.now())
    seen_at: Mapped[datetime | None]
    seen_by: Mapped[str | None]
