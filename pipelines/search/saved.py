"""Searches that were saved, and what is new to them since somebody last looked."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from core.db import Store
from core.errors import NotFound
from core.ids import new_id
from core.tables import SavedSearchRow
from pipelines.ingest.repository import ensure_tenant
from pipelines.search import repository
from pipelines.search.filters import SearchFilters
from pipelines.search.service import SearchService
from pipelines.wire import moment

NAME_MAX = 120


@dataclass(frozen=True, slots=True)
class NewHits:
    """What a saved search finds among what was indexed after ``since`` and until ``until``."""

    search: dict[str, Any]
    since: datetime
    until: datetime
    hits: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class SavedSearches:
    """Keeps searches. Nobody is told from here: whoever tells them calls ``new_hits`` and then ``seen``."""

    store: Store
    search: SearchService

    def save(
        self,
        tenant_id: str,
        name: str,
        text: str,
        filters: SearchFilters | None = None,
        *,
        alert: bool = False,
        person: str | None = None,
    ) -> dict[str, Any]:
        """Keep a search; what is in the index now counts as seen. With ``alert``, ``person`` hears of what is new.

        Raises:
            InputError: if the text is empty or too long.
        """
        self.search.check(text)
        search_id = new_id()
        query = {"text": text, "filters": (filters or SearchFilters()).stored()}
        with self.store.tenant(tenant_id) as session:
            ensure_tenant(session, tenant_id)
            session.execute(
                insert(SavedSearchRow).values(
                    search_id=search_id, tenant_id=tenant_id, name=name, query=query, alert=alert, person=person
                )
            )
            return _json(self._row(session, search_id))

    def all(self, tenant_id: str, *, alerting: bool = False) -> list[dict[str, Any]]:
        """All saved searches, the oldest first; only those that ask for alerts, if told so."""
        query = select(SavedSearchRow).order_by(SavedSearchRow.created_at, SavedSearchRow.search_id)
        with self.store.tenant(tenant_id) as session:
            rows = session.scalars(query.where(SavedSearchRow.alert) if alerting else query)
            return [_json(row) for row in rows]

    def one(self, tenant_id: str, search_id: uuid.UUID) -> dict[str, Any]:
        """One of them.

        Raises:
            NotFound: if there is none of that id.
        """
        with self.store.tenant(tenant_id) as session:
            return _json(self._row(session, search_id))

    def delete(self, tenant_id: str, search_id: uuid.UUID) -> None:
        """Forget a search.

        Raises:
            NotFound: if there is none of that id.
        """
        with self.store.tenant(tenant_id) as session:
            self._row(session, search_id)
            session.execute(delete(SavedSearchRow).where(SavedSearchRow.search_id == search_id))

    def new_hits(self, tenant_id: str, search_id: uuid.UUID, *, limit: int = 20) -> NewHits:
        """What came since the search was last seen and is surely about it, the best first.

        Nothing is marked as seen: call ``seen`` with ``until`` once the hits have reached somebody. What is indexed in
        between is new the next time.

        Raises:
            NotFound: if there is none of that id.
        """
        with self.store.tenant(tenant_id) as session:
            row = self._row(session, search_id)
            until = repository.settled(session)
        page = self.search.search(
            tenant_id,
            row.query["text"],
            SearchFilters.from_stored(row.query["filters"]),
            limit=limit,
            indexed_after=row.seen_at,
            indexed_until=until,
            least=self.search.parameters.results.news,
        )
        return NewHits(_json(row), row.seen_at, until, page.items)

    def seen(self, tenant_id: str, search_id: uuid.UUID, until: datetime) -> dict[str, Any]:
        """What was indexed up to then is new no more; an earlier moment than the stored one changes nothing.

        Raises:
            NotFound: if there is none of that id.
        """
        with self.store.tenant(tenant_id) as session:
            self._row(session, search_id)
            session.execute(
                update(SavedSearchRow)
                .where(SavedSearchRow.search_id == search_id)
                .values(seen_at=func.greatest(SavedSearchRow.seen_at, until))
            )
            session.expire_all()
            return _json(self._row(session, search_id))

    def _row(self, session: Session, search_id: uuid.UUID) -> SavedSearchRow:
        row = session.get(SavedSearchRow, search_id)
        if row is None:
            raise NotFound("no such saved search", where=f"search {search_id}")
        return row


def _json(row: SavedSearchRow) -> dict[str, Any]:
    return {
        "search_id": str(row.search_id),
        "name": row.name,
        "text": row.query["text"],
        "filters": row.query["filters"],
        "alert": row.alert,
        "person": row.person,
        "created_at": moment(row.created_at),
        "seen_at": moment(row.seen_at),
    }
