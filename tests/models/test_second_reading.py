"""What becomes of mentions on which two readers differ."""

from __future__ import annotations

import json

import pytest

from core.entities import Label, Span
from models import second_reading
from models.corpus import GoldDocument, GoldMention
from tests.factories import make_document

TEXT = "We look at Deputy. The canteen is closed. Ana keeps her own sheet."
RIVAL, SHEET, CANTEEN = Span(0, 18), Span(42, 66), Span(19, 41)


@pytest.fixture
def read_again(tmp_path, monkeypatch):
    """Let a second reader have marked these places."""

    def write(*mentions, digest=None):
        document = make_document(TEXT)
        row = {"id": document.id, "digest": digest or second_reading.digest_of(document), "mentions": [
            {"start": span.start, "end": span.end, "labels": [label.value for label in labels]}
            for span, labels in mentions]}  # fmt: skip
        path = tmp_path / "second.jsonl"
        path.write_text(json.dumps(row))
        rows = {row["id"]: row}
        monkeypatch.setattr(second_reading, "second_readings", lambda: rows)

    return write


def gold():
    return GoldDocument(
        make_document(TEXT),
        (GoldMention(RIVAL, (Label.COMPETITIVE_MENTION,), {}), GoldMention(SHEET, (Label.WORKAROUND,), {})),
        "v",
    )


def test_what_both_marked_stays_and_the_rest_is_unsure(read_again):
    read_again((RIVAL, [Label.COMPETITIVE_MENTION]), (CANTEEN, [Label.WORKAROUND]))
    found = {(mention.span, mention.unsure) for mention in second_reading.reconciled(gold()).mentions}
    assert found == {(RIVAL, False), (SHEET, True), (CANTEEN, True)}


def test_a_changed_text_is_left_as_its_author_marked_it(read_again):
    read_again(digest="another")
    assert second_reading.reconciled(gold()) == gold()


def test_labels_are_judged_one_by_one(read_again):
    read_again((RIVAL, [Label.COMPETITIVE_MENTION]), (SHEET, [Label.WORKAROUND, Label.UNBUILT_FEATURE_REQUEST]))
    mentions = second_reading.reconciled(gold()).mentions
    unsure = [mention for mention in mentions if mention.unsure]
    assert [(mention.span, mention.labels) for mention in unsure] == [(SHEET, (Label.UNBUILT_FEATURE_REQUEST,))]
