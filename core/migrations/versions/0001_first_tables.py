"""Accounts, documents, jobs, signals; tenants kept apart by forced row-level security.

The application's role owns nothing and has no policy but its tenant's. Three functions look across tenants on purpose
(claiming jobs, finding a key, counting the queue); they run as the owner, whose policy needs a switch that only they set.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

ROLE = "foreshock_app"
TABLES = (
    "tenants", "api_keys", "workspaces", "accounts", "documents", "jobs", "readings", "signals", "account_risks",
)  # fmt: skip
SIGNATURES = (
    "foreshock_claim_jobs(text, integer, integer, integer)",
    "foreshock_find_key(text)",
    "foreshock_queue()",
)
ACROSS = "security definer set search_path = public, pg_temp set foreshock.across_tenants = 'on'"

FUNCTIONS = (
    # Takes the oldest jobs that are free or whose lease ran out. Jobs that failed too often are set aside as dead.
    f"""
    create function foreshock_claim_jobs(worker_name text, how_many integer, lease_seconds integer, max_attempts integer)
    returns table (job_id bigint, tenant_id text, document_id uuid, revision integer, pipeline_version text,
                   attempts integer, token integer)
    language plpgsql {ACROSS} as $$
    #variable_conflict use_column
    begin
        update jobs set state = 'dead', lease_until = null, finished_at = clock_timestamp(),
               error = coalesce(jobs.error, 'lease expired')
         where state = 'running' and lease_until < clock_timestamp() and jobs.attempts >= max_attempts;
        return query
        with free as (
            select j.job_id from jobs j
             where (j.state = 'queued' and j.available_at <= clock_timestamp())
                or (j.state = 'running' and j.lease_until < clock_timestamp())
             order by j.job_id limit how_many for update skip locked)
        update jobs j set state = 'running', attempts = j.attempts + 1, token = j.token + 1, worker = worker_name,
               lease_until = clock_timestamp() + make_interval(secs => lease_seconds)
          from free where j.job_id = free.job_id
        returning j.job_id, j.tenant_id, j.document_id, j.revision, j.pipeline_version, j.attempts, j.token;
    end $$
    """,
    # A key is looked up before its tenant is known.
    f"""
    create function foreshock_find_key(wanted text)
    returns table (tenant_id text, secret_digest text, scopes jsonb, revoked_at timestamptz)
    language sql stable {ACROSS} as $$
        select tenant_id, secret_digest, scopes, revoked_at from api_keys where key_id = wanted
    $$
    """,
    # How much work waits, and since when; for metrics and liveness.
    f"""
    create function foreshock_queue()
    returns table (state text, jobs bigint, oldest timestamptz)
    language sql stable {ACROSS} as $$
        select state, count(*), min(available_at) from jobs where state <> 'done' group by state
    $$
    """,
)


def upgrade() -> None:
    op.execute("create extension if not exists vector")
    op.create_table(
        "tenants",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id"),
    )
    op.create_table(
        "accounts",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("tier", sa.Text(), server_default="standard", nullable=False),
        sa.Column("arr_usd", sa.Double(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("segment", sa.Text(), nullable=True),
        sa.Column("renewal_date", sa.Date(), nullable=True),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "account_id"),
    )
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_digest", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key_id"),
    )
    op.create_table(
        "workspaces",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("config", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "version"),
    )
    op.create_table(
        "account_risks",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"], ["accounts.tenant_id", "accounts.account_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "account_id"),
    )
    op.create_index("account_risks_ranked", "account_risks", ["tenant_id", "score", "account_id"], unique=False)
    op.create_table(
        "documents",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("author", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("participants", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("content_digest", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"], ["accounts.tenant_id", "accounts.account_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("document_id"),
        sa.UniqueConstraint("tenant_id", "document_id", name="documents_tenant_key"),
        sa.UniqueConstraint("tenant_id", "source", "external_id", name="documents_source_key"),
    )
    op.create_index(
        "documents_by_account", "documents", ["tenant_id", "account_id", "occurred_at", "document_id"], unique=False
    )
    op.create_index("documents_by_time", "documents", ["tenant_id", "occurred_at", "document_id"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("job_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("pipeline_version", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("token", sa.Integer(), server_default="0", nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("available_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('queued', 'running', 'done', 'dead')", name="jobs_state"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"], ["documents.tenant_id", "documents.document_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id"),
        sa.UniqueConstraint("document_id", "revision", "pipeline_version", name="jobs_once"),
    )
    op.create_index("jobs_by_tenant", "jobs", ["tenant_id", "state"], unique=False)
    op.create_index("jobs_claimable", "jobs", ["state", "available_at", "job_id"], unique=False)
    op.create_table(
        "readings",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("pipeline_version", sa.Text(), nullable=False),
        sa.Column("coverage", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sentences", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"], ["documents.tenant_id", "documents.document_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("document_id"),
    )
    op.create_table(
        "signals",
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("explanation", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("speaker_name", sa.Text(), nullable=True),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("pipeline_version", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"], ["documents.tenant_id", "documents.document_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("signal_id"),
    )
    op.create_index(
        "signals_by_account", "signals", ["tenant_id", "account_id", "occurred_at", "signal_id"], unique=False
    )
    op.create_index("signals_by_document", "signals", ["document_id"], unique=False)
    op.create_index("signals_by_time", "signals", ["tenant_id", "occurred_at", "signal_id"], unique=False)
    _create_role()
    for table in TABLES:
        _isolate(table)
    for function in FUNCTIONS:
        op.execute(function)
    _grant()


def downgrade() -> None:
    for signature in SIGNATURES:
        op.execute(f"drop function {signature}")
    op.drop_index("signals_by_time", table_name="signals")
    op.drop_index("signals_by_document", table_name="signals")
    op.drop_index("signals_by_account", table_name="signals")
    op.drop_table("signals")
    op.drop_table("readings")
    op.drop_index("jobs_claimable", table_name="jobs")
    op.drop_index("jobs_by_tenant", table_name="jobs")
    op.drop_table("jobs")
    op.drop_index("documents_by_time", table_name="documents")
    op.drop_index("documents_by_account", table_name="documents")
    op.drop_table("documents")
    op.drop_index("account_risks_ranked", table_name="account_risks")
    op.drop_table("account_risks")
    op.drop_table("workspaces")
    op.drop_table("api_keys")
    op.drop_table("accounts")
    op.drop_table("tenants")


def _create_role() -> None:
    op.execute(
        f"""
        do $$ begin
            if not exists (select from pg_roles where rolname = '{ROLE}') then create role {ROLE} nologin; end if;
        end $$
        """
    )


def _isolate(table: str) -> None:
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    same_tenant = "tenant_id = nullif(current_setting('foreshock.tenant', true), '')"
    op.execute(f"create policy tenant_isolation on {table} to {ROLE} using ({same_tenant}) with check ({same_tenant})")
    across = "current_setting('foreshock.across_tenants', true) = 'on'"
    op.execute(f"create policy across_tenants on {table} to current_user using ({across}) with check ({across})")


def _grant() -> None:
    op.execute(f"grant usage on schema public to {ROLE}")
    op.execute(f"grant select on alembic_version to {ROLE}")
    for table in TABLES:
        op.execute(f"grant select, insert, update, delete on {table} to {ROLE}")
    for signature in SIGNATURES:
        op.execute(f"revoke all on function {signature} from public")
        op.execute(f"grant execute on function {signature} to {ROLE}")
