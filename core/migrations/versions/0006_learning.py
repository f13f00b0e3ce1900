"""Learning: snapshots of labels, model versions, comparisons, what served when, and jobs that show how far they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

ROLE = "foreshock_app"
LASTING = (
    "label_snapshots", "label_snapshot_texts", "label_snapshot_items", "model_versions", "model_files",
    "model_comparisons", "model_events", "shadow_readings",
)  # fmt: skip
CHANGING = ("model_jobs",)
ACROSS = "security definer set search_path = public, pg_temp set foreshock.across_tenants = 'on'"
SIGNATURES = ("foreshock_claim_model_job(text, text[], integer, integer)", "foreshock_tenants_with_challenger()")

FUNCTIONS = (
    # Takes the oldest job of these kinds that is free or whose lease ran out. One that was tried too often has failed.
    f"""
    create function foreshock_claim_model_job(worker_name text, kinds text[], lease_seconds integer,
                                              max_attempts integer)
    returns table (job_id bigint, tenant_id text, kind text, arguments jsonb, made_by text, token integer)
    language plpgsql {ACROSS} as $$
    #variable_conflict use_column
    begin
        update model_jobs set state = 'failed', lease_until = null, finished_at = clock_timestamp(),
               error = coalesce(model_jobs.error, 'the worker was lost')
         where state = 'running' and lease_until < clock_timestamp() and model_jobs.attempts >= max_attempts;
        return query
        with free as (
            select j.job_id from model_jobs j
             where j.kind = any(kinds)
               and (j.state = 'queued' or (j.state = 'running' and j.lease_until < clock_timestamp()))
             order by j.job_id limit 1 for update skip locked)
        update model_jobs j set state = 'running', attempts = j.attempts + 1, token = j.token + 1,
               worker = worker_name, lease_until = clock_timestamp() + make_interval(secs => lease_seconds)
          from free where j.job_id = free.job_id
        returning j.job_id, j.tenant_id, j.kind, j.arguments, j.made_by, j.token;
    end $$
    """,
    # Whose new documents a challenger reads beside the champion.
    f"""
    create function foreshock_tenants_with_challenger()
    returns table (tenant_id text)
    language sql stable {ACROSS} as $$
        select newest.tenant_id from (
            select distinct on (e.tenant_id) e.tenant_id, e.version from model_events e
             where e.alias = 'challenger' order by e.tenant_id, e.event_id desc) newest
         where newest.version is not null order by newest.tenant_id
    $$
    """,
)


def upgrade() -> None:
    _snapshots()
    _versions()
    _jobs()
    for table in LASTING:
        _isolate(table, "select, insert")
    for table in CHANGING:
        _isolate(table, "select, insert, update")
    for function in FUNCTIONS:
        op.execute(function)
    for signature in SIGNATURES:
        op.execute(f"revoke all on function {signature} from public")
        op.execute(f"grant execute on function {signature} to {ROLE}")


def downgrade() -> None:
    for signature in SIGNATURES:
        op.execute(f"drop function {signature}")
    for table in ("shadow_readings", "model_jobs", "model_events", "model_comparisons", "model_files",
                  "model_versions", "label_snapshot_items", "label_snapshot_texts", "label_snapshots"):  # fmt: skip
        op.drop_table(table)


def _snapshots() -> None:
    op.create_table(
        "label_snapshots",
        sa.Column("snapshot_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("guideline_version", sa.Text(), nullable=False),
        sa.Column("counts", postgresql.JSONB(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        _of_tenant(),
        sa.PrimaryKeyConstraint("snapshot_id"),
        sa.UniqueConstraint("tenant_id", "snapshot_id", name="label_snapshots_tenant_key"),
        sa.UniqueConstraint("tenant_id", "number", name="label_snapshots_number"),
        sa.UniqueConstraint("tenant_id", "digest", name="label_snapshots_once"),
    )
    op.create_table(
        "label_snapshot_texts",
        sa.Column("snapshot_id", sa.Uuid(), nullable=False),
        sa.Column("text_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        _of_snapshot("CASCADE"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "text_id"], ["label_texts.tenant_id", "label_texts.text_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("snapshot_id", "text_id"),
    )
    op.create_index("label_snapshot_texts_by_text", "label_snapshot_texts", ["text_id"])
    op.create_table(
        "label_snapshot_items",
        sa.Column("snapshot_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("text_id", sa.Uuid(), nullable=True),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("split", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("labels", postgresql.JSONB(), nullable=False),
        sa.Column("spans", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("split in ('train', 'test', 'reserve', 'held_back')", name="label_snapshot_items_split"),
        _of_snapshot("CASCADE"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "text_id"],
            ["label_texts.tenant_id", "label_texts.text_id"],
            name="label_snapshot_items_text",
            ondelete="SET NULL (text_id)",
        ),
        sa.PrimaryKeyConstraint("snapshot_id", "position"),
    )
    op.create_index("label_snapshot_items_by_text", "label_snapshot_items", ["text_id"])


def _versions() -> None:
    op.create_table(
        "model_versions",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("base_version", sa.Text(), nullable=False),
        sa.Column("base_digest", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=False),
        sa.Column("snapshot_id", sa.Uuid(), nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('heads', 'full')", name="model_versions_kind"),
        _of_tenant(),
        _of_snapshot(None),
        sa.PrimaryKeyConstraint("tenant_id", "version"),
        sa.UniqueConstraint("tenant_id", "number", name="model_versions_number"),
    )
    op.create_table(
        "model_files",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "version"], ["model_versions.tenant_id", "model_versions.version"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "version", "name"),
    )
    op.create_table(
        "model_comparisons",
        sa.Column("comparison_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("snapshot_id", sa.Uuid(), nullable=False),
        sa.Column("champion", sa.Text(), nullable=False),
        sa.Column("candidate", sa.Text(), nullable=False),
        sa.Column("promote", sa.Boolean(), nullable=False),
        sa.Column("result", postgresql.JSONB(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        _of_tenant(),
        _of_snapshot(None),
        sa.PrimaryKeyConstraint("comparison_id"),
        sa.UniqueConstraint("tenant_id", "comparison_id", name="model_comparisons_tenant_key"),
    )
    op.create_index("model_comparisons_by_candidate", "model_comparisons", ["tenant_id", "candidate", "made_at"])
    op.create_table(
        "model_events",
        sa.Column("event_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("serves", sa.Text(), nullable=True),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("comparison_id", sa.Uuid(), nullable=True),
        sa.Column("overridden", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("alias in ('champion', 'challenger')", name="model_events_alias"),
        sa.CheckConstraint("not overridden or reason is not null", name="model_events_override"),
        _of_tenant(),
        sa.ForeignKeyConstraint(
            ["tenant_id", "comparison_id"], ["model_comparisons.tenant_id", "model_comparisons.comparison_id"]
        ),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_index("model_events_by_alias", "model_events", ["tenant_id", "alias", "event_id"])


def _jobs() -> None:
    op.create_table(
        "model_jobs",
        sa.Column("job_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("arguments", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("doing", sa.Text(), nullable=True),
        sa.Column("result", postgresql.JSONB(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("token", sa.Integer(), server_default="0", nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('heads', 'full', 'compare', 'preview', 'reread')", name="model_jobs_kind"),
        sa.CheckConstraint("state in ('queued', 'running', 'done', 'failed', 'cancelled')", name="model_jobs_state"),
        _of_tenant(),
        sa.PrimaryKeyConstraint("job_id"),
    )
    op.create_index("model_jobs_claimable", "model_jobs", ["state", "job_id"])
    op.create_index("model_jobs_by_tenant", "model_jobs", ["tenant_id", "job_id"])
    op.create_table(
        "shadow_readings",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("challenger", sa.Text(), nullable=False),
        sa.Column("champion", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("counts", postgresql.JSONB(), nullable=False),
        sa.Column("differences", postgresql.JSONB(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"], ["documents.tenant_id", "documents.document_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("document_id", "revision", "challenger", "champion"),
    )
    op.create_index("shadow_readings_by_version", "shadow_readings", ["tenant_id", "challenger", "champion"])


def _of_tenant() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE")


def _of_snapshot(ondelete: str | None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", "snapshot_id"],
        ["label_snapshots.tenant_id", "label_snapshots.snapshot_id"],
        ondelete=ondelete,
    )


def _isolate(table: str, rights: str) -> None:
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    same_tenant = "tenant_id = nullif(current_setting('foreshock.tenant', true), '')"
    op.execute(f"create policy tenant_isolation on {table} to {ROLE} using ({same_tenant}) with check ({same_tenant})")
    across = "current_setting('foreshock.across_tenants', true) = 'on'"
    op.execute(f"create policy across_tenants on {table} to current_user using ({across}) with check ({across})")
    op.execute(f"grant {rights} on {table} to {ROLE}")
