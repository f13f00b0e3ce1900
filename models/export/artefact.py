"""Writes a reader artefact: encoder, heads, tokenizer and the manifest that vouches for them."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from core.entities import Label
from models.export.bert_graph import BertShape, quantise, write_bert
from models.training.calibration import FittedLabel
from models.training.network import Reader
from nlp.artefact import FORMAT, QUALITY_FILE, file_digest
from nlp.outputs import OUTPUTS


def write_encoder(reader: Reader, folder: Path, *, precise: bool = False) -> None:
    """Write ``encoder.onnx`` (int8, or float where ``precise``) and ``heads.safetensors``."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.detach().numpy() for name, tensor in reader.encoder.state_dict().items()}
    config = reader.encoder.config
    shape = BertShape(config.num_hidden_layers, config.num_attention_heads)
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch) / "full.onnx"
        write_bert(weights, shape, full)
        if precise:
            shutil.copy(full, folder / "encoder.onnx")
        else:
            quantise(full, folder / "encoder.onnx")
    heads = {name: np.ascontiguousarray(tensor.detach().numpy()) for name, tensor in reader.head_weights().items()}
    save_file(heads, folder / "heads.safetensors")
    (folder / "heads.safetensors").chmod(0o644)  # safetensors writes for the owner only


def write_manifest(
    folder: Path, *, version: str, labels: Mapping[Label, FittedLabel], facts: Mapping[str, Any]
) -> None:
    """Write ``manifest.json`` over the files that lie in ``folder``."""
    files = {
        path.name: {"sha256": file_digest(path), "bytes": path.stat().st_size}
        for path in sorted(folder.iterdir())
        if path.name not in ("manifest.json", "MODEL_CARD.md", QUALITY_FILE)
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
    (folder / "manifest.json").write_text(text, encoding="utf-8")
