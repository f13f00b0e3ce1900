"""Loading versions that were trained here: an overlay on the shipped reader, or a reader of its own.

What was loaded is kept by the hash of its files, so that nothing that goes by a name can be stale.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.db import Store
from core.errors import ArtefactError, NotFound
from core.settings import Settings
from core.workspace import Workspace
from nlp.artefact import ADAPTER_FILE, is_built
from nlp.extract import SignalReader
from nlp.overlay import Overlay, manifest_digest
from pipelines.learn import repository

logger = logging.getLogger(__name__)

FOLDER = "models"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a version is, as the store says."""

    version: str
    kind: str
    digest: str
    base_version: str
    base_digest: str


def facts_of(store: Store, tenant_id: str, version: str) -> Facts:
    """What a version is.

    Raises:
        NotFound: if the tenant has none of that name.
    """
    with store.tenant(tenant_id) as session:
        row = repository.version(session, tenant_id, version)
    if row is None:
        raise NotFound("no such model version", where=f"version {version!r}", remedy="see `foreshock models list`")
    return Facts(row.version, row.kind, row.digest, row.base_version, row.base_digest)


def load_version(store: Store, settings: Settings, tenant_id: str, facts: Facts, shipped: SignalReader) -> SignalReader:
    """The reader of a version, for no workspace yet.

    Raises:
        ArtefactError: if its files are damaged, or it was learned on top of a reader that is not there any more.
    """
    with store.tenant(tenant_id) as session:
        files = repository.files(session, facts.version)
    if repository.files_digest(files) != facts.digest:
        raise ArtefactError("the files are not those that were registered", where=f"version {facts.version}")
    if facts.kind == "full":
        folder = unpacked(files, settings.data_dir / FOLDER / facts.digest)
        return SignalReader.load(folder, Workspace(), settings.operating_point)
    base = shipped
    if manifest_digest(shipped.manifest) != facts.base_digest:
        base = _full_base(store, settings, tenant_id, facts, shipped)
    return base.with_overlay(Overlay.of(files, facts.version))


def _full_base(store: Store, settings: Settings, tenant_id: str, facts: Facts, shipped: SignalReader) -> SignalReader:
    """The reader trained here in full that an overlay belongs to, if it is one."""
    try:
        base = facts_of(store, tenant_id, facts.base_version)
    except NotFound:
        raise ArtefactError(
            f"was learned on top of reader {facts.base_version}, installed is {shipped.model_version}",
            where=f"version {facts.version}",
            remedy="train it anew on the same snapshot: `foreshock models train`",
        ) from None
    return load_version(store, settings, tenant_id, base, shipped)


def unpacked(files: Mapping[str, bytes], folder: Path) -> Path:
    """The folder of an artefact whose files lie in the store; made once, whole or not at all.

    Raises:
        ArtefactError: if an encoder must be built and its base can't be had.
    """
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=folder.parent))
        try:
            for name, content in files.items():
                (scratch / Path(name).name).write_bytes(content)
            if ADAPTER_FILE in files and not is_built(scratch):
                # Only where a reader was trained here in full; takes half a minute.
                from models.export.prepare import prepare

                prepare(scratch)
            os.replace(scratch, folder)
        except OSError:
            if not folder.is_dir():  # Another process was quicker.
                raise
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return folder
