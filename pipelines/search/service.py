"""Search over the store: by words and meaning, like a sentence, and what an account says of something."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from core.clock import Clock, system_clock
from core.db import Store
from core.entities import Document, Sentence
from core.errors import CursorError, InputError, NotFound
from core.ids import digest_json
from core.repository import Page, decode_cursor, encode_cursor
from nlp.lexical import Word, words
from nlp.meaning import Array, MeaningEncoder
from pipelines.accounts import repository as accounts
from pipelines.extract.repository import StoredDocument
from pipelines.search import candidates, repository
from pipelines.search.candidates import Statistics
from pipelines.search.describe import describe, describe_sentences
from pipelines.search.filters import SearchFilters, conditions, stated_best
from pipelines.search.indexing import IndexedDocument, index_document
from pipelines.search.lexicon import Group, look_up
from pipelines.search.parameters import SearchParameters, default_parameters
from pipelines.search.questions import understand
from pipelines.search.ranking import Found, Scale, Scored, by_document, stretched

TEXT_MAX = 500
WORDS_MAX = 32
ANSWER_MAX = 40
_LIKE_WORDS = 8
_LIST = "search"
_REMEMBER_SECONDS = 60.0
_REMEMBER_FROM = 20_000


@dataclass(frozen=True, slots=True)
class Probe:
    """What is looked for: a direction of meaning, and words in the tenant's vocabulary."""

    vector: Array
    groups: tuple[Group, ...]
    facts: Statistics


@dataclass(frozen=True, slots=True)
class SearchService:
    """All that is done with the index."""

    store: Store
    encoder: Callable[[], MeaningEncoder]
    clock: Clock = system_clock
    parameters: SearchParameters = field(default_factory=default_parameters)
    best: Callable[[Session], ColumnElement[bool]] = stated_best
    _facts: dict[str, tuple[float, Statistics]] = field(default_factory=dict)
    _phrases: dict[str, Array] = field(default_factory=dict)

    def prepare(self, document: Document, sentences: Sequence[Sentence], account_name: str | None) -> IndexedDocument:
        """Words and vectors of a document; to be written with ``repository.write_index``."""
        return index_document(document, sentences, account_name, self.encoder(), self.parameters.lexical.context)

    def write(self, session: Session, tenant_id: str, stored: StoredDocument, indexed: IndexedDocument) -> None:
        """Put a document in the index, in the caller's transaction."""
        repository.write_index(session, tenant_id, stored, indexed)

    def forget_words(self, tenant_id: str) -> None:
        """Drop words from the vocabulary that no document has any more."""
        with self.store.tenant(tenant_id) as session:
            repository.forget_words(session, tenant_id)

    def forget_statistics(self, tenant_id: str) -> None:
        """Look at the tenant's index anew with the next search."""
        self._facts.pop(tenant_id, None)

    def check(self, text: str) -> None:
        """Whether this can be searched for.

        Raises:
            InputError: if the text is empty or too long.
        """
        _checked(text)

    def search(
        self,
        tenant_id: str,
        text: str,
        filters: SearchFilters | None = None,
        *,
        limit: int = 10,
        cursor: str | None = None,
        indexed_after: datetime | None = None,
        indexed_until: datetime | None = None,
        least: float = 0.0,
    ) -> Page[dict[str, Any]]:
        """Documents with the sentences that say it, the best first.

        Pages are cut from one ranking: a cursor holds the statistics and the moment of the first page, and what is
        indexed later is not in those that follow.

        Args:
            tenant_id: whose documents.
            text: what is looked for, in words.
            filters: what it is narrowed to.
            limit: documents on a page.
            cursor: of the page before.
            indexed_after: only what is new since then,
            indexed_until: and was there then.
            least: no document with a lower score.

        Raises:
            InputError: if the text is empty or too long.
            CursorError: if the cursor is not one of this search.
        """
        used = filters or SearchFilters()
        asked = _checked(text)
        vector = self._vector(text)
        named = digest_json([text, used.stored(), str(indexed_after), self.parameters.version])[:16]
        after = _read_cursor(cursor, named)
        with self.store.tenant(tenant_id) as session:
            candidates.prepare(session, self.parameters)
            facts = after.facts(self._statistics(session, tenant_id)) if after else self._statistics(session, tenant_id)
            moment = after.moment if after else candidates.moment_of(session)
            groups = self._groups(session, tenant_id, asked)
            groups = after.groups(groups) if after else groups
            probe = Probe(vector, tuple(groups), facts)
            until = moment if after else indexed_until
            scored = self._scored(session, tenant_id, probe, used, indexed_until=until, indexed_after=indexed_after)
            ranked = [one for one in by_document(scored, self.parameters.results) if one.score >= least]
            rest = [one for one in ranked if one.key > after.key] if after else ranked
            items = describe(session, rest[:limit], groups)
        more = _write_cursor(named, rest[limit - 1], moment, probe) if len(rest) > limit else None
        return Page(tuple(items), more)

    def scored(self, tenant_id: str, text: str) -> list[Scored]:
        """Every sentence that the query comes near, with all parts of its score, the best first: for measurements.

        Raises:
            InputError: if the text is empty or too long.
        """
        asked, vector = _checked(text), self._vector(text)
        with self.store.tenant(tenant_id) as session:
            candidates.prepare(session, self.parameters)
            groups = self._groups(session, tenant_id, asked)
            probe = Probe(vector, tuple(groups), self._statistics(session, tenant_id))
            found = self._scored(session, tenant_id, probe, SearchFilters())
        return sorted(found, key=lambda item: (-item.score, item.candidate.sentence_id))

    def similar(
        self, tenant_id: str, sentence_id: int, filters: SearchFilters | None = None, *, limit: int = 10
    ) -> list[dict[str, Any]]:
        """Documents with sentences that say what this one says; its own document is left out.

        Raises:
            NotFound: if there is no such sentence.
        """
        with self.store.tenant(tenant_id) as session:
            candidates.prepare(session, self.parameters)
            place = candidates.vector_of(session, sentence_id)
            if place is None:
                raise NotFound("no such sentence", where=f"sentence {sentence_id:016x}",
                               remedy="search again: an edited document has new sentences")  # fmt: skip
            vector, document_id = place
            facts = self._statistics(session, tenant_id)
            said = repository.text_of(session, sentence_id)
            groups = self._groups(session, tenant_id, words(said)[: 4 * WORDS_MAX])
            telling = sorted(groups, key=lambda group: group.frequency)[:_LIKE_WORDS]
            probe = Probe(np.asarray(vector, dtype=np.float32), tuple(telling), facts)
            scored = self._scored(session, tenant_id, probe, filters or SearchFilters())
            others = [item for item in scored if item.candidate.document_id != document_id]
            return describe(session, by_document(others, self.parameters.results)[:limit], telling)

    def ask(self, tenant_id: str, account_id: str, question: str) -> dict[str, Any]:
        """What an account says of something: its sentences in order of time, with their signals. Nothing is made up.

        Raises:
            NotFound: if there is no such account.
            InputError: if the question is empty or too long.
        """
        _checked(question)
        with self.store.tenant(tenant_id) as session:
            if not accounts.exists(session, account_id):
                raise NotFound("no such account", where=f"account {account_id!r}")
        understood = understand(question, self.clock().date())
        filters = SearchFilters(account_id=account_id, since=understood.since, until=understood.until)
        asked = words(understood.topic)[:WORDS_MAX]
        vector = self._vector(understood.topic)
        with self.store.tenant(tenant_id) as session:
            candidates.prepare(session, self.parameters)
            groups = self._groups(session, tenant_id, asked)
            probe = Probe(vector, tuple(groups), self._statistics(session, tenant_id))
            scored = self._scored(session, tenant_id, probe, filters)
            best = max((item.score for item in scored), default=0.0)
            least = max(self.parameters.results.answer, self.parameters.results.answer_near_best * best)
            chosen = sorted((item for item in scored if item.score >= least), key=lambda item: -item.score)[:ANSWER_MAX]
            told = describe_sentences(session, chosen, groups)
        told.sort(key=lambda row: (row["occurred_at"], row["document"]["source"], row["document"]["id"], row["start"]))
        return {
            "account_id": account_id,
            "question": question,
            "topic": understood.topic,
            "since": understood.since.isoformat() if understood.since else None,
            "until": understood.until.isoformat() if understood.until else None,
            "sentences": told,
        }

    def _scored(
        self,
        session: Session,
        tenant_id: str,
        probe: Probe,
        filters: SearchFilters,
        *,
        indexed_until: datetime | None = None,
        indexed_after: datetime | None = None,
    ) -> list[Scored]:
        numbers = self.parameters.candidates
        best = self.best(session) if filters.tier else stated_best(session)
        where = conditions(tenant_id, filters, best, indexed_until=indexed_until, indexed_after=indexed_after)
        rows = candidates.exact_rows(probe.facts.sentences, numbers)
        narrowed = len(where) > 1
        few = not candidates.more_than(session, where, rows) if narrowed else probe.facts.sentences <= rows
        found: list[int] = []
        if probe.facts.approximate and not few:
            found = candidates.nearest_by_index(session, probe.vector, where, numbers.each)
        if len(found) < numbers.each:
            found = candidates.nearest(session, probe.vector, where, numbers.each)
        chosen = candidates.rarest(probe.groups, self.parameters.lexical.postings)
        lookup = candidates.asked_of(tenant_id, chosen, probe.facts, self.parameters)
        if narrowed:
            found += candidates.with_words_among(session, lookup, where, numbers.each, few=few)
        else:
            found += candidates.with_words(session, lookup, numbers.each)
        asked = candidates.asked_of(tenant_id, probe.groups, probe.facts, self.parameters)
        places = candidates.in_full(session, probe.vector, asked, found, where)
        wanted = self._wanted(probe.vector)
        labels = candidates.labels_of(session, places, wanted)
        scale = Scale(probe.groups, probe.facts.sentences, wanted, self.parameters.fusion)
        return [scale.score(item, labels.get(item.sentence_id, ())) for item in places]

    def _wanted(self, vector: Array) -> dict[str, float]:
        """Which signals a query asks for, and how much: by its nearest phrase."""
        fusion = self.parameters.fusion
        if not self._phrases:
            asked = self.parameters.signals.items()
            self._phrases.update({label.value: np.stack(self.encoder().vectors(phrases)) for label, phrases in asked})
        near = {label: float((rows @ vector).max()) for label, rows in self._phrases.items()}
        found = {label: stretched(cosine, fusion.signal_low, fusion.signal_high) for label, cosine in near.items()}
        return {label: share for label, share in found.items() if share > 0}

    def _groups(self, session: Session, tenant_id: str, asked: Sequence[Word]) -> list[Group]:
        most = 5 * self.parameters.lexical.postings
        return look_up(session, tenant_id, asked, self.parameters.lexical, most)

    def _vector(self, text: str) -> Array:
        return self.encoder().vectors([text])[0]

    def _statistics(self, session: Session, tenant_id: str) -> Statistics:
        """Counted anew for a small tenant; of a large one they change little in a minute."""
        now = time.monotonic()
        kept = self._facts.get(tenant_id)
        if kept and now - kept[0] < _REMEMBER_SECONDS:
            return kept[1]
        facts = candidates.statistics(session, tenant_id)
        if facts.sentences >= _REMEMBER_FROM:
            self._facts[tenant_id] = (now, facts)
        return facts


@dataclass(frozen=True, slots=True)
class _After:
    """A cursor: the last document seen, and what its ranking was made with."""

    score: float
    document: str
    moment: datetime
    sentences: int
    mean_length: float
    frequencies: tuple[int, ...]

    @property
    def key(self) -> tuple[float, str]:
        return -self.score, self.document

    def facts(self, now: Statistics) -> Statistics:
        return Statistics(self.sentences, self.mean_length, now.approximate)

    def groups(self, now: Sequence[Group]) -> list[Group]:
        if len(now) != len(self.frequencies):
            raise _foreign()
        return [Group(group.asked, group.known, count) for group, count in zip(now, self.frequencies, strict=True)]


def _write_cursor(named: str, last: Found, moment: datetime, probe: Probe) -> str:
    counts = ",".join(str(group.frequency) for group in probe.groups)
    facts = probe.facts
    return encode_cursor(
        _LIST, named, last.score, last.document_id, moment.isoformat(), facts.sentences, facts.mean_length, counts
    )


def _read_cursor(cursor: str | None, named: str) -> _After | None:
    if cursor is None:
        return None
    of, score, document, moment, sentences, length, counts = decode_cursor(
        _LIST, cursor, (str, float, str, str, int, float, str)
    )
    if of != named:
        raise _foreign()
    try:
        frequencies = tuple(int(count) for count in counts.split(",")) if counts else ()
        return _After(score, document, datetime.fromisoformat(moment), sentences, length, frequencies)
    except ValueError:
        raise _foreign() from None


def _foreign() -> CursorError:
    return CursorError("this cursor belongs to another search", where="cursor", remedy="start again without a cursor")


def _checked(text: str) -> list[Word]:
    if not text.strip():
        raise InputError("say what to look for", where="q")
    if len(text) > TEXT_MAX:
        raise InputError(f"a search may have {TEXT_MAX} characters", where="q", remedy="leave words out")
    return words(text)[:WORDS_MAX]
