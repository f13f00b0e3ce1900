"""Canonical feature requests, the signals that ask for them, and where people put a signal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ROLE = "foreshock_app"
TABLES = ("requests", "request_mentions", "request_pins")


def upgrade() -> None:
    op.create_table(
        "requests",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("status in ('open', 'planned', 'shipped', 'declined')", name="requests_status"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("request_id"),
        sa.UniqueConstraint("tenant_id", "request_id", name="requests_tenant_key"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "merged_into"], ["requests.tenant_id", "requests.request_id"], ondelete="CASCADE"
        ),
    )
    op.create_index("requests_by_tenant", "requests", ["tenant_id", "created_at", "request_id"])
    op.create_table(
        "request_mentions",
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("likeness", sa.Float(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["signal_id"], ["signals.signal_id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "request_id"], ["requests.tenant_id", "requests.request_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("signal_id"),
    )
    op.create_index("request_mentions_by_request", "request_mentions", ["tenant_id", "request_id"])
    op.create_table(
        "request_pins",
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("pinned_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "request_id"], ["requests.tenant_id", "requests.request_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("signal_id"),
    )
    for table in TABLES:
        _isolate(table)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _isolate(table: str) -> None:
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    same_tenant = "tenant_id = nullif(current_setting('foreshock.tenant', true), '')"
    op.execute(f"create policy tenant_isolation on {table} to {ROLE} using ({same_tenant}) with check ({same_tenant})")
    across = "current_setting('foreshock.across_tenants', true) = 'on'"
    op.execute(f"create policy across_tenants on {table} to current_user using ({across}) with check ({across})")
    op.execute(f"grant select, insert, update, delete on {table} to {ROLE}")
