"""Running extraction jobs: claim, read, write the result in the transaction that closes the job."""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.clock import Clock, system_clock
from core.db import Store
from core.errors import ArtefactError, ForeshockError, NotFound, StoreUnavailable
from core.settings import Settings
from nlp.extract import Extraction, SignalReader
from pipelines.custom.find import Serving
from pipelines.custom.service import CustomReading
from pipelines.extract import repository
from pipelines.extract.repository import StoredDocument
from pipelines.learn import repository as learned
from pipelines.requests.service import RequestService
from pipelines.risk.service import RiskService
from pipelines.search.repository import account_names
from pipelines.search.service import SearchService
from pipelines.workspace.service import WorkspaceService

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
class _Chosen:
    """What reads an account: the reader, which version had read the rest of it, and which was the champion then."""

    reader: SignalReader | None
    read_by: str | None
    champion: str | None
    account_name: str | None


@dataclass(frozen=True, slots=True)
class ExtractionService:
    """Works off the job table. Any number of workers may do so at once."""

    store: Store
    settings: Settings
    readers: WorkspaceService
    risk: RiskService
    requests: RequestService
    search: SearchService
    custom: CustomReading
    clock: Clock = system_clock
    noted: set[tuple[str, str]] = field(default_factory=set)

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
        with self.store.tenant(tenant_id) as session:
            documents = repository.load_documents(session, [job.document_id for job in jobs])
            accounts = {stored.document.account_id for stored in documents.values()}
            names = account_names(session, accounts)
            read_by, champion = learned.read_by(session, accounts), learned.champion(session)
        readers = self._readers_of(tenant_id, accounts, read_by, champion)
        serving = self.custom.serving(tenant_id)
        touched: set[str] = set()
        for job in jobs:
            stored = documents.get(job.document_id)
            try:
                account_id = stored.document.account_id if stored else ""
                chosen = _Chosen(readers.get(account_id), read_by.get(account_id), champion, names.get(account_id))
                touched |= self._run_job(tenant_id, job, stored, chosen, serving)
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

    def _readers_of(
        self, tenant_id: str, accounts: Iterable[str], read_by: Mapping[str, str], alias: str | None
    ) -> dict[str, SignalReader]:
        """For each account the reader that read the rest of it, so that no account is read by two; else the champion.

        After a promotion accounts are read anew one by one, each as a whole: until then theirs is the one before.
        """
        champion = self.readers.reader(tenant_id)
        self._note(tenant_id, alias, champion.model_version)
        known = {champion.model_version: champion}
        for version in sorted(set(read_by.values()) - set(known)):
            try:
                known[version] = self.readers.reader_of(tenant_id, version)
            except (ArtefactError, NotFound):
                logger.info("reader %s is not there any more; the champion reads on", version)
        return {account_id: known.get(read_by.get(account_id, ""), champion) for account_id in accounts}

    def _note(self, tenant_id: str, alias: str | None, version: str) -> None:
        """Once in a process, see that the history says what serves, also where nobody promoted it."""
        if (tenant_id, version) not in self.noted:
            with self.store.tenant(tenant_id) as session:
                learned.lock_serving(session)
                if learned.champion(session) != alias:
                    return  # Another was promoted at this moment, and says so itself.
                learned.note_serving(session, tenant_id, version, self.clock())
            self.noted.add((tenant_id, version))

    def _run_job(
        self, tenant_id: str, job: Job, stored: StoredDocument | None, chosen: _Chosen, serving: Sequence[Serving]
    ) -> set[str]:
        current = stored is not None and stored.revision == job.revision
        reader = chosen.reader
        extraction: Extraction | None = reader.extract(stored.document) if reader and stored and current else None
        if stored and extraction:
            indexed = self.search.prepare(stored.document, extraction.read, chosen.account_name)
            found = self.custom.find(tenant_id, stored.document, extraction.read, serving)
        with self.store.tenant(tenant_id) as session:
            if not repository.lock_job(session, job.job_id, job.token):
                return set()  # The lease ran out and another worker has the job: its result counts.
            if reader and stored and extraction:
                if not self._still_reads(session, stored.document.account_id, chosen):
                    repository.give_back(session, job.job_id)
                    return set()
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

    def _still_reads(self, session: Session, account_id: str, chosen: _Chosen) -> bool:
        """Whether the account is still to be read by the reader that was chosen for it; holds it so if it is.

        Meanwhile the account may have been read anew as a whole, or, where nothing of it was read yet, another may
        have become the champion.
        """
        learned.share_serving(session)
        repository.hold_account(session, account_id)
        version = chosen.reader.model_version if chosen.reader else None
        now = learned.read_by(session, [account_id]).get(account_id)
        if now is not None:
            return now in (version, chosen.read_by)
        return learned.champion(session) == chosen.champion

    def _fail(self, tenant_id: str, job: Job, error: Exception) -> None:
        kind = error.code if isinstance(error, ForeshockError) else type(error).__name__
        dead = job.attempts >= self.settings.max_attempts
        wait = min(_RETRY_SECONDS * 2 ** (job.attempts - 1), _RETRY_SECONDS_MAX)
        logger.warning(
            "job %d failed (%s), attempt %d%s", job.job_id, kind, job.attempts, ", set aside" if dead else ""
        )
        with self.store.tenant(tenant_id) as session:
            repository.fail_job(session, job.job_id, job.token, kind, dead=dead, retry_seconds=wait)
