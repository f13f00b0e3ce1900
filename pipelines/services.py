"""Puts the services together over one store. Everything above (API, CLI, Celery) gets them here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from core.clock import Clock, system_clock
from core.db import Store, open_store
from core.settings import Settings
from labeling.services import Labeling, open_labeling
from pipelines.accounts.service import AccountService
from pipelines.extract.service import ExtractionService
from pipelines.ingest.service import IngestService
from pipelines.keys.service import KeyService
from pipelines.requests.matching import Matcher
from pipelines.requests.service import RequestService
from pipelines.risk.service import RiskService
from pipelines.workspace.service import WorkspaceService


@dataclass(frozen=True, slots=True)
class Services:
    """All services of one installation."""

    settings: Settings
    store: Store
    accounts: AccountService
    extraction: ExtractionService
    ingest: IngestService
    keys: KeyService
    labeling: Labeling
    requests: RequestService
    risk: RiskService
    workspace: WorkspaceService


def open_services(
    settings: Settings,
    *,
    clock: Clock = system_clock,
    announce: Callable[[Sequence[int]], None] = lambda _ids: None,
    store: Store | None = None,
) -> Services:
    """Open the store and build the services on it; weights are loaded when first needed.

    Raises:
        StoreUnavailable: if the database does not answer or is not migrated.
        DataDirectoryError: if the embedded database can't start.
    """
    opened = store or open_store(settings)
    workspace = WorkspaceService(opened, settings)
    risk = RiskService.default(opened, clock)
    requests = RequestService(opened, lru_cache(maxsize=1)(Matcher), clock)
    return Services(
        settings=settings,
        store=opened,
        accounts=AccountService(opened),
        extraction=ExtractionService(opened, settings, workspace.reader, risk, requests, clock),
        ingest=IngestService(opened, workspace.pipeline_version, announce),
        keys=KeyService(opened),
        labeling=open_labeling(
            opened,
            reader_for=workspace.reader,
            other_reader_for=workspace.other_reader,
            workspace_for=lambda tenant_id: workspace.current(tenant_id)[1],
            clock=clock,
        ),
        requests=requests,
        risk=risk,
        workspace=workspace,
    )
