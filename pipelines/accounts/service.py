"""Reading what is stored: accounts by risk, signals, documents."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from core.clock import Clock, system_clock
from core.custom_labels import is_custom
from core.db import Store
from core.entities import Label, Skipped, Span
from core.errors import InputError, NotFound
from core.repository import PAGE_DEFAULT, Page
from core.stored import document_of
from core.tables import AccountRow
from core.workspace import Workspace
from nlp.extract import SignalReader, own_side
from nlp.reading.reader import read
from pipelines.accounts import repository, tiers
from pipelines.accounts.repository import AccountFilters, Filters, Order, narrowed
from pipelines.playbook.best_customers import reasons
from pipelines.playbook.service import PlaybookService
from pipelines.wire import occlusion_json

_ALL = AccountFilters()


@dataclass(frozen=True, slots=True)
class AccountService:
    """All questions that lists and pages ask."""

    store: Store
    playbook: PlaybookService
    clock: Clock = system_clock

    def ranked(
        self,
        tenant_id: str,
        filters: AccountFilters = _ALL,
        *,
        order: Order = Order.RISK,
        limit: int = PAGE_DEFAULT,
        cursor: str | None = None,
    ) -> Page[dict[str, Any]]:
        """Accounts, the highest risk or the greatest rise of a month first."""
        with self.store.tenant(tenant_id) as session:
            best = self.best(session)
            return repository.accounts_ranked(session, filters, best, order=order, limit=limit, cursor=cursor)

    def one(self, tenant_id: str, account_id: str) -> dict[str, Any]:
        """One account, with what makes it a best customer if it is one.

        Raises:
            NotFound: if there is none of that id.
        """
        with self.store.tenant(tenant_id) as session:
            found = repository.account(session, account_id, self.best(session))
            if found is None:
                raise NotFound("no such account", where=f"account {account_id!r}")
            rule, row = (
                self.playbook.policy(session).best_customer,
                session.get_one(AccountRow, (tenant_id, account_id)),
            )
            bar, today = tiers.revenue_bar(session, rule), self.clock().date()
            return found | {"best_customer_because": list(reasons(tiers.account_of(row), rule, bar, today))}

    def ids(self, tenant_id: str, filters: AccountFilters) -> frozenset[str]:
        """The ids of all accounts that the filters let through."""
        with self.store.tenant(tenant_id) as session:
            return frozenset(session.scalars(narrowed(select(AccountRow.account_id), filters, self.best(session))))

    def choices(self, tenant_id: str) -> dict[str, list[str]]:
        """Owners and segments that there are, for filters."""
        with self.store.tenant(tenant_id) as session:
            return {"owner": repository.owners(session), "segment": repository.segments(session)}

    def best(self, session: Session) -> ColumnElement[bool]:
        """The condition of a best customer of the session's tenant."""
        return tiers.best_condition(session, self.playbook.policy(session).best_customer, self.clock().date())

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

    def sources(self, tenant_id: str, external_ids: Collection[str]) -> dict[str, str]:
        """Where documents of some ids came from, so that they can be linked to; of two with one id, one."""
        with self.store.tenant(tenant_id) as session:
            return repository.sources(session, external_ids) if external_ids else {}

    def passed_over(self, tenant_id: str, source: str, external_id: str, workspace: Workspace) -> tuple[Skipped, ...]:
        """What of a document is not read, and why. Taken apart anew, as only the counts are kept; it takes no model.

        Raises:
            NotFound: if there is none of that source and id.
        """
        with self.store.tenant(tenant_id) as session:
            row = repository.document_row(session, source, external_id)
            if row is None:
                raise NotFound("no such document", where=f"{source}/{external_id}")
            return read(document_of(row), own_side(workspace)).skipped

    def why(self, tenant_id: str, signal_id: uuid.UUID, reader: SignalReader) -> dict[str, Any]:
        """What carried a signal: its words and the sentences around it, each hidden in turn and read again.

        Raises:
            NotFound: if there is no such signal.
            InputError: if it is one that the workspace made itself.
        """
        with self.store.tenant(tenant_id) as session:
            found = repository.signal_place(session, signal_id)
            if found is None:
                raise NotFound("no such signal", where=f"signal {signal_id}")
            signal, document = found
            if is_custom(signal.label):
                remedy = "its explanation holds the words that carried it"
                raise InputError("only the four signals can be read again", where=f"signal {signal_id}", remedy=remedy)
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
