"""The workspace configuration of each tenant; a change is a new version, and new documents are read with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import func, insert, select

from core.db import Store
from core.entities import ReaderName
from core.settings import Settings
from core.tables import WorkspaceRow
from core.workspace import Workspace, load_workspace, parse_workspace
from models.vectors import VectorReader
from nlp.artefact import READERS, load_quality
from nlp.classifier import Classifier
from nlp.extract import SignalReader, load_classifier
from pipelines.ingest.repository import ensure_tenant


@dataclass
class WorkspaceService:
    """Reads and writes configurations, and hands out readers that follow them.

    The weights are loaded once per process; a reader for another configuration costs a gazetteer.
    """

    store: Store
    settings: Settings
    _base: SignalReader | None = None
    _readers: dict[str, SignalReader] = field(default_factory=dict)
    _fast: Classifier | None = None
    _lock: Lock = field(default_factory=Lock)

    def current(self, tenant_id: str) -> tuple[int, Workspace]:
        """The newest version and what it says; version 0 is the empty one that everybody begins with."""
        if self.settings.workspace_file:
            return 0, load_workspace(self.settings.workspace_file)
        with self.store.tenant(tenant_id) as session:
            row = session.scalars(select(WorkspaceRow).order_by(WorkspaceRow.version.desc()).limit(1)).first()
        return (row.version, parse_workspace(row.config)) if row else (0, Workspace())

    def replace(self, tenant_id: str, workspace: Workspace) -> int:
        """Write a new version; returns its number. Documents read before keep their signals until they are re-read."""
        with self.store.tenant(tenant_id) as session:
            ensure_tenant(session, tenant_id)
            newest = session.scalar(select(func.coalesce(func.max(WorkspaceRow.version), 0))) or 0
            session.execute(
                insert(WorkspaceRow).values(
                    tenant_id=tenant_id, version=newest + 1, config=workspace.model_dump(mode="json")
                )
            )
        return newest + 1

    def versions(self, tenant_id: str) -> list[tuple[int, dict[str, Any], datetime]]:
        """All versions that somebody wrote, the newest first: number, configuration, and when."""
        with self.store.tenant(tenant_id) as session:
            rows = session.scalars(select(WorkspaceRow).order_by(WorkspaceRow.version.desc()))
            return [(row.version, row.config, row.created_at) for row in rows]

    def reader(self, tenant_id: str) -> SignalReader:
        """The reader that follows the tenant's configuration."""
        _, workspace = self.current(tenant_id)
        with self._lock:
            if self._base is None:
                self._base = SignalReader.load(self._folder, Workspace(), self.settings.operating_point)
            if workspace.digest not in self._readers:
                self._readers[workspace.digest] = self._base.for_workspace(workspace)
            return self._readers[workspace.digest]

    def other_reader(self, tenant_id: str) -> SignalReader:
        """The shipped reader that does not serve, to compare with; loaded anew, since it is seldom asked for."""
        serving = self._folder
        folder = next(folder for folder in READERS.values() if folder != serving)
        return SignalReader.load(folder, self.current(tenant_id)[1], self.settings.operating_point)

    def vectors(self, tenant_id: str) -> VectorReader:
        """The fast reader, for vectors of what people judged; it passes over no sentence."""
        with self._lock:
            if self._fast is None:
                self._fast = load_classifier(READERS[ReaderName.FAST], gated=False)
        return VectorReader(self._fast, self.current(tenant_id)[1])

    @property
    def _folder(self) -> Path:
        return self.settings.model_dir or READERS[self.settings.reader]

    def quality_card(self, tenant_id: str) -> dict[str, Any]:
        """What the reader in service is, what was measured of it, and at which operating point it works."""
        reader = self.reader(tenant_id)
        facts = reader.manifest.raw
        return {
            "version": reader.model_version,
            "operating_point": reader.operating_point.value,
            "base": facts["base"],
            "teacher": facts.get("teacher"),
            "corpus": facts["corpus"],
            "labels": facts["labels"],
            "measured": load_quality(self._folder),
        }

    def pipeline_version(self, tenant_id: str) -> str:
        """What the next document will be read with."""
        return self.reader(tenant_id).pipeline_version
