"""The workspace configuration of each tenant, and the reader that serves it: its champion, for its configuration.

A change of the configuration is a new version, and new documents are read with it.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import func, insert, select

from core.db import Store
from core.entities import ReaderName
from core.errors import ArtefactError, NotFound
from core.settings import Settings
from core.tables import WorkspaceRow
from core.workspace import Workspace, load_workspace, parse_workspace
from models.vectors import VectorReader
from nlp.artefact import READERS, load_quality
from nlp.classifier import Classifier
from nlp.extract import SignalReader, load_classifier
from pipelines.ingest.repository import ensure_tenant
from pipelines.learn import readers, repository

logger = logging.getLogger(__name__)

READERS_KEPT = 64
"""Readers of versions and configurations; most share their weights."""


@dataclass
class WorkspaceService:
    """Reads and writes configurations, and hands out readers that follow them.

    The shipped weights are loaded once per process; a reader for another configuration costs a gazetteer. Which version
    is the champion is asked of the store each time, so that every process notices a promotion at once.
    """

    store: Store
    settings: Settings
    _base: SignalReader | None = None
    _readers: OrderedDict[tuple[str, str], SignalReader] = field(default_factory=OrderedDict)
    _facts: dict[tuple[str, str], readers.Facts] = field(default_factory=dict)
    _unfit: dict[str, ArtefactError] = field(default_factory=dict)
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
        """The reader that serves: the tenant's champion, for the tenant's configuration.

        A champion that was learned on top of a reader that is not installed any more can't serve: then the shipped one
        does, and ``out_of_service`` says why.
        """
        with self.store.tenant(tenant_id) as session:
            champion = repository.champion(session)
        if champion is not None:
            try:
                return self.reader_of(tenant_id, champion)
            except ArtefactError as error:
                logger.warning("champion of %s can't serve (%s), the shipped reader does", tenant_id, error.code)
        return self.shipped(tenant_id)

    def out_of_service(self, tenant_id: str, version: str | None) -> str | None:
        """Why a version can't serve; nothing where it can."""
        try:
            if version is not None:
                self.reader_of(tenant_id, version)
        except (ArtefactError, NotFound) as error:
            return str(error)
        return None

    def shipped(self, tenant_id: str) -> SignalReader:
        """The installed reader as it is shipped, for the tenant's configuration."""
        _, workspace = self.current(tenant_id)
        with self._lock:
            return self._kept("", workspace, self._shipped())

    def reader_of(self, tenant_id: str, version: str) -> SignalReader:
        """The reader of a version, the shipped one's among them, for the tenant's configuration.

        Raises:
            NotFound: if the tenant has none of that name.
            ArtefactError: if it can't serve here.
        """
        _, workspace = self.current(tenant_id)
        with self._lock:
            shipped = self._shipped()
            if version == shipped.model_version:
                return self._kept("", workspace, shipped)
            facts = self._facts.get((tenant_id, version))
            if facts is None:  # What a version is never changes.
                facts = self._facts[tenant_id, version] = readers.facts_of(self.store, tenant_id, version)
            if (facts.digest, workspace.digest) in self._readers:
                return self._kept(facts.digest, workspace, shipped)
            if facts.digest in self._unfit:
                raise self._unfit[facts.digest]
            same = next((kept for (digest, _), kept in self._readers.items() if digest == facts.digest), None)
            try:
                loaded = same or readers.load_version(self.store, self.settings, tenant_id, facts, shipped)
            except ArtefactError as error:
                self._unfit[facts.digest] = error
                raise
            return self._kept(facts.digest, workspace, loaded)

    def _kept(self, digest: str, workspace: Workspace, loaded: SignalReader) -> SignalReader:
        """The reader of these files and this configuration, made from ``loaded`` if there is none yet."""
        key = (digest, workspace.digest)
        if key not in self._readers:
            self._readers[key] = loaded.for_workspace(workspace)
        self._readers.move_to_end(key)
        while len(self._readers) > READERS_KEPT:
            self._readers.popitem(last=False)
        return self._readers[key]

    def _shipped(self) -> SignalReader:
        if self._base is None:
            self._base = SignalReader.load(self._folder, Workspace(), self.settings.operating_point)
        return self._base

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
        """What the reader in service is, what was measured of it, and at which operating point it works.

        Of a version that was trained here, what was measured is that of the shipped reader below it.
        """
        reader, shipped = self.reader(tenant_id), self.shipped(tenant_id)
        facts = reader.manifest.raw
        return {
            "version": reader.model_version,
            "operating_point": reader.operating_point.value,
            "base": facts["base"],
            "teacher": facts.get("teacher"),
            "corpus": facts["corpus"],
            "labels": facts["labels"],
            "measured": load_quality(self._folder),
            "measured_version": shipped.model_version,
            "overlay": facts.get("overlay"),
        }

    def pipeline_version(self, tenant_id: str) -> str:
        """What the next document will be read with."""
        return self.reader(tenant_id).pipeline_version
