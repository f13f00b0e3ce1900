"""Puts the services together over one store. Everything above (API, CLI, Celery) gets them here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from core.clock import Clock, system_clock
from core.db import Store, open_store
from core.settings import Settings
from labeling.services import Labeling, open_labeling
from nlp.meaning import shared_encoder
from pipelines.accounts.service import AccountService
from pipelines.accounts.visits import VisitService
from pipelines.alerts.service import AlertService
from pipelines.custom.service import CustomReading
from pipelines.extract.service import ExtractionService
from pipelines.ingest.service import IngestService
from pipelines.jobs.upkeep import Upkeep
from pipelines.keys.service import KeyService
from pipelines.learn.services import Learning, open_learning
from pipelines.playbook.service import PlaybookService
from pipelines.portfolio.service import PortfolioService
from pipelines.requests.matching import Matcher
from pipelines.requests.service import RequestService
from pipelines.risk.service import RiskService
from pipelines.search.news import SearchNews
from pipelines.search.reindex import Reindexer
from pipelines.search.saved import SavedSearches
from pipelines.search.service import SearchService
from pipelines.workspace.service import WorkspaceService


@dataclass(frozen=True, slots=True)
class Services:
    """All services of one installation."""

    settings: Settings
    store: Store
    accounts: AccountService
    alerts: AlertService
    custom: CustomReading
    extraction: ExtractionService
    ingest: IngestService
    keys: KeyService
    labeling: Labeling
    learning: Learning
    playbook: PlaybookService
    portfolio: PortfolioService
    requests: RequestService
    risk: RiskService
    search: SearchService
    saved_searches: SavedSearches
    news: SearchNews
    reindex: Reindexer
    upkeep: Upkeep
    visits: VisitService
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
    playbook = PlaybookService(opened)
    alerts = AlertService(opened, playbook, clock)
    risk = RiskService(opened, playbook, alerts, clock)
    requests = RequestService(opened, lru_cache(maxsize=1)(lambda: Matcher(shared_encoder())), clock)
    accounts = AccountService(opened, playbook, clock)
    search = SearchService(opened, shared_encoder, clock, best=accounts.best)
    saved = SavedSearches(opened, search)
    news = SearchNews(opened, saved, clock)
    labeling = open_labeling(
        opened,
        reader_for=workspace.reader,
        other_reader_for=workspace.other_reader,
        workspace_for=lambda tenant_id: workspace.current(tenant_id)[1],
        vectors_for=workspace.vectors,
        clock=clock,
    )
    custom = CustomReading(opened, workspace.reader, labeling.signals)
    return Services(
        settings=settings,
        store=opened,
        accounts=accounts,
        alerts=alerts,
        custom=custom,
        extraction=ExtractionService(opened, settings, workspace, risk, requests, search, custom, clock),
        ingest=IngestService(opened, workspace.pipeline_version, announce, search.forget_words),
        keys=KeyService(opened),
        labeling=labeling,
        learning=open_learning(
            opened,
            settings,
            workspace=workspace,
            snapshots=labeling.snapshots,
            risk=risk,
            requests=requests,
            playbook=playbook,
            clock=clock,
        ),
        playbook=playbook,
        portfolio=PortfolioService(opened, playbook, clock),
        requests=requests,
        risk=risk,
        search=search,
        saved_searches=saved,
        news=news,
        reindex=Reindexer(opened, search, workspace.reader),
        upkeep=Upkeep(opened, risk, alerts, news, clock),
        visits=VisitService(opened, clock),
        workspace=workspace,
    )
