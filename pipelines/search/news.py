"""What saved searches found anew, kept until somebody has seen it: places in documents, never copies of their words."""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.clock import Clock, system_clock
from core.db import Store
from core.errors import InputError, NotFound
from core.tables import AccountRow, DocumentRow, SavedSearchRow, SearchNewsRow
from pipelines.search.saved import NewHits, SavedSearches
from pipelines.wire import moment

logger = logging.getLogger(__name__)

AT_ONCE = 20
"""Documents that one look at a search brings at most; the best of them."""
SHOWN = 200


@dataclass(frozen=True, slots=True)
class SearchNews:
    """Asks the searches that somebody wants to hear of, and keeps what they find."""

    store: Store
    saved: SavedSearches
    clock: Clock = system_clock

    def collect(self) -> int:
        """Ask all searches of all tenants for which there is something new; returns how many sentences were kept."""
        with self.store.nobody() as session:
            waiting = session.execute(text("select * from foreshock_searches_with_news()")).all()
        return sum(self._ask(tenant_id, search_id) for tenant_id, search_id in waiting)

    def _ask(self, tenant_id: str, search_id: uuid.UUID) -> int:
        try:
            found = self.saved.new_hits(tenant_id, search_id, limit=AT_ONCE)
            with self.store.tenant(tenant_id) as session:
                kept = _keep(session, tenant_id, search_id, found)
            self.saved.seen(tenant_id, search_id, found.until)
        except (InputError, NotFound) as error:
            # Forgotten meanwhile, or no longer a search that can be asked: the others must not wait for it.
            logger.warning("a saved search was not asked: %s", error.code)
            return 0
        return kept

    def unseen(self, tenant_id: str, person: str | None = None) -> list[dict[str, Any]]:
        """Searches with sentences that nobody has seen, the newest first; those of ``person`` and nobody's.

        Sentences of documents that were edited or deleted since are not among them.
        """
        words = func.substr(DocumentRow.text, SearchNewsRow.start + 1, SearchNewsRow.end - SearchNewsRow.start)
        query = (
            select(SearchNewsRow, SavedSearchRow, DocumentRow, AccountRow.name, words)
            .join(SavedSearchRow, SavedSearchRow.search_id == SearchNewsRow.search_id)
            .join(DocumentRow, _same_document())
            .join(AccountRow, AccountRow.account_id == DocumentRow.account_id)
            .where(_waiting(person))
            .order_by(SearchNewsRow.found_at.desc(), SearchNewsRow.search_id, DocumentRow.occurred_at.desc(),
                      SearchNewsRow.document_id, SearchNewsRow.start)
            .limit(SHOWN)
        )  # fmt: skip
        searches: dict[uuid.UUID, dict[str, Any]] = {}
        hits: dict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
        with self.store.tenant(tenant_id) as session:
            for row, search, document, account, said in session.execute(query):
                searches.setdefault(row.search_id, _search(search))
                hits[row.search_id].append(_hit(row, document, account, said))
        return [search | {"hits": hits[search_id]} for search_id, search in searches.items()]

    def count(self, tenant_id: str, person: str | None = None) -> int:
        """How many searches have something that nobody has seen."""
        query = (
            select(func.count(SearchNewsRow.search_id.distinct()))
            .join(SavedSearchRow, SavedSearchRow.search_id == SearchNewsRow.search_id)
            .join(DocumentRow, _same_document())
            .where(_waiting(person))
        )
        with self.store.tenant(tenant_id) as session:
            return session.scalar(query) or 0

    def seen(self, tenant_id: str, search_id: uuid.UUID, by: str) -> int:
        """Somebody has seen what a search found; returns how many sentences that were.

        Raises:
            NotFound: if there is no such search.
        """
        self.saved.one(tenant_id, search_id)
        with self.store.tenant(tenant_id) as session:
            done = session.execute(
                update(SearchNewsRow)
                .where(SearchNewsRow.search_id == search_id, SearchNewsRow.seen_at.is_(None))
                .values(seen_at=self.clock(), seen_by=by)
                .returning(SearchNewsRow.document_id)
            )
            return len(done.all())


def _same_document() -> ColumnElement[bool]:
    return and_(DocumentRow.document_id == SearchNewsRow.document_id, DocumentRow.revision == SearchNewsRow.revision)


def _waiting(person: str | None) -> ColumnElement[bool]:
    unseen = SearchNewsRow.seen_at.is_(None)
    if person is None:
        return unseen
    return and_(unseen, or_(SavedSearchRow.person.is_(None), SavedSearchRow.person == person))


def _keep(session: Session, tenant_id: str, search_id: uuid.UUID, found: NewHits) -> int:
    rows = [
        {"tenant_id": tenant_id, "search_id": search_id, "document_id": document.document_id,
         "revision": document.revision, "start": sentence["start"], "end": sentence["end"]}
        for hit in found.hits
        for document in _documents(session, hit)
        for sentence in hit["sentences"]
    ]  # fmt: skip
    if not rows:
        return 0
    kept = insert(SearchNewsRow).values(rows).on_conflict_do_nothing().returning(SearchNewsRow.start)
    return len(session.execute(kept).all())


def _documents(session: Session, hit: dict[str, Any]) -> Sequence[DocumentRow]:
    """The document of a hit; none where it was deleted meanwhile."""
    place = hit["document"]
    query = select(DocumentRow).where(DocumentRow.source == place["source"], DocumentRow.external_id == place["id"])
    return session.scalars(query).all()


def _search(row: SavedSearchRow) -> dict[str, Any]:
    return {
        "search_id": str(row.search_id),
        "name": row.name,
        "text": row.query["text"],
        "filters": row.query["filters"],
        "person": row.person,
    }


def _hit(row: SearchNewsRow, document: DocumentRow, account: str | None, said: str) -> dict[str, Any]:
    return {
        "account_id": document.account_id,
        "account_name": account,
        "document": {"source": document.source, "id": document.external_id},
        "kind": document.kind,
        "title": document.title,
        "occurred_at": moment(document.occurred_at),
        "found_at": moment(row.found_at),
        "start": row.start,
        "end": row.end,
        "text": said,
    }
