"""Occlusion: parts of the text as they stand, and what hiding them does to the probability."""

from __future__ import annotations

import pytest

from core.entities import Label, Span
from core.errors import NotFound
from tests.factories import make_document

TEXT = (
    "The invoice arrived, thanks.\n\nWe have a demo with Deputy on Monday and compare their offer with yours.\n\n"
    "My daughter starts school in August."
)


def place(part: str) -> Span:
    return Span(TEXT.index(part), TEXT.index(part) + len(part))


@pytest.fixture(scope="module")
def found(reader):
    return reader.occlusion(make_document(TEXT), Label.COMPETITIVE_MENTION, place("We have a demo with Deputy"))


def test_every_word_and_every_other_sentence_was_hidden_once(found):
    words = [word.text for word in sorted(found.words, key=lambda word: word.start)]
    assert words == "We have a demo with Deputy on Monday and compare their offer with yours".split()
    assert sorted(part.text for part in found.context) == [
        "My daughter starts school in August.", "The invoice arrived, thanks."
    ]  # fmt: skip
    for part in (*found.words, *found.context):
        assert TEXT[part.start : part.end] == part.text


def test_parts_come_by_what_they_carried(found):
    drops = [word.drop for word in found.words]
    assert drops == sorted(drops, reverse=True)
    assert drops[0] > 0
    assert found.probability > 0.5


def test_it_is_the_probability_that_the_signal_has(reader, found):
    signals = reader.extract(make_document(TEXT)).signals
    (rival,) = [signal for signal in signals if signal.label is Label.COMPETITIVE_MENTION]
    assert rival.score == pytest.approx(found.probability, abs=1e-3)


def test_where_nothing_is_read_there_is_nothing_to_explain(reader):
    with pytest.raises(NotFound):
        reader.occlusion(make_document("  \n\n  "), Label.WORKAROUND, Span(0, 2))
