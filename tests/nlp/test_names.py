"""Which rivals a mention names."""

from __future__ import annotations

import numpy as np
import pytest

from core.entities import Participant, Span
from nlp.attributes.names import competitors_in, platform_in, tagged_names
from nlp.encoder import SentenceOutput
from nlp.gazetteer import Entry, Gazetteer
from nlp.outputs import TAGS
from nlp.windows import NOWHERE
from tests.factories import make_document

GAZETTEER = Gazetteer(
    [Entry("Crewlark", "Crewlark", "own"), Entry("Maximo", "IBM Maximo", "product"), Entry("Slack", "Slack", "product")]
)


def read(text, *tagged):
    """Competitors of a mention that is the whole text, where the reader tagged these pieces of words."""
    document = make_document(text, participants=(Participant("Zoltan Reyes"),))
    places, logits = [NOWHERE], [9.0]  # a marker is no name, whatever its logit
    for piece in tagged:
        start = text.index(piece)
        places.append((start, start + len(piece)))
        logits.append(1.0)
    tags = np.full((len(places), len(TAGS)), -9.0, np.float32)
    tags[:, TAGS.index("rival")] = logits
    output = SentenceOutput(np.zeros(1, np.float32), (), tuple(places), np.zeros((1, 1), np.float32), tags)
    spans = tagged_names(document, [output], "rival")
    assert tagged_names(document, [output], "platform") == []
    return competitors_in(document, Span(0, len(text)), GAZETTEER.find(text), spans, in_house=False)


@pytest.mark.parametrize(
    ("text", "tagged", "named"),
    [
        ("We had a demo of Quorvex's board.", ["Quor", "vex"], ["Quorvex"]),
        ("Trellis Star came by.", ["Trellis", "Star"], ["Trellis Star"]),
        ("They do it in maximo, and ping us in Slack.", ["maximo"], ["IBM Maximo"]),
        ("They do it in Maximo.", [], ["IBM Maximo"]),
        ("Crewlark is nicer than theirs.", ["Crew"], []),
        ("Zoltan Reyes looked at others.", ["Zoltan", "Reyes"], []),
        ("Another vendor was in.", [], []),
    ],
)
def test_names_are_what_the_reader_tagged_in_canonical_spelling(text, tagged, named):
    assert read(text, *tagged) == named


def test_an_unnamed_rival_is_the_one_named_before():
    document = make_document("Theirs is nicer.")
    span = Span(0, 16)
    assert competitors_in(document, span, [], [], in_house=False, earlier=["Deputy", "Quinyx"]) == ["Quinyx"]
    assert competitors_in(document, span, [], [], in_house=True, earlier=["Deputy"]) == ["in-house"]


def test_a_megabyte_of_letters_is_no_name():
    text = "x" * 1_000_000
    tags = np.ones((1, len(TAGS)), np.float32)
    output = SentenceOutput(np.zeros(1, np.float32), (), ((500_000, 500_004),), np.zeros((1, 1), np.float32), tags)
    (span,) = tagged_names(make_document(text), [output], "rival")
    assert len(span) < 200


def test_the_tagged_suite_goes_before_any_product_that_is_known():
    text = "IT wants one place for it, Slack stays, the rest goes into Corvex."
    document, whole = make_document(text), Span(0, len(text))
    tagged = [Span(text.index("Corvex"), text.index("Corvex") + 6)]
    assert platform_in(document, whole, GAZETTEER.find(text), tagged) == "Corvex"
    assert platform_in(document, whole, GAZETTEER.find(text)) == "Slack"
    assert platform_in(document, whole, []) is None
