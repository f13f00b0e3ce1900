"""Error lists, false alarms and near-duplicates."""

from __future__ import annotations

import json

from core.entities import Explanation, Label, Side, Signal, Span, Speaker
from models.corpus import GoldDocument, GoldMention
from models.duplicates import near_duplicates
from models.evaluation.errors import ErrorList
from models.evaluation.score import Score
from models.training.real import Part, held_out, negatives
from tests.factories import make_document

TEXT = "We look at Deputy. The canteen is closed. Ana keeps her own sheet."


def signal(start, end, label=Label.COMPETITIVE_MENTION, side=Side.ACCOUNT):
    words = TEXT[start:end]
    return Signal(label, start, end, words, 0.7, {}, Explanation(0.5), "test", Speaker(None, side))


def gold():
    rival = GoldMention(Span(0, 18), (Label.COMPETITIVE_MENTION,), {})
    sheet = GoldMention(Span(42, 66), (Label.WORKAROUND,), {}, hard=True)
    return GoldDocument(make_document(TEXT), (rival, sheet), "crewlark")


def test_errors_name_what_was_missed_and_what_was_wrong(tmp_path):
    errors = ErrorList()
    errors.add(gold(), [signal(0, 18), signal(19, 41)])
    errors.write(tmp_path / "errors.tsv")
    rows = [line.split("\t") for line in (tmp_path / "errors.tsv").read_text().splitlines()]
    assert rows == [
        ["competitive_mention", "wrong", "d-1", "0.70", "The canteen is closed."],
        ["workaround", "missed", "d-1", "", "Ana keeps her own sheet."],
    ]


def test_slices_tell_hard_from_plain_and_whose_words_they_are():
    score = Score()
    score.add(gold(), [signal(0, 18), signal(19, 41, side=Side.VENDOR)])
    assert score.recall["plain"] == {"found": 1}
    assert score.recall["hard"] == {"missed": 1}
    assert score.precision == {"account": {"right": 1}, "vendor": {"wrong": 1}}
    assert set(score.slice_f1()) == {"kind", "length", "vendor"}
    assert score.slice_f1()["vendor"] == {"crewlark": (2 / 3 + 0) / 2}


def test_no_real_text_both_trains_and_measures(tmp_path):
    folder = tmp_path / "neg_openjs_cpc_minutes"
    folder.mkdir()
    lines = [json.dumps({"text": f"Minutes number {number}, nothing else."}) for number in range(10)]
    (folder / "minutes.jsonl").write_text("\n".join(lines))
    for name in ("neg_parakweet_email_intent/sentences.csv", "neg_banking77/train.csv", "neg_banking77/test.csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("sentence,split,text\n")
    (tmp_path / "neg_multidogo_support").mkdir()
    for name in ("software", "finance", "insurance", "media"):
        (tmp_path / f"neg_multidogo_support/{name}.csv").write_text("conversationId,utterance,split\n")
    trained = {document.document.text for document in negatives(tmp_path, 10_000)}
    measured = {document.text for document in held_out(tmp_path, 100)["OpenJS"]}
    assert len(trained) == len(measured) == 5
    assert not trained & measured
    assert {part.splits for part in Part} == {("train",), ("test", "dev", "validation")}


def test_near_duplicates_are_found_and_others_are_not():
    texts = [
        "Every Friday Ana copies the numbers of the week into her own sheet.",
        "The parent company already has theirs and wants it everywhere.",
        "Each Friday Ana copies the numbers of the week into her own sheet.",
    ]
    assert [(first, second) for first, second, _ in near_duplicates(texts)] == [(0, 2)]
    assert list(near_duplicates(texts[:1])) == []
