"""Puts the services of labeling together over one store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from core.clock import Clock, system_clock
from core.db import Store
from core.workspace import Workspace
from labeling.archive import ArchiveService
from labeling.corrections import CorrectionService
from labeling.members import MemberService
from labeling.queues.service import QueueService
from labeling.service import LabelingService
from labeling.snapshots.service import SnapshotService
from nlp.extract import SignalReader
from nlp.meaning import MeaningEncoder


@dataclass(frozen=True, slots=True)
class Labeling:
    """All that is done about labels."""

    members: MemberService
    queues: QueueService
    tasks: LabelingService
    archive: ArchiveService
    corrections: CorrectionService
    snapshots: SnapshotService


def open_labeling(
    store: Store,
    *,
    reader_for: Callable[[str], SignalReader],
    other_reader_for: Callable[[str], SignalReader],
    workspace_for: Callable[[str], Workspace],
    clock: Clock = system_clock,
) -> Labeling:
    """The services; weights are loaded when first needed."""
    queues = QueueService(store, reader_for, other_reader_for, lru_cache(maxsize=1)(MeaningEncoder), clock)
    return Labeling(
        members=MemberService(store),
        queues=queues,
        tasks=LabelingService(store, queues, clock),
        archive=ArchiveService(store, clock),
        corrections=CorrectionService(store, workspace_for, clock),
        snapshots=SnapshotService(store, clock),
    )
