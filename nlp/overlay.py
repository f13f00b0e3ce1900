"""What was learned on top of a reader: a small artefact that is of use with that reader alone.

overlay.json            which reader it belongs to, calibration and thresholds, and the sha256 of the other file
correction.safetensors  what is added to the logits of the labels, ``features @ weights + bias``

It is data like the reader itself: numbers in safetensors and JSON, checked before anything is loaded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from core.entities import Label, OperatingPoint
from core.errors import ArtefactError
from core.ids import digest, digest_json
from nlp.artefact import LabelPoint, Manifest
from nlp.classifier import Classifier
from nlp.encoder import Correction
from nlp.outputs import LABELS

OVERLAY_FILE = "overlay.json"
CORRECTION_FILE = "correction.safetensors"
FORMAT = 1
_REMEDY = "train it anew: `foreshock models train`"


@dataclass(frozen=True, slots=True)
class Overlay:
    """A checked overlay; ``base_digest`` is that of the manifest of the reader that it belongs to."""

    version: str
    base_version: str
    base_digest: str
    labels: Mapping[Label, LabelPoint]
    raw: Mapping[str, Any]
    correction: Correction

    @classmethod
    def of(cls, files: Mapping[str, bytes], where: str) -> Overlay:
        """Check and read the files of an overlay.

        Raises:
            ArtefactError: naming the file that is missing, damaged or of another format.
        """
        raw = _json(_file(files, OVERLAY_FILE, where), where)
        content = _file(files, CORRECTION_FILE, where)
        try:
            expected = raw["files"][CORRECTION_FILE]["sha256"]
            if digest(content) != expected:
                raise ArtefactError("does not match its manifest", where=f"{where}/{CORRECTION_FILE}", remedy=_REMEDY)
            tensors = load(content)
            correction = Correction(tensors["weights"], tensors["bias"])
            points = {Label(label): _point(point) for label, point in raw["labels"].items()}
            if set(points) != set(LABELS) or not correction.weights.shape[1:] == correction.bias.shape == (
                len(LABELS),
            ):
                raise ValueError
            return cls(raw["version"], raw["base"]["version"], raw["base"]["digest"], points, raw, correction)
        except (KeyError, TypeError, ValueError, SafetensorError) as error:
            raise ArtefactError("is not an overlay", where=f"{where}/{OVERLAY_FILE}", remedy=_REMEDY) from error


def load_overlay(folder: Path) -> Overlay:
    """Read an overlay from a folder.

    Raises:
        ArtefactError: naming the file that is missing, damaged or of another format.
    """
    names = [name for name in (OVERLAY_FILE, CORRECTION_FILE) if (folder / name).is_file()]
    return Overlay.of({name: (folder / name).read_bytes() for name in names}, str(folder))


def manifest_digest(manifest: Manifest) -> str:
    """By which an overlay knows its reader: changes with every file of it, with calibration and thresholds."""
    return digest_json(manifest.raw)


def with_overlay(classifier: Classifier, overlay: Overlay) -> Classifier:
    """The classifier with what was learned on top of it. The encoder stays loaded once; a gate stays in place.

    Raises:
        ArtefactError: if it was learned on top of another reader.
    """
    base = classifier.manifest
    width = classifier.encoder.heads.w1.shape[0]
    if manifest_digest(base) != overlay.base_digest or overlay.correction.weights.shape[0] != width:
        raise ArtefactError(
            f"was learned on top of reader {overlay.base_version}, this is another ({base.version})",
            where=overlay.version,
            remedy=_REMEDY,
        )
    raw = base.raw | {"version": overlay.version, "labels": overlay.raw["labels"], "overlay": dict(overlay.raw["made"])}
    manifest = Manifest(overlay.version, base.outputs, dict(overlay.labels), raw)
    encoder = classifier.encoder.with_heads(classifier.encoder.heads.corrected(overlay.correction))
    return replace(classifier, encoder=encoder, manifest=manifest)


def _point(raw: Mapping[str, Any]) -> LabelPoint:
    thresholds = {OperatingPoint(name): float(point["threshold"]) for name, point in raw["points"].items()}
    if set(thresholds) != set(OperatingPoint) or not np.isfinite([raw["scale"], raw["offset"]]).all():
        raise ValueError
    return LabelPoint(float(raw["scale"]), float(raw["offset"]), thresholds)


def _file(files: Mapping[str, bytes], name: str, where: str) -> bytes:
    if name not in files:
        raise ArtefactError("the file is missing", where=f"{where}/{name}", remedy=_REMEDY)
    return files[name]


def _json(content: bytes, where: str) -> dict[str, Any]:
    try:
        raw = json.loads(content)
    except ValueError as error:
        raise ArtefactError("is not valid JSON", where=f"{where}/{OVERLAY_FILE}", remedy=_REMEDY) from error
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise ArtefactError(f"is not of format {FORMAT}", where=f"{where}/{OVERLAY_FILE}", remedy=_REMEDY)
    return raw
