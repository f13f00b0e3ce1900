"""Puts the services of learning together."""

from __future__ import annotations

from dataclasses import dataclass

from core.clock import Clock, system_clock
from core.db import Store
from core.settings import Settings
from labeling.snapshots.service import SnapshotService
from pipelines.learn.comparison import ComparisonService
from pipelines.learn.jobs import JobKind, JobService
from pipelines.learn.preview import PreviewService
from pipelines.learn.rereading import RereadingService
from pipelines.learn.service import ModelService
from pipelines.learn.shadow import ShadowService
from pipelines.learn.training import Command, TrainingService
from pipelines.playbook.service import PlaybookService
from pipelines.requests.service import RequestService
from pipelines.risk.service import RiskService
from pipelines.workspace.service import WorkspaceService


@dataclass(frozen=True, slots=True)
class Learning:
    """All that is done about model versions."""

    jobs: JobService
    models: ModelService
    previews: PreviewService
    rereading: RereadingService
    shadow: ShadowService


def open_learning(
    store: Store,
    settings: Settings,
    *,
    workspace: WorkspaceService,
    snapshots: SnapshotService,
    risk: RiskService,
    requests: RequestService,
    playbook: PlaybookService,
    clock: Clock = system_clock,
    command: Command | None = None,
) -> Learning:
    """The services; ``command`` is what trains a whole reader."""
    training = TrainingService(store, settings, workspace, snapshots, clock, command or Command())
    comparison = ComparisonService(store, workspace, snapshots, clock)
    previews = PreviewService(store, workspace, playbook, clock)
    rereading = RereadingService(store, workspace, risk, requests, clock)
    jobs = JobService(
        store,
        settings,
        {
            JobKind.HEADS: training.heads,
            JobKind.FULL: training.full,
            JobKind.COMPARE: comparison.compare,
            JobKind.PREVIEW: previews.preview,
            JobKind.REREAD: rereading.reread,
        },
    )
    return Learning(
        jobs=jobs,
        models=ModelService(store, workspace, jobs, clock),
        previews=previews,
        rereading=rereading,
        shadow=ShadowService(store, workspace, clock),
    )
