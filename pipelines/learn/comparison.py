"""A candidate beside the champion on a frozen test set: both read it as they would serve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.clock import Clock, system_clock
from core.db import Store
from core.entities import Document, Signal
from core.errors import InputError
from core.ids import new_id
from core.tables_learning import ModelComparisonRow
from labeling.promotion import MARGIN, Decision, Gain, decide
from labeling.snapshots.service import SnapshotService
from labeling.snapshots.targets import Judged, documents_of, frozen_set
from nlp.extract import SignalReader
from pipelines.learn import repository
from pipelines.learn.jobs import Job, Progress
from pipelines.workspace.service import WorkspaceService


@dataclass(frozen=True, slots=True)
class ComparisonService:
    """Compares, and writes down what came out."""

    store: Store
    workspace: WorkspaceService
    snapshots: SnapshotService
    clock: Clock = system_clock

    def compare(self, job: Job, progress: Progress) -> dict[str, Any]:
        """Read the test set of a snapshot, the newest by default, with both, and decide.

        Raises:
            NotFound: if there is no such version or snapshot.
            InputError: if the test set can't tell anything.
        """
        candidate = self.workspace.reader_of(job.tenant_id, str(job.arguments["version"]))
        champion = self.workspace.reader(job.tenant_id)
        if candidate.model_version == champion.model_version:
            raise InputError("this version is in production", where=f"version {candidate.model_version}")
        snapshot = self.snapshots.one(job.tenant_id, job.arguments.get("snapshot"))
        judged = frozen_set(self.snapshots.material(job.tenant_id, snapshot))
        if not any(item.gold.mentions for item in judged):
            passages = sum(len(item.passages) for item in judged)
            raise InputError(
                f"the test set holds no signal: {passages} sentences of accounts for testing were drawn at random",
                where=f"snapshot {snapshot.number}",
                remedy="label more of the random sample: `foreshock label fill random`",
            )
        documents = documents_of(judged)
        progress.begin("reading the test set", 2 * len(documents))
        decision = decide(
            [item.gold for item in judged],
            _read(champion, documents, judged, progress),
            _read(candidate, documents, judged, progress),
            margin=MARGIN,
            parts=[item.slices for item in judged],
        )
        result = decision_json(decision) | {
            "test_set": {
                "passages": sum(len(item.passages) for item in judged),
                "documents": len(documents),
                "accounts": len({document.account_id for document in documents}),
            },
            "operating_point": candidate.operating_point.value,
        }
        values = {
            "comparison_id": new_id(),
            "tenant_id": job.tenant_id,
            "snapshot_id": snapshot.snapshot_id,
            "champion": champion.model_version,
            "candidate": candidate.model_version,
            "promote": decision.promote,
            "result": result,
            "made_by": job.person,
            "made_at": self.clock(),
        }
        with self.store.tenant(job.tenant_id) as session:
            repository.add_comparison(session, values)
        return comparison_json(ModelComparisonRow(**values), snapshot.number)


def _read(
    reader: SignalReader, documents: Sequence[Document], judged: Sequence[Judged], progress: Progress
) -> list[list[Signal]]:
    """What a reader finds in the judged passages of each entry."""
    found: dict[int, tuple[Signal, ...]] = {}
    for document in documents:
        found[id(document)] = reader.extract(document).signals
        progress.step()
    return [item.seen(found[id(item.gold.document)]) for item in judged]


def decision_json(decision: Decision) -> dict[str, Any]:
    """A verdict with its figures."""
    return {
        "promote": decision.promote,
        "words": decision.words,
        "reasons": list(decision.reasons),
        "overall": _gain(decision.overall),
        "labels": [_gain(gain) for gain in decision.labels],
        "slices": [_gain(gain) for gain in decision.slices],
        "margin": MARGIN,
    }


def _gain(gain: Gain) -> dict[str, Any]:
    rounded = {key: round(value, 4) if isinstance(value, float) else value for key, value in asdict(gain).items()}
    return rounded | {"difference": round(gain.difference, 4), "words": gain.words}


def comparison_json(row: ModelComparisonRow, snapshot: int | None) -> dict[str, Any]:
    """A comparison as it goes out."""
    return {
        "comparison_id": str(row.comparison_id),
        "snapshot": snapshot,
        "champion": row.champion,
        "candidate": row.candidate,
        **row.result,
        "made_by": row.made_by,
        "made_at": row.made_at.isoformat(),
    }
