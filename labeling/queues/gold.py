"""Silent gold tasks: places at records whose answer is known, each made for one person when it is handed out.

Whatever an annotator can see of a queue must not change otherwise when such a task comes, so that counts shown to them
hold gold tasks that are still to come as open places (``still_to_come``). A person gets at most one for each
``GOLD_EVERY`` records of the queue.
"""

from __future__ import annotations

import math
import uuid
from datetime import datetime, timedelta

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from core.tables_labeling import LabelQueueRow
from labeling.annotators import GOLD_EVERY
from labeling.queues.undecided import UNDECIDED

_PLACES_FROM = 100
_PLACES = 32_000

_CURRENT = """
    select distinct on (record_id) record_id, spans from label_gold
     where tenant_id = :tenant order by record_id, gold_id desc
"""
_OPEN_TO = f"""
    from label_tasks t join ({_CURRENT}) g on g.record_id = t.record_id and g.spans is not null
   where t.tenant_id = :tenant and t.queue = :queue and t.place = 1
     and not exists (select from label_tasks m
                      where m.record_id = t.record_id and (m.person = :person or m.gold_for = :person))
     and {UNDECIDED}
"""

_WAITING = text(f"select count(*) {_OPEN_TO}")
_MADE = text("select count(*) from label_tasks where tenant_id = :tenant and queue = :queue and gold_for = :person")
_HOLDS = text(
    """
    select count(*) from (select from label_tasks
                           where tenant_id = :tenant and queue = :queue and place = 1 limit :enough) counted
    """
)
_AGAIN = text(
    f"""
    select t.task_id from label_tasks t
     where t.tenant_id = :tenant and t.queue = :queue and t.gold_for = :person and t.state = 'open'
       and (t.lock_until is null or t.lock_until <= :now)
       and {UNDECIDED}
     order by t.handed_at desc nulls last, t.task_id limit 1
    """
)
_MAKE = text(
    f"""
    insert into label_tasks (tenant_id, queue, record_id, place, priority, reason, gold_for)
    select t.tenant_id, t.queue, t.record_id, :free + floor(random() * :places)::smallint, t.priority, t.reason, :person
    {_OPEN_TO}
     order by md5(concat(cast(:secret as text), cast(:person as text), t.record_id)) limit 1
    on conflict do nothing returning task_id
    """
)
_IS_GOLD = text(f"select spans is not null from ({_CURRENT}) g where record_id = :record")


def is_gold(session: Session, tenant_id: str, record_id: uuid.UUID) -> bool:
    """Whether a record measures people now."""
    return bool(session.scalar(_IS_GOLD, {"tenant": tenant_id, "record": record_id}))


def still_to_come(session: Session, row: LabelQueueRow, person: str, records: int) -> int:
    """How many gold tasks of a queue of ``records`` records a person may still get."""
    waiting = _count(session, _WAITING, row, person)
    return max(0, min(waiting, math.ceil(records / GOLD_EVERY) - _count(session, _MADE, row, person))) if waiting else 0


def is_due(session: Session, row: LabelQueueRow, person: str) -> bool:
    """Whether any is still to come, without counting all records of the queue."""
    if not _count(session, _WAITING, row, person):
        return False
    enough = _count(session, _MADE, row, person) * GOLD_EVERY + 1
    values = {"tenant": row.tenant_id, "queue": row.queue, "enough": enough}
    return bool(session.scalar(_HOLDS, values) == enough)


def _count(session: Session, what: TextClause, row: LabelQueueRow, person: str) -> int:
    return int(session.scalar(what, {"tenant": row.tenant_id, "queue": row.queue, "person": person}) or 0)


def left_undecided(session: Session, row: LabelQueueRow, person: str, now: datetime) -> int | None:
    """A gold task that the person had in hand and gave back, or whose lock ran out: like any other, it comes again."""
    values = {"tenant": row.tenant_id, "queue": row.queue, "person": person, "now": now}
    found = session.scalar(_AGAIN, values)
    return int(found) if found is not None else None


def make(session: Session, row: LabelQueueRow, person: str, secret: str) -> int | None:
    """A new gold task of a queue for a person; nothing if there is none that they have not seen."""
    values = {"tenant": row.tenant_id, "queue": row.queue, "person": person, "secret": secret}
    found = session.scalar(_MAKE, values | {"free": _PLACES_FROM, "places": _PLACES})
    return int(found) if found is not None else None


def hand(session: Session, row: LabelQueueRow, task_id: int, person: str, now: datetime) -> None:
    """Put a gold task into a person's hand, locked like any other."""
    session.execute(
        text("update label_tasks set person = :person, lock_until = :until, handed_at = :now where task_id = :task"),
        {"person": person, "until": now + timedelta(seconds=row.lock_seconds), "now": now, "task": task_id},
    )
