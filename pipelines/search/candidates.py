"""The SQL that finds: sentences near in meaning, sentences with the words, and both scores of each of them."""

from __future__ import annotations

import math
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pgvector import HalfVector
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Float,
    Uuid,
    any_,
    cast,
    column,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.orm import Session

from core.ids import digest
from core.tables import ReadingRow, SentenceRow, SignalRow
from nlp.meaning import Array
from pipelines.search.lexicon import Group
from pipelines.search.parameters import Candidates, SearchParameters

_SAMPLE = 5_000
_FIRST_LOOK = 10

_CONTRIBUTION = """
    q.worth * (p.weight / 10.0) * :k1_1 / (p.weight / 10.0 + :k1 * (1 - :b + :b * p.length / :mean_length))
"""
_ASKED = """
    unnest(cast(:terms as integer[]), cast(:worths as float[]), cast(:bits as bigint[])) as q(term_id, worth, bit)
"""
_BY_WORDS = f"""
    select p.sentence_id, sum({_CONTRIBUTION}) as score
      from {_ASKED}
      join sentence_terms p on p.tenant_id = :tenant and p.term_id = q.term_id
     group by p.sentence_id
"""
_BEST_BY_WORDS = text(f"{_BY_WORDS} order by score desc, p.sentence_id limit :most")
_SCORES = text(f"""
    select p.sentence_id, sum({_CONTRIBUTION}) as score, bit_or(q.bit) as groups
      from {_ASKED}
     cross join unnest(cast(:sentences as bigint[])) as s(sentence_id)
      join sentence_terms p on p.tenant_id = :tenant and p.term_id = q.term_id and p.sentence_id = s.sentence_id
     group by p.sentence_id
""")


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of a tenant's index: how many sentences, how many words a sentence has, and whether it has an HNSW index."""

    sentences: int
    mean_length: float
    approximate: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence with both of its scores: cosine, BM25, and as bits which words of the query it has."""

    sentence_id: int
    document_id: uuid.UUID
    start: int
    end: int
    cosine: float
    bm25: float
    groups: int


def statistics(session: Session, tenant_id: str) -> Statistics:
    """What scores depend on. The mean length is taken over a few thousand sentences."""
    total = session.scalar(select(func.coalesce(func.sum(ReadingRow.sentences), 0)).where(
        ReadingRow.index_version.is_not(None)))  # fmt: skip
    some = select(SentenceRow.length).where(SentenceRow.tenant_id == tenant_id).limit(_SAMPLE).subquery()
    mean = session.scalar(select(func.avg(some.c.length)))
    built = session.scalar(
        text("select count(*) from pg_index where indexrelid = to_regclass(:name) and indisvalid"),
        {"name": vector_index(tenant_id)},
    )
    return Statistics(int(total or 0), max(1.0, float(mean or 1.0)), bool(built))


def vector_index(tenant_id: str) -> str:
    """Name of a tenant's own HNSW index: shared ones lose recall to other tenants' rows."""
    return f"sentences_near_{digest(tenant_id)[:16]}"


def exact_rows(sentences: int, numbers: Candidates) -> int:
    """Up to how many sentences comparing one by one is quicker than asking the index.

    One by one costs a step for each sentence that passes a filter. The index meets one that passes in every
    ``sentences / passing``, at ``index_step`` times the price; both cost the same at the root of their product.
    """
    return max(numbers.exact_rows, math.isqrt(int(numbers.each * sentences * numbers.index_step)))


def more_than(session: Session, where: Sequence[ColumnElement[bool]], rows: int) -> bool:
    """Whether more sentences pass than this."""
    some = select(literal_column("1")).select_from(SentenceRow).where(*where).limit(rows + 1).subquery()
    return (session.scalar(select(func.count()).select_from(some)) or 0) > rows


def prepare(session: Session, parameters: SearchParameters) -> None:
    """Settings of this transaction: plans are made for the values at hand, by one process, and not compiled."""
    settings = {
        "plan_cache_mode": "force_custom_plan",
        "jit": "off",
        "max_parallel_workers_per_gather": "0",
        "hnsw.ef_search": str(parameters.candidates.ef_search),
        "hnsw.max_scan_tuples": str(parameters.candidates.scan_tuples),
        "hnsw.iterative_scan": "relaxed_order",
    }
    session.execute(select(*(func.set_config(name, value, True) for name, value in settings.items())))


def nearest(session: Session, vector: Array, where: Sequence[ColumnElement[bool]], limit: int) -> list[int]:
    """The sentences nearest in meaning, compared one by one."""
    near = SentenceRow.vector.max_inner_product(HalfVector(vector)).label("near")
    rows = select(SentenceRow.sentence_id, near).where(*where).cte("rows").prefix_with("materialized")
    query = select(rows.c.sentence_id).order_by(rows.c.near, rows.c.sentence_id).limit(limit)
    return list(session.scalars(query))


def nearest_by_index(session: Session, vector: Array, where: Sequence[ColumnElement[bool]], limit: int) -> list[int]:
    """The same from the tenant's HNSW index, which goes on until enough sentences pass the filters, or gives up."""
    near = SentenceRow.vector.max_inner_product(HalfVector(vector)).label("near")
    rows = select(SentenceRow.sentence_id, near).where(*where).order_by(near).limit(limit)
    found = rows.cte("found").prefix_with("materialized")
    # The planner thinks that sorting is cheap; here it may choose only the index that needs none. What the index gives
    # is nearly in order, so the few that it gives are sorted.
    session.execute(text("set local enable_sort = off"))
    nearest_first = select(found.c.sentence_id).order_by(found.c.near + 0, found.c.sentence_id)
    ids = list(session.scalars(nearest_first))
    session.execute(text("set local enable_sort = on"))
    return ids


def with_words(session: Session, asked: dict[str, Any], limit: int) -> list[int]:
    """The sentences with the highest BM25."""
    return list(session.scalars(_BEST_BY_WORDS, {**asked, "most": limit})) if asked["terms"] else []


def with_words_among(
    session: Session, asked: dict[str, Any], where: Sequence[ColumnElement[bool]], limit: int, *, few: bool
) -> list[int]:
    """The same of those that pass the filters; ``few`` says that not many do."""
    if not asked["terms"]:
        return []
    # Where many pass, a few times as many of the best hold enough of them.
    looks = (_BY_WORDS,) if few else (f"{_BY_WORDS} order by score desc limit {limit * _FIRST_LOOK:d}", _BY_WORDS)
    found: list[int] = []
    for look in looks:
        scored = text(look).columns(column("sentence_id", BigInteger), column("score", Float)).bindparams(**asked)
        best = scored.subquery("scored")
        query = select(SentenceRow.sentence_id).join(best, best.c.sentence_id == SentenceRow.sentence_id).where(*where)
        found = list(session.scalars(query.order_by(best.c.score.desc(), SentenceRow.sentence_id).limit(limit)))
        if len(found) == limit:
            break
    return found


def in_full(
    session: Session, vector: Array, asked: dict[str, Any], sentences: Iterable[int],
    where: Sequence[ColumnElement[bool]],
) -> list[Candidate]:  # fmt: skip
    """Both scores of each of these sentences."""
    ids = sorted(set(sentences))
    row = SentenceRow
    scored: dict[int, tuple[float, int]] = {}
    if asked["terms"]:
        found = session.execute(_SCORES, {**asked, "sentences": ids})
        scored = {sentence: (float(score), int(groups)) for sentence, score, groups in found}
    cosine = (-row.vector.max_inner_product(HalfVector(vector))).label("cosine")
    places = session.execute(
        select(row.sentence_id, row.document_id, row.start, row.end, cosine).where(_one_of(ids), *where)
    )
    return [
        Candidate(place.sentence_id, place.document_id, place.start, place.end, float(place.cosine),
                  *scored.get(place.sentence_id, (0.0, 0)))
        for place in places
    ]  # fmt: skip


def _one_of(ids: Sequence[int]) -> ColumnElement[bool]:
    """One parameter for all ids: a statement with a thousand is read more slowly than it runs."""
    return SentenceRow.sentence_id == any_(cast(list(ids), ARRAY(BigInteger)))


def asked_of(
    tenant_id: str, groups: Sequence[Group], facts: Statistics, parameters: SearchParameters
) -> dict[str, Any]:
    """Parameters of the lexical statements: what each known word adds, and which word of the query it stands for."""
    lexical = parameters.lexical
    rows = [
        (known.term_id, known.worth * group.idf(facts.sentences), 1 << at)
        for at, group in enumerate(groups)
        for known in group.known
    ]
    terms, worths, bits = ([row[at] for row in rows] for at in range(3))
    return {
        "tenant": tenant_id, "terms": terms, "worths": worths, "bits": bits, "k1": lexical.k1, "k1_1": lexical.k1 + 1,
        "b": lexical.b, "mean_length": facts.mean_length,
    }  # fmt: skip


def rarest(groups: Sequence[Group], postings: int) -> list[Group]:
    """The groups to look sentences up by: from the rarest on, until enough postings are read; at least one."""
    chosen: list[Group] = []
    total = 0
    for group in sorted((group for group in groups if group.known), key=lambda group: group.frequency):
        if chosen and total + group.frequency > postings:
            break
        chosen.append(group)
        total += group.frequency
    return chosen


def labels_of(session: Session, places: Sequence[Candidate], wanted: Iterable[str]) -> dict[int, set[str]]:
    """Which of the wanted labels these sentences carry."""
    found: dict[int, set[str]] = defaultdict(set)
    labels = list(wanted)
    if not labels or not places:
        return found
    by_document: dict[uuid.UUID, list[Candidate]] = defaultdict(list)
    for place in places:
        by_document[place.document_id].append(place)
    row = SignalRow
    rows = session.execute(
        select(row.document_id, row.label, row.start, row.end).where(
            row.document_id == any_(cast(list(by_document), ARRAY(Uuid))), row.label.in_(labels)
        )
    )
    for document_id, label, start, end in rows:
        for place in by_document[document_id]:
            if start < place.end and place.start < end:
                found[place.sentence_id].add(label)
    return found


def signals_of(session: Session, documents: Iterable[uuid.UUID]) -> list[SignalRow]:
    """All signals of these documents, in text order."""
    return list(
        session.scalars(
            select(SignalRow)
            .where(SignalRow.document_id.in_(list(documents)))
            .order_by(SignalRow.document_id, SignalRow.start, SignalRow.label)
        )
    )


def vector_of(session: Session, sentence_id: int) -> tuple[Sequence[float], uuid.UUID] | None:
    """A sentence's vector, and its document."""
    found = session.execute(
        select(SentenceRow.vector, SentenceRow.document_id).where(SentenceRow.sentence_id == sentence_id)
    ).first()
    return (found[0], found[1]) if found else None


def moment_of(session: Session) -> datetime:
    """When this transaction began: what is indexed later is not in the pages that follow."""
    found: datetime | None = session.scalar(select(func.now()))
    assert found is not None
    return found
