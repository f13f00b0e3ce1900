"""Builds the encoder of a reader that is shipped as an adapter: ``python -m models.export.prepare``.

Set-up runs it once: published weights plus adapter, written as an ONNX graph in int8 beside the artefact. What was
built is vouched for by ``built.json``, since the manifest, made elsewhere, can't know its bytes. Needs no torch.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from rich.console import Console
from safetensors.numpy import load_file

from core.entities import ReaderName
from models.base import pretrained
from models.export.adapter import merged, smoothing_in
from models.export.encoder_graph import quantise, write_encoder
from models.export.families import FAMILIES
from nlp.artefact import ADAPTER_FILE, BUILT_FILE, ENCODER_FILE, MANIFEST_FILE, READERS, file_digest, is_built


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
    built = {ADAPTER_FILE: file_digest(folder / ADAPTER_FILE), ENCODER_FILE: file_digest(folder / ENCODER_FILE)}
    (folder / BUILT_FILE).write_text(json.dumps(built, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Build what is not yet built."""
    folder = READERS[ReaderName.ACCURATE]
    if folder.is_dir() and not is_built(folder):
        with Console(stderr=True).status("building the accurate reader"):
            prepare(folder)


if __name__ == "__main__":
    main()
