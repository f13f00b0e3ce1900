"""Work that takes longer than a request: training, comparing, previewing, re-reading. It shows how far it is.

A job is a row; workers lease it and renew the lease with every report, so that one that was lost is taken over. Who
finds that the job is not theirs any more, since it was cancelled or its lease ran out, stops.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from core.db import Store
from core.errors import Conflict, ForeshockError, NotFound, StoreUnavailable
from core.repository import Page, decode_cursor, encode_cursor
from core.settings import Settings
from core.stored import ensure_tenant
from core.tables_learning import ModelJobRow

logger = logging.getLogger(__name__)

REPORT_SECONDS = 1.0
ATTEMPTS_MAX = 3


class JobKind(StrEnum):
    """What is to be done."""

    HEADS = "heads"
    FULL = "full"
    COMPARE = "compare"
    PREVIEW = "preview"
    REREAD = "reread"


GROUPS = ((JobKind.COMPARE, JobKind.PREVIEW, JobKind.HEADS), (JobKind.REREAD,), (JobKind.FULL,))
"""Each has a worker of its own: nothing that somebody waits for stands behind hours of reading or training."""
ALL = tuple(JobKind)


class Lost(Exception):
    """The job is not this worker's any more."""


class Closing(Lost):
    """This process ends: another may take the job."""


@dataclass(frozen=True, slots=True)
class Job:
    """A leased job."""

    job_id: int
    tenant_id: str
    kind: JobKind
    arguments: Mapping[str, Any]
    person: str
    token: int


class Progress:
    """How far a job is: written down at most once a second, with the lease renewed."""

    def __init__(self, write: Callable[[int, int | None, str | None], None]) -> None:
        self._write = write
        self._said = 0.0
        self.done = 0
        self.total: int | None = None
        self.doing: str | None = None

    def begin(self, doing: str, total: int | None) -> None:
        """A new part of the work; ``total`` steps, where that is known."""
        self.done, self.total, self.doing = 0, total, doing
        self._report(now=True)

    def step(self, count: int = 1) -> None:
        """So much is done.

        Raises:
            Lost: if the job is not ours any more.
        """
        self.done += count
        if self.total is not None:
            self.total = max(self.total, self.done)  # More may have come in since it was counted.
        self._report()

    def beat(self) -> None:
        """Still at work.

        Raises:
            Lost: if the job is not ours any more.
        """
        self._report()

    def _report(self, *, now: bool = False) -> None:
        if now or time.monotonic() - self._said >= REPORT_SECONDS:
            self._said = time.monotonic()
            self._write(self.done, self.total, self.doing)


Handler = Callable[[Job, Progress], dict[str, Any]]
Watch = Callable[[int, int | None, str | None], None]


@dataclass(frozen=True, slots=True)
class JobService:
    """The table of such jobs, and who does them."""

    store: Store
    settings: Settings
    handlers: dict[JobKind, Handler] = field(default_factory=dict)
    closing: threading.Event = field(default_factory=threading.Event)
    """Set when this process ends: jobs at hand stop and go back."""

    def add(self, tenant_id: str, kind: JobKind, arguments: Mapping[str, Any], person: str) -> int:
        """Leave a job to whoever is free."""
        with self.store.tenant(tenant_id) as session:
            return add(session, tenant_id, kind, arguments, person)

    def run_here(
        self, tenant_id: str, kind: JobKind, arguments: Mapping[str, Any], person: str, watch: Watch
    ) -> dict[str, Any]:
        """Do a job at once, in this process; returns its result.

        Raises:
            ForeshockError: why it failed.
        """
        with self.store.tenant(tenant_id) as session:
            job_id = add(session, tenant_id, kind, arguments, person, state="running", token=1, attempts=1,
                         lease_until=_lease(self.settings))  # fmt: skip
        job = Job(job_id, tenant_id, kind, arguments, person, 1)
        error = self._run(job, watch)
        if error:
            raise error
        return self.one(tenant_id, job_id)["result"] or {}

    def finish_here(self, tenant_id: str, job_id: int, watch: Watch) -> None:
        """Do a waiting job at once, in this process; one that another is at already is left to it.

        Raises:
            ForeshockError: why it failed.
        """
        with self.store.tenant(tenant_id) as session:
            row = session.execute(
                update(ModelJobRow)
                .where(ModelJobRow.job_id == job_id, ModelJobRow.state == "queued")
                .values(state="running", token=ModelJobRow.token + 1, attempts=1, lease_until=_lease(self.settings))
                .returning(ModelJobRow.kind, ModelJobRow.arguments, ModelJobRow.made_by, ModelJobRow.token)
            ).first()
        if row is not None:
            error = self._run(Job(job_id, tenant_id, JobKind(row.kind), row.arguments, row.made_by, row.token), watch)
            if error:
                raise error

    def run_next(self, worker: str, kinds: Sequence[JobKind]) -> bool:
        """Do the oldest free job of any tenant; whether there was one.

        Raises:
            StoreUnavailable: if the database does not answer; the job's lease runs out then.
        """
        with self.store.nobody() as session:
            row = session.execute(
                text("select * from foreshock_claim_model_job(:worker, cast(:kinds as text[]), :lease, :attempts)"),
                {
                    "worker": worker,
                    "kinds": [kind.value for kind in kinds],
                    "lease": self.settings.lease_seconds,
                    "attempts": ATTEMPTS_MAX,
                },
            ).first()
        if row is None:
            return False
        self._run(Job(row.job_id, row.tenant_id, JobKind(row.kind), row.arguments, row.made_by, row.token))
        return True

    def _run(self, job: Job, watch: Watch | None = None) -> ForeshockError | None:
        def write(done: int, total: int | None, doing: str | None) -> None:
            if watch:
                watch(done, total, doing)
            if self.closing.is_set():
                raise Closing
            self._change(job, done=done, total=total, doing=doing, lease_until=_lease(self.settings))

        progress = Progress(write)
        try:
            result = self.handlers[job.kind](job, progress)
            self._end(job, state="done", result=result, error=None, done=progress.done, total=progress.total)
        except Closing:
            self._end(job, state="queued", attempts=ModelJobRow.attempts - 1)
            return Conflict("this process ends; the job waits for another", where=f"job {job.job_id}")
        except Lost:
            logger.info("job %d is not ours any more", job.job_id)
            return Conflict("the job was cancelled, or another took it over", where=f"job {job.job_id}")
        except StoreUnavailable:
            raise
        except ForeshockError as error:
            # Our errors never carry text of documents.
            self._end(job, state="failed", error=str(error))
            return error
        except Exception as error:
            logger.error("model job %d failed: %s", job.job_id, type(error).__name__)
            self._end(job, state="failed", error=type(error).__name__)
            return ForeshockError(f"failed ({type(error).__name__})", where=f"job {job.job_id}")
        return None

    def _change(self, job: Job, **values: Any) -> None:
        with self.store.tenant(job.tenant_id) as session:
            mine = (ModelJobRow.job_id == job.job_id, ModelJobRow.token == job.token, ModelJobRow.state == "running")
            found = session.execute(update(ModelJobRow).where(*mine).values(**values).returning(ModelJobRow.job_id))
            if found.first() is None:
                raise Lost

    def _end(self, job: Job, **values: Any) -> None:
        try:
            over = None if values["state"] == "queued" else func.clock_timestamp()
            self._change(job, **values, lease_until=None, finished_at=over)
        except Lost:
            logger.info("job %d ended after it was taken away", job.job_id)

    def one(self, tenant_id: str, job_id: int) -> dict[str, Any]:
        """One job, as JSON.

        Raises:
            NotFound: if there is none of that number.
        """
        with self.store.tenant(tenant_id) as session:
            row = session.get(ModelJobRow, job_id)
            if row is None:
                raise NotFound("no such job", where=f"job {job_id}")
            return job_json(row)

    def page(
        self, tenant_id: str, kind: JobKind | None = None, *, limit: int = 50, cursor: str | None = None
    ) -> Page[dict[str, Any]]:
        """Jobs, the newest first."""
        query = select(ModelJobRow)
        if kind:
            query = query.where(ModelJobRow.kind == kind.value)
        if cursor:
            query = query.where(ModelJobRow.job_id < decode_cursor("model_jobs", cursor, (int,))[0])
        with self.store.tenant(tenant_id) as session:
            rows = list(session.scalars(query.order_by(ModelJobRow.job_id.desc()).limit(limit + 1)))
        more = encode_cursor("model_jobs", rows[limit - 1].job_id) if len(rows) > limit else None
        return Page(tuple(job_json(row) for row in rows[:limit]), more)

    def cancel(self, tenant_id: str, job_id: int) -> dict[str, Any]:
        """Let a job be; who is at it stops at the next report.

        Raises:
            NotFound: if there is none of that number.
            Conflict: if it is over.
        """
        with self.store.tenant(tenant_id) as session:
            open_ = (ModelJobRow.job_id == job_id, ModelJobRow.state.in_(("queued", "running")))
            changed = session.execute(
                update(ModelJobRow)
                .where(*open_)
                .values(state="cancelled", lease_until=None, finished_at=func.clock_timestamp())
                .returning(ModelJobRow.job_id)
            ).first()
        found = self.one(tenant_id, job_id)
        if changed is None:
            raise Conflict(f"the job is {found['state']}", where=f"job {job_id}")
        return found


def add(session: Session, tenant_id: str, kind: JobKind, arguments: Mapping[str, Any], person: str, **more: Any) -> int:
    """Write a job; it begins once the transaction has committed."""
    ensure_tenant(session, tenant_id)
    values = {"tenant_id": tenant_id, "kind": kind.value, "arguments": dict(arguments), "made_by": person}
    return int(session.scalars(insert(ModelJobRow).values(**values, **more).returning(ModelJobRow.job_id)).one())


def job_json(row: ModelJobRow) -> dict[str, Any]:
    """A job as it goes out."""
    return {
        "job_id": row.job_id,
        "kind": row.kind,
        "arguments": dict(row.arguments),
        "state": row.state,
        "progress": {"done": row.done, "total": row.total, "doing": row.doing},
        "result": row.result,
        "error": row.error,
        "made_by": row.made_by,
        "created_at": row.created_at.isoformat(),
        "finished_at": row.finished_at.isoformat() if row.finished_at else None,
    }


def _lease(settings: Settings) -> Any:
    return func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, settings.lease_seconds)
