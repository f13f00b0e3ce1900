"""Past documents are read anew, account by account, each account as a whole.

All of an account's documents are read first, beside what is served; then signals, risk and alerts change in one
transaction. So whoever asks sees an account as the old reader saw it or as the new one does, never both. New documents
of an account that has not had its turn are read by the old reader (``pipelines.extract.service``).
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from core.clock import Clock, system_clock
from core.db import Store
from nlp.extract import Extraction, SignalReader
from pipelines.extract.repository import StoredDocument, load_documents, write_result
from pipelines.learn import repository
from pipelines.learn.jobs import Job, Progress
from pipelines.requests.service import RequestService
from pipelines.risk.repository import lock_accounts
from pipelines.risk.service import RiskService
from pipelines.workspace.service import WorkspaceService

logger = logging.getLogger(__name__)

BATCH = 50
"""Accounts between two looks at what is still to be done."""
TRIES = 5
_AT_ONCE = 50

Read = dict[uuid.UUID, tuple[StoredDocument, Extraction]]


class _Superseded(Exception):
    """Another version serves now."""


@dataclass(frozen=True, slots=True)
class Serving:
    """The reader that serves, and what the alias stood for when it was asked."""

    champion: str | None
    reader: SignalReader


@dataclass(frozen=True, slots=True)
class RereadingService:
    """Brings all accounts to the reader in production."""

    store: Store
    workspace: WorkspaceService
    risk: RiskService
    requests: RequestService
    clock: Clock = system_clock

    def waiting(self, tenant_id: str) -> int:
        """How many accounts were read by something else than what serves."""
        with self.store.tenant(tenant_id) as session:
            return len(repository.accounts_to_reread(session, self.workspace.pipeline_version(tenant_id)))

    def reread(self, job: Job, progress: Progress) -> dict[str, Any]:
        """Read every account that something else read, those at the highest risk first; ends when none is left.

        Where another version is promoted meanwhile, it goes on with that one. Stopped at any time, it can begin again.
        """
        tenant_id = job.tenant_id
        done: set[str] = set()
        left: set[str] = set()
        while True:
            with self.store.tenant(tenant_id) as session:
                champion = repository.champion(session)
            serving = Serving(champion, self.workspace.reader(tenant_id))
            with self.store.tenant(tenant_id) as session:
                waiting = repository.accounts_to_reread(session, serving.reader.pipeline_version)
            todo = [account_id for account_id in waiting if account_id not in left]
            if not todo:
                return {"version": serving.reader.model_version, "accounts": len(done), "left": len(left)}
            progress.begin(f"reading accounts with {serving.reader.model_version}", len(done) + len(todo))
            progress.step(len(done))
            try:
                for account_id in todo[:BATCH]:
                    (done if self._account(tenant_id, account_id, serving, progress) else left).add(account_id)
                    progress.step()
            except _Superseded:
                logger.info("another version was promoted: reading goes on with it")
                left.clear()
            self.requests.assign_new(tenant_id)

    def _account(self, tenant_id: str, account_id: str, serving: Serving, progress: Progress) -> bool:
        """Read one account and change it over; whether it was done. An edit or a new document costs another try."""
        read: Read = {}
        for _ in range(TRIES):
            with self.store.tenant(tenant_id) as session:
                wanted = repository.revisions(session, account_id)
            stale = [row_id for row_id, (revision, _) in wanted.items()
                     if row_id not in read or read[row_id][0].revision != revision]  # fmt: skip
            self._read(tenant_id, stale, serving.reader, read, progress)
            with self.store.tenant(tenant_id) as session:
                if self._change_over(session, tenant_id, account_id, serving, read):
                    return True
        logger.info("an account changed %d times while it was read; it is left for the next run", TRIES)
        return False

    def _read(
        self, tenant_id: str, row_ids: list[uuid.UUID], reader: SignalReader, read: Read, progress: Progress
    ) -> None:
        for start in range(0, len(row_ids), _AT_ONCE):
            with self.store.tenant(tenant_id) as session:
                documents = load_documents(session, row_ids[start : start + _AT_ONCE])
            for row_id, stored in sorted(documents.items()):
                read[row_id] = (stored, reader.extract(stored.document))
                progress.beat()

    def _change_over(self, session: Session, tenant_id: str, account_id: str, serving: Serving, read: Read) -> bool:
        """Write all of an account at once; whether it could be, since nothing of it changed after it was read.

        Raises:
            _Superseded: if another version was promoted meanwhile.
        """
        repository.share_serving(session)
        if repository.champion(session) != serving.champion:
            raise _Superseded
        # Documents of the account can neither come in nor be edited while it is locked.
        lock_accounts(session, [account_id])
        now = repository.revisions(session, account_id)
        there = repository.lock_documents(session, sorted(now))
        if any(row_id not in read or read[row_id][0].revision != revision for row_id, (revision, _) in now.items()):
            return False
        moment = self.clock()
        for row_id in sorted(set(now) & there):
            stored, extraction = read[row_id]
            write_result(session, tenant_id, stored, extraction, serving.reader.pipeline_version, moment)
        self.risk.refresh_in(session, tenant_id, [account_id])
        return True
