"""One answer for each record that somebody judged, with everything that people said kept beside it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from core.db import Store
from core.errors import CursorError
from core.repository import Page, decode_cursor, encode_cursor
from labeling import repository as records
from labeling.archive import ArchiveService
from labeling.consensus import Answer, Consensus, Source, consensus
from labeling.members import Member
from labeling.quality import repository
from labeling.quality.scope import queues_for
from labeling.records import Annotation, Record
from labeling.wire import span_json

PAGE = 200
_Key = tuple[str, tuple[str, ...] | None, tuple[Any, ...]]


@dataclass(slots=True)
class _Last:
    """The consensus computed last, and of what: pages of one export need not compute it anew."""

    held: tuple[_Key, Consensus] | None = None


@dataclass(frozen=True, slots=True)
class ConsensusService:
    """Gives answers to exports and to training."""

    store: Store
    archive: ArchiveService
    _last: _Last = field(default_factory=_Last)

    def answers(self, tenant_id: str, queues: Sequence[str] | None = None) -> Consensus:
        """Answers of all records in these queues, all where ``None``, and how people do.

        Rejected answers count as nothing; what a reviewer decided outranks everybody.
        """
        with self.store.tenant(tenant_id) as session:
            return self._computed(session, tenant_id, queues)

    def _computed(self, session: Session, tenant_id: str, queues: Sequence[str] | None) -> Consensus:
        key = (tenant_id, tuple(queues) if queues is not None else None, repository.stamp(session))
        held = self._last.held
        if held is not None and held[0] == key:
            return held[1]
        said = [one.annotation for one in repository.said(session, queues) if not one.rejected]
        found = consensus(said, repository.decisions(session, queues))
        self._last.held = key, found
        return found

    def material(
        self, tenant_id: str, queues: Sequence[str] | None = None
    ) -> Iterator[tuple[Record, Answer, tuple[Annotation, ...]]]:
        """Every record that has an answer, the answer, and who said what: what training takes."""
        answers = self.answers(tenant_id, queues).answers
        for start in range(0, len(answers), PAGE):
            some = answers[start : start + PAGE]
            ids = [uuid.UUID(answer.record_id) for answer in some]
            with self.store.tenant(tenant_id) as session:
                views = {view.row_id: view for view in records.views_of(session, ids)}
                said = records.said_of(session, ids)
            for record_id, answer in zip(ids, some, strict=True):
                if record_id in views:  # a document may have been deleted since
                    yield views[record_id].record, answer, tuple(said[record_id])

    def page(
        self, tenant_id: str, member: Member, *, queue: str | None, unresolved: bool, limit: int, cursor: str | None
    ) -> Page[dict[str, Any]]:
        """Records with their answer and all that was said of them.

        Args:
            tenant_id: whose.
            member: who asks.
            queue: only this one.
            unresolved: also those over which people differ and nobody can tell who is right.
            limit: how many.
            cursor: of the page before.

        Raises:
            Forbidden: if the member is no reviewer.
            NotFound: if the queue was not given to them.
            CursorError: if the cursor is not of this list.
        """
        queues = queues_for(member, queue)
        with self.store.tenant(tenant_id) as session:
            everything = self._computed(session, tenant_id, queues).answers
            answers = [one for one in everything if unresolved or one.source is not Source.UNRESOLVED]
            begin = _after(answers, cursor)
            some = {answer.record_id: answer for answer in answers[begin : begin + limit]}
            views = records.views_of(session, [uuid.UUID(record_id) for record_id in some])
            lines = {line["record_id"]: line for line in self.archive.described(session, views, history=False)}
        items = tuple(lines[key] | {"consensus": answer_json(answer)} for key, answer in some.items() if key in lines)
        more = len(answers) > begin + limit
        return Page(items, encode_cursor("consensus", answers[begin + limit - 1].record_id) if more else None)

    def lines(
        self, tenant_id: str, member: Member, *, queue: str | None = None, unresolved: bool = False
    ) -> Iterator[dict[str, Any]]:
        """All of them, page by page."""
        cursor: str | None = None
        while True:
            page = self.page(tenant_id, member, queue=queue, unresolved=unresolved, limit=PAGE, cursor=cursor)
            yield from page.items
            if page.next_cursor is None:
                return
            cursor = page.next_cursor


def answer_json(answer: Answer) -> dict[str, Any]:
    """An answer as it goes out."""
    return {
        "spans": [span_json(span) for span in answer.spans],
        "source": answer.source.value,
        "probabilities": {label: round(value, 4) for label, value in answer.probabilities.items()},
    }


def _after(answers: Sequence[Answer], cursor: str | None) -> int:
    if cursor is None:
        return 0
    (last,) = decode_cursor("consensus", cursor, (str,))
    place = next((at for at, answer in enumerate(answers) if answer.record_id == last), None)
    if place is None:
        raise CursorError("the record that this cursor names is gone", where="cursor", remedy="start again without one")
    return place + 1
