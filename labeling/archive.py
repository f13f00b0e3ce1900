"""All that was said: reviews and comments are added to it, files come in and go out."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from core.clock import Clock, system_clock
from core.db import Store
from core.errors import Forbidden, InputError, NotFound
from core.ids import derived_id, new_id
from core.repository import Page
from core.stored import document_of, ensure_tenant
from core.tables_labeling import LabelCommentRow
from labeling import repository as records
from labeling.attributes import checked_attributes
from labeling.contracts import Incoming
from labeling.masking import people_of
from labeling.members import Member, Role
from labeling.queues import repository as tasks
from labeling.queues.gold import is_gold
from labeling.queues.rules import QueueRules, Strategy, asked_in
from labeling.records import Annotation, AnnotationState, LabelledSpan, Record
from labeling.repository import Passage, RecordView, Source
from labeling.service import SKIPS_MAX, masked_view
from labeling.wire import annotation_json, record_json, span_json

PAGE = 200


class Verdict(StrEnum):
    """What a reviewer may make of an answer, or of a record."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Review:
    """A reviewer's decision; ``resolved`` says with its spans what holds, whoever said what before."""

    verdict: Verdict
    annotation_id: uuid.UUID | None = None
    spans: tuple[LabelledSpan, ...] | None = None
    reason: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of an import: what was new of each, and the ids of all records of it, in order."""

    records: int
    annotations: int
    ids: tuple[uuid.UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class ArchiveService:
    """Records with all that was said of them."""

    store: Store
    clock: Clock = system_clock

    def one(self, tenant_id: str, member: Member, record_id: uuid.UUID, *, history: bool = False) -> dict[str, Any]:
        """A record with what was said of it; an annotator sees their own answers only.

        Raises:
            NotFound: if there is none in a queue of theirs.
        """
        with self.store.tenant(tenant_id) as session:
            view, covered = self._seen(session, member, record_id)
            (found,) = self.described(session, [masked_view(view) if covered else view], history)
            found["comments"] = self._comments(session, tenant_id, member, record_id)
        if not member.is_at_least(Role.REVIEWER):
            found["annotations"] = [said for said in found["annotations"] if said["annotator"] == member.person]
            found["reviews"] = []
        return found

    def _seen(self, session: Session, member: Member, record_id: uuid.UUID) -> tuple[RecordView, bool]:
        """A record in a queue of the member's, and whether names in it are covered for them."""
        view = records.view(session, record_id)
        seen = [row for row in tasks.queues_of(session, record_id) if member.sees(row.queue)]
        if view is None or not (seen or member.is_at_least(Role.ADMIN)):
            raise NotFound("no such record, or not given to you", where=f"record {record_id}")
        return view, any(row.masked for row in seen) and not member.is_at_least(Role.REVIEWER)

    def page(
        self, tenant_id: str, member: Member, *, queue: str | None, history: bool, limit: int, cursor: str | None
    ) -> Page[dict[str, Any]]:
        """Records with what was said of them, the oldest first.

        Raises:
            Forbidden: if the member is no reviewer, or asks for all queues and is no admin.
            CursorError: if the cursor is not of this list.
        """
        member.require(Role.REVIEWER)
        if queue is None and not member.is_at_least(Role.ADMIN):
            raise Forbidden("name a queue; only an admin sees all at once")
        if queue is not None:
            member.require_queue(queue)
        with self.store.tenant(tenant_id) as session:
            page = records.views(session, queue=queue, limit=limit, after=_after(cursor))
            return Page(tuple(self.described(session, page.items, history)), page.next_cursor)

    def lines(
        self, tenant_id: str, member: Member, *, queue: str | None = None, history: bool = False
    ) -> Iterator[dict[str, Any]]:
        """All of them, page by page."""
        cursor: str | None = None
        while True:
            page = self.page(tenant_id, member, queue=queue, history=history, limit=PAGE, cursor=cursor)
            yield from page.items
            if page.next_cursor is None:
                return
            cursor = page.next_cursor

    def material(self, tenant_id: str, queue: str | None = None) -> Iterator[tuple[Record, tuple[Annotation, ...]]]:
        """Every record with what each person says of it now: what measures and training take.

        Without a queue, those that ask for a signal of the workspace's own are left out: an answer without a label
        says nothing of the four there.
        """
        cursor: str | None = None
        while True:
            with self.store.tenant(tenant_id) as session:
                page = records.views(session, queue=queue, limit=PAGE, after=_after(cursor))
                said = records.said_of(session, [view.row_id for view in page.items])
            for view in page.items:
                if queue is not None or view.record.origin != Strategy.CUSTOM.value:
                    yield view.record, tuple(said[view.row_id])
            if page.next_cursor is None:
                return
            cursor = page.next_cursor

    def described(self, session: Session, views: Sequence[RecordView], history: bool) -> list[dict[str, Any]]:
        """Records as they go out, with what was said, reviewed and remarked."""
        ids = [view.row_id for view in views]
        said = records.said_of(session, ids, history=history)
        reviews, remarks = records.reviews(session, ids), records.comments(session, ids)
        return [
            record_json(view.record)
            | {
                "source": view.source,
                "title": view.title,
                "speaker": {"name": view.speaker_name, "side": view.side},
                "suggested_by": view.suggested_by,
                "annotations": [annotation_json(item) for item in said[view.row_id]],
                "reviews": [
                    {
                        "review_id": str(row.review_id),
                        "annotation_id": str(row.annotation_id) if row.annotation_id else None,
                        "reviewer": row.reviewer,
                        "verdict": row.verdict,
                        "spans": row.spans,
                        "reason": row.reason,
                        "comment": row.comment,
                        "made_at": row.made_at.isoformat(),
                    }
                    for row in reviews
                    if row.record_id == view.row_id
                ],
                "comments": [_comment(row) for row in remarks if row.record_id == view.row_id],
            }
            for view in views
        ]

    def comments(self, tenant_id: str, member: Member, record_id: uuid.UUID) -> list[dict[str, Any]]:
        """What people remarked on a record.

        Raises:
            NotFound: if there is none in a queue of theirs, nor in their hand.
        """
        with self.store.tenant(tenant_id) as session:
            if not tasks.held_by(session, record_id, member.person):
                self._seen(session, member, record_id)
            return self._comments(session, tenant_id, member, record_id)

    def _comments(self, session: Session, tenant_id: str, member: Member, record_id: uuid.UUID) -> list[dict[str, Any]]:
        """Remarks that a member may see; what others said of a silent gold task would give it away."""
        silent = not member.is_at_least(Role.REVIEWER) and is_gold(session, tenant_id, record_id)
        return [
            _comment(row) for row in records.comments(session, [record_id]) if row.person == member.person or not silent
        ]

    def comment(self, tenant_id: str, member: Member, record_id: uuid.UUID, text: str) -> None:
        """Leave a remark on a record.

        Raises:
            NotFound: if there is none in a queue of theirs.
            InputError: if it says nothing.
        """
        if not text.strip():
            raise InputError("a comment says something", where="text")
        with self.store.tenant(tenant_id) as session:
            self._seen(session, member, record_id)
            values = {"comment_id": new_id(), "tenant_id": tenant_id, "record_id": record_id}
            records.add_comment(
                session, values | {"person": member.person, "text": text.strip(), "made_at": self.clock()}
            )

    def review(self, tenant_id: str, member: Member, record_id: uuid.UUID, review: Review) -> None:
        """Accept or reject an answer, or say what holds. A rejected answer counts no more: the record is asked anew.

        Raises:
            Forbidden: if the member is no reviewer, or it is their own answer.
            NotFound: if there is no such record or answer in a queue of theirs.
            InputError: if something that the verdict needs is missing.
        """
        member.require(Role.REVIEWER)
        now = self.clock()
        with self.store.tenant(tenant_id) as session:
            view, _ = self._seen(session, member, record_id)
            records.lock_passage(session, view.passage_digest)
            said = self._reviewed(session, member, view, review)
            values = {
                "review_id": new_id(),
                "tenant_id": tenant_id,
                "record_id": record_id,
                "annotation_id": review.annotation_id,
                "reviewer": member.person,
                "verdict": review.verdict.value,
                "spans": [span_json(span) for span in review.spans] if review.spans is not None else None,
                "reason": review.reason,
                "comment": review.comment,
                "made_at": now,
            }
            records.add_review(session, values)
            if review.verdict is Verdict.REJECTED and said is not None:
                self._ask_anew(session, record_id, said.annotator, now)
            if review.verdict is Verdict.RESOLVED:
                self._settle(session, record_id, now)

    def _reviewed(self, session: Session, member: Member, view: RecordView, review: Review) -> Annotation | None:
        if review.verdict is not Verdict.ACCEPTED and not (review.reason or "").strip():
            raise InputError(f"what is {review.verdict.value} needs a reason", where="reason")
        if (review.verdict is Verdict.RESOLVED) != (review.spans is not None):
            raise InputError("spans belong to what is resolved, and it needs them, be they none", where="spans")
        for at, span in enumerate(review.spans or ()):
            if not 0 <= span.start < span.end <= len(view.record.text):
                raise InputError(f"not a stretch of {len(view.record.text)} characters", where=f"spans[{at}]")
            checked_attributes(span.label, span.attributes, f"spans[{at}].attributes")
        if review.annotation_id is None:
            if review.verdict is not Verdict.RESOLVED:
                raise InputError("say which answer", where="annotation_id")
            return None
        everything = records.said_of(session, [view.row_id], history=True)[view.row_id]
        said = next((item for item in everything if item.annotation_id == str(review.annotation_id)), None)
        if said is None:
            raise NotFound("no such answer at this record", where=f"annotation {review.annotation_id}")
        if said.annotator == member.person:
            raise Forbidden("nobody reviews their own answer")
        return said

    def _ask_anew(self, session: Session, record_id: uuid.UUID, annotator: str, now: datetime) -> None:
        for row in tasks.queues_of(session, record_id):
            for place in tasks.places_of(session, row.queue, record_id, annotator):
                tasks.change_task(session, place.task_id, state="open", person=None, lock_until=None)
        self._settle(session, record_id, now)

    def _settle(self, session: Session, record_id: uuid.UUID, now: datetime) -> None:
        decided = records.decided_by(session, record_id)
        for row in tasks.queues_of(session, record_id):
            tasks.settle(session, row, record_id, decided, SKIPS_MAX, now)

    def add(self, tenant_id: str, member: Member, queue: str, given: Sequence[Incoming]) -> Imported:
        """Put records of a file into a queue, with what was said of them before. Twice the same is once.

        Raises:
            Forbidden: if the member is no admin.
            NotFound: if there is no such queue; ``imported`` is made when it is first needed.
        """
        member.require(Role.ADMIN)
        with self.store.tenant(tenant_id) as session:
            ensure_tenant(session, tenant_id)
            row = tasks.queue(session, tenant_id, queue)
            if row is None and queue == Strategy.IMPORTED.value:
                tasks.add_queue(session, tenant_id, queue, QueueRules.of(Strategy.IMPORTED).values())
                row = tasks.queue(session, tenant_id, queue)
            if row is None:
                raise NotFound("no such queue", where=f"queue {queue!r}", remedy="make it first")
            before = tasks.tally(session, queue, self.clock()).records
            count = said = 0
            ids = []
            for at, item in enumerate(given):
                record_id = self._take_up(session, tenant_id, item, asked_in(row))
                ids.append(record_id)
                count += tasks.add_tasks(session, row, [(record_id, float(before + at), "imported")])
                said += self._said(session, tenant_id, queue, record_id, item.annotations)
                tasks.settle(session, row, record_id, records.decided_by(session, record_id), SKIPS_MAX, self.clock())
        return Imported(count, said, tuple(ids))

    def _take_up(self, session: Session, tenant_id: str, given: Incoming, asked: str) -> uuid.UUID:
        record = given.record
        stored = records.stored_text(session, given.source, record.document_id)
        # Text that is in the store goes when its document goes; and its people are known.
        same = stored if stored is not None and stored.text == record.text else None
        text = Source(
            row_id=same.document_id if same else None,
            source=given.source,
            document_id=record.document_id,
            account_id=record.account_id,
            kind=record.kind,
            occurred_at=record.occurred_at,
            title=given.title,
            text=record.text,
            people=tuple(people_of(document_of(same))) if same else (),
            asked=asked,
        )
        origin = Strategy.CUSTOM.value if asked else record.origin
        (record_id,) = records.add_records(session, tenant_id, text, [Passage(record.start, record.end)], origin)
        if record.suggestion:
            suggestion = {
                "record_id": record_id,
                "tenant_id": tenant_id,
                "spans": [span_json(span) for span in record.suggestion.spans],
                "scores": dict(record.suggestion.scores),
                "model_version": record.suggestion.model_version,
                "explanation": {},
                "person": None,
                "made_at": self.clock(),
            }
            records.add_suggestions(session, [suggestion])
        return record_id

    def _said(
        self, session: Session, tenant_id: str, queue: str, record_id: uuid.UUID, given: Sequence[Annotation]
    ) -> int:
        known = {item.annotation_id for item in records.said_of(session, [record_id], history=True)[record_id]}
        added = 0
        for item in given:
            key = _as_uuid(item.annotation_id, record_id)
            if str(key) in known:
                continue
            records.add_annotation(
                session,
                tenant_id,
                Annotation(
                    str(key), str(record_id), item.annotator, item.state, item.spans, item.guideline_version,
                    item.made_at, item.seconds, item.reason, item.comment,
                ),
                queue,
            )  # fmt: skip
            added += item.state is not AnnotationState.DRAFT
        return added


def _comment(row: LabelCommentRow) -> dict[str, Any]:
    return {"person": row.person, "text": row.text, "made_at": row.made_at.isoformat()}


def _as_uuid(given: str, record_id: uuid.UUID) -> uuid.UUID:
    """An annotation's own id, or one that derives from what another tool calls it."""
    try:
        return uuid.UUID(given)
    except ValueError:
        return derived_id("imported annotation", record_id, given)


def _after(cursor: str | None) -> tuple[datetime, uuid.UUID] | None:
    return records.after_of(cursor) if cursor is not None else None
