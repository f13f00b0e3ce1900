"""Builds the encoders that are too large for the tree: ``python -m models.export.prepare``.

Set-up runs it once: published weights plus adapter, written as an ONNX graph in int8 beside the artefact. What was
built is vouched for by ``built.json``, since the manifest, made elsewhere, can't know its bytes. Needs no torch.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from rich.console import Console
from safetensors.numpy import load_file

from core.entities import ReaderName
from models.base import MINILM, pretrained
from models.export.adapter import merged, smoothing_in
from models.export.encoder_graph import quantise, write_encoder
from models.export.families import FAMILIES
from nlp.artefact import (
    ADAPTER_FILE,
    BUILT_FILE,
    ENCODER_FILE,
    MANIFEST_FILE,
    READERS,
    TOKENIZER_FILE,
    file_digest,
    is_built,
)
from nlp.meaning import MEANING_ENCODER


def prepare(folder: Path) -> None:
    """Build ``encoder.onnx`` in the artefact ``folder``.

    Raises:
        ArtefactError: if the base can't be had or the adapter does not fit it.
    """
    base = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))["base"]
    weights = load_file(pretrained(base) / "model.safetensors")
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch) / "full.onnx"
        adapter = load_file(folder / ADAPTER_FILE)
        write_encoder(merged(weights, adapter), FAMILIES[base], full, smoothing_in(adapter))
        quantise(full, folder / ENCODER_FILE)
    _vouch(folder, ADAPTER_FILE, ENCODER_FILE)


def prepare_meaning(folder: Path) -> None:
    """Build the encoder of meaning: the published small encoder, unchanged but for int8.

    Raises:
        ArtefactError: if it can't be had.
    """
    base = pretrained(MINILM)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch) / "full.onnx"
        write_encoder(load_file(base / "model.safetensors"), FAMILIES[MINILM], full)
        quantise(full, folder / ENCODER_FILE)
    shutil.copy(base / TOKENIZER_FILE, folder / TOKENIZER_FILE)
    _vouch(folder, ENCODER_FILE, TOKENIZER_FILE)


def _vouch(folder: Path, *names: str) -> None:
    built = {name: file_digest(folder / name) for name in names}
    (folder / BUILT_FILE).write_text(json.dumps(built, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Build what is not yet built."""
    accurate = READERS[ReaderName.ACCURATE]
    with Console(stderr=True).status("building encoders"):
        if not is_built(accurate):
            prepare(accurate)
        if not (MEANING_ENCODER / BUILT_FILE).is_file():
            prepare_meaning(MEANING_ENCODER)


if __name__ == "__main__":
    main()
