"""Making queues and filling them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from core.clock import Clock, system_clock
from core.db import Store
from core.errors import InputError, NotFound
from core.stored import ensure_tenant
from core.tables_labeling import LabelQueueRow
from labeling import repository as records
from labeling.members import Member, Role
from labeling.queues import candidates, gold, repository
from labeling.queues.candidates import Candidate
from labeling.queues.repository import Tally
from labeling.queues.rules import QueueRules, Strategy, asked_in, checked_name, random_for, rules_of
from labeling.queues.strategies import diverse, drawn
from labeling.repository import Passage
from nlp.extract import SignalReader
from nlp.meaning import MeaningEncoder

FILL_MAX = 2_000
DOCUMENTS_MAX = 20_000
LARGE, KEPT_FOR, TALLIES_KEPT = 20_000, timedelta(seconds=10), 1_000
"""From how many records on a queue's figures are kept for a while, for how long, and how many of them."""
_FROM_READING = {Strategy.ABSTAIN, Strategy.DISAGREEMENT, Strategy.DIVERSE, Strategy.RANDOM}
_FROM_FUNCTIONS = {Strategy.WEAK, Strategy.CUSTOM}
Found = tuple[list[Candidate], int]
"""Candidates, the most useful first, and how many documents they were sought in."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of a filling.

    Attributes:
        added: records that the queue did not hold before.
        documents: how many documents were looked through.
        found: how many sentences could have been added.
        near_duplicates: of these, how many said the same as a chosen one.
        random_added: records that the random sample got beside them.
    """

    added: int
    documents: int
    found: int
    near_duplicates: int = 0
    random_added: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a stored document that somebody wants judged, and why."""

    source: str
    document_id: str
    start: int
    end: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class QueueService:
    """Queues, their rules, and what is in them."""

    store: Store
    reader_for: Callable[[str], SignalReader]
    other_reader_for: Callable[[str], SignalReader]
    meaning: Callable[[], MeaningEncoder]
    from_functions: Callable[[str, Sequence[str]], Found]
    clock: Clock = system_clock
    _tallies: dict[tuple[str, str, str | None], tuple[datetime, Tally]] = field(default_factory=dict)

    def overview(self, tenant_id: str, member: Member) -> list[dict[str, Any]]:
        """The queues that a member sees, with how far they are."""
        with self.store.tenant(tenant_id) as session:
            rows = [row for row in repository.queues(session) if member.sees(row.queue)]
            return [self._described(session, row, member) for row in rows]

    def seen_by(self, tenant_id: str, member: Member) -> dict[str, QueueRules]:
        """The rules of the queues that a member sees, by name; without counts, which cost more."""
        with self.store.tenant(tenant_id) as session:
            return {row.queue: rules_of(row) for row in repository.queues(session) if member.sees(row.queue)}

    def one(self, tenant_id: str, member: Member, name: str) -> dict[str, Any]:
        """One queue, with how far it is.

        Raises:
            NotFound: if there is none, or it was not given to them.
        """
        with self.store.tenant(tenant_id) as session:
            return self._described(session, self.row(session, tenant_id, member, name), member)

    def row(self, session: Session, tenant_id: str, member: Member, name: str) -> LabelQueueRow:
        """A queue that the member sees.

        Raises:
            NotFound: if there is none, or it was not given to them.
        """
        member.require_queue(name)
        row = repository.queue(session, tenant_id, name)
        if row is None:
            raise NotFound("no such queue, or not given to you", where=f"queue {name!r}")
        return row

    def _described(self, session: Session, row: LabelQueueRow, member: Member) -> dict[str, Any]:
        count = self.tally(session, row, member)
        return {
            "queue": row.queue,
            **rules_of(row).values(),
            "records": count.records,
            "places": {
                "open": count.open,
                "locked": count.locked,
                "done": count.done,
                "closed": count.closed,
                "set_aside": count.set_aside,
            },
            "mine": repository.shares(session, [row.queue], member.person).get(row.queue, 0),
        }

    def tally(self, session: Session, row: LabelQueueRow, member: Member) -> Tally:
        """How far a queue is, as a member may see it: an annotator's gold tasks count as any others do.

        Counting a large queue takes longer than handing out a task, so that its figures may be some seconds old.
        """
        person = member.person if member.role is Role.ANNOTATOR else None
        key, now = (row.tenant_id, row.queue, person), self.clock()
        known = self._tallies.get(key)
        if known is not None and now < known[0]:
            return known[1]
        count = repository.tally(session, row.queue, now, person)
        if person is not None:
            count = replace(count, open=count.open + gold.still_to_come(session, row, person, count.records))
        if count.records >= LARGE:
            if len(self._tallies) >= TALLIES_KEPT:
                self._tallies.clear()
            self._tallies[key] = now + KEPT_FOR, count
        return count

    def put(self, tenant_id: str, member: Member, name: str, rules: QueueRules) -> dict[str, Any]:
        """Make a queue, or change its rules. A raised overlap asks more people about what it holds already.

        Raises:
            Forbidden: if the member is no admin.
            InputError: if a rule can't be.
        """
        member.require(Role.ADMIN)
        with self.store.tenant(tenant_id) as session:
            ensure_tenant(session, tenant_id)
            before = repository.queue(session, tenant_id, checked_name(name))
            if before is not None and before.strategy != rules.strategy.value:
                raise InputError(f"the queue is one of {before.strategy} for good", where="strategy")
            if rules.strategy is Strategy.CUSTOM:
                if before is None:
                    raise InputError("such a queue is made with its signal", where="strategy")
                rules = replace(rules, labels=rules_of(before).labels)
            session.expire_all()
            repository.put_queue(session, tenant_id, name, rules.values())
            repository.missing_places(session, tenant_id, name, rules.overlap)
        return self.one(tenant_id, member, name)

    def fill(
        self,
        tenant_id: str,
        member: Member,
        name: str,
        size: int,
        *,
        documents: int = 500,
        seed: int = 0,
        advance: Callable[[], None] = lambda: None,
    ) -> Filled:
        """Look for sentences by the queue's strategy, and add the best; the random sample gets its share beside them.

        A queue that is named as a strategy need not be made first.

        Args:
            tenant_id: whose.
            member: who asks.
            name: the queue.
            size: how many records to add at most.
            documents: how many documents to read anew, the newest first; a random draw is over all.
            seed: of the random draw.
            advance: called after each document.

        Raises:
            Forbidden: if the member is no admin.
            NotFound: if there is no such queue.
            InputError: if nothing can be found by the queue's strategy.
        """
        member.require(Role.ADMIN)
        if not 1 <= size <= FILL_MAX or not 1 <= documents <= DOCUMENTS_MAX:
            raise InputError(f"size is 1 to {FILL_MAX}, documents 1 to {DOCUMENTS_MAX}", where="size")
        rules = self._ensured(tenant_id, name)
        if rules.strategy not in _FROM_READING | _FROM_FUNCTIONS:
            raise InputError(f"a queue of {rules.strategy.value} is filled by others", where=f"queue {name!r}")
        if rules.strategy is Strategy.RANDOM:
            return self._draw(tenant_id, name, size, seed)
        found, read = self._found(tenant_id, rules, documents, advance)
        chosen, repeated = self._unlike(found, size) if rules.strategy is Strategy.DIVERSE else (found[:size], 0)
        added = self.add(tenant_id, name, chosen)
        beside = random_for(rules.random_share, added)
        random_added = 0
        if beside:
            self._ensured(tenant_id, Strategy.RANDOM.value)
            random_added = self._draw(tenant_id, Strategy.RANDOM.value, beside, seed).added
        return Filled(added, read, len(found), repeated, random_added)

    def _found(self, tenant_id: str, rules: QueueRules, limit: int, advance: Callable[[], None]) -> Found:
        if rules.strategy in _FROM_FUNCTIONS:
            found, documents = self.from_functions(tenant_id, rules.labels)
        else:
            with self.store.tenant(tenant_id) as session:
                stored = candidates.newest(session, limit)
            reader, documents = self.reader_for(tenant_id), len(stored)
            if rules.strategy is Strategy.DISAGREEMENT:
                found = list(candidates.in_dispute(reader, self.other_reader_for(tenant_id), stored, advance))
            else:
                found = list(candidates.unsure(reader, stored, advance))
        texts = {item.source.text_id(tenant_id) for item in found}
        with self.store.tenant(tenant_id) as session:
            known = records.known_passages(session, sorted(texts))
        fresh = [
            item
            for item in found
            if (item.source.text_id(tenant_id), item.passage.start, item.passage.end) not in known
        ]
        return sorted(fresh, key=lambda item: (item.priority, item.source.document_id, item.passage.start)), documents

    def _unlike(self, found: Sequence[Candidate], size: int) -> tuple[list[Candidate], int]:
        """Candidates that are unlike each other, and how many were left out because they were not."""
        if not found:
            return [], 0
        vectors = np.stack([meaning.vector for meaning in self.meaning().encode([item.text for item in found])])
        order, repeated = diverse([-item.priority for item in found], vectors, size)
        # The order of choice is the order of work: the first ones teach the most together.
        return [replace(found[at], priority=float(rank)) for rank, at in enumerate(order)], repeated

    def _draw(self, tenant_id: str, name: str, size: int, seed: int) -> Filled:
        """Draw over all sentences that were read. Those that other queues hold are as likely as any."""
        with self.store.tenant(tenant_id) as session:
            counts = candidates.sentence_counts(session)
            before = repository.tally(session, name, self.clock()).records
            # A draw goes on where the last one ended, so that none repeats another while the store is the same.
            order = drawn([count for _, count in counts], before + size, seed)[before:]
            picks = [(counts[at][0], sentence) for at, sentence in order]
            documents = candidates.by_ids(session, sorted({row_id for row_id, _ in picks}))
        reader = self.reader_for(tenant_id)
        chosen = [
            replace(item, priority=item.priority + before) for item in candidates.at_random(reader, documents, picks)
        ]
        return Filled(self.add(tenant_id, name, chosen), len(documents), sum(count for _, count in counts))

    def add(self, tenant_id: str, name: str, chosen: Sequence[Candidate]) -> int:
        """Put candidates into a queue; returns how many records were not in it before."""
        now = self.clock()
        with self.store.tenant(tenant_id) as session:
            row = repository.queue(session, tenant_id, name)
            if row is None:
                raise NotFound("no such queue", where=f"queue {name!r}")
            places: list[tuple[uuid.UUID, float, str]] = []
            suggestions = []
            for item in chosen:
                source = replace(item.source, asked=asked_in(row))
                (record_id,) = records.add_records(session, tenant_id, source, [item.passage], row.strategy)
                places.append((record_id, item.priority, item.reason))
                if item.suggestion:
                    facts = {"record_id": record_id, "tenant_id": tenant_id, "person": None, "made_at": now}
                    suggestions.append(item.suggestion | facts)
            records.add_suggestions(session, suggestions)
            return repository.add_tasks(session, row, places)

    def add_places(self, tenant_id: str, member: Member, name: str, places: Sequence[Place]) -> int:
        """Put stretches of stored documents into a queue, such as what a search found, in the order given.

        Raises:
            Forbidden: if the member is no reviewer.
            NotFound: if there is no such queue or document.
            InputError: if a stretch lies outside its document.
        """
        member.require(Role.REVIEWER)
        member.require_queue(name)
        self._ensured(tenant_id, name)
        version = self.reader_for(tenant_id).model_version
        chosen = []
        with self.store.tenant(tenant_id) as session:
            before = repository.tally(session, name, self.clock()).records
            for at, place in enumerate(places):
                row = records.stored_text(session, place.source, place.document_id)
                where = f"places[{at}]"
                if row is None:
                    raise NotFound(f"no document {place.source}/{place.document_id}", where=where)
                if not 0 <= place.start < place.end <= len(row.text):
                    raise InputError(f"not a stretch of {len(row.text)} characters", where=where)
                stored = candidates.as_stored(session, row)
                suggestion = candidates.suggestion_of(stored, place.start, place.end, version)
                passage = Passage(place.start, place.end)
                chosen.append(
                    Candidate(stored.source(), passage, float(before + at), place.reason or "chosen", suggestion)
                )
        return self.add(tenant_id, name, chosen)

    def _ensured(self, tenant_id: str, name: str) -> QueueRules:
        """The rules of a queue; one that is named as a strategy is made when it is first needed."""
        with self.store.tenant(tenant_id) as session:
            row = repository.queue(session, tenant_id, name)
            if row is not None:
                return rules_of(row)
            if name not in set(Strategy):
                raise NotFound("no such queue", where=f"queue {name!r}", remedy="make it first")
            rules = QueueRules.of(Strategy(name))
            ensure_tenant(session, tenant_id)
            repository.add_queue(session, tenant_id, name, rules.values())
            return rules
