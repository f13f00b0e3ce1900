"""Who is a best customer, what a tenant configured, alerts, and what lists of accounts sort by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

ROLE = "foreshock_app"
TABLES = ("configurations", "alerts", "alert_events")
ACROSS = "security definer set search_path = public, pg_temp set foreshock.across_tenants = 'on'"
SIGNATURES = ("foreshock_stale_accounts(timestamptz, integer)", "foreshock_tenants_with_alerts()")

FUNCTIONS = (
    # Accounts whose risk was last computed before a moment, the oldest first: risk falls with time, silence grows.
    f"""
    create function foreshock_stale_accounts(before timestamptz, how_many integer)
    returns table (tenant_id text, account_id text)
    language sql stable {ACROSS} as $$
        select tenant_id, account_id from account_risks where computed_at < before
         order by computed_at, tenant_id, account_id limit how_many
    $$
    """,
    # Whose alerts may have to be woken, released or escalated.
    f"""
    create function foreshock_tenants_with_alerts()
    returns table (tenant_id text)
    language sql stable {ACROSS} as $$
        select distinct tenant_id from alerts where state <> 'resolved' order by tenant_id
    $$
    """,
)


def upgrade() -> None:
    _accounts()
    op.create_table(
        "configurations",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("config", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("name in ('policy', 'risk')", name="configurations_name"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "name", "version"),
    )
    _alerts()
    _isolate("configurations", "select, insert, delete")
    _isolate("alerts", "select, insert, update, delete")
    _isolate("alert_events", "select, insert")  # a history that nobody can rewrite
    for function in FUNCTIONS:
        op.execute(function)
    for signature in SIGNATURES:
        op.execute(f"revoke all on function {signature} from public")
        op.execute(f"grant execute on function {signature} to {ROLE}")


def downgrade() -> None:
    for signature in SIGNATURES:
        op.execute(f"drop function {signature}")
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_index("account_risks_by_age", table_name="account_risks")
    for column in ("change", "drivers", "history"):
        op.drop_column("account_risks", column)
    for column in ("strategic", "active_reference", "nps", "tenure_years", "customer_since"):
        op.drop_column("accounts", column)
    op.execute("set local foreshock.across_tenants = 'on'")
    op.execute("update accounts set tier = 'standard' where tier is null")
    op.alter_column("accounts", "tier", nullable=False, server_default="standard")


def _accounts() -> None:
    # Nobody could leave the tier open before, so that "standard" was no word of anybody's.
    op.alter_column("accounts", "tier", nullable=True, server_default=None)
    op.execute("set local foreshock.across_tenants = 'on'")
    op.execute("update accounts set tier = null where tier = 'standard'")
    op.add_column("accounts", sa.Column("strategic", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("accounts", sa.Column("active_reference", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("accounts", sa.Column("nps", sa.Float(), nullable=True))
    op.add_column("accounts", sa.Column("tenure_years", sa.Float(), nullable=True))
    op.add_column("accounts", sa.Column("customer_since", sa.Date(), nullable=True))
    op.create_index("account_risks_by_age", "account_risks", ["computed_at"])
    op.add_column("account_risks", sa.Column("change", sa.Float(), server_default="0", nullable=False))
    op.add_column("account_risks", sa.Column("drivers", postgresql.JSONB(), server_default="[]", nullable=False))
    op.add_column("account_risks", sa.Column("history", postgresql.JSONB(), server_default="[]", nullable=False))


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("points", sa.Float(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(), nullable=False),
        sa.Column("newest_evidence", sa.DateTime(timezone=True), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("snoozed_until", sa.Date(), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_to", sa.Text(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("useful", sa.Boolean(), nullable=True),
        sa.CheckConstraint("state in ('open', 'acknowledged', 'snoozed', 'held', 'resolved')", name="alerts_state"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"], ["accounts.tenant_id", "accounts.account_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("alert_id"),
        sa.UniqueConstraint("tenant_id", "alert_id", name="alerts_tenant_key"),
    )
    op.create_index("alerts_by_due", "alerts", ["tenant_id", "state", "due", "alert_id"])
    op.create_index("alerts_by_account", "alerts", ["tenant_id", "account_id", "trigger", "raised_at"])
    op.create_index(
        "alerts_once",
        "alerts",
        ["tenant_id", "account_id", "trigger"],
        unique=True,
        postgresql_where=sa.text("state <> 'resolved'"),
    )
    op.create_table(
        "alert_events",
        sa.Column("event_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id", "alert_id"], ["alerts.tenant_id", "alerts.alert_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_index("alert_events_by_alert", "alert_events", ["tenant_id", "alert_id", "event_id"])


def _isolate(table: str, rights: str) -> None:
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    same_tenant = "tenant_id = nullif(current_setting('foreshock.tenant', true), '')"
    op.execute(f"create policy tenant_isolation on {table} to {ROLE} using ({same_tenant}) with check ({same_tenant})")
    across = "current_setting('foreshock.across_tenants', true) = 'on'"
    op.execute(f"create policy across_tenants on {table} to current_user using ({across}) with check ({across})")
    op.execute(f"grant {rights} on {table} to {ROLE}")
