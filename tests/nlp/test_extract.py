"""Spans of signals are always exactly the delivered characters."""

from __future__ import annotations

import json
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.entities import Kind, ReaderName
from core.errors import ArtefactError
from core.workspace import parse_workspace
from nlp.artefact import READERS, load_manifest
from nlp.extract import SignalReader
from tests.factories import make_document

STATEMENTS = st.sampled_from(
    [
        "We are moving to Deputy in May.",
        "every Friday Ana copies the numbers into Excel by hand because there is no scheduled report",
        "Our CFO wants every team to defend its tools by March",
        "is there still no way to export the audit log? we asked twice",
        "Thanks, all good.",
    ]
)
NOISE = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("\r\n\t\u200b\u200f\u202e😀𝒳")), max_size=60
)
TEXTS = st.lists(st.one_of(STATEMENTS, NOISE), max_size=8).map("".join) | st.lists(STATEMENTS, max_size=6).map(
    "\r\n".join
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS, kind=st.sampled_from(list(Kind)))
def test_every_span_is_the_text_it_claims(reader, text, kind):
    for signal in reader.extract(make_document(text, kind=kind)).signals:
        assert signal.text == text[signal.start : signal.end]
        assert 0 <= signal.score <= 1
        assert all(word.text == text[word.start : word.end] for word in signal.explanation.words)


def test_a_megabyte_in_one_line_is_read_whole(reader):
    extraction = reader.extract(make_document("We export it to Excel every Friday by hand and " * 2_000))
    assert extraction.coverage.read + sum(extraction.coverage.skipped.values()) == extraction.coverage.characters
    assert extraction.sentences > 200


@pytest.mark.parametrize("text", ["", " \n\t", "\u200b", "😀" * 500, "漢字" * 3_000, "א" * 2_000])
def test_odd_texts_are_no_error(reader, text):
    assert reader.extract(make_document(text)).coverage.characters == len(text)


def test_known_rivals_are_named_canonically(reader):
    informed = reader.for_workspace(
        parse_workspace({"competitors": [{"name": "Deputy", "aliases": ["the deputy people"]}]})
    )
    assert informed.pipeline_version != reader.pipeline_version
    assert informed.model_version == reader.model_version


def test_a_changed_file_is_refused_by_its_hash(tmp_path):
    copy = tmp_path / "reader"
    shutil.copytree(READERS[ReaderName.FAST], copy)
    (copy / "heads.safetensors").write_bytes(b"other")
    with pytest.raises(ArtefactError, match=r"heads\.safetensors: sha256 is .* the manifest says"):
        SignalReader.load(copy)


def test_a_missing_file_and_another_format_are_named(tmp_path):
    copy = tmp_path / "reader"
    shutil.copytree(READERS[ReaderName.FAST], copy)
    (copy / "tokenizer.json").unlink()
    with pytest.raises(ArtefactError, match=r"tokenizer\.json: the file is missing"):
        load_manifest(copy)
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps({**manifest, "format": 99}))
    with pytest.raises(ArtefactError, match="format 99"):
        load_manifest(copy)
    with pytest.raises(ArtefactError, match="can't be read"):
        load_manifest(tmp_path / "nowhere")
