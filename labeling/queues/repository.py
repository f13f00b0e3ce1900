"""The SQL behind queues: places at records, handed out one by one under locks that expire."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from core.tables_labeling import LabelAnnotationRow, LabelQueueRow, LabelRecordRow, LabelTaskRow, LabelTextRow
from labeling.queues.rules import Strategy
from labeling.queues.undecided import NOT_ELSEWHERE, UNDECIDED
from labeling.records import AnnotationState
from labeling.repository import KNOWN

_PERSON_LOCK = 7_305
_BATCH = 1_000
_PLACES_EACH = 3

# What somebody decided before is not gone through again: the search begins where the last one ended, or at a place
# whose lock ran out since.
_CLAIM = text(
    f"""
    with expired as materialized (
        select t.priority, t.task_id from label_tasks t
         where t.tenant_id = :tenant and t.queue = :queue and t.state = 'open' and t.lock_until <= :now
           and t.gold_for is null
           and {UNDECIDED}
         order by t.priority, t.task_id limit 1),
    begin as materialized (
        select priority, task_id from (
            select coalesce(max(from_priority), cast('-infinity' as double precision)) as priority,
                   coalesce(max(from_task), 0) as task_id
              from label_turns where tenant_id = :tenant and queue = :queue and person = :person and not :anew
             union all select priority, task_id from expired) b
         order by priority, task_id limit 1),
    free as materialized (
        select t.task_id, t.priority from label_tasks t
         where t.tenant_id = :tenant and t.queue = :queue and t.state = 'open' and t.gold_for is null
           and (t.priority, t.task_id) >= ((select priority from begin), (select task_id from begin))
           and (t.lock_until is null or t.lock_until <= :now)
           and {UNDECIDED}
           and {NOT_ELSEWHERE}
         order by t.priority, t.task_id limit 1 for update of t skip locked),
    ended as (
        insert into label_turns (tenant_id, queue, person, from_priority, from_task)
        select :tenant, :queue, :person, priority, task_id from free
        on conflict (tenant_id, queue, person) do update set from_priority = excluded.from_priority,
                                                             from_task = excluded.from_task)
    update label_tasks t set person = :person, lock_until = :until, handed_at = :now
      from free where t.task_id = free.task_id
    returning t.task_id
    """
)
_IN_HAND = text(
    """
    select task_id from label_tasks
     where queue = any(:names) and person = :person and state = 'open' and lock_until > :now
     order by handed_at desc, task_id limit 1
    """
)
# Of a sentence that stands in thousands of documents not all are looked at.
_EQUAL = text(
    f"""
    select record_id, min(queue) from (
        select r.record_id, t.queue
          from label_records r
          join label_tasks t on t.record_id = r.record_id
          join label_queues q on q.tenant_id = t.tenant_id and q.queue = t.queue
         where r.passage_digest = :digest and r.record_id <> :but and t.state = 'open' and t.gold_for is null
           and (t.lock_until is null or t.lock_until <= :now or t.person = :person)
           and (:everywhere or t.queue = any(:names)) and q.strategy <> :sample and not q.paused
           and q.labels in (select asking.labels
                              from label_tasks held
                              join label_queues asking
                                on asking.tenant_id = held.tenant_id and asking.queue = held.queue
                             where held.record_id = :but)
           and {UNDECIDED}
         limit :places) found
     group by record_id order by record_id limit :limit
    """
)


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a queue is, in records and places."""

    records: int
    open: int
    locked: int
    done: int
    closed: int
    set_aside: int
    next_free: datetime | None


def queue(session: Session, tenant_id: str, name: str) -> LabelQueueRow | None:
    """A queue by name."""
    return session.get(LabelQueueRow, (tenant_id, name))


def queues(session: Session) -> list[LabelQueueRow]:
    """All queues by name."""
    return list(session.scalars(select(LabelQueueRow).order_by(LabelQueueRow.queue)))


def put_queue(session: Session, tenant_id: str, name: str, values: Mapping[str, Any]) -> None:
    """Make a queue, or change its rules."""
    statement = insert(LabelQueueRow).values(tenant_id=tenant_id, queue=name, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["tenant_id", "queue"], set_=dict(values)))


def add_queue(session: Session, tenant_id: str, name: str, values: Mapping[str, Any]) -> None:
    """Make a queue unless it is there."""
    statement = insert(LabelQueueRow).values(tenant_id=tenant_id, queue=name, **values)
    session.execute(statement.on_conflict_do_nothing())


def add_tasks(
    session: Session, row: LabelQueueRow, records: Sequence[tuple[uuid.UUID, float, str]], *, anew: bool = False
) -> int:
    """Put records into a queue, with a priority and a reason each; returns how many were not in it before.

    ``anew`` asks also those who answered them before.
    """
    said = _last_said(session, [record_id for record_id, _, _ in records]) if anew else {}
    values = [
        {
            "tenant_id": row.tenant_id,
            "queue": row.queue,
            "record_id": record_id,
            "place": place,
            "priority": priority,
            "reason": reason,
            "asked_after": said.get(record_id),
        }
        for record_id, priority, reason in records
        for place in range(1, row.overlap + 1)
    ]
    added = 0
    for start in range(0, len(values), _BATCH):
        statement = insert(LabelTaskRow).values(values[start : start + _BATCH]).on_conflict_do_nothing()
        added += len(session.execute(statement.returning(LabelTaskRow.task_id)).all())
    return added // row.overlap


def _last_said(session: Session, record_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    rows = session.execute(
        select(LabelAnnotationRow.record_id, func.max(LabelAnnotationRow.sequence))
        .where(LabelAnnotationRow.record_id.in_(record_ids))
        .group_by(LabelAnnotationRow.record_id)
    )
    return {record_id: int(last) for record_id, last in rows}


def missing_places(session: Session, tenant_id: str, name: str, overlap: int) -> None:
    """Where a queue's overlap was raised: the places that its records lack."""
    session.execute(
        text(
            """
            insert into label_tasks (tenant_id, queue, record_id, place, priority, reason)
            select t.tenant_id, t.queue, t.record_id, p.place, t.priority, t.reason
              from label_tasks t cross join generate_series(2, :overlap) p(place)
             where t.tenant_id = :tenant and t.queue = :queue and t.place = 1
            on conflict do nothing
            """
        ),
        {"tenant": tenant_id, "queue": name, "overlap": overlap},
    )


def lock_person(session: Session, name: str, person: str) -> None:
    """One request of a person to a queue at a time, so that two windows show one task."""
    key = "hashtext(current_setting('foreshock.tenant') || chr(31) || :queue || chr(31) || :person)"
    session.execute(text(f"select pg_advisory_xact_lock({_PERSON_LOCK}, {key})"), {"queue": name, "person": person})


def in_hand(session: Session, names: Sequence[str], person: str, now: datetime) -> int | None:
    """The task that a person holds, the one handed out last where there are several."""
    found = session.execute(_IN_HAND, {"names": list(names), "person": person, "now": now}).first()
    return int(found[0]) if found else None


def claim(session: Session, row: LabelQueueRow, person: str, now: datetime) -> int | None:
    """Give a person the first free place at a record that they have not decided, and lock it.

    Where none is found, places before the point where the last search ended are looked at as well: nothing is lost.
    """
    until = now + timedelta(seconds=row.lock_seconds)
    values = {"tenant": row.tenant_id, "queue": row.queue, "person": person, "now": now, "until": until}
    for anew in (False, True):
        found = session.execute(_CLAIM, values | {"anew": anew}).first()
        if found:
            return int(found[0])
    return None


def task(session: Session, task_id: int) -> LabelTaskRow | None:
    """A task as it is now."""
    return session.get(LabelTaskRow, task_id, populate_existing=True)


def places_of(session: Session, name: str, record_id: uuid.UUID, person: str) -> list[LabelTaskRow]:
    """The places that a person filled at a record."""
    return list(
        session.scalars(
            select(LabelTaskRow).where(
                LabelTaskRow.queue == name, LabelTaskRow.record_id == record_id, LabelTaskRow.person == person
            )
        )
    )


def held_by(session: Session, record_id: uuid.UUID, person: str) -> bool:
    """Whether a record is in somebody's hand, or was answered by them in some queue."""
    query = select(LabelTaskRow.task_id).where(LabelTaskRow.record_id == record_id, LabelTaskRow.person == person)
    return session.scalars(query.limit(1)).first() is not None


def change_task(session: Session, task_id: int, **values: Any) -> None:
    """Set what became of a task."""
    session.execute(update(LabelTaskRow).where(LabelTaskRow.task_id == task_id).values(**values))


def queues_of(session: Session, record_id: uuid.UUID) -> list[LabelQueueRow]:
    """The queues that a record is in."""
    held = select(LabelTaskRow.queue).where(LabelTaskRow.record_id == record_id)
    return list(
        session.scalars(select(LabelQueueRow).where(LabelQueueRow.queue.in_(held)).order_by(LabelQueueRow.queue))
    )


def place_for(session: Session, name: str, record_id: uuid.UUID, person: str, now: datetime) -> LabelTaskRow | None:
    """The person's own place at a record in a queue, else one that nobody holds, closed ones last."""
    free = or_(LabelTaskRow.lock_until.is_(None), LabelTaskRow.lock_until <= now)
    return session.scalars(
        select(LabelTaskRow)
        .where(
            LabelTaskRow.queue == name,
            LabelTaskRow.record_id == record_id,
            or_(LabelTaskRow.person == person, and_(LabelTaskRow.state != "done", free)),
            or_(LabelTaskRow.gold_for.is_(None), LabelTaskRow.gold_for == person),
        )
        .order_by(
            (LabelTaskRow.person == person).is_(True).desc(),
            LabelTaskRow.gold_for.is_(None),
            (LabelTaskRow.state == "open").desc(),
            LabelTaskRow.place,
        )
        .limit(1)
    ).first()


def settle(
    session: Session, row: LabelQueueRow, record_id: uuid.UUID, decided: Mapping[str, int], skips: int, now: datetime
) -> None:
    """Close the places at a record that nobody needs any more, set it aside if too many skipped it, else open them.

    A second look at an answer is due whatever was said before, until a reviewer decided.
    """
    if row.strategy == Strategy.ISSUES.value and not decided.get(KNOWN):
        return
    if decided.get(KNOWN) or decided.get(AnnotationState.SUBMITTED.value, 0) >= row.minimum_submitted:
        state = "closed"
    elif decided.get(AnnotationState.SKIPPED.value, 0) >= skips:
        state = "set_aside"
    else:
        state = "open"
    free = or_(LabelTaskRow.lock_until.is_(None), LabelTaskRow.lock_until <= now)
    session.execute(
        update(LabelTaskRow)
        .where(
            LabelTaskRow.queue == row.queue,
            LabelTaskRow.record_id == record_id,
            LabelTaskRow.state != "done",
            LabelTaskRow.state != state,
            LabelTaskRow.gold_for.is_(None),
            free,
        )
        .values(state=state, person=None, lock_until=None)
    )


def equal_records(
    session: Session,
    passage_digest: str,
    but: uuid.UUID,
    names: Sequence[str] | None,
    person: str,
    now: datetime,
    limit: int,
) -> list[tuple[uuid.UUID, str]]:
    """Other records that read the same, each with a queue in which it waits for the person in nobody else's hand.

    Of the random sample there are none: each of its records is judged by itself. A queue that asks for other labels
    has none either: an answer there says something else. ``names`` limits the queues.
    """
    values = {
        "digest": passage_digest,
        "but": but,
        "everywhere": names is None,
        "names": list(names or ()),
        "person": person,
        "now": now,
        "sample": Strategy.RANDOM.value,
        "limit": limit,
        "places": limit * _PLACES_EACH,
    }
    return [(record_id, name) for record_id, name in session.execute(_EQUAL, values)]


def tally(session: Session, name: str, now: datetime, person: str | None = None) -> Tally:
    """How far a queue is; gold tasks are counted for the ``person`` alone whose they are."""
    locked = and_(LabelTaskRow.state == "open", LabelTaskRow.lock_until > now)
    row = session.execute(
        select(
            func.count().filter(LabelTaskRow.place == 1),
            func.count().filter(LabelTaskRow.state == "open"),
            func.count().filter(LabelTaskRow.state == "done"),
            func.count().filter(LabelTaskRow.state == "closed"),
            func.count().filter(LabelTaskRow.state == "set_aside"),
            func.count().filter(locked),
            func.min(LabelTaskRow.lock_until).filter(locked),
        ).where(LabelTaskRow.queue == name, or_(LabelTaskRow.gold_for.is_(None), LabelTaskRow.gold_for == person))
    ).one()
    records, waiting, done, closed, aside, held, free_at = row
    return Tally(records, waiting - held, held, done, closed, aside, free_at)


def shares(session: Session, names: Sequence[str], person: str) -> dict[str, int]:
    """How many places a person filled in each of these queues."""
    rows = session.execute(
        select(LabelTaskRow.queue, func.count())
        .where(LabelTaskRow.queue.in_(names), LabelTaskRow.person == person, LabelTaskRow.state == "done")
        .group_by(LabelTaskRow.queue)
    )
    return {name: int(count) for name, count in rows}


def reopen(session: Session, name: str, record_id: uuid.UUID, priority: float, reason: str) -> None:
    """Put a record that was settled back into a queue, for a new reason, also for those who answered it before."""
    said = _last_said(session, [record_id]).get(record_id)
    session.execute(
        update(LabelTaskRow)
        .where(LabelTaskRow.queue == name, LabelTaskRow.record_id == record_id, LabelTaskRow.place == 1)
        .values(state="open", person=None, lock_until=None, priority=priority, reason=reason, asked_after=said)
    )


def skipped_by(session: Session, name: str, person: str) -> int:
    """How many records of a queue a person skipped, as they think now."""
    newest = (
        select(LabelAnnotationRow.record_id, LabelAnnotationRow.state)
        .where(LabelAnnotationRow.annotator == person, LabelAnnotationRow.queue == name)
        .ext(distinct_on(LabelAnnotationRow.record_id))
        .order_by(LabelAnnotationRow.record_id, LabelAnnotationRow.sequence.desc())
        .subquery()
    )
    skipped = newest.c.state == AnnotationState.SKIPPED.value
    return session.scalar(select(func.count()).select_from(newest).where(skipped)) or 0


def waiting_in(session: Session, name: str, source: str, document_id: str) -> list[dict[str, Any]]:
    """What of a document waits in a queue: where it stands, and why."""
    rows = session.execute(
        select(
            LabelRecordRow.start,
            LabelRecordRow.end,
            func.substr(LabelTextRow.text, LabelRecordRow.start + 1, LabelRecordRow.end - LabelRecordRow.start),
            LabelTaskRow.reason,
        )
        .join(LabelRecordRow, LabelRecordRow.record_id == LabelTaskRow.record_id)
        .join(LabelTextRow, LabelTextRow.text_id == LabelRecordRow.text_id)
        .where(
            LabelTaskRow.queue == name,
            LabelTaskRow.state == "open",
            LabelTaskRow.place == 1,
            LabelTextRow.source == source,
            LabelTextRow.external_id == document_id,
        )
        .order_by(LabelRecordRow.start, LabelTaskRow.task_id)
    )
    return [{"start": start, "end": end, "text": words, "reason": reason} for start, end, words, reason in rows]
