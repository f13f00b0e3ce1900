"""Thin Celery tasks over the services."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from celery import shared_task

from core.settings import get_settings
from pipelines.jobs.worker import drain
from pipelines.services import Services, open_services


@lru_cache(maxsize=1)
def services() -> Services:
    """Opened once per worker process, when the first task comes: nothing is shared over a fork."""
    return open_services(get_settings())


@shared_task(name="jobs.drain")  # type: ignore[untyped-decorator]
def drain_jobs(job_ids: list[int]) -> None:
    """Work off the job table. The ids say that there is something to do; the table says what."""
    drain(services().extraction)


def announce(job_ids: Sequence[int]) -> None:
    """Tell Celery's workers of new jobs; called after the commit."""
    drain_jobs.delay(list(job_ids))
