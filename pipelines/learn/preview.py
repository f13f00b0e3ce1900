"""What a promotion would change, on a sample of past documents: signals that appear and vanish, levels that move.

The sample is of whole accounts, by chance but always the same ones, so that their risk can be told. Nothing is written.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.clock import Clock, system_clock
from core.db import Store
from core.ids import digest
from core.tables import AccountRiskRow, DocumentRow, ReadingRow
from nlp.extract import Extraction, SignalReader
from pipelines.extract.repository import StoredDocument, load_documents
from pipelines.extract.stateless import facts_of as facts_of_reading
from pipelines.learn import repository
from pipelines.learn.differences import Mark, difference, place_json, stored_marks, with_words
from pipelines.learn.jobs import Job, Progress
from pipelines.playbook.service import PlaybookService
from pipelines.risk.model import assess
from pipelines.risk.parameters import Parameters
from pipelines.risk.repository import AccountFacts
from pipelines.risk.repository import facts_of as stored_facts
from pipelines.workspace.service import WorkspaceService

DOCUMENTS = 300
DOCUMENTS_MAX = 5_000
SHOWN_MAX = 200
"""Signals of each kind that are listed; all are counted."""


@dataclass
class _Tally:
    """What is counted while accounts are gone through."""

    documents: int = 0
    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    appear: list[dict[str, Any]] = field(default_factory=list)
    vanish: list[dict[str, Any]] = field(default_factory=list)
    levels: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PreviewService:
    """Previews of versions."""

    store: Store
    workspace: WorkspaceService
    playbook: PlaybookService
    clock: Clock = system_clock

    def preview(self, job: Job, progress: Progress) -> dict[str, Any]:
        """Read a sample of past documents with a version, and hold it against what is served.

        Raises:
            NotFound: if there is no such version.
        """
        tenant_id = job.tenant_id
        reader = self.workspace.reader_of(tenant_id, str(job.arguments["version"]))
        champion = self.workspace.reader(tenant_id).model_version
        limit = int(job.arguments.get("documents") or DOCUMENTS)
        with self.store.tenant(tenant_id) as session:
            counts = _documents_by_account(session)
            parameters = self.playbook.parameters(session)
        chosen = _sample(counts, limit)
        progress.begin("reading past documents", sum(counts[account_id] for account_id in chosen))
        tally = _Tally()
        for account_id in chosen:
            self._account(tenant_id, account_id, reader, parameters, tally, progress)
        moved = [row for row in tally.levels if row["before"]["level"] != row["after"]["level"]]
        return {
            "version": reader.model_version,
            "champion": champion,
            "accounts": len(chosen),
            "documents": tally.documents,
            "of": {"accounts": len(counts), "documents": sum(counts.values())},
            "labels": {label: dict(of_label) for label, of_label in sorted(tally.counts.items())},
            "appear": tally.appear[:SHOWN_MAX],
            "vanish": tally.vanish[:SHOWN_MAX],
            "levels": sorted(moved, key=lambda row: -abs(row["after"]["score"] - row["before"]["score"])),
            "biggest_moves": sorted(tally.levels, key=lambda row: -abs(row["after"]["score"] - row["before"]["score"]))[
                :20
            ],
        }

    def _account(
        self,
        tenant_id: str,
        account_id: str,
        reader: SignalReader,
        parameters: Parameters,
        tally: _Tally,
        progress: Progress,
    ) -> None:
        with self.store.tenant(tenant_id) as session:
            stored = load_documents(session, repository.revisions(session, account_id))
            served = stored_marks(session, sorted(stored))
            risk = session.get(AccountRiskRow, (tenant_id, account_id))
            moment = risk.as_of if risk else self.clock()
            facts = stored_facts(session, [account_id], moment)[account_id]
        readings: list[tuple[StoredDocument, Extraction]] = []
        for row_id, document in sorted(stored.items()):
            extraction = reader.extract(document.document)
            readings.append((document, extraction))
            self._compare(row_id, document, served[row_id], extraction, tally)
            progress.step()
        tally.documents += len(readings)
        tally.levels.append(_levels(account_id, facts, readings, moment, parameters))

    def _compare(
        self, row_id: uuid.UUID, stored: StoredDocument, served: Sequence[Mark], extraction: Extraction, tally: _Tally
    ) -> None:
        found = [Mark(signal.label.value, signal.start, signal.end, signal.score) for signal in extraction.signals]
        changes = difference(served, found)
        for name, marks in (("kept", changes.both), ("vanish", changes.first), ("appear", changes.second)):
            for mark in marks:
                tally.counts[mark.label][name] += 1
        tally.vanish += [place_json(row_id, stored.revision, mark, "champion") for mark in changes.first]
        tally.appear += [place_json(row_id, stored.revision, mark, "candidate") for mark in changes.second]

    def shown(self, tenant_id: str, result: Mapping[str, Any]) -> dict[str, Any]:
        """A preview with the words of the signals, as far as their documents are still as they were."""
        with self.store.tenant(tenant_id) as session:
            return dict(result) | {name: with_words(session, result[name]) for name in ("appear", "vanish")}


def _levels(
    account_id: str,
    facts: AccountFacts,
    readings: Sequence[tuple[StoredDocument, Extraction]],
    moment: datetime,
    parameters: Parameters,
) -> dict[str, Any]:
    """Level and score of an account as it is, and as it would be."""
    signals = [
        fact
        for stored, extraction in readings
        for fact in facts_of_reading(stored.document, extraction)
        if fact.occurred_at <= moment
    ]
    before = assess(account_id, facts.signals, facts.documents, moment, parameters)
    after = assess(account_id, signals, facts.documents, moment, parameters)
    return {
        "account_id": account_id,
        "before": {"level": before.level.value, "score": round(before.score, 2)},
        "after": {"level": after.level.value, "score": round(after.score, 2)},
    }


def _documents_by_account(session: Session) -> dict[str, int]:
    rows = session.execute(
        select(DocumentRow.account_id, func.count())
        .join(ReadingRow, ReadingRow.document_id == DocumentRow.document_id)
        .group_by(DocumentRow.account_id)
    )
    return {account_id: int(count) for account_id, count in rows}


def _sample(counts: Mapping[str, int], documents: int) -> list[str]:
    """Accounts in an order that only their ids decide, until they have so many documents; at least one."""
    chosen: list[str] = []
    total = 0
    for account_id in sorted(counts, key=lambda name: digest(f"preview\0{name}")):
        if chosen and total + counts[account_id] > documents:
            continue
        chosen.append(account_id)
        total += counts[account_id]
    return chosen
