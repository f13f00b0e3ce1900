"""What was learned on top of a reader: checked, applied to that reader alone, and data only."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.entities import Label, OperatingPoint
from core.errors import ArtefactError
from models.correction import overlay_files
from nlp.artefact import READERS
from nlp.extract import load_classifier
from nlp.overlay import CORRECTION_FILE, OVERLAY_FILE, Overlay, load_overlay
from tests.factories import make_document
from tests.learning import correction

TEXT = "The meeting is on Tuesday. We rebuild the whole report in Excel every Friday because the export is broken."


@pytest.fixture
def files(reader):
    made = correction(reader.manifest.raw["labels"], {"workaround": -50.0, "vendor_consolidation": 50.0})
    return overlay_files(made, reader.manifest, "test+heads.1", {"snapshot": 7})


def test_an_overlay_changes_what_is_found_and_says_who_found_it(reader, files, tmp_path):
    document = make_document(TEXT)
    assert {signal.label for signal in reader.extract(document).signals} == {Label.WORKAROUND}
    corrected = reader.with_overlay(Overlay.of(files, "here"))
    found = corrected.extract(document).signals
    assert {signal.label for signal in found} == {Label.VENDOR_CONSOLIDATION}
    assert {signal.model_version for signal in found} == {"test+heads.1"}
    assert corrected.pipeline_version != reader.pipeline_version
    assert corrected.manifest.raw["overlay"]["snapshot"] == 7
    assert {signal.label for signal in reader.extract(document).signals} == {Label.WORKAROUND}, "the base is as it was"
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    loaded = load_classifier(READERS[reader_name(reader)], OperatingPoint.BALANCED, overlay=tmp_path)
    assert loaded.manifest.version == "test+heads.1"
    assert loaded.manifest.labels == corrected.manifest.labels


def reader_name(reader):
    return next(name for name in READERS if name.value == "fast")


def test_what_carried_a_decision_includes_what_was_learned(reader, files):
    corrected = reader.with_overlay(Overlay.of(files, "here"))
    weights = corrected.ungated.encoder.heads.correction.weights
    assert weights.shape == (768, 4)
    signal = corrected.extract(make_document(TEXT)).signals[0]
    assert signal.explanation.words


def test_a_damaged_or_foreign_overlay_is_refused(reader, files, tmp_path):
    with pytest.raises(ArtefactError, match=r"does not match its manifest"):
        Overlay.of(files | {CORRECTION_FILE: files[CORRECTION_FILE][:-1] + b"x"}, "here")
    with pytest.raises(ArtefactError, match=r"correction\.safetensors: the file is missing"):
        Overlay.of({OVERLAY_FILE: files[OVERLAY_FILE]}, "here")
    for broken in (b"{", b"[]", b'{"format": 9}'):
        with pytest.raises(ArtefactError):
            Overlay.of(files | {OVERLAY_FILE: broken}, "here")
    raw = json.loads(files[OVERLAY_FILE])
    del raw["labels"]["workaround"]
    with pytest.raises(ArtefactError, match="is not an overlay"):
        Overlay.of(files | {OVERLAY_FILE: json.dumps(raw).encode()}, "here")
    raw = json.loads(files[OVERLAY_FILE])
    raw["base"]["digest"] = "0" * 64
    with pytest.raises(ArtefactError, match="another"):
        reader.with_overlay(Overlay.of(files | {OVERLAY_FILE: json.dumps(raw).encode()}, "here"))
    with pytest.raises(ArtefactError, match=r"overlay\.json: the file is missing"):
        load_overlay(tmp_path)


def test_calibration_holds_over_the_way_through_raw_logits(reader):
    points = {label: dict(point) for label, point in reader.manifest.raw["labels"].items()}
    files = overlay_files(correction(points, {"workaround": 1.0}), reader.manifest, "test+heads.2", {})
    corrected = reader.with_overlay(Overlay.of(files, "here"))
    document = make_document(TEXT)
    _, before = reader.probabilities(document)
    _, after = corrected.probabilities(document)
    logit = np.log(before / (1 - before))
    column = list(Label).index(Label.WORKAROUND)
    np.testing.assert_allclose(np.log(after / (1 - after))[:, column], logit[:, column] + 1.0, atol=1e-3)
