"""Reads documents for the signals that a workspace made itself and activated."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from core.db import Store
from core.entities import Document, Sentence
from core.errors import ForeshockError, InputError, NotFound, StoreUnavailable
from labeling.members import Member, Role
from labeling.signals import repository as own_signals
from labeling.signals.service import CustomSignalService
from nlp.extract import SignalReader
from pipelines.custom import repository
from pipelines.custom.find import Found, Serving, find
from pipelines.extract.repository import StoredDocument, load_documents

logger = logging.getLogger(__name__)

BATCH = 10
"""Earlier documents that are read before the worker looks for new ones again."""
_SERVICE = Member("the worker", Role.ADMIN)


@dataclass(frozen=True, slots=True)
class CustomReading:
    """Finds mentions of own signals in new documents, and catches up with earlier ones."""

    store: Store
    reader_for: Callable[[str], SignalReader]
    signals: CustomSignalService

    def serving(self, tenant_id: str) -> list[Serving]:
        """The signals that documents are read for now. One whose head knows another reader is fitted anew first."""
        reader = self.reader_for(tenant_id)
        with self.store.tenant(tenant_id) as session:
            active = own_signals.active(session)
            stale = [row.slug for row, head in active if head.vectors_version != reader.vectors_version]
            known = [
                Serving(row.slug, head.version, own_signals.head_of(head))
                for row, head in active
                if row.slug not in stale
            ]
        return known + [renewed for slug in stale if (renewed := self._renewed(tenant_id, slug))]

    def _renewed(self, tenant_id: str, slug: str) -> Serving | None:
        """The same signal for the reader that serves now: what a head would say of another one's vectors is noise.

        One that can't be fitted any more is passed over, and nothing new is found for it.
        """
        try:
            self.signals.activate(tenant_id, _SERVICE, slug)
        except (InputError, NotFound) as error:
            logger.warning("a signal does not fit the reader that serves (%s)", error.code)
            return None
        with self.store.tenant(tenant_id) as session:
            found = {row.slug: head for row, head in own_signals.active(session)}.get(slug)
        return Serving(slug, found.version, own_signals.head_of(found)) if found else None

    def find(
        self, tenant_id: str, document: Document, sentences: Sequence[Sentence], serving: Sequence[Serving]
    ) -> list[Found]:
        """Mentions in a document that was just read."""
        return find(self.reader_for(tenant_id), document, sentences, serving) if serving else []

    def write(
        self,
        session: Session,
        tenant_id: str,
        stored: StoredDocument,
        serving: Sequence[Serving],
        found: Sequence[Found],
        pipeline_version: str,
    ) -> None:
        """Write mentions, in the transaction of whoever read the document; what was retired meanwhile is left out."""
        if serving and (kept := repository.still_serving(session, serving)):
            repository.write_found(session, tenant_id, stored, kept, found, pipeline_version)

    def run_batch(self) -> int:
        """Read some earlier documents, of every tenant; returns how many that were."""
        with self.store.nobody() as session:
            tenants = repository.tenants(session)
        return sum(self._run_tenant(tenant_id) for tenant_id in tenants)

    def _run_tenant(self, tenant_id: str) -> int:
        with self.store.tenant(tenant_id) as lock:
            if not repository.only_one(lock):
                return 0
            serving = self.serving(tenant_id)
            with self.store.tenant(tenant_id) as session:
                found = repository.waiting(session, [signal.slug for signal in serving], BATCH)
                documents = load_documents(session, found)
            for stored in documents.values():
                self._read(tenant_id, stored, serving)
            return len(documents)

    def _read(self, tenant_id: str, stored: StoredDocument, serving: Sequence[Serving]) -> None:
        reader = self.reader_for(tenant_id)
        found: list[Found] = []
        try:
            found = find(reader, stored.document, reader.sentences(stored.document), serving)
        except StoreUnavailable:
            raise
        except Exception as error:
            # Whatever a document does to the reader must not stop the others: it counts as read, with nothing found.
            kind = error.code if isinstance(error, ForeshockError) else type(error).__name__
            logger.warning("a document was not read for own signals (%s)", kind)
        with self.store.tenant(tenant_id) as session:
            if repository.lock_document(session, stored.row_id, stored.revision):
                self.write(session, tenant_id, stored, serving, found, reader.pipeline_version)

    def catch_up(self, tenant_id: str, advance: Callable[[int], None] = lambda _done: None) -> int:
        """Read all earlier documents of a tenant; returns how many that were."""
        total = 0
        while done := self._run_tenant(tenant_id):
            total += done
            advance(done)
        return total
