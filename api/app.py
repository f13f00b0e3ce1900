"""The HTTP application: ``create_app()`` wires it, a list of ``configure_*`` steps."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from api import health
from api.mcp import http as assistants
from api.pages import views
from api.problems import BodyLimit, configure_problems
from api.v1 import (
    accounts,
    admin,
    alerts,
    custom_signals,
    documents,
    label_quality,
    label_studio,
    labeling,
    labeling_functions,
    model,
    models,
    playbook,
    portfolio,
    requests,
    search,
    snapshots,
)
from core.settings import Settings, get_settings
from pipelines.jobs.worker import ModelWorker, Worker
from pipelines.services import Services, open_services

logger = logging.getLogger(__name__)

PARTS = (
    documents,
    accounts,
    portfolio,
    alerts,
    search,
    requests,
    labeling,
    label_quality,
    custom_signals,
    labeling_functions,
    label_studio,
    snapshots,
    models,
    playbook,
    model,
    admin,
)
"""The endpoints of version 1, in the order in which the reference shows them."""

DESCRIPTION = """
Finds the quiet signals of leaving in what customers write and say, and turns them into account risk that can be
audited down to the sentence. Send documents, read accounts by risk. Every error is a problem detail (RFC 9457), every
list is paged by cursor, every request needs an API key: `Authorization: Bearer fsk_…`.
"""


def create_app(settings: Settings | None = None, services: Services | None = None) -> FastAPI:
    """The application over the configured store, or over ``services`` that somebody else opened and will close."""
    used = settings or (services.settings if services else get_settings())
    app = FastAPI(
        title="Foreshock",
        version=version("foreshock"),
        description=DESCRIPTION,
        lifespan=_lifespan(used, services),
        redoc_url=None,
    )
    if services:
        app.state.services = services
    app.add_middleware(BodyLimit, limit=used.max_body_bytes)
    configure_problems(app)
    for module in PARTS:
        app.include_router(module.router, prefix="/v1")
    app.include_router(health.router)
    views.configure(app)
    app.state.assistants = assistants.configure(app)
    return app


def _lifespan(settings: Settings, given: Services | None) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if given:
            async with app.state.assistants.opened(given):
                yield
            return
        announcers: list[Callable[[list[int]], None]] = []

        def tell_all(ids: Sequence[int]) -> None:
            for tell in announcers:
                tell(list(ids))

        services = open_services(settings, announce=tell_all)
        app.state.services = services
        worker = learner = None
        if settings.broker_url:
            from pipelines.jobs.tasks import announce

            announcers.append(announce)
        if settings.worker_in_process:
            worker = Worker(
                services.extraction, services.upkeep, services.labeling.issues.work, services.learning.shadow
            )
            announcers.append(worker.announce)
            worker.start()
            learner = ModelWorker(services.learning.jobs)
            learner.start()
        try:
            async with app.state.assistants.opened(services):
                yield
        finally:
            if learner:
                learner.stop()
            if worker:
                worker.stop()
            services.store.close()

    return lifespan
