"""Liveness, readiness and metrics."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import text

from api.deps import ServicesDep
from core.clock import system_clock
from core.errors import ForeshockError

router = APIRouter(tags=["health"])


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz(services: ServicesDep) -> JSONResponse:
    """Database and model are there: 200, else 503 with what is missing."""
    checks: dict[str, str] = {}
    try:
        _queue(services)
        checks["database"] = "ok"
        checks["model"] = services.workspace.reader(services.settings.tenant).model_version
    except ForeshockError as error:
        checks["database" if "database" not in checks else "model"] = error.code
        return JSONResponse({"status": "unavailable", "checks": checks}, status_code=503)
    return JSONResponse({"status": "ready", "checks": checks})


@router.get("/metrics")
def metrics(services: ServicesDep) -> Response:
    """The queue, in the Prometheus text format. No tenant or text is named."""
    registry = CollectorRegistry()
    jobs = Gauge("foreshock_jobs", "Jobs that are not done, by state", ["state"], registry=registry)
    age = Gauge("foreshock_oldest_job_seconds", "How long the oldest open job waits", ["state"], registry=registry)
    for state, count, oldest in _queue(services):
        jobs.labels(state).set(count)
        age.labels(state).set(max(0.0, (system_clock() - oldest).total_seconds()))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _queue(services: Any) -> list[Any]:
    with services.store.nobody() as session:
        return list(session.execute(text("select state, jobs, oldest from foreshock_queue()")))
