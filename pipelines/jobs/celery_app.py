"""The Celery application. Messages carry job ids only; losing, doubling or reordering them costs time, never work.

celery -A pipelines.jobs.celery_app worker --pool threads --concurrency 1
celery -A pipelines.jobs.celery_app worker --pool threads --concurrency 1 --queues models
celery -A pipelines.jobs.celery_app beat

The second worker trains, compares and re-reads; without it, `foreshock worker` does.
"""

from __future__ import annotations

from celery import Celery

from core.settings import get_settings
from pipelines.jobs.worker import UPKEEP_SECONDS

_SWEEP_SECONDS = 10.0
_LONGEST_TASK_SECONDS = 900
LONGEST_TRAINING_SECONDS = 24 * 3600
MODELS_QUEUE = "models"
"""What may take hours has a queue, and so a worker, of its own."""


def create_app() -> Celery:
    """Configured for work that may run twice but must not be lost."""
    settings = get_settings()
    broker = settings.broker_url.get_secret_value() if settings.broker_url else "memory://"
    app = Celery("foreshock", broker=broker, include=["pipelines.jobs.tasks"])
    app.conf.update(
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        task_time_limit=_LONGEST_TASK_SECONDS,
        # Redis hands a message out again after this long: longer than any task may take.
        broker_transport_options={"visibility_timeout": 2 * _LONGEST_TASK_SECONDS},
        broker_connection_retry_on_startup=True,
        beat_schedule={
            "sweep": {"task": "jobs.drain", "schedule": _SWEEP_SECONDS, "args": ([],)},
            "asked": {"task": "jobs.asked", "schedule": _SWEEP_SECONDS},
            "upkeep": {"task": "jobs.upkeep", "schedule": UPKEEP_SECONDS},
            "shadow": {"task": "jobs.shadow", "schedule": _SWEEP_SECONDS, "options": {"expires": _SWEEP_SECONDS}},
            "models": {"task": "jobs.models", "schedule": _SWEEP_SECONDS, "options": {"expires": _SWEEP_SECONDS}},
        },
        task_routes={"jobs.models": {"queue": MODELS_QUEUE}},
        timezone="UTC",
    )
    return app


app = create_app()
