"""The tables of a workspace's own signals, and of its labeling functions.

    tenants ─┬─ custom_signals ─┬─ custom_examples    what it began with
             │                  ├─ custom_heads       fitted versions, none of them ever changed
             │                  ├─ custom_picks       what was put before people, and its vector
             │                  └─ custom_readings    which documents were read for it, with which version
             ├─ documents ──────── custom_sample      vectors of the sentences of some documents
             └─ label_functions                       the file of functions, by version

Vectors are the reader's, float16, row after row; ``vectors_version`` says of which reader. What people answer stands
where all answers stand (``core.tables_labeling``), and what is found in ``signals``.
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
)
from sqlalchemy.orm import Mapped, mapped_column

from core.tables_base import Base


def _of_signal() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", "slug"], ["custom_signals.tenant_id", "custom_signals.slug"], ondelete="CASCADE"
    )


def _of_document() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", "document_id"], ["documents.tenant_id", "documents.document_id"], ondelete="CASCADE"
    )


class CustomSignalRow(Base):
    """A signal that a workspace made; ``serving`` is the version of its head that documents are read with."""

    __tablename__ = "custom_signals"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE"),
        CheckConstraint("state in ('draft', 'active', 'retired')", name="custom_signals_state"),
        CheckConstraint("state <> 'active' or serving is not null", name="custom_signals_serving"),
    )

    tenant_id: Mapped[str] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str]
    colour: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(server_default="draft")
    serving: Mapped[int | None]
    made_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class CustomExampleRow(Base):
    """A sentence that somebody typed in as one that carries a signal, or as one that only looks like it."""

    __tablename__ = "custom_examples"
    __table_args__ = (
        _of_signal(),
        UniqueConstraint("tenant_id", "slug", "text_digest", name="custom_examples_once"),
    )

    example_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    tenant_id: Mapped[str]
    slug: Mapped[str]
    text: Mapped[str]
    text_digest: Mapped[str]
    carries: Mapped[bool]
    by: Mapped[str]
    vectors_version: Mapped[str | None]
    vector: Mapped[bytes | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class CustomHeadRow(Base):
    """A fitted version: ``mean`` and ``weights`` are float32. ``fingerprint`` names what it was fitted on."""

    __tablename__ = "custom_heads"
    __table_args__ = (_of_signal(),)

    tenant_id: Mapped[str] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    vectors_version: Mapped[str]
    mean: Mapped[bytes]
    weights: Mapped[bytes]
    bias: Mapped[float]
    fingerprint: Mapped[str]
    quality: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]


class CustomPickRow(Base):
    """A sentence that was put before people: why, by which version, and its vector."""

    __tablename__ = "custom_picks"
    __table_args__ = (
        _of_signal(),
        ForeignKeyConstraint(
            ["tenant_id", "record_id"], ["label_records.tenant_id", "label_records.record_id"], ondelete="CASCADE"
        ),
        Index("custom_picks_by_signal", "tenant_id", "slug", "version"),
    )

    record_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[str]
    slug: Mapped[str]
    origin: Mapped[str]
    version: Mapped[int | None]
    vectors_version: Mapped[str]
    vector: Mapped[bytes]


class CustomSampleRow(Base):
    """Vectors of a document's sentences, which stand from ``starts`` to ``ends``.

    ``drawn``: it is in the sample by chance, and not because something in it is like an example.
    """

    __tablename__ = "custom_sample"
    __table_args__ = (_of_document(), Index("custom_sample_by_tenant", "tenant_id", "document_id"))

    document_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[str]
    revision: Mapped[int]
    vectors_version: Mapped[str]
    drawn: Mapped[bool]
    starts: Mapped[list[Any]]
    ends: Mapped[list[Any]]
    vectors: Mapped[bytes]


class CustomReadingRow(Base):
    """With which version of a signal's head a revision of a document was read."""

    __tablename__ = "custom_readings"
    __table_args__ = (_of_signal(), _of_document(), Index("custom_readings_by_signal", "tenant_id", "slug"))

    document_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str]
    revision: Mapped[int]
    version: Mapped[int]


class LabelFunctionsRow(Base):
    """A workspace's labeling functions as they were written, in TOML. The newest version counts, older ones stay."""

    __tablename__ = "label_functions"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE"),)

    tenant_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str]
    by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
