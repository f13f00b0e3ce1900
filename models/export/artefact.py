"""Writes a reader artefact: encoder or adapter, heads, tokenizer and the manifest that vouches for them."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file

from core.entities import Label
from models.export.encoder_graph import quantise, write_encoder
from models.export.families import FAMILIES
from models.export.prepare import prepare
from models.training.adapters import adapter_weights
from models.training.calibration import FittedLabel
from models.training.network import Reader
from nlp.artefact import ADAPTER_FILE, BUILT_FILE, ENCODER_FILE, FORMAT, MANIFEST_FILE, QUALITY_FILE, file_digest
from nlp.outputs import OUTPUTS

_NOT_VOUCHED_FOR = (MANIFEST_FILE, "MODEL_CARD.md", QUALITY_FILE)


def write_artefact(
    folder: Path,
    reader: Reader,
    base: Path,
    fitted: Mapping[Label, FittedLabel],
    *,
    version: str,
    facts: Mapping[str, Any],
) -> None:
    """Write a whole artefact; ``facts`` names the base. An adapted encoder is built beside it, as set-up would."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in (ENCODER_FILE, BUILT_FILE, ADAPTER_FILE):
        (folder / stale).unlink(missing_ok=True)
    write_weights(reader, facts["base"], folder)
    shutil.copy(base / "tokenizer.json", folder / "tokenizer.json")
    write_manifest(folder, version=version, labels=fitted, facts=facts)
    if reader.adapted:
        prepare(folder)


def write_weights(reader: Reader, base: str, folder: Path, *, precise: bool = False) -> None:
    """Write heads, and the adapter or ``encoder.onnx`` (int8, or float where ``precise``)."""
    heads = {name: tensor.detach().numpy() for name, tensor in reader.head_weights().items()}
    _save(heads, folder / "heads.safetensors")
    if reader.adapted:
        _save({name: tensor.numpy() for name, tensor in adapter_weights(reader.encoder).items()}, folder / ADAPTER_FILE)
        return
    weights = {name: tensor.detach().to(torch.float32).numpy() for name, tensor in reader.encoder.state_dict().items()}
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
    files = {
        path.name: {"sha256": file_digest(path), "bytes": path.stat().st_size}
        for path in sorted(folder.iterdir())
        if path.name not in _NOT_VOUCHED_FOR
    }
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
        "files": files,
        **facts,
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST_FILE).write_text(text, encoding="utf-8")
