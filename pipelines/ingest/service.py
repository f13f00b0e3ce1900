"""Taking documents in. A document is acknowledged once its row and its job are committed together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from core.db import Store
from core.entities import Account, Document
from core.errors import Conflict, NotFound
from pipelines.ingest import repository

Outcome = Literal["created", "updated", "unchanged"]

BATCH_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one document."""

    source: str
    id: str
    outcome: Outcome
    revision: int


@dataclass(frozen=True, slots=True)
class IngestService:
    """Writes documents and the jobs that they make necessary.

    ``announce`` is called with the new jobs' ids after the commit; a lost announcement costs time only, since workers
    look at the job table by themselves. ``gone`` is called with the tenant after texts were edited or deleted.
    """

    store: Store
    pipeline_version: Callable[[str], str]
    announce: Callable[[Sequence[int]], None] = lambda _ids: None
    gone: Callable[[str], None] = lambda _tenant: None

    def add(self, tenant_id: str, documents: Sequence[Document]) -> list[Receipt]:
        """Write up to a thousand documents in one transaction. The same document twice is one document.

        A document that is stored already is left alone if nothing changed; otherwise it is superseded, with its
        signals.

        Raises:
            Conflict: if two documents of one call share source and id but differ; nothing is written then.
        """
        version = self.pipeline_version(tenant_id)
        latest = _distinct(documents)
        jobs: list[int] = []
        with self.store.tenant(tenant_id) as session:
            repository.ensure_tenant(session, tenant_id)
            repository.note_accounts(session, tenant_id, latest.values())
            stored = dict(repository.stored_digests(session, latest))
            receipts = {}
            for key in sorted(latest):
                document = latest[key]
                if key not in stored:
                    new_id = repository.insert_document(session, tenant_id, document)
                    if new_id is not None:
                        receipts[key] = Receipt(*key, "created", 1)
                        job = repository.insert_job(session, tenant_id, new_id, 1, version)
                        jobs += [job] if job else []
                        continue
                    stored.update(repository.stored_digests(session, [key]))
                document_id, digest, revision = stored[key]
                if repository.document_values(document)["content_digest"] == digest:
                    receipts[key] = Receipt(*key, "unchanged", revision)
                    continue
                repository.replace_document(session, document_id, revision + 1, document)
                receipts[key] = Receipt(*key, "updated", revision + 1)
                job = repository.insert_job(session, tenant_id, document_id, revision + 1, version)
                jobs += [job] if job else []
        if any(receipt.outcome == "updated" for receipt in receipts.values()):
            self.gone(tenant_id)
        if jobs:
            self.announce(jobs)
        return [receipts[(document.source, document.id)] for document in documents]

    def add_accounts(self, tenant_id: str, accounts: Iterable[Account]) -> int:
        """Write accounts as their list states them; returns how many."""
        count = 0
        with self.store.tenant(tenant_id) as session:
            repository.ensure_tenant(session, tenant_id)
            for account in accounts:
                repository.upsert_account(session, tenant_id, account)
                count += 1
        return count

    def remove(self, tenant_id: str, source: str, external_id: str) -> str:
        """Delete a document with its signals; returns its account, whose risk must be computed anew.

        Raises:
            NotFound: if there is none of that source and id.
        """
        with self.store.tenant(tenant_id) as session:
            account_id = repository.delete_document(session, source, external_id)
        if account_id is None:
            raise NotFound("no such document", where=f"{source}/{external_id}")
        self.gone(tenant_id)
        return account_id


def _distinct(documents: Sequence[Document]) -> dict[tuple[str, str], Document]:
    latest: dict[tuple[str, str], Document] = {}
    for document in documents:
        key = (document.source, document.id)
        if latest.setdefault(key, document) != document:
            raise Conflict(
                "two documents of one request share this source and id but differ",
                where=f"{document.source}/{document.id}",
                remedy="send the one that holds, or give them different ids",
            )
    return latest
