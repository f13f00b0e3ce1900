"""Labeling as an annotator sees it: the next task, what they say of it, and what they take back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from core.clock import Clock, system_clock
from core.db import Store
from core.errors import Conflict, InputError, NotFound
from core.ids import new_id
from core.tables_labeling import LabelAnnotationRow, LabelQueueRow, LabelTaskRow
from labeling import repository as records
from labeling.annotators import gold_turn
from labeling.attributes import checked_attributes
from labeling.emptiness import why_empty
from labeling.guideline import guideline
from labeling.masking import masked_record
from labeling.members import ALL_QUEUES, Member, Role
from labeling.queues import gold
from labeling.queues import repository as tasks
from labeling.queues.numbers import number_of, task_of
from labeling.queues.rules import Strategy, random_turn
from labeling.queues.service import QueueService
from labeling.queues.turns import Turns, count_turn, secret_of, turns_of
from labeling.records import Annotation, AnnotationState, LabelledSpan
from labeling.repository import RecordView

SKIPS_MAX = 3
"""After so many people skipped a record it is set aside for a reviewer."""
EQUAL_MAX = 500
SPANS_MAX = 50
PACE_OVER = timedelta(hours=12)
_LONGEST = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Handed:
    """A task in somebody's hand, by its number. ``equal`` other records read the same and could be answered with it."""

    task_id: int
    queue: str
    reason: str
    lock_until: datetime
    view: RecordView
    draft: Annotation | None
    equal: int
    masked: bool


@dataclass(frozen=True, slots=True)
class Nothing:
    """No task, and why, in words."""

    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody says of a record; no spans says that nothing there is a signal."""

    state: AnnotationState
    spans: tuple[LabelledSpan, ...] = ()
    seconds: float | None = None
    reason: str | None = None
    comment: str | None = None
    equal: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was written down. ``beyond_overlap``: others had taken all places meanwhile; it counts all the same."""

    annotation: Annotation
    queue: str
    copies: int
    beyond_overlap: bool


@dataclass(frozen=True, slots=True)
class Pace:
    """How much a person decided lately, and how many decisions an hour their usual one makes."""

    decisions: int
    per_hour: int | None


@dataclass(frozen=True, slots=True)
class LabelingService:
    """Hands out tasks and takes answers. Everything that is acknowledged is committed.

    Tasks go by numbers that tell nothing (``labeling.queues.numbers``).
    """

    store: Store
    queues: QueueService
    clock: Clock = system_clock
    _secrets: dict[str, str] = field(default_factory=dict)

    def _secret(self, tenant_id: str) -> str:
        """The tenant's secret; it never changes, once it is committed."""
        if tenant_id not in self._secrets:
            with self.store.tenant(tenant_id) as session:
                found = secret_of(session, tenant_id)
            self._secrets[tenant_id] = found
        return self._secrets[tenant_id]

    def _task_id(self, tenant_id: str, number: int) -> int:
        try:
            return task_of(number, self._secret(tenant_id))
        except ValueError:
            raise NotFound("no such task, or not given to you", where="task") from None

    def next(self, tenant_id: str, member: Member, name: str) -> Handed | Nothing:
        """The task in the member's hand, else the first free one that they have not decided, locked for them.

        Raises:
            NotFound: if there is no such queue, or it was not given to them.
        """
        now, secret = self.clock(), self._secret(tenant_id)
        with self.store.tenant(tenant_id) as session:
            row = self.queues.row(session, tenant_id, member, name)
            if row.paused:
                return Nothing("The queue is paused.")
            tasks.lock_person(session, row.queue, member.person)
            held = tasks.in_hand(session, self._sources(row), member.person, now)
            task_id = held if held is not None else self._claim(session, row, member, secret, now)
            if task_id is None:
                count = self.queues.tally(session, row, member)
                return Nothing(why_empty(session, row, count, member, now))
            return self._handed(session, tenant_id, member, task_id, now)

    def _sources(self, row: LabelQueueRow) -> list[str]:
        """The queue, and the random sample where a share of it belongs to the queue."""
        return [row.queue, *([Strategy.RANDOM.value] if row.random_share else [])]

    def _claim(self, session: Session, row: LabelQueueRow, member: Member, secret: str, now: datetime) -> int | None:
        """A silent gold task where it is the turn of one, else one of the queue or of the random sample."""
        turns = turns_of(session, row.queue, member.person)
        task_id, drawn = None, False
        if member.role is Role.ANNOTATOR:
            task_id = self._gold(session, row, member.person, turns, secret, now)
        if task_id is None and random_turn(row.random_share, turns.own, turns.drawn):
            sample = tasks.queue(session, row.tenant_id, Strategy.RANDOM.value)
            task_id = tasks.claim(session, sample, member.person, now) if sample is not None else None
            drawn = task_id is not None
        if task_id is None:
            task_id = tasks.claim(session, row, member.person, now)
        if task_id is not None:
            count_turn(session, row.tenant_id, row.queue, member.person, drawn=drawn)
        return task_id

    def _gold(
        self, session: Session, row: LabelQueueRow, person: str, turns: Turns, secret: str, now: datetime
    ) -> int | None:
        task_id = gold.left_undecided(session, row, person, now)
        if (
            task_id is None
            and gold_turn(person, turns.given, f"{secret}/{row.queue}")
            and gold.is_due(session, row, person)
        ):
            task_id = gold.make(session, row, person, secret)
        if task_id is not None:
            gold.hand(session, row, task_id, person, now)
        return task_id

    def _handed(self, session: Session, tenant_id: str, member: Member, task_id: int, now: datetime) -> Handed:
        task, row, view = self._task(session, tenant_id, member, task_id)
        said = records.latest(session, view.row_id, member.person)
        covered = row.masked and not member.is_at_least(Role.REVIEWER)
        if row.strategy == Strategy.RANDOM.value:
            # Who sees what the reader thinks tends to agree with it: the sample that measures it is judged blind.
            view = replace(view, record=replace(view.record, suggestion=None), explanation={})
        return Handed(
            task_id=number_of(task.task_id, self._secret(tenant_id)),
            queue=task.queue,
            reason=task.reason,
            lock_until=task.lock_until or now,
            view=masked_view(view) if covered else view,
            draft=said if said and said.state is AnnotationState.DRAFT else None,
            equal=len(self._equal(session, view, member, now)),
            masked=covered,
        )

    def _task(
        self, session: Session, tenant_id: str, member: Member, task_id: int
    ) -> tuple[LabelTaskRow, LabelQueueRow, RecordView]:
        """A task with its queue and record; one of the random sample is theirs if it was handed to them."""
        task = tasks.task(session, task_id)
        others = task is not None and task.gold_for not in (None, member.person)
        if task is None or others or not (member.sees(task.queue) or task.person == member.person):
            raise NotFound("no such task, or not given to you", where="task")
        row, view = tasks.queue(session, tenant_id, task.queue), records.view(session, task.record_id)
        if row is None or view is None:
            raise NotFound("the record is gone with its document", where="task")
        return task, row, view

    def passage(self, tenant_id: str, member: Member, number: int) -> tuple[int, int]:
        """Where the passage of a task begins and ends in its text.

        Raises:
            NotFound: if there is no such task, or it was not given to them.
        """
        task_id = self._task_id(tenant_id, number)
        with self.store.tenant(tenant_id) as session:
            _, _, view = self._task(session, tenant_id, member, task_id)
        return view.record.start, view.record.end

    def answer(self, tenant_id: str, member: Member, number: int, answer: Answer) -> Receipt:
        """Write down what a member says of a record. Said twice, word for word, it is written once.

        An answer is never refused because its lock ran out: what a person thought is not thrown away.

        Raises:
            NotFound: if there is no such task, or it was not given to them.
            InputError: if a span or attribute can't be.
        """
        now, task_id = self.clock(), self._task_id(tenant_id, number)
        with self.store.tenant(tenant_id) as session:
            task, row, view = self._task(session, tenant_id, member, task_id)
            records.lock_passage(session, view.passage_digest)
            session.refresh(task)
            _check(answer, view, [str(label) for label in row.labels])
            said = records.latest(session, view.row_id, member.person)
            annotation = self._annotation(view.record.record_id, member, answer, task, now)
            if said is not None and _same(said, annotation):
                annotation = said
            else:
                records.add_annotation(session, tenant_id, annotation, row.queue)
            beyond = self._place(session, row, view.row_id, member, answer.state, now)
            copies = 0
            if answer.equal and answer.state is AnnotationState.SUBMITTED:
                copies = self._copy(session, tenant_id, member, view, annotation, now)
        return Receipt(annotation, row.queue, copies, beyond)

    def _annotation(
        self, record_id: str, member: Member, answer: Answer, task: LabelTaskRow, now: datetime
    ) -> Annotation:
        seconds = answer.seconds
        if seconds is None and task.person == member.person and task.handed_at and now - task.handed_at <= _LONGEST:
            seconds = round((now - task.handed_at).total_seconds(), 2)
        return Annotation(
            annotation_id=str(new_id()),
            record_id=record_id,
            annotator=member.person,
            state=answer.state,
            spans=answer.spans,
            guideline_version=guideline().version,
            made_at=now,
            seconds=seconds,
            reason=answer.reason,
            comment=answer.comment,
        )

    def _place(
        self, session: Session, row: LabelQueueRow, record_id: uuid.UUID, member: Member, state: AnnotationState,
        now: datetime,
    ) -> bool:  # fmt: skip
        """Say what the answer makes of the places at a record; returns whether none was left for it."""
        place = tasks.place_for(session, row.queue, record_id, member.person, now)
        if place is not None:
            tasks.change_task(session, place.task_id, **_place_values(row, member, state, now))
        decided = records.decided_by(session, record_id)
        for held_by in tasks.queues_of(session, record_id):
            tasks.settle(session, held_by, record_id, decided, SKIPS_MAX, now)
        return place is None

    def _equal(self, session: Session, view: RecordView, member: Member, now: datetime) -> list[tuple[uuid.UUID, str]]:
        """Records that read the same and wait for this member; of the random sample each is judged for itself."""
        names = None if member.sees(ALL_QUEUES) else sorted(member.queues)
        return tasks.equal_records(session, view.passage_digest, view.row_id, names, member.person, now, EQUAL_MAX)

    def _copy(
        self, session: Session, tenant_id: str, member: Member, view: RecordView, said: Annotation, now: datetime
    ) -> int:
        record = view.record
        if any(span.start < record.start or span.end > record.end for span in said.spans):
            raise InputError(
                "a span reaches beyond the passage, and what stands there is not the same elsewhere",
                where="equal",
                remedy="answer this one alone",
            )
        count = 0
        for record_id, name in self._equal(session, view, member, now):
            other, row = records.view(session, record_id), tasks.queue(session, tenant_id, name)
            if other is None or row is None:
                continue
            moved = other.record.start - record.start
            spans = tuple(replace(span, start=span.start + moved, end=span.end + moved) for span in said.spans)
            copy = replace(said, annotation_id=str(new_id()), record_id=str(record_id), spans=spans, seconds=None)
            records.add_annotation(session, tenant_id, copy, row.queue, uuid.UUID(said.annotation_id))
            self._place(session, row, record_id, member, AnnotationState.SUBMITTED, now)
            count += 1
        return count

    def undo(self, tenant_id: str, member: Member, name: str) -> Handed:
        """Take the member's newest decision in a queue back: it becomes a draft, and is in their hand again.

        Copies on equal sentences are taken back with it. The decision itself stays in the history.

        Raises:
            NotFound: if there is no such queue, or it was not given to them.
            Conflict: if there is nothing to take back.
        """
        now = self.clock()
        with self.store.tenant(tenant_id) as session:
            row = self.queues.row(session, tenant_id, member, name)
            last = records.last_decision(session, member.person, self._sources(row))
            view = records.view(session, last.record_id) if last else None
            if last is None or view is None or last.queue is None:
                raise Conflict("there is nothing to take back", where=f"queue {name!r}")
            records.lock_passage(session, view.passage_digest)
            for copy in records.copies_of(session, last.annotation_id):
                self._take_back(session, tenant_id, member, copy, now)
            place = self._take_back(session, tenant_id, member, last, now)
            if place is None:
                raise Conflict("others have taken all places at it meanwhile", where=f"queue {name!r}")
            _hold(session, row, place, member, now)
            return self._handed(session, tenant_id, member, place, now)

    def _take_back(
        self, session: Session, tenant_id: str, member: Member, decision: LabelAnnotationRow, now: datetime
    ) -> int | None:
        """Make a decision that still holds a draft, and its place free again; returns the place."""
        newest = records.latest(session, decision.record_id, member.person)
        row = tasks.queue(session, tenant_id, decision.queue) if decision.queue else None
        if row is None or newest is None or newest.annotation_id != str(decision.annotation_id):
            return None
        draft = replace(
            newest, annotation_id=str(new_id()), state=AnnotationState.DRAFT, made_at=now, reason="taken back"
        )
        records.add_annotation(session, tenant_id, draft, row.queue)
        self._place(session, row, decision.record_id, member, AnnotationState.SKIPPED, now)
        place = tasks.place_for(session, row.queue, decision.record_id, member.person, now)
        return place.task_id if place else None

    def release(self, tenant_id: str, member: Member, number: int) -> None:
        """Give a task back unanswered, at once and not when its lock runs out.

        Raises:
            NotFound: if there is no such task, or it was not given to them.
        """
        task_id = self._task_id(tenant_id, number)
        with self.store.tenant(tenant_id) as session:
            task, _, _ = self._task(session, tenant_id, member, task_id)
            if task.state == "open" and task.person == member.person:
                tasks.change_task(session, task_id, person=None, lock_until=None, handed_at=None)

    def pace(self, tenant_id: str, member: Member) -> Pace:
        """How much a member decided in the last hours, and how fast."""
        with self.store.tenant(tenant_id) as session:
            decisions, median = records.pace(session, member.person, self.clock() - PACE_OVER)
        return Pace(decisions, round(3600 / median) if median else None)


def masked_view(view: RecordView) -> RecordView:
    """A record with names and addresses covered, offsets kept."""
    return replace(
        view,
        record=masked_record(view.record, view.people),
        speaker_name=None,
        people=(),
        title=None,
        explanation={},
    )


def _hold(session: Session, row: LabelQueueRow, task_id: int, member: Member, now: datetime) -> None:
    tasks.change_task(session, task_id, **_place_values(row, member, AnnotationState.DRAFT, now))


def _place_values(
    row: LabelQueueRow, member: Member, state: AnnotationState, now: datetime
) -> dict[str, str | datetime | None]:
    match state:
        case AnnotationState.SUBMITTED:
            return {"state": "done", "person": member.person, "lock_until": None}
        case AnnotationState.SKIPPED:
            return {"state": "open", "person": None, "lock_until": None, "handed_at": None}
        case AnnotationState.DRAFT:
            until = now + timedelta(seconds=row.lock_seconds)
            return {"state": "open", "person": member.person, "lock_until": until, "handed_at": now}


def _check(answer: Answer, view: RecordView, labels: Sequence[str]) -> None:
    if len(answer.spans) > SPANS_MAX:
        raise InputError(f"at most {SPANS_MAX} spans", where="spans")
    if answer.state is AnnotationState.SKIPPED and not (answer.reason or "").strip():
        raise InputError("a record is skipped for a reason", where="reason")
    seen: set[tuple[str, int, int]] = set()
    for at, span in enumerate(answer.spans):
        where = f"spans[{at}]"
        if span.label not in labels:
            raise InputError(f"{span.label!r} is not asked here", where=where, remedy=f"one of {', '.join(labels)}")
        if not 0 <= span.start < span.end <= len(view.record.text):
            raise InputError(f"not a stretch of {len(view.record.text)} characters", where=where)
        if (span.label, span.start, span.end) in seen:
            raise InputError("the same span twice", where=where)
        seen.add((span.label, span.start, span.end))
        checked_attributes(span.label, span.attributes, f"{where}.attributes")


def _same(said: Annotation, now: Annotation) -> bool:
    """Whether two annotations of a person say the same, so that a repeated request writes nothing."""
    return (said.state, said.spans, said.reason, said.comment) == (now.state, now.spans, now.reason, now.comment)
