"""The in-process worker: drains the job table, keeps up, and waits for more. The table is the truth."""

from __future__ import annotations

import logging
import math
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence

from core.errors import ForeshockError
from pipelines.extract.service import ExtractionService
from pipelines.jobs.upkeep import Upkeep
from pipelines.learn.jobs import GROUPS, JobKind, JobService
from pipelines.learn.shadow import ShadowService

logger = logging.getLogger(__name__)

IDLE_SECONDS = 2.0
UPKEEP_SECONDS = 300.0
ERROR_SECONDS = 5.0


def worker_name() -> str:
    """Names this process in leases."""
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident() % 100_000}"


def drain(service: ExtractionService, progress: Callable[[int], None] = lambda _done: None) -> int:
    """Work until nothing can be claimed; returns how many jobs that were."""
    total = 0
    while done := service.run_batch(worker_name()):
        total += done
        progress(done)
    return total


class Worker:
    """A thread that drains the job table; woken by new jobs, and by itself every two seconds.

    ``asked`` does one thing that people asked for and nobody waits for, and says whether there was any; it comes after
    documents and before upkeep. What challengers read beside the champion comes last.
    """

    def __init__(
        self,
        service: ExtractionService,
        upkeep: Upkeep | None = None,
        asked: Callable[[], bool] = lambda: False,
        shadow: ShadowService | None = None,
    ) -> None:
        self._service = service
        self._upkeep = upkeep
        self._asked = asked
        self._shadow = shadow
        self._kept_up = -math.inf
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="extraction-worker", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def announce(self, _job_ids: Sequence[int]) -> None:
        """There is something to do."""
        self._wake.set()

    def stop(self, timeout: float = 30.0) -> None:
        """Finish the batch at hand and end. What is left waits in the table."""
        self._stop.set()
        self._wake.set()
        self._thread.join(timeout)

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                while not self._stop.is_set() and self._service.run_batch(worker_name()):
                    pass
                pause = 0.0 if self._asked() or self._keep_up() or self._read_beside() else IDLE_SECONDS
            except ForeshockError as error:
                logger.warning("worker pauses: %s", error.code)
                pause = ERROR_SECONDS
            except Exception as error:
                # The worker outlives whatever happens. The kind of error is enough to find it; its text may be a
                # customer's.
                logger.error("worker pauses: %s", type(error).__name__)
                pause = ERROR_SECONDS
            self._wake.wait(pause)

    def _read_beside(self) -> bool:
        """Let challengers read a little; whether there is more of it."""
        return bool(self._shadow and self._shadow.run())

    def _keep_up(self) -> bool:
        """See to what time has brought, once a while; whether there is more of it."""
        if self._upkeep is None or time.monotonic() - self._kept_up < UPKEEP_SECONDS:
            return False
        if self._upkeep.run():
            return True
        self._kept_up = time.monotonic()
        return False


class ModelWorker:
    """Threads that train, compare, preview and re-read."""

    def __init__(self, service: JobService) -> None:
        self._service = service
        self._threads = [
            threading.Thread(target=self._run, args=(kinds,), name=f"model-worker-{kinds[0]}", daemon=True)
            for kinds in GROUPS
        ]

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Take no further job, and give back those at hand: another worker goes on with them."""
        self._service.closing.set()
        for thread in self._threads:
            thread.join(timeout)

    def _run(self, kinds: Sequence[JobKind]) -> None:
        closing = self._service.closing
        while not closing.is_set():
            try:
                pause = 0.0 if self._service.run_next(worker_name(), kinds) else IDLE_SECONDS
            except ForeshockError as error:
                logger.warning("model worker pauses: %s", error.code)
                pause = ERROR_SECONDS
            except Exception as error:
                logger.error("model worker pauses: %s", type(error).__name__)
                pause = ERROR_SECONDS
            closing.wait(pause)
