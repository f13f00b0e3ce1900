"""From a snapshot to a candidate: heads in this process, or the whole reader by the training command."""

from __future__ import annotations

import importlib.util
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from core.clock import Clock, system_clock
from core.db import Store
from core.errors import InputError
from core.settings import Settings
from labeling.snapshots.content import Snapshot, Split
from labeling.snapshots.service import SnapshotService
from labeling.snapshots.targets import answers_of, training_lines
from models.correction import fit_correction, overlay_files
from nlp.artefact import MANIFEST_FILE, load_manifest
from nlp.extract import SignalReader
from nlp.overlay import manifest_digest
from pipelines.learn import repository
from pipelines.learn.jobs import Job, Progress
from pipelines.workspace.service import WorkspaceService

NEEDED = ("torch", "transformers", "sklearn")
_PROGRESS = re.compile(r"progress (?P<done>\d{1,6})/(?P<total>\d{1,6}) (?P<doing>[\w ,.:-]{1,120})")
_BEAT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Command:
    """The training command: ``arguments READER --out DIR --extra FILE --version NAME``.

    It says how far it is by lines ``progress DONE/TOTAL what`` on standard error, ends with 0, and leaves an artefact
    in DIR. ``needs`` names packages that must be there.
    """

    arguments: tuple[str, ...] = (sys.executable, "-m", "models.training.run")
    needs: tuple[str, ...] = NEEDED
    folder: Path = Path(__file__).parents[2]

    def missing(self) -> list[str]:
        """Which of the packages are not there."""
        return [name for name in self.needs if importlib.util.find_spec(name) is None]


@dataclass(frozen=True, slots=True)
class TrainingService:
    """Makes candidates."""

    store: Store
    settings: Settings
    workspace: WorkspaceService
    snapshots: SnapshotService
    clock: Clock = system_clock
    command: Command = Command()

    def heads(self, job: Job, progress: Progress) -> dict[str, Any]:
        """Train heads, calibration and thresholds on a snapshot.

        On top of the shipped reader, or of one that was trained here in full and serves.

        Raises:
            InputError: if the snapshot has nothing to train on, or nothing could be learned from it.
        """
        snapshot = self.snapshots.one(job.tenant_id, job.arguments.get("snapshot"))
        material = self.snapshots.material(job.tenant_id, snapshot)
        base = self._base(job.tenant_id)
        progress.begin("reading the snapshot's documents", len(material.of(Split.TRAIN)))
        answers, background = answers_of(base, material, progress.step)
        progress.begin("fitting", None)
        correction = fit_correction(answers, background, base.manifest)
        if not correction.changed:
            said = "; ".join(f"{fit.label.value}: {fit.words}" for fit in correction.labels)
            raise InputError(
                f"nothing was learned, so there is no candidate ({said})",
                where=f"snapshot {snapshot.number}",
                remedy="label more, or train the whole reader; docs/models.md says what heads can mend",
            )
        figures = {"sentences": len(answers.features), "labels": correction.figures}
        made = {"snapshot": snapshot.number, "snapshot_digest": snapshot.digest}

        def files(version: str) -> dict[str, bytes]:
            return overlay_files(correction, base.manifest, version, made)

        progress.beat()
        return self._register(job, "heads", base, snapshot, figures, files)

    def full(self, job: Job, progress: Progress) -> dict[str, Any]:
        """Train the whole reader, with the snapshot's documents among the shipped corpus.

        Raises:
            InputError: if packages are missing, the snapshot has nothing to train on, or the command fails.
        """
        missing = self.command.missing()
        if missing:
            raise InputError(
                f"training the whole reader needs {', '.join(missing)}",
                remedy="pip install -e '.[train]' where `foreshock worker` runs; training heads needs nothing",
            )
        snapshot = self.snapshots.one(job.tenant_id, job.arguments.get("snapshot"))
        lines = list(training_lines(self.snapshots.material(job.tenant_id, snapshot)))
        if not lines:
            raise InputError("the snapshot has nothing to train on", where=f"snapshot {snapshot.number}")
        shipped = self.workspace.shipped(job.tenant_id)
        with tempfile.TemporaryDirectory() as scratch:
            extra, folder = Path(scratch) / "extra.jsonl", Path(scratch) / "reader"
            extra.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
            version = f"{shipped.model_version}+full.{job.job_id}"
            reader = str(shipped.manifest.raw.get("reader") or self.settings.reader.value)
            asked = [reader, "--out", str(folder), "--extra", str(extra), "--version", version]
            if job.arguments.get("epochs"):
                asked += ["--epochs", str(job.arguments["epochs"])]
            self._call(asked, progress)
            progress.begin("registering", None)
            if not (folder / MANIFEST_FILE).is_file() or load_manifest(folder).version != version:
                raise InputError("the command left no reader of the version asked for", where=version)
            content = _files_of(folder)
        return self._register(
            job, "full", shipped, snapshot, {"documents": len(lines)}, lambda _name: content, version=version
        )

    def _base(self, tenant_id: str) -> SignalReader:
        """What heads are learned on top of: the shipped reader, or one trained in full that serves or lies below."""
        shipped = self.workspace.shipped(tenant_id)
        with self.store.tenant(tenant_id) as session:
            name = repository.champion(session)
            row = repository.version(session, tenant_id, name) if name else None
            while row is not None and row.kind == "heads":
                row = repository.version(session, tenant_id, row.base_version)
        if row is None or self.workspace.out_of_service(tenant_id, row.version):
            return shipped
        return self.workspace.reader_of(tenant_id, row.version)

    def _register(
        self,
        job: Job,
        kind: str,
        base: SignalReader,
        snapshot: Snapshot,
        figures: Mapping[str, Any],
        files: Any,
        *,
        version: str | None = None,
    ) -> dict[str, Any]:
        parent = self.workspace.reader(job.tenant_id).model_version
        with self.store.tenant(job.tenant_id) as session:
            repository.lock_serving(session)
            number = repository.next_number(session)
            name = version or f"{base.model_version}+{kind}.{number}"
            content: dict[str, bytes] = files(name)
            if repository.version(session, job.tenant_id, name) is not None:
                raise InputError("another version of this name was registered meanwhile", where=name)
            values = {
                "tenant_id": job.tenant_id,
                "version": name,
                "number": number,
                "kind": kind,
                "base_version": base.model_version,
                "base_digest": manifest_digest(base.manifest),
                "digest": repository.files_digest(content),
                "parent": parent,
                "snapshot_id": snapshot.snapshot_id,
                "figures": dict(figures),
                "made_by": job.person,
                "made_at": self.clock(),
            }
            repository.add_version(session, values, content)
        return {"version": name, "snapshot": snapshot.number, "figures": dict(figures)}

    def _call(self, asked: Sequence[str], progress: Progress) -> None:
        """Run the command to its end; its progress becomes the job's. Stops it if the job is taken away."""
        # Whoever waits for an answer goes first.
        gently = [nice, "-n", "10"] if (nice := shutil.which("nice")) else []
        command = [*gently, *self.command.arguments, *asked]
        progress.begin("starting the training command", None)
        environment = os.environ | {"PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(
            command, cwd=self.command.folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, errors="replace",
        ) as process:  # fmt: skip
            try:
                said = _follow(process, progress)
            except BaseException:
                process.terminate()
                raise
        if process.returncode:
            # What else the command printed may hold text of documents; the kind of error is enough.
            raise InputError(f"the training command ended with {process.returncode}{said}", remedy="try it by hand")


def _follow(process: subprocess.Popen[str], progress: Progress) -> str:
    """Report what the command says of its progress; returns the kind of error that it ended with, if it named one."""
    lines: queue.Queue[str | None] = queue.Queue()
    assert process.stderr is not None
    threading.Thread(target=_pass_on, args=(process.stderr, lines), daemon=True).start()
    said, kind, part = "", re.compile(r"(?P<kind>[A-Za-z.]{1,60}(?:Error|Exception|Interrupt))\b"), ""
    while True:
        try:
            line = lines.get(timeout=_BEAT_SECONDS)
        except queue.Empty:
            progress.beat()
            continue
        if line is None:
            return said
        if found := _PROGRESS.search(line):
            if found["doing"] != part:
                part = found["doing"]
                progress.begin(part, int(found["total"]))
            progress.step(int(found["done"]) - progress.done)
        elif named := kind.match(line):
            said = f" ({named['kind']})"


def _pass_on(stream: IO[str], lines: queue.Queue[str | None]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)


def _files_of(folder: Path) -> dict[str, bytes]:
    """The files of an artefact that its manifest vouches for, and the manifest; an encoder may be built from them."""
    names = {MANIFEST_FILE, *load_manifest(folder).raw["files"]}
    return {name: (folder / name).read_bytes() for name in sorted(names)}
