"""The challenger reads new documents after the champion did, where nobody waits; what it finds is never served."""

from __future__ import annotations

import logging
import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.clock import Clock, system_clock
from core.db import Store
from core.errors import ArtefactError, NotFound
from core.tables import DocumentRow, ReadingRow
from core.tables_learning import ShadowReadingRow
from nlp.extract import SignalReader
from pipelines.extract.repository import StoredDocument, load_documents
from pipelines.learn import repository
from pipelines.learn.differences import Difference, Mark, difference, place_json, stored_marks, with_words
from pipelines.workspace.service import WorkspaceService

logger = logging.getLogger(__name__)

BATCH = 5
"""Documents before the worker looks for work that somebody waits for."""
SHOWN = 50


@dataclass(frozen=True, slots=True)
class ShadowService:
    """Reads beside, and tells how far both agree."""

    store: Store
    workspace: WorkspaceService
    clock: Clock = system_clock

    def run(self) -> int:
        """Read a few documents of each tenant that has a challenger; returns how many that were."""
        with self.store.nobody() as session:
            tenants = [
                row.tenant_id for row in session.execute(text("select * from foreshock_tenants_with_challenger()"))
            ]
        return sum(self._tenant(tenant_id) for tenant_id in tenants)

    def _tenant(self, tenant_id: str) -> int:
        with self.store.tenant(tenant_id) as session:
            event = repository.newest_event(session, repository.CHALLENGER)
            if event is None or event.version is None:
                return 0
            waiting = _waiting(session, event.version, event.at)
            documents = load_documents(session, waiting)
            served = stored_marks(session, sorted(documents))
        if not documents:
            return 0
        try:
            reader = self.workspace.reader_of(tenant_id, event.version)
        except (ArtefactError, NotFound) as error:
            logger.warning("the challenger of %s can't read (%s)", tenant_id, error.code)
            return 0
        for row_id, stored in sorted(documents.items()):
            self._read(tenant_id, reader, stored, served[row_id], waiting[row_id])
        return len(documents)

    def _read(
        self, tenant_id: str, reader: SignalReader, stored: StoredDocument, served: list[Mark], champion: str
    ) -> None:
        found = [
            Mark(signal.label.value, signal.start, signal.end, signal.score)
            for signal in reader.extract(stored.document).signals
        ]
        changes = difference(served, found)
        values = {
            "document_id": stored.row_id,
            "revision": stored.revision,
            "challenger": reader.model_version,
            "champion": champion,
            "tenant_id": tenant_id,
            "counts": _counts(changes),
            "differences": [
                *(place_json(stored.row_id, stored.revision, mark, "champion") for mark in changes.first),
                *(place_json(stored.row_id, stored.revision, mark, "challenger") for mark in changes.second),
            ],
            "read_at": self.clock(),
        }
        with self.store.tenant(tenant_id) as session:
            if repository.lock_documents(session, [stored.row_id]):
                session.execute(insert(ShadowReadingRow).values(values).on_conflict_do_nothing())

    def report(self, tenant_id: str) -> dict[str, Any]:
        """How far challenger and champion agree on what came in since there is a challenger, label by label."""
        champion = self.workspace.reader(tenant_id).model_version
        with self.store.tenant(tenant_id) as session:
            event = repository.newest_event(session, repository.CHALLENGER)
            if event is None or event.version is None:
                return {"challenger": None, "champion": champion, "since": None, "documents": 0, "waiting": 0,
                        "labels": {}, "differences": []}  # fmt: skip
            query = select(ShadowReadingRow).where(
                ShadowReadingRow.challenger == event.version, ShadowReadingRow.champion == champion
            )
            rows = list(session.scalars(query.order_by(ShadowReadingRow.read_at.desc())))
            places = [place for row in rows for place in row.differences][:SHOWN]
            shown = with_words(session, places)
            waiting = len(_waiting(session, event.version, event.at, limit=None))
        totals: dict[str, Counter[str]] = defaultdict(Counter)
        for row in rows:
            for label, counts in row.counts.items():
                totals[label].update(counts)
        return {
            "challenger": event.version,
            "champion": champion,
            "since": event.at.isoformat(),
            "documents": len(rows),
            "waiting": waiting,
            "labels": {label: _agreement(counts) for label, counts in sorted(totals.items())},
            "differences": shown,
        }


def _waiting(session: Session, challenger: str, since: datetime, limit: int | None = BATCH) -> dict[uuid.UUID, str]:
    """Documents that came since a moment and the challenger has not read, with the version that serves them."""
    served = func.regexp_replace(ReadingRow.pipeline_version, r"\+[^+]*$", "")
    known = exists().where(
        ShadowReadingRow.document_id == ReadingRow.document_id,
        ShadowReadingRow.revision == ReadingRow.revision,
        ShadowReadingRow.challenger == challenger,
        ShadowReadingRow.champion == served,
    )
    rows = session.execute(
        select(ReadingRow.document_id, served)
        .join(DocumentRow, DocumentRow.document_id == ReadingRow.document_id)
        .where(DocumentRow.updated_at >= since, DocumentRow.revision == ReadingRow.revision, ~known)
        .order_by(ReadingRow.read_at, ReadingRow.document_id)
        .limit(limit)
    )
    return {document_id: champion for document_id, champion in rows}


def _counts(changes: Difference) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    parts = (("both", changes.both), ("only_champion", changes.first), ("only_challenger", changes.second))
    for name, marks in parts:
        for mark in marks:
            found[mark.label][name] += 1
    return {label: dict(counts) for label, counts in found.items()}


def _agreement(counts: Counter[str]) -> dict[str, Any]:
    """Of all that either finds, the share that both do."""
    either = sum(counts.values())
    parts = {name: counts[name] for name in ("both", "only_champion", "only_challenger")}
    return parts | {"agreement": round(counts["both"] / either, 4) if either else None}
