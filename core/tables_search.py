"""The tables of search.

    documents ── sentences ── sentence_terms ── search_terms
    tenants ──── saved_searches

A sentence's text stays in its document. Postings are rows of a B-tree and no GIN index: under row-level security
PostgreSQL uses an index only with operators that are marked leak-proof, and those of arrays, text search and trigrams
are not.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from core.tables_base import Base

VECTOR_WIDTH = 384


class SentenceRow(Base):
    """A sentence that was read. ``sentence_id`` derives from document, revision and span; ``length`` is in words."""

    __tablename__ = "sentences"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "document_id"], ["documents.tenant_id", "documents.document_id"], ondelete="CASCADE"
        ),
        Index("sentences_by_document", "document_id"),
        Index(
            "sentences_by_account",
            "tenant_id",
            "account_id",
            "occurred_at",
            postgresql_include=["sentence_id", "indexed_at", "kind", "side", "speaker"],
        ),
        Index("sentences_by_time", "tenant_id", "occurred_at"),
        Index("sentences_by_arrival", "tenant_id", "indexed_at"),
    )

    tenant_id: Mapped[str] = mapped_column(primary_key=True)
    sentence_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    vector: Mapped[Any] = mapped_column(HALFVEC(VECTOR_WIDTH), nullable=False)
    document_id: Mapped[uuid.UUID]
    account_id: Mapped[str]
    occurred_at: Mapped[datetime]
    indexed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    start: Mapped[int]
    end: Mapped[int]
    length: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str]
    side: Mapped[str]
    speaker: Mapped[str | None]


class SearchTermRow(Base):
    """A word of a tenant's vocabulary, as it is written, with the stem that it shares with its other forms."""

    __tablename__ = "search_terms"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "term", name="search_terms_once"),
        Index("search_terms_by_stem", "tenant_id", "stem"),
    )

    term_id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    tenant_id: Mapped[str]
    term: Mapped[str]
    stem: Mapped[str]


sentence_terms = Table(
    "sentence_terms",
    Base.metadata,
    Column("tenant_id", Text, nullable=False),
    Column("term_id", Integer, nullable=False),
    Column("sentence_id", BigInteger, nullable=False),
    Column("weight", SmallInteger, nullable=False),
    Column("length", SmallInteger, nullable=False),
    ForeignKeyConstraint(
        ["tenant_id", "sentence_id"], ["sentences.tenant_id", "sentences.sentence_id"], ondelete="CASCADE"
    ),
    Index(
        "sentence_terms_postings", "tenant_id", "term_id", "sentence_id", unique=True,
        postgresql_include=["weight", "length"],
    ),
    Index("sentence_terms_by_sentence", "tenant_id", "sentence_id"),
)  # fmt: skip
"""Postings: how often a term stands in a sentence, in tenths, as a word of its context line counts less than one."""


class SavedSearchRow(Base):
    """A search that somebody wants to hear of again; what was indexed after ``seen_at`` is new to them."""

    __tablename__ = "saved_searches"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE"),
        Index("saved_searches_by_tenant", "tenant_id", "created_at", "search_id"),
    )

    search_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[str]
    name: Mapped[str]
    query: Mapped[dict[str, Any]]
    alert: Mapped[bool] = mapped_column(server_default="false")
    person: Mapped[str | None]
    """Who wants to hear of it; nobody's is everybody's."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
