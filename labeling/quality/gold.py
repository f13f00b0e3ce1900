"""Gold: records whose answer is known, put among the tasks of annotators to see how sure their own answers are."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.clock import Clock, system_clock
from core.db import Store
from core.errors import Conflict, NotFound
from core.repository import Page, decode_cursor, encode_cursor
from labeling.annotators import GoldScore, gold_candidates, gold_scores
from labeling.archive import ArchiveService, Review, Verdict
from labeling.contracts import Incoming
from labeling.members import Member, Role
from labeling.quality import repository
from labeling.quality.repository import Gold, Said
from labeling.quality.scope import queues_for
from labeling.records import Annotation, LabelledSpan
from labeling.votes import ballots, matched
from labeling.wire import span_json

REASON = "gold"
CANDIDATES_MAX = 50


@dataclass(frozen=True, slots=True)
class GoldService:
    """Marks records as gold, and tells how people do on them."""

    store: Store
    archive: ArchiveService
    clock: Clock = system_clock

    def mark(
        self,
        tenant_id: str,
        member: Member,
        record_id: uuid.UUID,
        spans: Sequence[LabelledSpan] | None = None,
        reason: str | None = None,
    ) -> tuple[LabelledSpan, ...]:
        """Let a record measure people from now on; returns what is to be found in it.

        It is the reviewer's decision on the record as well, so that open places at it close.

        Args:
            tenant_id: whose.
            member: who says so.
            record_id: the record.
            spans: what is to be found; else what was decided, or what all who answered agree on.
            reason: why, for other reviewers.

        Raises:
            Forbidden: if the member is no reviewer.
            NotFound: if there is no such record in a queue of theirs.
            Conflict: if nobody answered it, or people differ over it.
            InputError: if a span can't be.
        """
        member.require(Role.REVIEWER)
        self.archive.one(tenant_id, member, record_id)
        with self.store.tenant(tenant_id) as session:
            decided = repository.decisions_of(session, [record_id]).get(str(record_id))
            said = repository.said_of_record(session, record_id)
        known = tuple(spans) if spans is not None else decided if decided is not None else _agreed(said)
        if known != decided:
            self.archive.review(tenant_id, member, record_id, Review(Verdict.RESOLVED, None, known, REASON, reason))
        self._write(tenant_id, member, record_id, known, reason)
        return known

    def unmark(self, tenant_id: str, member: Member, record_id: uuid.UUID, reason: str | None = None) -> None:
        """Let a record measure nobody any more; what was decided of it stays.

        Raises:
            Forbidden: if the member is no reviewer.
            NotFound: if there is no such record in a queue of theirs, or it is no gold.
        """
        member.require(Role.REVIEWER)
        self.archive.one(tenant_id, member, record_id)
        with self.store.tenant(tenant_id) as session:
            known = str(record_id) in repository.gold(session, None)
        if not known:
            raise NotFound("this record is no gold", where=f"record {record_id}")
        self._write(tenant_id, member, record_id, None, reason)

    def _write(
        self,
        tenant_id: str,
        member: Member,
        record_id: uuid.UUID,
        spans: Sequence[LabelledSpan] | None,
        reason: str | None,
    ) -> None:
        values = {
            "tenant_id": tenant_id,
            "record_id": record_id,
            "spans": [span_json(span) for span in spans] if spans is not None else None,
            "person": member.person,
            "reason": reason,
            "made_at": self.clock(),
        }
        with self.store.tenant(tenant_id) as session:
            repository.add_gold(session, values)

    def add(
        self, tenant_id: str, member: Member, queue: str, given: Sequence[tuple[Incoming, Sequence[LabelledSpan]]]
    ) -> int:
        """Put gold of a file into a queue, each with what is to be found in it; returns how many were new to it.

        Raises:
            Forbidden: if the member is no admin.
            NotFound: if there is no such queue.
            InputError: if a span can't be.
        """
        added = self.archive.add(tenant_id, member, queue, [incoming for incoming, _ in given])
        for record_id, (_, spans) in zip(added.ids, given, strict=True):
            self.mark(tenant_id, member, record_id, spans)
        return added.records

    def list(
        self, tenant_id: str, member: Member, *, queue: str | None, limit: int, cursor: str | None
    ) -> Page[dict[str, Any]]:
        """Gold records, the newest first, with how many people got them right.

        Raises:
            Forbidden: if the member is no reviewer.
            NotFound: if the queue was not given to them.
            CursorError: if the cursor is not of this list.
        """
        queues = queues_for(member, queue)
        after = decode_cursor("gold", cursor, (str, str)) if cursor else None
        with self.store.tenant(tenant_id) as session:
            known = repository.gold(session, queues)
            found = sorted(known.values(), key=_newest_first, reverse=True)
            rest = [one for one in found if after is None or _newest_first(one) < after]
            some = {one.record_id: one for one in rest[:limit]}
            words = repository.passages(session, list(some))
            said = repository.said(session, queues, records=list(some))
        answered = ballots(since_gold(said, some))
        items = tuple(
            {
                "record_id": one.record_id,
                "document_id": words[one.record_id].document_id,
                "account_id": words[one.record_id].account_id,
                "words": words[one.record_id].words,
                "spans": [span_json(span) for span in one.spans],
                "person": one.person,
                "reason": one.reason,
                "since": one.since.isoformat(),
                "answers": len(by := answered.get(one.record_id, {})),
                "right": sum(
                    matched(said.spans, one.spans) == len(one.spans) == len(said.spans) for said in by.values()
                ),
            }
            for one in some.values()
        )
        more = encode_cursor("gold", *_newest_first(rest[limit - 1])) if len(rest) > limit else None
        return Page(items, more)

    def candidates(self, tenant_id: str, member: Member, *, queue: str | None = None) -> Sequence[dict[str, Any]]:
        """Records over which three or more people agree entirely and that are no gold yet.

        Raises:
            Forbidden: if the member is no reviewer.
            NotFound: if the queue was not given to them.
        """
        queues = queues_for(member, queue)
        with self.store.tenant(tenant_id) as session:
            known = repository.gold(session, queues)
            said = [one for one in repository.said(session, queues, shared=True) if not one.rejected]
            fit = gold_candidates(one.annotation for one in said)
            chosen = [record_id for record_id in fit if record_id not in known][:CANDIDATES_MAX]
            words = repository.passages(session, chosen)
        return [
            {
                "record_id": record_id,
                "words": words[record_id].words,
                "spans": [span_json(span) for span in fit[record_id]],
            }
            for record_id in chosen
        ]

    def scores(self, tenant_id: str, queues: Sequence[str] | None, said: Sequence[Said]) -> tuple[GoldScore, ...]:
        """How each person did on gold that they answered since it is gold."""
        with self.store.tenant(tenant_id) as session:
            known = repository.gold(session, queues)
        spans = {record_id: one.spans for record_id, one in known.items()}
        return gold_scores(since_gold(said, known), spans)


def since_gold(said: Sequence[Said], known: Mapping[str, Gold]) -> list[Annotation]:
    """Answers to gold that were given since it is gold: those before have made it what it is."""
    return [
        one.annotation
        for one in said
        if (found := known.get(one.annotation.record_id)) and one.annotation.made_at > found.since
    ]


def _agreed(said: Sequence[Said]) -> tuple[LabelledSpan, ...]:
    answers = [one.annotation for one in said if not one.rejected]
    if not answers:
        raise Conflict("nobody answered this record", where="spans", remedy="say what is to be found in it")
    first, *others = answers
    if any(not matched(first.spans, one.spans) == len(first.spans) == len(one.spans) for one in others):
        raise Conflict("people differ over this record", where="spans", remedy="decide it, or say what is to be found")
    return first.spans


def _newest_first(one: Gold) -> tuple[str, str]:
    return one.since.isoformat(), one.record_id
