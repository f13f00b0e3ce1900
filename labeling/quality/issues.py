"""Answers that are probably wrong, found and put into a queue for a second look.

Heads that did not see a document say what they would expect in it (``labeling.label_issues``). Reading the documents
takes longer than anybody waits for a page, so a search is written down and worked off by a worker.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from core.clock import Clock, system_clock
from core.db import Store
from core.errors import Conflict, ForeshockError, InputError
from core.ids import new_id
from core.stored import ensure_tenant
from labeling.consensus import Source
from labeling.members import Member, Role
from labeling.quality import issue_runs
from labeling.quality.consensus import ConsensusService
from labeling.quality.issue_rows import Doubt, doubts, sentences_of
from labeling.quality.issue_runs import Run
from labeling.quality.repository import gold
from labeling.queues import repository as tasks
from labeling.queues.rules import QueueRules, Strategy
from models.vectors import VectorReader

logger = logging.getLogger(__name__)

QUEUE = Strategy.ISSUES.value
SIZE = 100
SIZE_MAX = 2_000
RECORDS_MAX = 50_000
"""The newest so many answers are looked at."""
LEASE = timedelta(minutes=15)
ATTEMPTS = 3
RUNS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class IssueService:
    """Looks for doubtful answers."""

    store: Store
    consensus: ConsensusService
    reader_for: Callable[[str], VectorReader]
    clock: Clock = system_clock

    def ask(self, tenant_id: str, member: Member, size: int = SIZE) -> dict[str, Any]:
        """Ask a worker to look; while one looks already, that one is given.

        Raises:
            Forbidden: if the member is no admin.
            InputError: if the size can't be.
        """
        member.require(Role.ADMIN)
        if not 1 <= size <= SIZE_MAX:
            raise InputError(f"size is 1 to {SIZE_MAX}", where="size")
        with self.store.tenant(tenant_id) as session:
            ensure_tenant(session, tenant_id)
            found = issue_runs.unfinished(session)
            if found is None:
                values = {"run_id": new_id(), "tenant_id": tenant_id, "person": member.person, "size": size}
                issue_runs.add_run(session, values | {"asked_at": self.clock()})
                found = issue_runs.unfinished(session)
        return run_json(found) if found else {}

    def runs(self, tenant_id: str, member: Member) -> list[dict[str, Any]]:
        """The last searches, the newest first.

        Raises:
            Forbidden: if the member is no reviewer.
        """
        member.require(Role.REVIEWER)
        with self.store.tenant(tenant_id) as session:
            return [run_json(run) for run in issue_runs.runs(session, RUNS_SHOWN)]

    def work(self) -> bool:
        """Do one search that waits, of any tenant; returns whether there was one."""
        now = self.clock()
        with self.store.nobody() as session:
            waiting = issue_runs.waiting_anywhere(session, now)
        for tenant_id, run_id in waiting:
            with self.store.tenant(tenant_id) as session:
                run = issue_runs.claim(session, run_id, now + LEASE, now)
            if run is not None:
                self._do(tenant_id, run)
                return True
        return False

    def _do(self, tenant_id: str, run: Run) -> None:
        result, error = None, None
        try:
            if run.attempts > ATTEMPTS:
                raise Conflict(f"given up after {ATTEMPTS} attempts")
            result = self.find(tenant_id, run.size)
        except ForeshockError as known:
            error = str(known)
        except Exception as unknown:
            # The worker outlives it, and says by its kind what it was: its text may be a customer's.
            logger.error("search for doubtful answers failed: %s", type(unknown).__name__)
            error = f"it failed ({type(unknown).__name__})"
        with self.store.tenant(tenant_id) as session:
            issue_runs.finish(session, run.run_id, self.clock(), result=result, error=error)

    def find(self, tenant_id: str, size: int = SIZE, advance: Callable[[], None] = lambda: None) -> dict[str, Any]:
        """Look now, and put the most doubtful answers into the queue ``issues``.

        What a reviewer decided, gold among it, teaches but is not doubted. Each record is asked about once.

        Args:
            tenant_id: whose.
            size: how many records to add at most.
            advance: called after each document.
        """
        settled = [one for one in self.consensus.answers(tenant_id).answers if one.source is not Source.UNRESOLVED]
        held = {one.record_id: one.spans for one in settled[-RECORDS_MAX:]}
        decided = {one.record_id for one in settled if one.source is Source.ADJUDICATED}
        with self.store.tenant(tenant_id) as session:
            texts = issue_runs.texts(session, held)
            decided |= set(gold(session, None))
        rows = sentences_of(texts, self.reader_for(tenant_id), advance)
        labels = sorted({label for _, _, judged in texts for one in judged for label in one.asked})
        found, notes = doubts(rows, labels) if len(rows) else ([], ["nothing was answered that can be read"])
        doubted = [one for one in found if one.record_id not in decided]
        return {
            "records": len(held),
            "sentences": len(rows),
            "found": len(doubted),
            "added": self._fill(tenant_id, doubted[:size]),
            "notes": notes,
        }

    def _fill(self, tenant_id: str, found: list[Doubt]) -> int:
        with self.store.tenant(tenant_id) as session:
            ensure_tenant(session, tenant_id)
            tasks.add_queue(session, tenant_id, QUEUE, QueueRules.of(Strategy.ISSUES).values())
            row = tasks.queue(session, tenant_id, QUEUE)
            if row is None:
                return 0
            asked = [(uuid.UUID(one.record_id), -one.doubt, one.words) for one in found]
            return tasks.add_tasks(session, row, asked, anew=True)


def run_json(run: Run) -> dict[str, Any]:
    """A search as it goes out."""
    return {
        "run_id": str(run.run_id),
        "state": run.state,
        "person": run.person,
        "size": run.size,
        "asked_at": run.asked_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "result": dict(run.result) if run.result else None,
        "error": run.error,
    }


def issues_in_words(found: Mapping[str, Any]) -> str:
    """What a search found, in a sentence."""
    return (
        f"{found['found']:,} of {found['records']:,} answered records are doubtful; "
        f"{found['added']:,} of them are new in the queue {QUEUE}"
    )
