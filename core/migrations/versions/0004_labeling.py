"""Labeling: members, queues, tasks, records, and what was said of them, which nobody can change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

ROLE = "foreshock_app"
CHANGING = ("label_members", "label_queues", "label_tasks")
LASTING = ("label_texts", "label_records", "label_suggestions", "label_annotations", "label_reviews", "label_comments")
ACROSS = "security definer set search_path = public, pg_temp set foreshock.across_tenants = 'on'"

FIND_KEY = f"""
    create function foreshock_find_key(wanted text)
    returns table (tenant_id text, secret_digest text, scopes jsonb, revoked_at timestamptz{{0}})
    language sql stable {ACROSS} as $$
        select tenant_id, secret_digest, scopes, revoked_at{{1}} from api_keys where key_id = wanted
    $$
"""


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("person", sa.Text(), nullable=True))
    _find_key(", person text", ", person")
    _create_queues()
    _create_records()
    _create_history()
    for table in (*CHANGING, *LASTING):
        _isolate(table)
    for table in CHANGING:
        op.execute(f"grant select, insert, update, delete on {table} to {ROLE}")
    for table in LASTING:
        op.execute(f"grant select, insert on {table} to {ROLE}")


def downgrade() -> None:
    for table in ("label_comments", "label_reviews", "label_annotations", "label_suggestions", "label_tasks",
                  "label_records", "label_texts", "label_queues", "label_members"):  # fmt: skip
        op.drop_table(table)
    _find_key("", "")
    op.drop_column("api_keys", "person")


def _find_key(column: str, value: str) -> None:
    op.execute("drop function foreshock_find_key(text)")
    op.execute(FIND_KEY.format(column, value))
    op.execute("revoke all on function foreshock_find_key(text) from public")
    op.execute(f"grant execute on function foreshock_find_key(text) to {ROLE}")


def _create_queues() -> None:
    op.create_table(
        "label_members",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("queues", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("role in ('annotator', 'reviewer', 'admin')", name="label_members_role"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "person"),
    )
    op.create_table(
        "label_queues",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("biased", sa.Boolean(), nullable=False),
        sa.Column("overlap", sa.SmallInteger(), nullable=False),
        sa.Column("minimum_submitted", sa.SmallInteger(), nullable=False),
        sa.Column("lock_seconds", sa.Integer(), nullable=False),
        sa.Column("random_share", sa.Float(), nullable=False),
        sa.Column("masked", sa.Boolean(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("labels", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("overlap between 1 and 20", name="label_queues_overlap"),
        sa.CheckConstraint("minimum_submitted between 1 and overlap", name="label_queues_minimum"),
        sa.CheckConstraint("random_share between 0 and 1", name="label_queues_random"),
        sa.CheckConstraint("lock_seconds between 1 and 86400", name="label_queues_lock"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "queue"),
    )


def _create_records() -> None:
    op.create_table(
        "label_texts",
        sa.Column("text_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("people", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"], ["documents.tenant_id", "documents.document_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("text_id"),
        sa.UniqueConstraint("tenant_id", "text_id", name="label_texts_tenant_key"),
    )
    op.create_index("label_texts_by_document", "label_texts", ["document_id"])
    op.create_table(
        "label_records",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("text_id", sa.Uuid(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("passage_digest", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("speaker_name", sa.Text(), nullable=True),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "text_id"], ["label_texts.tenant_id", "label_texts.text_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("record_id"),
        sa.UniqueConstraint("tenant_id", "record_id", name="label_records_tenant_key"),
        sa.UniqueConstraint("text_id", "start", "end", name="label_records_once"),
    )
    op.create_index("label_records_by_passage", "label_records", ["tenant_id", "passage_digest"])
    op.create_index("label_records_by_time", "label_records", ["tenant_id", "created_at", "record_id"])
    op.create_table(
        "label_tasks",
        sa.Column("task_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("priority", sa.Float(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("lock_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state in ('open', 'done', 'closed', 'set_aside')", name="label_tasks_state"),
        _of_record(),
        sa.ForeignKeyConstraint(
            ["tenant_id", "queue"], ["label_queues.tenant_id", "label_queues.queue"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("task_id"),
        sa.UniqueConstraint("record_id", "queue", "place", name="label_tasks_once"),
    )
    op.create_index("label_tasks_in_order", "label_tasks", ["tenant_id", "queue", "state", "priority", "task_id"])
    op.create_index("label_tasks_of_person", "label_tasks", ["tenant_id", "queue", "person", "state"])


def _create_history() -> None:
    op.create_table(
        "label_suggestions",
        sa.Column("suggestion_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("spans", postgresql.JSONB(), nullable=False),
        sa.Column("scores", postgresql.JSONB(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("explanation", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        _of_record(),
        sa.PrimaryKeyConstraint("suggestion_id"),
    )
    op.create_index("label_suggestions_by_record", "label_suggestions", ["record_id", "suggestion_id"])
    op.create_table(
        "label_annotations",
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("annotation_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=True),
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("spans", postgresql.JSONB(), nullable=False),
        sa.Column("guideline_version", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("copied_from", sa.Uuid(), nullable=True),
        sa.CheckConstraint("state in ('draft', 'submitted', 'skipped')", name="label_annotations_state"),
        _of_record(),
        sa.PrimaryKeyConstraint("sequence"),
        sa.UniqueConstraint("tenant_id", "annotation_id", name="label_annotations_key"),
    )
    op.create_index("label_annotations_by_record", "label_annotations", ["record_id", "annotator", "sequence"])
    op.create_index("label_annotations_by_person", "label_annotations", ["tenant_id", "annotator", "made_at"])
    op.create_table(
        "label_reviews",
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("annotation_id", sa.Uuid(), nullable=True),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("spans", postgresql.JSONB(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("verdict in ('accepted', 'rejected', 'resolved')", name="label_reviews_verdict"),
        _of_record(),
        sa.ForeignKeyConstraint(
            ["tenant_id", "annotation_id"],
            ["label_annotations.tenant_id", "label_annotations.annotation_id"],
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("review_id"),
    )
    op.create_index("label_reviews_by_record", "label_reviews", ["record_id", "made_at"])
    op.create_table(
        "label_comments",
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        _of_record(),
        sa.PrimaryKeyConstraint("comment_id"),
    )
    op.create_index("label_comments_by_record", "label_comments", ["record_id", "made_at"])


def _of_record() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", "record_id"], ["label_records.tenant_id", "label_records.record_id"], ondelete="CASCADE"
    )


def _isolate(table: str) -> None:
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    same_tenant = "tenant_id = nullif(current_setting('foreshock.tenant', true), '')"
    op.execute(f"create policy tenant_isolation on {table} to {ROLE} using ({same_tenant}) with check ({same_tenant})")
    across = "current_setting('foreshock.across_tenants', true) = 'on'"
    op.execute(f"create policy across_tenants on {table} to current_user using ({across}) with check ({across})")
