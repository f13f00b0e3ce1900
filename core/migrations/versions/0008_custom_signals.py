"""Signals of a workspace's own, what was fitted for them, and labeling functions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

ROLE = "foreshock_app"
TABLES = {
    "custom_signals": "select, insert, update",
    "custom_examples": "select, insert, update, delete",
    "custom_heads": "select, insert",  # what was served can be looked up for ever
    "custom_picks": "select, insert, update",
    "custom_sample": "select, insert, update, delete",
    "custom_readings": "select, insert, update, delete",
    "label_functions": "select, insert",
}
SIGNATURE = "foreshock_tenants_with_custom_signals()"
FUNCTION = f"""
    create function {SIGNATURE}
    returns table (tenant_id text)
    language sql stable security definer set search_path = public, pg_temp set foreshock.across_tenants = 'on' as $$
        select distinct tenant_id from custom_signals where state = 'active' order by tenant_id
    $$
"""


def upgrade() -> None:
    _definitions()
    _material()
    op.create_table(
        "label_functions",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        _now("created_at"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "version"),
    )
    for table, rights in TABLES.items():
        _isolate(table, rights)
    op.execute(FUNCTION)
    op.execute(f"revoke all on function {SIGNATURE} from public")
    op.execute(f"grant execute on function {SIGNATURE} to {ROLE}")


def downgrade() -> None:
    op.execute(f"drop function {SIGNATURE}")
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("set local foreshock.across_tenants = 'on'")
    op.execute("delete from signals where label like 'custom:%'")


def _definitions() -> None:
    op.create_table(
        "custom_signals",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("colour", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("serving", sa.Integer(), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        _now("created_at"),
        _now("changed_at"),
        sa.CheckConstraint("state in ('draft', 'active', 'retired')", name="custom_signals_state"),
        sa.CheckConstraint("state <> 'active' or serving is not null", name="custom_signals_serving"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "slug"),
    )
    op.create_table(
        "custom_examples",
        sa.Column("example_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_digest", sa.Text(), nullable=False),
        sa.Column("carries", sa.Boolean(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("vectors_version", sa.Text(), nullable=True),
        sa.Column("vector", sa.LargeBinary(), nullable=True),
        _now("created_at"),
        _of_signal(),
        sa.PrimaryKeyConstraint("example_id"),
        sa.UniqueConstraint("tenant_id", "slug", "text_digest", name="custom_examples_once"),
    )
    op.create_table(
        "custom_heads",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("vectors_version", sa.Text(), nullable=False),
        sa.Column("mean", sa.LargeBinary(), nullable=False),
        sa.Column("weights", sa.LargeBinary(), nullable=False),
        sa.Column("bias", sa.Float(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("quality", postgresql.JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        _of_signal(),
        sa.PrimaryKeyConstraint("tenant_id", "slug", "version"),
    )


def _material() -> None:
    op.create_table(
        "custom_picks",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("vectors_version", sa.Text(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        _of_signal(),
        sa.ForeignKeyConstraint(
            ["tenant_id", "record_id"], ["label_records.tenant_id", "label_records.record_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("record_id"),
    )
    op.create_index("custom_picks_by_signal", "custom_picks", ["tenant_id", "slug", "version"])
    op.create_table(
        "custom_sample",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("vectors_version", sa.Text(), nullable=False),
        sa.Column("drawn", sa.Boolean(), nullable=False),
        sa.Column("starts", postgresql.JSONB(), nullable=False),
        sa.Column("ends", postgresql.JSONB(), nullable=False),
        sa.Column("vectors", sa.LargeBinary(), nullable=False),
        _of_document(),
        sa.PrimaryKeyConstraint("document_id"),
    )
    op.create_index("custom_sample_by_tenant", "custom_sample", ["tenant_id", "document_id"])
    op.create_table(
        "custom_readings",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _of_signal(),
        _of_document(),
        sa.PrimaryKeyConstraint("document_id", "slug"),
    )
    op.create_index("custom_readings_by_signal", "custom_readings", ["tenant_id", "slug"])


def _now(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def _of_signal() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", "slug"], ["custom_signals.tenant_id", "custom_signals.slug"], ondelete="CASCADE"
    )


def _of_document() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", "document_id"], ["documents.tenant_id", "documents.document_id"], ondelete="CASCADE"
    )


def _isolate(table: str, rights: str) -> None:
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    same_tenant = "tenant_id = nullif(current_setting('foreshock.tenant', true), '')"
    op.execute(f"create policy tenant_isolation on {table} to {ROLE} using ({same_tenant}) with check ({same_tenant})")
    across = "current_setting('foreshock.across_tenants', true) = 'on'"
    op.execute(f"create policy across_tenants on {table} to current_user using ({across}) with check ({across})")
    op.execute(f"grant {rights} on {table} to {ROLE}")
