"""Writes a reader artefact: encoder or adapter, heads, tokenizer and the manifest that vouches for them."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from torch import Tensor

from core.entities import Label
from models.export.adapter import SMOOTHING, merged
from models.export.encoder_graph import quantise, write_encoder
from models.export.families import FAMILIES, Family
from models.export.prepare import prepare
from models.export.smoothing import smoothing_of, upper_smoothing_of
from models.training.adapters import adapter_weights
from models.training.calibration import FittedLabel
from models.training.network import Reader
from nlp.artefact import (
    ADAPTER_FILE,
    ATTRIBUTES_ENCODER_FILE,
    ATTRIBUTES_FILE,
    BUILT_FILE,
    ENCODER_FILE,
    FORMAT,
    GATE_FILE,
    HEADS_FILE,
    MANIFEST_FILE,
    QUALITY_FILE,
    file_digest,
)
from nlp.outputs import OUTPUTS

_NOT_VOUCHED_FOR = (MANIFEST_FILE, "MODEL_CARD.md", QUALITY_FILE, GATE_FILE)
MADE_HERE = ("format", "name", "version", "outputs", "labels", "files")
"""What ``write_manifest`` says itself; all else are facts that it is given."""


def write_artefact(
    folder: Path,
    reader: Reader,
    base: Path,
    fitted: Mapping[Label, FittedLabel],
    *,
    sample: Sequence[Sequence[int]],
    version: str,
    facts: Mapping[str, Any],
) -> None:
    """Write a whole artefact; an adapted encoder is built beside it, as set-up would.

    Args:
        folder: where to.
        reader: as trained.
        base: folder of the published encoder that it grew from.
        fitted: calibration and thresholds.
        sample: token ids of some windows, to measure an adapted encoder's states on.
        version: of the weights.
        facts: what else the manifest says; it names the base.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for stale in (ENCODER_FILE, BUILT_FILE, ADAPTER_FILE, ATTRIBUTES_FILE, ATTRIBUTES_ENCODER_FILE):
        (folder / stale).unlink(missing_ok=True)
    write_heads(reader, folder)
    if reader.adapted:
        write_adapter(reader, base, facts["base"], sample, folder)
    else:
        write_encoder_of(reader, facts["base"], folder)
    shutil.copy(base / "tokenizer.json", folder / "tokenizer.json")
    write_manifest(folder, version=version, labels=fitted, facts=facts)
    if reader.adapted:
        prepare(folder)


def write_heads(reader: Reader, folder: Path) -> None:
    """Write ``heads.safetensors``."""
    _save({name: tensor.detach().numpy() for name, tensor in reader.head_weights().items()}, folder / HEADS_FILE)


def write_adapter(reader: Reader, base: Path, name: str, sample: Sequence[Sequence[int]], folder: Path) -> None:
    """Write ``adapter.safetensors``: the adapters, and what evens out the states of the merged encoder."""
    adapter = {key: tensor.numpy() for key, tensor in adapter_weights(reader.encoder).items()}
    weights = merged(load_file(base / "model.safetensors"), adapter)
    smoothing = smoothing_of(weights, FAMILIES[name], sample)
    _save({**adapter, **{SMOOTHING + state: divisor for state, divisor in smoothing.items()}}, folder / ADAPTER_FILE)


def write_attributes(
    folder: Path,
    encoder: torch.nn.Module,
    heads: Mapping[str, Tensor],
    weights: Mapping[str, NDArray[np.float32]],
    family: Family,
    sample: Sequence[NDArray[np.float32]],
) -> None:
    """Write ``attributes.safetensors`` into an artefact, build it, and vouch for it in the manifest.

    Args:
        folder: of the artefact.
        encoder: with the adapters above the middle as trained.
        heads: in the form of ``nlp.encoder.Heads``.
        weights: that the adapters stand beside, by name.
        family: what they belong to.
        sample: middle states ``(tokens, width)`` of some windows.
    """
    below = tuple(family.layer.format(layer) for layer in range(family.middle))
    adapter = {name: tensor.numpy() for name, tensor in adapter_weights(encoder).items() if not name.startswith(below)}
    smoothing = upper_smoothing_of(merged(weights, adapter), family, sample)
    tensors = {name: tensor.detach().numpy() for name, tensor in heads.items()}
    tensors |= adapter | {SMOOTHING + state: divisor for state, divisor in smoothing.items()}
    _save(tensors, folder / ATTRIBUTES_FILE)
    manifest = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
    manifest["files"] = files_of(folder)
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    prepare(folder)


def files_of(folder: Path) -> dict[str, dict[str, Any]]:
    """What the manifest vouches for: all that is shipped and not built by set-up."""
    adapted = (folder / ADAPTER_FILE).is_file()
    built = (ENCODER_FILE, ATTRIBUTES_ENCODER_FILE, BUILT_FILE) if adapted else ()
    return {
        path.name: {"sha256": file_digest(path), "bytes": path.stat().st_size}
        for path in sorted(folder.iterdir())
        if path.name not in (*_NOT_VOUCHED_FOR, *built)
    }


def write_encoder_of(reader: Reader, base: str, folder: Path, *, precise: bool = False) -> None:
    """Write ``encoder.onnx`` of a reader that was trained whole: int8, or float where ``precise``."""
    weights = {name: tensor.detach().numpy() for name, tensor in reader.encoder.state_dict().items()}
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch) / "full.onnx"
        write_encoder(weights, FAMILIES[base], full)
        if precise:
            shutil.copy(full, folder / ENCODER_FILE)
        else:
            quantise(full, folder / ENCODER_FILE)


def _save(tensors: Mapping[str, NDArray[Any]], path: Path) -> None:
    save_file({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}, path)
    path.chmod(0o644)  # safetensors writes for the owner only


def write_manifest(
    folder: Path, *, version: str, labels: Mapping[Label, FittedLabel], facts: Mapping[str, Any]
) -> None:
    """Write ``manifest.json`` over the files that lie in ``folder``."""
    manifest = {
        "format": FORMAT,
        "name": "reader",
        "version": version,
        "outputs": list(OUTPUTS),
        "labels": {
            label.value: {
                "scale": round(fitted.scale, 6),
                "offset": round(fitted.offset, 6),
                "points": {
                    name.value: {key: round(value, 4) for key, value in asdict(point).items()}
                    for name, point in fitted.points.items()
                },
                "calibration_error": round(fitted.calibration_error, 4),
                "sentences": fitted.sentences,
            }
            for label, fitted in labels.items()
        },
        "files": files_of(folder),
        **facts,
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST_FILE).write_text(text, encoding="utf-8")
