"""Gold records and the tasks that ask about them, how many tasks a queue handed to whom, searches for doubtful answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

ROLE = "foreshock_app"
ACROSS = "security definer set search_path = public, pg_temp set foreshock.across_tenants = 'on'"
WAITING = "foreshock_waiting_issue_runs(timestamptz)"

# Where a place becomes free, or a new one comes, before the point from which somebody's search begins, the search must
# begin there. People are taken in order, so that two such changes do not wait for each other crosswise.
FUNCTIONS = (
    """
    create function label_turns_rewind(of_tenant text, of_queue text, at_priority double precision, at_task bigint)
    returns void language sql as $$
        with late as (
            select tenant_id, queue, person from label_turns
             where tenant_id = of_tenant and queue = of_queue
               and (from_priority, from_task) > (at_priority, at_task)
             order by person for update)
        update label_turns t set from_priority = at_priority, from_task = at_task
          from late where (t.tenant_id, t.queue, t.person) = (late.tenant_id, late.queue, late.person)
    $$
    """,
    """
    create function label_tasks_opened() returns trigger language plpgsql as $$
    begin
        perform label_turns_rewind(new.tenant_id, new.queue, new.priority, new.task_id);
        return null;
    end $$
    """,
    """
    create function label_tasks_added() returns trigger language plpgsql as $$
    begin
        perform label_turns_rewind(tenant_id, queue, min(priority), 0) from fresh
          where gold_for is null group by tenant_id, queue;
        return null;
    end $$
    """,
)
WAITING_RUNS = f"""
    create function foreshock_waiting_issue_runs(moment timestamptz)
    returns table (tenant_id text, run_id uuid)
    language sql stable {ACROSS} as $$
        select tenant_id, run_id from label_issue_runs
         where state = 'waiting' or (state = 'running' and lease_until <= moment)
         order by asked_at, run_id limit 20
    $$
"""
TRIGGERS = (
    """
    create trigger label_tasks_opened after update of state, person on label_tasks for each row
      when (new.state = 'open' and new.gold_for is null
            and (old.state <> 'open' or (old.person is not null and new.person is null)))
      execute function label_tasks_opened()
    """,
    """
    create trigger label_tasks_added after insert on label_tasks referencing new table as fresh
      for each statement execute function label_tasks_added()
    """,
)


def upgrade() -> None:
    op.create_table(
        "label_gold",
        sa.Column("gold_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("spans", postgresql.JSONB(), nullable=True),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "record_id"], ["label_records.tenant_id", "label_records.record_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("gold_id"),
    )
    op.create_index("label_gold_by_record", "label_gold", ["tenant_id", "record_id", "gold_id"])
    op.create_table(
        "label_turns",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("own", sa.Integer(), server_default="0", nullable=False),
        sa.Column("drawn", sa.Integer(), server_default="0", nullable=False),
        sa.Column("from_priority", sa.Float(), nullable=True),
        sa.Column("from_task", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "queue"], ["label_queues.tenant_id", "label_queues.queue"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "queue", "person"),
    )
    op.create_table(
        "label_secrets",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id"),
    )
    op.create_table(
        "label_issue_runs",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", postgresql.JSONB(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("state in ('waiting', 'running', 'done', 'failed')", name="label_issue_runs_state"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id"),
    )
    op.create_index("label_issue_runs_by_time", "label_issue_runs", ["tenant_id", "asked_at"])
    op.add_column("label_tasks", sa.Column("gold_for", sa.Text(), nullable=True))
    op.add_column("label_tasks", sa.Column("asked_after", sa.BigInteger(), nullable=True))
    op.create_index(
        "label_tasks_gold", "label_tasks", ["tenant_id", "queue", "gold_for"],
        postgresql_where=sa.text("gold_for is not null"),
    )  # fmt: skip
    # Places in somebody's hand, or left in it: few, however many tasks there are.
    op.create_index(
        "label_tasks_in_hand", "label_tasks", ["tenant_id", "queue", "lock_until"],
        postgresql_where=sa.text("state = 'open' and lock_until is not null"),
    )  # fmt: skip
    for table in ("label_gold", "label_turns", "label_secrets", "label_issue_runs"):
        _isolate(table)
    op.execute(f"grant select, insert on label_gold, label_secrets to {ROLE}")  # what was said stays said
    op.execute(f"grant select, insert, update on label_turns, label_issue_runs to {ROLE}")
    for statement in (*FUNCTIONS, *TRIGGERS, WAITING_RUNS):
        op.execute(statement)
    op.execute(f"revoke all on function {WAITING} from public")
    op.execute(f"grant execute on function {WAITING} to {ROLE}")


def downgrade() -> None:
    op.execute(f"drop function {WAITING}")
    op.execute("drop trigger label_tasks_added on label_tasks")
    op.execute("drop trigger label_tasks_opened on label_tasks")
    op.execute("drop function label_tasks_added()")
    op.execute("drop function label_tasks_opened()")
    op.execute("drop function label_turns_rewind(text, text, double precision, bigint)")
    # A place for gold is nobody else's, so that without the column it must go.
    op.execute("set local foreshock.across_tenants = 'on'")
    op.execute("delete from label_tasks where gold_for is not null")
    op.drop_index("label_tasks_in_hand", table_name="label_tasks")
    op.drop_index("label_tasks_gold", table_name="label_tasks")
    op.drop_column("label_tasks", "asked_after")
    op.drop_column("label_tasks", "gold_for")
    for table in ("label_issue_runs", "label_secrets", "label_turns", "label_gold"):
        op.drop_table(table)


def _isolate(table: str) -> None:
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    same_tenant = "tenant_id = nullif(current_setting('foreshock.tenant', true), '')"
    op.execute(f"create policy tenant_isolation on {table} to {ROLE} using ({same_tenant}) with check ({same_tenant})")
    across = "current_setting('foreshock.across_tenants', true) = 'on'"
    op.execute(f"create policy across_tenants on {table} to current_user using ({across}) with check ({across})")
