"""A quicker reader that goes first: what passes is read as without it, what does not pass holds nothing."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from core.entities import ReaderName
from core.errors import ArtefactError
from models.evaluation.gate import highest_gate
from nlp.artefact import (
    BUILT_FILE,
    ENCODER_FILE,
    GATE_FILE,
    MANIFEST_FILE,
    READERS,
    file_digest,
    load_gate,
    load_manifest,
)
from nlp.classifier import Gate
from nlp.extract import SignalReader, load_classifier
from tests.factories import make_document

FAST = READERS[ReaderName.FAST]
LONG = "\n\n".join(
    ["The invoice arrived, thanks for that."] * 40
    + ["We have a demo with Deputy on Monday and compare their offer with yours before the renewal."]
    + ["See you on Thursday at ten in the small room."] * 40
)


@pytest.fixture(scope="module")
def classifier():
    return load_classifier(FAST)


def with_gate(classifier, probability):
    return SignalReader(replace(classifier, gate=Gate(classifier, probability)))


def test_what_passes_is_read_as_without_a_gate(classifier):
    document = make_document(LONG)
    plain, gated = SignalReader(classifier).extract(document), with_gate(classifier, 0.1).extract(document)
    assert plain.signals
    assert gated == plain


def test_what_does_not_pass_holds_nothing_and_is_not_read(classifier):
    read = []
    encoder = replace_encoder(classifier.encoder, read)
    gated = SignalReader(replace(classifier, encoder=encoder, gate=Gate(classifier, 1.0)))
    extraction = gated.extract(make_document(LONG))
    assert extraction.signals == ()
    assert extraction.sentences == 81
    assert read == []


def replace_encoder(encoder, read):
    class Counting:
        heads = encoder.heads

        def read_all(self, windows, **options):
            read.extend(windows)
            return encoder.read_all(windows, **options)

    return Counting()


def test_a_gate_holds_only_for_the_weights_it_was_measured_with(tmp_path):
    folder = tmp_path / "second"
    shutil.copytree(FAST, folder)
    measured_with = {"first": file_digest(FAST / MANIFEST_FILE), "second": file_digest(folder / MANIFEST_FILE)}
    content = {"reader": "fast", "probability": 0.02, "measured_with": measured_with}
    (folder / GATE_FILE).write_text(json.dumps(content))
    found = load_gate(folder)
    assert found is not None
    assert (found.folder, found.probability) == (FAST, 0.02)
    assert load_classifier(folder).gate is not None
    assert load_classifier(folder, gated=False).gate is None
    manifest = json.loads((folder / MANIFEST_FILE).read_text())
    (folder / MANIFEST_FILE).write_text(json.dumps({**manifest, "version": "other"}))
    assert load_gate(folder) is None


def test_the_highest_gate_keeps_nearly_all_that_is_found():
    thresholds = np.array([0.5, 0.5, 0.5, 0.5], dtype=np.float32)
    hit, nothing = np.array([[0.9, 0, 0, 0]]), np.array([[0.1, 0, 0, 0]])
    windows = [(np.array([0.9]), hit)] * 300 + [(np.array([0.01]), nothing)] * 50 + [(np.array([0.03]), hit)] * 2
    assert highest_gate(windows, thresholds) == pytest.approx(0.03)
    windows[-1] = (np.array([0.02]), hit)
    assert highest_gate(windows, thresholds) == pytest.approx(0.03)
    assert highest_gate([(np.array([0.5]), nothing)], thresholds) == 0.0


def test_a_reader_whose_encoder_was_not_built_is_refused(tmp_path):
    folder = tmp_path / "adapted"
    shutil.copytree(FAST, folder)
    manifest = json.loads((folder / MANIFEST_FILE).read_text())
    del manifest["files"][ENCODER_FILE]
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest))
    with pytest.raises(ArtefactError, match="was not built from its adapter"):
        load_manifest(folder)
    (folder / "adapter.safetensors").write_bytes(b"adapter")
    built = {name: file_digest(folder / name) for name in ("adapter.safetensors", ENCODER_FILE)}
    (folder / BUILT_FILE).write_text(json.dumps(built))
    load_manifest(folder)
    (folder / "adapter.safetensors").write_bytes(b"another")
    with pytest.raises(ArtefactError, match="was not built from its adapter"):
        load_manifest(folder)
