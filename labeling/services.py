"""Puts the services of labeling together over one store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.clock import Clock, system_clock
from core.db import Store
from core.workspace import Workspace
from labeling.archive import ArchiveService
from labeling.corrections import CorrectionService
from labeling.members import MemberService
from labeling.quality.consensus import ConsensusService
from labeling.quality.disputes import DisputeService
from labeling.quality.gold import GoldService
from labeling.quality.issues import IssueService
from labeling.quality.service import QualityService
from labeling.queues.service import QueueService
from labeling.service import LabelingService
from labeling.signals.fitting import Fitter
from labeling.signals.service import CustomSignalService
from labeling.snapshots.service import SnapshotService
from labeling.weak.service import FunctionService
from models.vectors import VectorReader
from nlp.extract import SignalReader
from nlp.meaning import shared_encoder


@dataclass(frozen=True, slots=True)
class Labeling:
    """All that is done about labels."""

    members: MemberService
    queues: QueueService
    tasks: LabelingService
    archive: ArchiveService
    corrections: CorrectionService
    quality: QualityService
    disputes: DisputeService
    consensus: ConsensusService
    gold: GoldService
    issues: IssueService
    signals: CustomSignalService
    functions: FunctionService
    snapshots: SnapshotService


def open_labeling(
    store: Store,
    *,
    reader_for: Callable[[str], SignalReader],
    other_reader_for: Callable[[str], SignalReader],
    workspace_for: Callable[[str], Workspace],
    vectors_for: Callable[[str], VectorReader],
    clock: Clock = system_clock,
) -> Labeling:
    """The services; weights are loaded when first needed."""
    archive = ArchiveService(store, clock)
    consensus, gold = ConsensusService(store, archive), GoldService(store, archive, clock)
    functions = FunctionService(store, reader_for, shared_encoder, clock)
    queues = QueueService(store, reader_for, other_reader_for, shared_encoder, functions.candidates, clock)
    return Labeling(
        members=MemberService(store),
        queues=queues,
        tasks=LabelingService(store, queues, clock),
        archive=archive,
        corrections=CorrectionService(store, workspace_for, clock),
        quality=QualityService(store, gold, consensus),
        disputes=DisputeService(store, archive),
        consensus=consensus,
        gold=gold,
        issues=IssueService(store, consensus, vectors_for, clock),
        signals=CustomSignalService(store, reader_for, queues, Fitter(store, reader_for, shared_encoder, clock), clock),
        functions=functions,
        snapshots=SnapshotService(store, clock),
    )
