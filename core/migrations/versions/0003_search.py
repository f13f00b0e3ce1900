"""Search: sentences with vectors, their words, the vocabulary, and searches that were saved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import HALFVEC

revision = "0003"
down_revision = "0002"

ROLE = "foreshock_app"
TABLES = ("sentences", "search_terms", "sentence_terms", "saved_searches")


def upgrade() -> None:
    op.execute("create extension if not exists pg_trgm")
    op.add_column("readings", sa.Column("index_version", sa.Text(), nullable=True))
    _sentences()
    _terms()
    op.create_table(
        "saved_searches",
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.Column("alert", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("search_id"),
    )
    op.create_index("saved_searches_by_tenant", "saved_searches", ["tenant_id", "created_at", "search_id"])
    for table in TABLES:
        _isolate(table)


def downgrade() -> None:
    for table in ("saved_searches", "sentence_terms", "search_terms", "sentences"):
        op.drop_table(table)
    op.drop_column("readings", "index_version")


def _sentences() -> None:
    op.create_table(
        "sentences",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("sentence_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("vector", HALFVEC(384), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("indexed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("length", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("speaker", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"], ["documents.tenant_id", "documents.document_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "sentence_id"),
    )
    op.create_index("sentences_by_document", "sentences", ["document_id"])
    op.create_index(
        "sentences_by_account",
        "sentences",
        ["tenant_id", "account_id", "occurred_at"],
        postgresql_include=["sentence_id", "indexed_at", "kind", "side", "speaker"],
    )
    op.create_index("sentences_by_time", "sentences", ["tenant_id", "occurred_at"])
    op.create_index("sentences_by_arrival", "sentences", ["tenant_id", "indexed_at"])


def _terms() -> None:
    op.create_table(
        "search_terms",
        sa.Column("term_id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("stem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("term_id"),
        sa.UniqueConstraint("tenant_id", "term", name="search_terms_once"),
    )
    op.create_index("search_terms_by_stem", "search_terms", ["tenant_id", "stem"])
    op.create_table(
        "sentence_terms",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("sentence_id", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.SmallInteger(), nullable=False),
        sa.Column("length", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "sentence_id"], ["sentences.tenant_id", "sentences.sentence_id"], ondelete="CASCADE"
        ),
    )
    op.create_index(
        "sentence_terms_postings",
        "sentence_terms",
        ["tenant_id", "term_id", "sentence_id"],
        unique=True,
        postgresql_include=["weight", "length"],
    )
    op.create_index("sentence_terms_by_sentence", "sentence_terms", ["tenant_id", "sentence_id"])


def _isolate(table: str) -> None:
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    # In a subquery the setting is read once for a statement, and not once for each of a hundred thousand rows.
    same_tenant = "tenant_id = (select nullif(current_setting('foreshock.tenant', true), ''))"
    op.execute(f"create policy tenant_isolation on {table} to {ROLE} using ({same_tenant}) with check ({same_tenant})")
    across = "current_setting('foreshock.across_tenants', true) = 'on'"
    op.execute(f"create policy across_tenants on {table} to current_user using ({across}) with check ({across})")
    op.execute(f"grant select, insert, update, delete on {table} to {ROLE}")
