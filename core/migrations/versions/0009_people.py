"""What people did to requests, when they last looked at an account, and what their saved searches found anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"

ROLE = "foreshock_app"
TABLES = ("request_events", "account_visits", "search_news")
ACROSS = "security definer set search_path = public, pg_temp set foreshock.across_tenants = 'on'"
SIGNATURE = "foreshock_searches_with_news()"
# Saved searches that somebody wants to hear of and that have sentences which they were not asked about yet.
FUNCTION = f"""
    create function foreshock_searches_with_news()
    returns table (tenant_id text, search_id uuid)
    language sql stable {ACROSS} as $$
        select w.tenant_id, w.search_id from saved_searches w
         where w.alert and exists (select from sentences s where s.tenant_id = w.tenant_id and s.indexed_at > w.seen_at)
         order by w.tenant_id, w.search_id
    $$
    """


def upgrade() -> None:
    op.add_column("saved_searches", sa.Column("person", sa.Text(), nullable=True))
    op.create_table(
        "request_events",
        sa.Column("event_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("detail", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.CheckConstraint("what in ('changed', 'merged', 'split', 'undone')", name="request_events_what"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "request_id"], ["requests.tenant_id", "requests.request_id"], ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "other_id"], ["requests.tenant_id", "requests.request_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_index("request_events_by_request", "request_events", ["tenant_id", "request_id", "event_id"])
    op.create_index("request_events_by_other", "request_events", ["tenant_id", "other_id", "event_id"])
    op.create_table(
        "account_visits",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen", postgresql.JSONB(), nullable=False),
        sa.Column("before_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("before", postgresql.JSONB(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"], ["accounts.tenant_id", "accounts.account_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "person", "account_id"),
    )
    op.create_table(
        "search_news",
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("start", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["search_id"], ["saved_searches.search_id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"], ["documents.tenant_id", "documents.document_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("search_id", "document_id", "start"),
    )
    op.create_index("search_news_unseen", "search_news", ["tenant_id", "seen_at", "found_at"])
    op.create_index("search_news_by_document", "search_news", ["document_id"])
    _isolate("request_events", "select, insert")  # a history that nobody can rewrite
    _isolate("account_visits", "select, insert, update, delete")
    _isolate("search_news", "select, insert, update, delete")
    op.execute(FUNCTION)
    op.execute(f"revoke all on function {SIGNATURE} from public")
    op.execute(f"grant execute on function {SIGNATURE} to {ROLE}")


def downgrade() -> None:
    op.execute(f"drop function {SIGNATURE}")
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_column("saved_searches", "person")


def _isolate(table: str, rights: str) -> None:
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    same_tenant = "tenant_id = nullif(current_setting('foreshock.tenant', true), '')"
    op.execute(f"create policy tenant_isolation on {table} to {ROLE} using ({same_tenant}) with check ({same_tenant})")
    across = "current_setting('foreshock.across_tenants', true) = 'on'"
    op.execute(f"create policy across_tenants on {table} to current_user using ({across}) with check ({across})")
    op.execute(f"grant {rights} on {table} to {ROLE}")
