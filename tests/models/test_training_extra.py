"""Documents of a workspace in training: what nobody judged teaches nothing."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.entities import Label
from core.errors import DocumentError
from models.training.extra import read_extra
from nlp.outputs import INDEX

TEXT = "The call was short. We rebuild the report in Excel. Nobody judged this one. The last one is plain."
EVERYTHING = [label.value for label in Label]


def line(**changes):
    document = {"id": "d", "account_id": "a", "kind": "email", "occurred_at": "2026-03-01T00:00:00Z", "text": TEXT}
    excel, plain = TEXT.index("We rebuild"), TEXT.index("The last")
    facts = {
        "document": document,
        "judged": [[excel, excel + 31, EVERYTHING], [plain, len(TEXT), ["workaround"]]],
        "mentions": [{"start": excel, "end": excel + 31, "labels": ["workaround"], "attributes": {}}],
    }
    return json.dumps(facts | changes) + "\n"


def test_judged_sentences_teach_and_others_do_not(tmp_path):
    path = tmp_path / "extra.jsonl"
    path.write_text(line(), encoding="utf-8")
    (prepared,) = read_extra(path).documents
    assert [sentence.span.of(TEXT)[:8] for sentence in prepared.sentences] == [
        "The call", "We rebui", "Nobody j", "The last",
    ]  # fmt: skip
    workaround, rival = (prepared.targets[:, INDEX[label]] for label in (Label.WORKAROUND, Label.COMPETITIVE_MENTION))
    np.testing.assert_array_equal(workaround, [np.nan, 1.0, np.nan, 0.0])
    np.testing.assert_array_equal(rival, [np.nan, 0.0, np.nan, np.nan])


def test_a_line_that_is_no_document_is_named(tmp_path):
    path = tmp_path / "extra.jsonl"
    path.write_text(line() + line(document={"id": "x"}), encoding="utf-8")
    with pytest.raises(DocumentError, match=r"extra\.jsonl, line 2"):
        read_extra(path)
