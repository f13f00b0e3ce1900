"""A reader artefact: a folder of files that hold numbers and words, never code, checked against a manifest.

manifest.json        what it is, thresholds, calibration, and the sha256 of every other file
encoder.onnx         the fine-tuned encoder, int8; or, where that is large,
adapter.safetensors  what fine-tuning added to a published encoder: set-up builds encoder.onnx from both, and
built.json           holds the sha256 of what it built
attributes.safetensors  upper layers of their own for attributes, as an adapter, with their heads: set-up builds
attributes.onnx      from it
gate.json            which quicker reader goes first, and what it must see for this one to read on
heads.safetensors    the decision heads
tokenizer.json       word pieces
MODEL_CARD.md        what it can and can't do
quality.json         the same figures, for machines
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.entities import Label, OperatingPoint, ReaderName
from core.errors import ArtefactError

ARTEFACTS = Path(__file__).parent.parent / "models" / "artefacts"
READERS = {name: ARTEFACTS / name for name in ReaderName}
"""Where the shipped readers lie."""
MANIFEST_FILE = "manifest.json"
QUALITY_FILE = "quality.json"
ENCODER_FILE = "encoder.onnx"
HEADS_FILE = "heads.safetensors"
TOKENIZER_FILE = "tokenizer.json"
ADAPTER_FILE = "adapter.safetensors"
BUILT_FILE = "built.json"
ATTRIBUTES_FILE = "attributes.safetensors"
ATTRIBUTES_ENCODER_FILE = "attributes.onnx"
GATE_FILE = "gate.json"
FORMAT = 2
_BUILD = "run make setup, or python -m models.export.prepare; FORESHOCK_READER=fast needs neither"
_REMEDY = "restore the folder from the release, or point FORESHOCK_MODEL_DIR to a whole one"


@dataclass(frozen=True, slots=True)
class LabelPoint:
    """How a label's logit becomes a probability, and from where on it is a signal.

    Between the thresholds of high recall and high precision lies the band where the reader had better ask a person.
    """

    scale: float
    offset: float
    thresholds: Mapping[OperatingPoint, float]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The checked manifest."""

    version: str
    outputs: tuple[str, ...]
    labels: dict[Label, LabelPoint]
    raw: dict[str, Any]


def load_manifest(folder: Path) -> Manifest:
    """Read ``manifest.json`` and check every file against its hash before anything is loaded.

    Raises:
        ArtefactError: naming the file that is missing, damaged or of another format.
    """
    path = folder / MANIFEST_FILE
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ArtefactError("the manifest can't be read", where=str(path), remedy=_REMEDY) from error
    except ValueError as error:
        raise ArtefactError("the manifest is not valid JSON", where=str(path), remedy=_REMEDY) from error
    if raw.get("format") != FORMAT:
        raise ArtefactError(f"format {raw.get('format')!r} is not {FORMAT}", where=str(path), remedy=_REMEDY)
    for name, facts in raw["files"].items():
        _check_file(folder / name, facts["sha256"])
    if ENCODER_FILE not in raw["files"] and not is_built(folder):
        where = str(folder / ENCODER_FILE)
        raise ArtefactError("the encoder was not built from its adapter", where=where, remedy=_BUILD)
    points = {
        Label(label): LabelPoint(
            point["scale"],
            point["offset"],
            {OperatingPoint(name): measured["threshold"] for name, measured in point["points"].items()},
        )
        for label, point in raw["labels"].items()
    }
    return Manifest(raw["version"], tuple(raw["outputs"]), points, raw)


@dataclass(frozen=True, slots=True)
class GateFile:
    """Which reader goes first, and the probability that it must see."""

    folder: Path
    probability: float


def load_gate(folder: Path) -> GateFile | None:
    """What ``gate.json`` says; nothing where there is none, or where it was measured with other weights."""
    path = folder / GATE_FILE
    if not path.is_file():
        return None
    raw = json.loads(path.read_text(encoding="utf-8"))
    first = READERS[ReaderName(raw["reader"])]
    measured_with = {"first": file_digest(first / MANIFEST_FILE), "second": file_digest(folder / MANIFEST_FILE)}
    return GateFile(first, float(raw["probability"])) if raw["measured_with"] == measured_with else None


def load_quality(folder: Path) -> dict[str, Any]:
    """What was measured of an artefact; empty where nobody measured it."""
    try:
        measured: dict[str, Any] = json.loads((folder / QUALITY_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return measured


def is_built(folder: Path) -> bool:
    """Whether the encoders that lie in ``folder`` were built from the adapters that lie there, and are whole."""
    try:
        built: dict[str, str] = json.loads((folder / BUILT_FILE).read_text(encoding="utf-8"))
        return all(file_digest(folder / name) == built[name] for name in to_build(folder))
    except (OSError, ValueError, KeyError):
        return False


def to_build(folder: Path) -> tuple[str, ...]:
    """The files that set-up builds in ``folder``, each after the one that it is built from."""
    files = (ADAPTER_FILE, ENCODER_FILE)
    return (*files, ATTRIBUTES_FILE, ATTRIBUTES_ENCODER_FILE) if (folder / ATTRIBUTES_FILE).is_file() else files


def _check_file(path: Path, expected: str) -> None:
    if not path.is_file():
        raise ArtefactError("the file is missing", where=str(path), remedy=_REMEDY)
    found = file_digest(path)
    if found != expected:
        raise ArtefactError(
            f"sha256 is {found[:12]}…, the manifest says {expected[:12]}…", where=str(path), remedy=_REMEDY
        )


def file_digest(path: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
