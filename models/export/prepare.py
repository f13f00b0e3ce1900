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
from models.export.adapter import Array, merged, smoothing_in
from models.export.encoder_graph import quantise, write_encoder, write_upper
from models.export.families import FAMILIES
from nlp.artefact import (
    ADAPTER_FILE,
    ATTRIBUTES_ENCODER_FILE,
    ATTRIBUTES_FILE,
    BUILT_FILE,
    ENCODER_FILE,
    MANIFEST_FILE,
    READERS,
    TOKENIZER_FILE,
    file_digest,
    is_built,
    to_build,
)
from nlp.meaning import MEANING_ENCODER


def prepare(folder: Path) -> None:
    """Build the encoders of the artefact ``folder``.

    Raises:
        ArtefactError: if the base can't be had or an adapter does not fit it.
    """
    base = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))["base"]
    weights, upper = adapted_weights(folder, base), folder / ATTRIBUTES_FILE
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch) / "full.onnx"
        smoothing = smoothing_in(load_file(folder / ADAPTER_FILE))
        write_encoder(weights, FAMILIES[base], full, smoothing, with_middle=upper.is_file())
        quantise(full, folder / ENCODER_FILE)
        if upper.is_file():
            adapter = load_file(upper)
            write_upper(merged(weights, adapter), FAMILIES[base], full, smoothing_in(adapter))
            quantise(full, folder / ATTRIBUTES_ENCODER_FILE)
    _vouch(folder, *to_build(folder))


def adapted_weights(folder: Path, base: str) -> dict[str, Array]:
    """The published weights of ``base`` with the adapter of the artefact ``folder`` in them.

    Raises:
        ArtefactError: if the base can't be had or the adapter does not fit it.
    """
    return merged(load_file(pretrained(base) / "model.safetensors"), load_file(folder / ADAPTER_FILE))


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
