"""Reading what is stored: accounts by risk, signals, documents."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.db import Store
from core.entities import Label, Span
from core.errors import NotFound
from core.repository import PAGE_DEFAULT, Page
from core.stored import document_of
from nlp.extract import SignalReader
from pipelines.accounts import repository
from pipelines.accounts.repository import Filters
from pipelines.wire import occlusion_json


@dataclass(frozen=True, slots=True)
class AccountService:
    """All questions that lists and pages ask."""

    store: Store

    def by_risk(
        self,
        tenant_id: str,
        *,
        level: str | None = None,
        tier: str | None = None,
        owner: str | None = None,
        limit: int = PAGE_DEFAULT,
        cursor: str | None = None,
    ) -> Page[dict[str, Any]]:
        """Accounts, the highest risk first."""
        with self.store.tenant(tenant_id) as session:
            return repository.accounts_by_risk(session, level=level, tier=tier, owner=owner, limit=limit, cursor=cursor)

    def one(self, tenant_id: str, account_id: str) -> dict[str, Any]:
        """One account.

        Raises:
            NotFound: if there is none of that id.
        """
        with self.store.tenant(tenant_id) as session:
            found = repository.account(session, account_id)
        if found is None:
            raise NotFound("no such account", where=f"account {account_id!r}")
        return found

    def signals(
        self, tenant_id: str, filters: Filters, *, limit: int = PAGE_DEFAULT, cursor: str | None = None
    ) -> Page[dict[str, Any]]:
        """Signals, the newest first."""
        with self.store.tenant(tenant_id) as session:
            return repository.signals(session, filters, limit=limit, cursor=cursor)

    def documents(
        self, tenant_id: str, filters: Filters, *, limit: int = PAGE_DEFAULT, cursor: str | None = None
    ) -> Page[dict[str, Any]]:
        """Documents without their texts, the newest first."""
        with self.store.tenant(tenant_id) as session:
            return repository.documents(session, filters, limit=limit, cursor=cursor)

    def document(self, tenant_id: str, source: str, external_id: str) -> dict[str, Any]:
        """One document with text and signals.

        Raises:
            NotFound: if there is none of that source and id.
        """
        with self.store.tenant(tenant_id) as session:
            found = repository.document(session, source, external_id)
        if found is None:
            raise NotFound("no such document", where=f"{source}/{external_id}")
        return found

    def why(self, tenant_id: str, signal_id: uuid.UUID, reader: SignalReader) -> dict[str, Any]:
        """What carried a signal: its words and the sentences around it, each hidden in turn and read again.

        Raises:
            NotFound: if there is no such signal.
        """
        with self.store.tenant(tenant_id) as session:
            found = repository.signal_place(session, signal_id)
            if found is None:
                raise NotFound("no such signal", where=f"signal {signal_id}")
            signal, document = found
            text, label, span = document_of(document), Label(signal.label), Span(signal.start, signal.end)
        return {"signal_id": str(signal_id), "label": label.value} | occlusion_json(reader.occlusion(text, label, span))

    def counts(self, tenant_id: str) -> Mapping[str, int]:
        """How much there is."""
        with self.store.tenant(tenant_id) as session:
            return repository.counts(session)

    def open_jobs(self, tenant_id: str) -> Mapping[str, int]:
        """Work that is not done, by state."""
        with self.store.tenant(tenant_id) as session:
            return repository.open_jobs(session)
