"""The SQL that writes the index, in the transaction of whoever reads, edits or deletes a document."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, text, update
from sqlalchemy.orm import Session

from core.tables import AccountRow, DocumentRow, ReadingRow, SentenceRow
from core.tables_search import VECTOR_WIDTH
from pipelines.extract.repository import StoredDocument
from pipelines.search.indexing import INDEX_VERSION, IndexedDocument, sentence_id

_LOCK = 7_302
_VECTOR = "[" + ",".join(["%.6f"] * VECTOR_WIDTH) + "]"
"""A vector as text: finer than the half precision that it is kept in, and one operation."""

_INSERT_SENTENCES = text("""
    insert into sentences (tenant_id, sentence_id, vector, document_id, account_id, occurred_at, indexed_at, start,
                           "end", length, kind, side, speaker)
    select :tenant, id, cast(vector as halfvec(384)), :document, :account, :occurred_at, clock_timestamp(), first, last,
           length, :kind, side, speaker
      from unnest(cast(:ids as bigint[]), cast(:vectors as text[]), cast(:firsts as integer[]),
                  cast(:lasts as integer[]), cast(:lengths as smallint[]), cast(:sides as text[]),
                  cast(:speakers as text[])) as row(id, vector, first, last, length, side, speaker)
""")
_INSERT_TERMS = text("""
    insert into sentence_terms (tenant_id, term_id, sentence_id, weight, length)
    select :tenant, term, id, weight, length
      from unnest(cast(:terms as integer[]), cast(:ids as bigint[]), cast(:weights as smallint[]),
                  cast(:lengths as smallint[])) as row(term, id, weight, length)
""")
_KNOWN_TERMS = text("select term, term_id from search_terms where tenant_id = :tenant and term = any(:terms)")
_NEW_TERMS = text("""
    insert into search_terms (tenant_id, term, stem)
    select :tenant, term, stem from unnest(cast(:terms as text[]), cast(:stems as text[])) as row(term, stem)
    on conflict (tenant_id, term) do nothing
""")
_FORGET_TERMS = text("""
    delete from search_terms v
     where tenant_id = :tenant
       and not exists (select from sentence_terms t where t.tenant_id = :tenant and t.term_id = v.term_id)
""")


def write_index(session: Session, tenant_id: str, stored: StoredDocument, indexed: IndexedDocument) -> None:
    """Write a document's sentences in place of what any earlier reading left of it."""
    begin_writing(session)
    session.execute(delete(SentenceRow).where(SentenceRow.document_id == stored.row_id))
    session.execute(
        update(ReadingRow).where(ReadingRow.document_id == stored.row_id).values(index_version=INDEX_VERSION)
    )
    if indexed.entries:
        ids = [sentence_id(stored.row_id, stored.revision, entry.sentence) for entry in indexed.entries]
        _write_sentences(session, tenant_id, stored, indexed, ids)
        _write_terms(session, tenant_id, indexed, ids)


def begin_writing(session: Session) -> None:
    """Many may write at once, and none while somebody settles or forgets, until their transactions end."""
    _lock(session, shared=True)


def settled(session: Session) -> datetime:
    """A moment of which it is certain: what was indexed before is committed, and what is to come is later."""
    _lock(session, shared=False)
    found: datetime | None = session.scalar(select(func.clock_timestamp()))
    assert found is not None
    return found


def forget_words(session: Session, tenant_id: str) -> None:
    """Drop words that nobody uses any more: a name must not outlive the last document that it stood in."""
    _lock(session, shared=False)
    session.execute(_FORGET_TERMS, {"tenant": tenant_id})


def account_names(session: Session, account_ids: Iterable[str]) -> dict[str, str | None]:
    """What accounts are called now."""
    rows = session.execute(
        select(AccountRow.account_id, AccountRow.name).where(AccountRow.account_id.in_(set(account_ids)))
    )
    return {account_id: name for account_id, name in rows}


def text_of(session: Session, sentence_id: int) -> str:
    """What a sentence says; empty if there is none of that id."""
    row = SentenceRow
    cut = func.substr(DocumentRow.text, row.start + 1, row.end - row.start)
    found = session.scalar(
        select(cut).where(row.sentence_id == sentence_id, DocumentRow.document_id == row.document_id)
    )
    return str(found or "")


def not_indexed(session: Session, limit: int) -> list[uuid.UUID]:
    """Documents that were read and are not in the index as this release writes it."""
    stale = or_(ReadingRow.index_version.is_(None), ReadingRow.index_version != INDEX_VERSION)
    return list(
        session.scalars(select(ReadingRow.document_id).where(stale).order_by(ReadingRow.document_id).limit(limit))
    )


def mark_stale(session: Session) -> None:
    """Every document of the tenant is to be indexed anew."""
    session.execute(update(ReadingRow).values(index_version=None))


def count_not_indexed(session: Session) -> int:
    """How many these are."""
    stale = or_(ReadingRow.index_version.is_(None), ReadingRow.index_version != INDEX_VERSION)
    return session.scalar(select(func.count()).select_from(ReadingRow).where(stale)) or 0


def lock_revision(session: Session, document_id: uuid.UUID, revision: int) -> bool:
    """Whether a document is still at this revision and read; it stays so until the transaction ends."""
    row = session.execute(
        select(DocumentRow.document_id)
        .join(ReadingRow, ReadingRow.document_id == DocumentRow.document_id)
        .where(DocumentRow.document_id == document_id, DocumentRow.revision == revision)
        .with_for_update(of=DocumentRow)
    ).first()
    return row is not None


def _write_sentences(
    session: Session, tenant_id: str, stored: StoredDocument, indexed: IndexedDocument, ids: Sequence[int]
) -> None:
    document, entries = stored.document, indexed.entries
    session.execute(
        _INSERT_SENTENCES,
        {
            "tenant": tenant_id,
            "document": stored.row_id,
            "account": document.account_id,
            "occurred_at": document.occurred_at,
            "kind": document.kind.value,
            "ids": list(ids),
            "vectors": [_VECTOR % tuple(entry.vector.tolist()) for entry in entries],
            "firsts": [entry.sentence.span.start for entry in entries],
            "lasts": [entry.sentence.span.end for entry in entries],
            "lengths": [entry.length for entry in entries],
            "sides": [entry.sentence.speaker.side.value for entry in entries],
            "speakers": [entry.sentence.speaker.name for entry in entries],
        },
    )


def _write_terms(session: Session, tenant_id: str, indexed: IndexedDocument, ids: Sequence[int]) -> None:
    known = _term_ids(session, tenant_id, indexed.stems)
    rows: dict[str, list[Any]] = {"terms": [], "ids": [], "weights": [], "lengths": []}
    for number, entry in zip(ids, indexed.entries, strict=True):
        for form, weight in entry.weights.items():
            rows["terms"].append(known[form])
            rows["ids"].append(number)
            rows["weights"].append(weight)
            rows["lengths"].append(entry.length)
    session.execute(_INSERT_TERMS, {"tenant": tenant_id, **rows})


def _term_ids(session: Session, tenant_id: str, stems: dict[str, str]) -> dict[str, int]:
    # In one order everywhere, so that two writers with the same new words wait for each other and never in a circle.
    forms = sorted(stems)
    known = _known(session, tenant_id, forms)
    new = [form for form in forms if form not in known]
    if new:
        session.execute(_NEW_TERMS, {"tenant": tenant_id, "terms": new, "stems": [stems[form] for form in new]})
        known |= _known(session, tenant_id, new)
    return known


def _known(session: Session, tenant_id: str, forms: list[str]) -> dict[str, int]:
    rows = session.execute(_KNOWN_TERMS, {"tenant": tenant_id, "terms": forms})
    return {term: term_id for term, term_id in rows}


def _lock(session: Session, *, shared: bool) -> None:
    kind = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    session.execute(text(f"select {kind}({_LOCK}, hashtext(current_setting('foreshock.tenant')))"))
