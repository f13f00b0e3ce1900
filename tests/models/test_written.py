"""The compact form of the corpus, and the corpus itself."""

from __future__ import annotations

import pytest

from core.entities import Kind, Label, Side
from models.corpus import CALIBRATION_VENDORS, TEST_VENDORS, load_corpus, load_written, split
from models.written import WrittenError

HEAD = """# Crewlark | shift scheduling | crewlark.example | rivals: Deputy, When I Work
@ Priya Raman, CSM
## north; Northgate Hotels; b; 84000; high; rival evaluation
+ Dr Dana Whitfield, Head of Operations
"""


def written(tmp_path, body):
    path = tmp_path / "crewlark.txt"
    path.write_text(HEAD + body, encoding="utf-8")
    return load_written(path)


def test_a_long_document_has_people_title_and_spans(tmp_path):
    vendor = written(
        tmp_path, "=== e 2026-02-03 Dana>Priya | Rosters\nHi.\n\n[[R:high:repeated|Still no swaps.]] Bye.\n"
    )
    document, mention = vendor.documents[0].document, vendor.documents[0].mentions[0]
    assert (document.kind, document.title, document.author.side) == (Kind.EMAIL, "Rosters", Side.ACCOUNT)
    assert document.text == "Hi.\n\nStill no swaps. Bye."
    assert mention.span.of(document.text) == "Still no swaps."
    assert mention.attributes[Label.UNBUILT_FEATURE_REQUEST] == {"criticality": "high", "repeated": True}


def test_a_line_is_a_document_and_labels_join(tmp_path):
    vendor = written(
        tmp_path, "~ t 03-14 Dana | [[C:evaluating:Deputy,Sling+V:away:finance|CFO has two others in]] / ok\n"
    )
    mention = vendor.documents[0].mentions[0]
    assert mention.labels == (Label.COMPETITIVE_MENTION, Label.VENDOR_CONSOLIDATION)
    assert mention.attributes[Label.COMPETITIVE_MENTION]["competitors"] == ["Deputy", "Sling"]
    assert mention.attributes[Label.VENDOR_CONSOLIDATION] == {"direction": "away_from_us", "driver": "finance"}
    assert vendor.documents[0].document.text == "CFO has two others in\nok"


@pytest.mark.parametrize(
    "line",
    [
        "~ t 03-14 Nobody | text",
        "~ t 03-14 Dana | [[X|text]]",
        "~ t 03-14 Dana | [[R|text",
        "~ t 03-14 Dana | [[W:huge|x]]",
    ],
)
def test_a_broken_line_is_named(tmp_path, line):
    with pytest.raises(WrittenError, match=r"crewlark\.txt, line 5"):
        written(tmp_path, line + "\n")


def test_the_corpus_loads_whole_and_no_vendor_is_on_both_sides():
    vendors = load_corpus()
    sides = split(vendors)
    assert {vendor.slug for vendor in sides.test} == TEST_VENDORS
    assert {vendor.slug for vendor in sides.calibration} == CALIBRATION_VENDORS
    slugs = [vendor.slug for side in (sides.train, sides.calibration, sides.test) for vendor in side]
    assert sorted(slugs) == sorted({vendor.slug for vendor in vendors})
    identities = [gold.document.id for vendor in vendors for gold in vendor.documents]
    assert len(set(identities)) == len(identities)
    for vendor in vendors:
        for gold in vendor.documents:
            for mention in gold.mentions:
                said = mention.span.of(gold.document.text)
                assert said.strip() == said != "", gold.document.id
