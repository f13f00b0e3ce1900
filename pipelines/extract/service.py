"""Running extraction jobs: claim, read, write the result in the transaction that closes the job."""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import text

from core.clock import Clock, system_clock
from core.db import Store
from core.errors import ForeshockError, StoreUnavailable
from core.settings import Settings
from nlp.extract import Extraction, SignalReader
from pipelines.custom.find import Serving
from pipelines.custom.service import CustomReading
from pipelines.extract import repository
from pipelines.extract.repository import StoredDocument
from pipelines.requests.service import RequestService
from pipelines.risk.service import RiskService
from pipelines.search.repository import account_names
from pipelines.search.service import SearchService

logger = logging.getLogger(__name__)

_RETRY_SECONDS = 2.0
_RETRY_SECONDS_MAX = 300.0


@dataclass(frozen=True, slots=True)
class Job:
    """A leased piece of work."""

    job_id: int
    tenant_id: str
    document_id: uuid.UUID
    revision: int
    pipeline_version: str
    attempts: int
    token: int


@dataclass(frozen=True, slots=True)
class ExtractionService:
    """Works off the job table. Any number of workers may do so at once."""

    store: Store
    settings: Settings
    reader_for: Callable[[str], SignalReader]
    risk: RiskService
    requests: RequestService
    search: SearchService
    custom: CustomReading
    clock: Clock = system_clock

    def run_batch(self, worker: str) -> int:
        """Claim a batch, read it, write the results; returns how many jobs were claimed.

        Where there is no job, earlier documents are read for signals that a workspace made since; these are counted.
        """
        jobs = self.claim(worker)
        if not jobs:
            return self.custom.run_batch()
        by_tenant: dict[str, list[Job]] = defaultdict(list)
        for job in jobs:
            by_tenant[job.tenant_id].append(job)
        for tenant_id, group in sorted(by_tenant.items()):
            self._run_tenant(tenant_id, group)
        return len(jobs)

    def claim(self, worker: str) -> list[Job]:
        """Lease the oldest free jobs, of any tenant."""
        with self.store.nobody() as session:
            rows = session.execute(
                text("select * from foreshock_claim_jobs(:worker, :batch, :lease, :attempts)"),
                {
                    "worker": worker,
                    "batch": self.settings.job_batch,
                    "lease": self.settings.lease_seconds,
                    "attempts": self.settings.max_attempts,
                },
            )
            return [Job(*row) for row in rows]

    def _run_tenant(self, tenant_id: str, jobs: Sequence[Job]) -> None:
        reader = self.reader_for(tenant_id)
        with self.store.tenant(tenant_id) as session:
            documents = repository.load_documents(session, [job.document_id for job in jobs])
            names = account_names(session, (stored.document.account_id for stored in documents.values()))
        serving = self.custom.serving(tenant_id)
        touched: set[str] = set()
        for job in jobs:
            stored = documents.get(job.document_id)
            try:
                name = names.get(stored.document.account_id) if stored else None
                touched |= self._run_job(tenant_id, job, stored, reader, name, serving)
            except StoreUnavailable:
                raise
            except Exception as error:
                # Whatever a document does to the reader must not stop the others; the kind of error is kept.
                self._fail(tenant_id, job, error)
        if touched:
            self._assign_requests(tenant_id)
        for account_id in sorted(touched):
            self.risk.refresh(tenant_id, account_id)

    def _assign_requests(self, tenant_id: str) -> None:
        """Wishes find their request. What fails now is made up for with the next batch: no signal is lost by it."""
        try:
            self.requests.assign_new(tenant_id)
        except StoreUnavailable:
            raise
        except Exception as error:
            kind = error.code if isinstance(error, ForeshockError) else type(error).__name__
            logger.warning("requests were not assigned (%s)", kind)

    def _run_job(
        self,
        tenant_id: str,
        job: Job,
        stored: StoredDocument | None,
        reader: SignalReader,
        account_name: str | None,
        serving: Sequence[Serving],
    ) -> set[str]:
        current = stored is not None and stored.revision == job.revision
        extraction: Extraction | None = reader.extract(stored.document) if stored and current else None
        if stored and extraction:
            indexed = self.search.prepare(stored.document, extraction.read, account_name)
            found = self.custom.find(tenant_id, stored.document, extraction.read, serving)
        with self.store.tenant(tenant_id) as session:
            if not repository.lock_job(session, job.job_id, job.token):
                return set()  # The lease ran out and another worker has the job: its result counts.
            if stored and extraction:
                # An edit may have come while we read: then the new revision has a job of its own.
                newest = repository.load_documents(session, [job.document_id]).get(job.document_id)
                if newest and newest.revision == job.revision:
                    repository.write_result(
                        session, tenant_id, stored, extraction, reader.pipeline_version, self.clock()
                    )
                    self.search.write(session, tenant_id, stored, indexed)
                    self.custom.write(session, tenant_id, stored, serving, found, reader.pipeline_version)
            repository.close_job(session, job.job_id)
        return {stored.document.account_id} if stored and extraction else set()

    def _fail(self, tenant_id: str, job: Job, error: Exception) -> None:
        kind = error.code if isinstance(error, ForeshockError) else type(error).__name__
        dead = job.attempts >= self.settings.max_attempts
        wait = min(_RETRY_SECONDS * 2 ** (job.attempts - 1), _RETRY_SECONDS_MAX)
        logger.warning(
            "job %d failed (%s), attempt %d%s", job.job_id, kind, job.attempts, ", set aside" if dead else ""
        )
        with self.store.tenant(tenant_id) as session:
            repository.fail_job(session, job.job_id, job.token, kind, dead=dead, retry_seconds=wait)
