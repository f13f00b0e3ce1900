"""A workspace's own signals, from their definition to the day they are retired."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from core.clock import Clock, system_clock
from core.custom_labels import label_of
from core.db import Store
from core.entities import Sentence
from core.errors import Conflict, InputError, NotFound
from core.stored import ensure_tenant
from core.tables_custom import CustomPickRow, CustomSignalRow
from labeling.annotators import wilson
from labeling.answers import answers
from labeling.custom import NEXT, next_sentences
from labeling.members import Member, Role
from labeling.queues import candidates
from labeling.queues import repository as tasks
from labeling.queues.candidates import Candidate
from labeling.queues.rules import QueueRules, Strategy, queue_of_signal
from labeling.queues.service import QueueService
from labeling.repository import Passage, record_id_of
from labeling.selection import Pick
from labeling.selection import Strategy as Picked
from labeling.signals import repository
from labeling.signals.definition import COLOURS, EXAMPLES_MAX, SIGNALS_MAX, Definition, checked_examples
from labeling.signals.fitting import Fitted, Fitter, pick_row
from labeling.signals.wire import head_json, signal_json
from nlp.extract import SignalReader

NEXT_MAX = 100
LIKELIEST = 8
CHECK = "check"
_ROUND = 1_000.0


@dataclass(frozen=True, slots=True)
class Put:
    """What was put before people: how many, picked by which version, in which queue."""

    added: int
    version: int
    queue: str
    estimate: str


@dataclass(frozen=True, slots=True)
class CustomSignalService:
    """Signals, their heads, and what people are asked to teach them."""

    store: Store
    reader_for: Callable[[str], SignalReader]
    queues: QueueService
    fitter: Fitter
    clock: Clock = system_clock

    def create(
        self,
        tenant_id: str,
        member: Member,
        definition: Definition,
        advance: Callable[[], None] = lambda: None,
    ) -> dict[str, Any]:
        """Write a signal down, with a queue of its own, and say at once what it is worth.

        Raises:
            Forbidden: if the member is no admin.
            InputError: if something of the definition can't be.
            Conflict: if there is one of that name.
        """
        member.require(Role.ADMIN)
        given = definition.checked()
        slug, queue = given.slug, queue_of_signal(given.slug)
        with self.store.tenant(tenant_id) as session:
            ensure_tenant(session, tenant_id)
            known = repository.signals(session)
            if len(known) >= SIGNALS_MAX:
                raise InputError(f"there are {SIGNALS_MAX} signals, as many as a workspace may have", where="name")
            values = {
                "tenant_id": tenant_id,
                "slug": slug,
                "name": given.name,
                "description": given.description,
                "colour": len(known) % COLOURS,
                "made_by": member.person,
                "created_at": self.clock(),
                "changed_at": self.clock(),
            }
            if not repository.add_signal(session, values):
                remedy = "give it another name, or add examples to that one"
                raise Conflict(f"there is a signal {slug!r}", where="name", remedy=remedy)
            repository.put_examples(session, tenant_id, slug, given.examples, member.person, carries=True)
            repository.put_examples(session, tenant_id, slug, given.counterexamples, member.person, carries=False)
            rules = replace(QueueRules.of(Strategy.CUSTOM), title=given.name, labels=(label_of(slug),))
            tasks.add_queue(session, tenant_id, queue, rules.values())
        return self.estimate(tenant_id, slug, advance)

    def add_examples(
        self, tenant_id: str, member: Member, slug: str, examples: Sequence[str], counterexamples: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Add typed sentences; one that is there is said anew. The head is fitted anew at once.

        Raises:
            Forbidden: if the member is no admin.
            NotFound: if there is no such signal.
            InputError: if a sentence can't be one, or there are too many.
        """
        member.require(Role.ADMIN)
        right, wrong = checked_examples(examples, "examples"), checked_examples(counterexamples, "counterexamples")
        with self.store.tenant(tenant_id) as session:
            self._row(session, tenant_id, slug)
            if len(repository.examples(session, slug)) + len(right) + len(wrong) > 2 * EXAMPLES_MAX:
                raise InputError(f"a signal has at most {2 * EXAMPLES_MAX} typed sentences", where="examples")
            repository.put_examples(session, tenant_id, slug, right, member.person, carries=True)
            repository.put_examples(session, tenant_id, slug, wrong, member.person, carries=False)
        return self.estimate(tenant_id, slug)

    def estimate(self, tenant_id: str, slug: str, advance: Callable[[], None] = lambda: None) -> dict[str, Any]:
        """Fit the head on all that was said, and tell what it is worth; where that can't be done, why.

        Raises:
            NotFound: if there is no such signal.
        """
        try:
            self.fitter.fit(tenant_id, slug, advance)
        except InputError as error:
            return self.one(tenant_id, slug) | {"why_no_estimate": str(error)}
        return self.one(tenant_id, slug)

    def all(self, tenant_id: str) -> list[dict[str, Any]]:
        """All signals, the oldest first."""
        with self.store.tenant(tenant_id) as session:
            return [self._described(session, row) for row in repository.signals(session)]

    def one(self, tenant_id: str, slug: str) -> dict[str, Any]:
        """A signal with all its versions.

        Raises:
            NotFound: if there is no such signal.
        """
        with self.store.tenant(tenant_id) as session:
            row = self._row(session, tenant_id, slug)
            versions = [head_json(head) for head in repository.heads(session, slug)]
            return self._described(session, row) | {"versions": versions}

    def likeliest(self, tenant_id: str, slug: str, count: int = LIKELIEST) -> list[dict[str, Any]]:
        """Sentences of the pool that nobody judged and that carry the signal most likely, to see what it would find.

        Raises:
            NotFound: if there is no such signal.
        """
        fitted = self.fitter.current(tenant_id, slug)
        if fitted is None or not fitted.pool.places:
            return []
        sure = fitted.head.probabilities(fitted.pool.vectors)
        order = np.argsort(-sure, kind="stable")[:count].tolist()
        with self.store.tenant(tenant_id) as session:
            held = candidates.by_ids(session, sorted({fitted.pool.places[at].document_id for at in order}))
        found = []
        for at in order:
            place = fitted.pool.places[at]
            if (stored := held.get(place.document_id)) is not None:
                document = {"source": stored.document.source, "id": stored.document.id}
                found.append(
                    {"document": document, "start": place.start, "end": place.end, "text": place.text}
                    | {"score": round(float(sure[at]), 4)}
                )
        return found

    def next(self, tenant_id: str, member: Member, slug: str, count: int = NEXT, *, check: bool = False) -> Put:
        """Fit anew and put the sentences that teach most into the signal's queue: unsure and unlike, likely, by chance.

        With ``check``, put sentences there that chance draws from those that the head gives: answered, they tell how
        often it is right. They are judged before anything is learned from them.

        Raises:
            Forbidden: if the member is no reviewer.
            NotFound: if there is no such signal.
            InputError: if there is too little to fit on.
        """
        member.require(Role.REVIEWER)
        if not 1 <= count <= NEXT_MAX:
            raise InputError(f"must be 1 to {NEXT_MAX}", where="count")
        fitted = self.fitter.fit(tenant_id, slug)
        picked = self._checks(fitted, count) if check else self._useful(fitted, slug, count)
        added = self._put(tenant_id, slug, fitted, picked, check=check) if picked else 0
        return Put(added, fitted.row.version, queue_of_signal(slug), fitted.row.quality["words"])

    def _useful(self, fitted: Fitted, slug: str, count: int) -> list[Pick]:
        pool, version = fitted.pool, fitted.row.version
        if not pool.places:
            return []
        name = slug.replace("-", " ")
        known, fair = fitted.known, pool.drawn
        return next_sentences(name, fitted.head, pool.vectors, known, fair=fair, count=count, seed=version)

    def _checks(self, fitted: Fitted, count: int) -> list[Pick]:
        pool = fitted.pool
        if not pool.places:
            return []
        given = np.flatnonzero(fitted.head.given(pool.vectors) & pool.drawn)
        order = np.random.default_rng(fitted.row.version).permutation(given)[:count].tolist()
        why = f"drawn by chance from what version {fitted.row.version} gives: tells how often it is right"
        return [Pick(row, Picked.RANDOM, why) for row in order]

    def _put(self, tenant_id: str, slug: str, fitted: Fitted, picked: Sequence[Pick], *, check: bool) -> int:
        pool, version, label = fitted.pool, fitted.row.version, label_of(slug)
        reader, queue = self.reader_for(tenant_id), queue_of_signal(slug)
        sure = fitted.head.probabilities(pool.vectors)
        given = fitted.head.given(pool.vectors)
        with self.store.tenant(tenant_id) as session:
            held = candidates.by_ids(session, sorted({pool.places[pick.row].document_id for pick in picked}))
        parts = {row_id: reader.sentences(stored.document) for row_id, stored in held.items()}
        chosen: list[Candidate] = []
        rows: list[dict[str, Any]] = []
        for rank, pick in enumerate(picked):
            place = pool.places[pick.row]
            stored = held.get(place.document_id)
            if stored is None or stored.document.text[place.start : place.end] != place.text:
                continue
            source = replace(stored.source(parts[place.document_id]), asked=queue)
            spans = [{"label": label, "start": place.start, "end": place.end, "attributes": {}}]
            suggestion: dict[str, Any] = {
                "spans": spans if given[pick.row] else [],
                "scores": {label: round(float(sure[pick.row]), 4)},
                "model_version": f"{label}@{version}",
                "explanation": {},
            }
            if pick.origin is Picked.RANDOM:
                suggestion = {}  # what chance drew is judged without knowing what the head thinks
            passage = _passage(parts[place.document_id], place.start, place.end)
            # The newest version's picks come first: what an older one wanted to know may be known by now.
            chosen.append(Candidate(source, passage, rank - _ROUND * version, pick.why, suggestion))
            record_id = record_id_of(source.text_id(tenant_id), place.start, place.end)
            origin = CHECK if check else pick.origin.value
            rows.append(pick_row(tenant_id, slug, record_id, origin, version, reader, pool.vectors[pick.row]))
        added = self.queues.add(tenant_id, queue, chosen)
        with self.store.tenant(tenant_id) as session:
            repository.put_picks(session, rows)
        return added

    def activate(self, tenant_id: str, member: Member, slug: str) -> dict[str, Any]:
        """Serve the newest version: documents that come are read for it, and those that came before by the worker.

        Raises:
            Forbidden: if the member is no admin.
            NotFound: if there is no such signal.
            InputError: if there is too little to fit on.
        """
        member.require(Role.ADMIN)
        fitted = self.fitter.fit(tenant_id, slug)
        with self.store.tenant(tenant_id) as session:
            self._row(session, tenant_id, slug, lock=True)
            repository.change_signal(session, slug, state="active", serving=fitted.row.version, changed_at=self.clock())
        return self.one(tenant_id, slug)

    def retire(self, tenant_id: str, member: Member, slug: str) -> dict[str, Any]:
        """Serve it no more: what was found is gone from every list. Definition, answers and versions stay.

        Raises:
            Forbidden: if the member is no admin.
            NotFound: if there is no such signal.
        """
        member.require(Role.ADMIN)
        with self.store.tenant(tenant_id) as session:
            self._row(session, tenant_id, slug, lock=True)
            repository.change_signal(session, slug, state="retired", changed_at=self.clock())
            repository.forget_found(session, label_of(slug), slug)
        return self.one(tenant_id, slug)

    def about(self, tenant_id: str, slug: str) -> dict[str, Any]:
        """What stands beside the tasks of a signal, in place of the standard.

        Raises:
            NotFound: if there is no such signal.
        """
        with self.store.tenant(tenant_id) as session:
            row = self._row(session, tenant_id, slug)
            return signal_json(row, repository.examples(session, slug), None)

    def names(self, tenant_id: str) -> dict[str, dict[str, Any]]:
        """What pages call signals, and in which colour they show them, by label."""
        with self.store.tenant(tenant_id) as session:
            rows = repository.signals(session)
        return {
            label_of(row.slug): {"name": row.name, "colour": row.colour, "description": row.description} for row in rows
        }

    def _row(self, session: Session, tenant_id: str, slug: str, *, lock: bool = False) -> CustomSignalRow:
        row = repository.signal(session, tenant_id, slug, lock=lock)
        if row is None:
            raise NotFound("no such signal", where=f"signal {slug!r}")
        return row

    def _described(self, session: Session, row: CustomSignalRow) -> dict[str, Any]:
        label, queue = label_of(row.slug), queue_of_signal(row.slug)
        said = answers(session, [queue])
        carry = {record_id for record_id, labels in said.items() if label in labels}
        newest = repository.newest_head(session, row.slug)
        picks = repository.picks(session, row.slug)
        by_chance = [record_id for record_id in said if _origin(picks, record_id) == Picked.RANDOM.value]
        read, documents = repository.progress(session, row) if row.state == "active" else (0, 0)
        return signal_json(row, repository.examples(session, row.slug), newest) | {
            "queue": queue,
            "answers": {
                "carry": len(carry),
                "do_not": len(said) - len(carry),
                "newer_than_estimate": max(0, len(said) - newest.quality["answered"]) if newest else len(said),
            },
            "by_chance": {"judged": len(by_chance), "carry": len(carry & set(by_chance))},
            "checks": [_check(version, found, carry) for version, found in _checked(picks, said).items()],
            "waiting": tasks.tally(session, queue, self.clock()).open,
            "reading": {"read": read, "documents": documents},
            "mentions": repository.found_count(session, label),
        }


def _origin(picks: dict[uuid.UUID, CustomPickRow], record_id: uuid.UUID) -> str | None:
    return picks[record_id].origin if record_id in picks else None


def _checked(
    picks: dict[uuid.UUID, CustomPickRow], said: dict[uuid.UUID, frozenset[str]]
) -> dict[int, list[uuid.UUID]]:
    """By version, the answered sentences that chance drew from what it gives."""
    found: dict[int, list[uuid.UUID]] = {}
    for record_id in sorted(said):
        pick = picks.get(record_id)
        if pick is not None and pick.origin == CHECK and pick.version is not None:
            found.setdefault(pick.version, []).append(record_id)
    return dict(sorted(found.items(), reverse=True))


def _check(version: int, judged: Sequence[uuid.UUID], carry: set[uuid.UUID]) -> dict[str, Any]:
    right = len(carry.intersection(judged))
    low, high = wilson(right, len(judged))
    share = right / len(judged)
    words = f"of {len(judged)} sentences that version {version} gives, drawn by chance, {right} are right"
    return {
        "version": version,
        "judged": len(judged),
        "right": right,
        "low": round(low, 4),
        "high": round(high, 4),
        "words": f"{words} ({share:.0%}, {low:.0%} to {high:.0%})",
    }


def _passage(sentences: Sequence[Sentence], start: int, end: int) -> Passage:
    """A sentence as a passage to judge, with whoever says it."""
    for sentence in sentences:
        if sentence.span.start == start and sentence.span.end == end:
            return Passage(start, end, sentence.speaker.name, sentence.speaker.side.value)
    return Passage(start, end)
