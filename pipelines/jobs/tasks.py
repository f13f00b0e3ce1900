"""Thin Celery tasks over the services."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import lru_cache

from kombu.exceptions import OperationalError

from core.settings import get_settings
from pipelines.jobs.celery_app import LONGEST_TRAINING_SECONDS, app
from pipelines.jobs.worker import drain, worker_name
from pipelines.learn.jobs import ALL
from pipelines.services import Services, open_services

logger = logging.getLogger(__name__)


@lru_cache(maxsize=1)
def services() -> Services:
    """Opened once per worker process, when the first task comes: nothing is shared over a fork."""
    return open_services(get_settings())


@app.task(name="jobs.drain")  # type: ignore[untyped-decorator]
def drain_jobs(job_ids: list[int]) -> None:
    """Work off the job table. The ids say that there is something to do; the table says what."""
    drain(services().extraction)


@app.task(name="jobs.upkeep")  # type: ignore[untyped-decorator]
def keep_up() -> None:
    """See to what time alone brings."""
    services().upkeep.until_done()


@app.task(name="jobs.asked")  # type: ignore[untyped-decorator]
def do_what_was_asked() -> None:
    """Do what people asked for and nobody waits for."""
    while services().labeling.issues.work():
        pass


@app.task(name="jobs.shadow")  # type: ignore[untyped-decorator]
def read_beside() -> None:
    """Let challengers read what came in, a little at a time."""
    services().learning.shadow.run()


@app.task(name="jobs.models", time_limit=LONGEST_TRAINING_SECONDS)  # type: ignore[untyped-decorator]
def work_on_models() -> None:
    """Train, compare, preview and re-read what waits; one worker does so at a time for each message."""
    while services().learning.jobs.run_next(worker_name(), ALL):
        pass


def announce(job_ids: Sequence[int]) -> None:
    """Tell Celery's workers of new jobs; called after the commit.

    A broker that does not answer delays the work until the next sweep and fails nobody's request.
    """
    try:
        drain_jobs.apply_async((list(job_ids),), retry=False)
    except OperationalError as error:
        logger.warning("the broker does not answer (%s); the sweep will find the jobs", type(error).__name__)
