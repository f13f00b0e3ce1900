"""What is not in the index comes into it: documents read before there was one, or by an older way of indexing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from psycopg import sql

from core.db import Store
from core.errors import StoreUnavailable
from nlp.extract import SignalReader, own_side
from nlp.reading.reader import read
from pipelines.extract.repository import load_documents
from pipelines.search import candidates, repository
from pipelines.search.service import SearchService

logger = logging.getLogger(__name__)

BATCH = 50
_BUILD_MEMORY = "512MB"


@dataclass(frozen=True, slots=True)
class Reindexer:
    """Renews the index of a tenant; stored signals stay as they are, since nothing is classified again."""

    store: Store
    search: SearchService
    reader_for: Callable[[str], SignalReader]

    def waiting(self, tenant_id: str) -> int:
        """How many documents were read and are not in the index, or by an older way."""
        with self.store.tenant(tenant_id) as session:
            return repository.count_not_indexed(session)

    def renew(self, tenant_id: str) -> None:
        """Let everything be indexed anew by the next ``run``: accounts were renamed, for example."""
        with self.store.tenant(tenant_id) as session:
            repository.mark_stale(session)

    def run(self, tenant_id: str, progress: Callable[[int], None] = lambda _done: None) -> int:
        """Index what is waiting; returns how many documents that were. Each is one transaction: stop it at any time."""
        own = own_side(self.reader_for(tenant_id).workspace)
        total = 0
        while True:
            with self.store.tenant(tenant_id) as session:
                documents = load_documents(session, repository.not_indexed(session, BATCH))
                names = repository.account_names(session, (item.document.account_id for item in documents.values()))
            if not documents:
                return total
            for row_id, stored in sorted(documents.items()):
                sentences = read(stored.document, own).sentences
                indexed = self.search.prepare(stored.document, sentences, names.get(stored.document.account_id))
                with self.store.tenant(tenant_id) as session:
                    repository.begin_writing(session)
                    # One that was edited meanwhile has a job of its own, which indexes it.
                    if repository.lock_revision(session, row_id, stored.revision):
                        self.search.write(session, tenant_id, stored, indexed)
                total += 1
                progress(1)

    def large(self, tenant_id: str) -> bool:
        """Whether a tenant has more sentences than are compared one by one."""
        with self.store.tenant(tenant_id) as session:
            facts = candidates.statistics(session, tenant_id)
        return facts.sentences > self.search.parameters.candidates.exact_rows

    def build_vectors(self, tenant_id: str, owner_url: str) -> None:
        """Build the HNSW index of one tenant, while others read and write; one that is there is built anew.

        Raises:
            StoreUnavailable: if the database does not answer.
        """
        name = sql.Identifier(candidates.vector_index(tenant_id))
        try:
            with psycopg.connect(owner_url.replace("+psycopg", "", 1), autocommit=True) as connection:
                connection.execute(sql.SQL("set maintenance_work_mem = {}").format(sql.Literal(_BUILD_MEMORY)))
                connection.execute(sql.SQL("drop index concurrently if exists {}").format(name))
                connection.execute(
                    sql.SQL(
                        "create index concurrently {} on sentences using hnsw (vector halfvec_ip_ops)"
                        " with (m = 16, ef_construction = 128) where tenant_id = {}"
                    ).format(name, sql.Literal(tenant_id))
                )
        except psycopg.OperationalError as error:
            raise StoreUnavailable(
                "the database does not answer", remedy="check FORESHOCK_OWNER_DATABASE_URL"
            ) from error
        self.search.forget_statistics(tenant_id)
