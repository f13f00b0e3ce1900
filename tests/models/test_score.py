"""The scorer: what is right, wrong, found and missed."""

from __future__ import annotations

import pytest

from core.entities import Explanation, Label, Signal, Span
from models.corpus import GoldDocument, GoldMention
from models.evaluation.run import main
from models.evaluation.score import Score, same_place
from tests.factories import make_document

COMPETITIVE, REQUEST = Label.COMPETITIVE_MENTION, Label.UNBUILT_FEATURE_REQUEST


def signal(label, start, end, **attributes):
    empty = Explanation((), (), Span(0, 0))
    return Signal(label, start, end, "x" * (end - start), 0.9, attributes, empty, "test")


def gold(*mentions):
    return GoldDocument(make_document("x" * 400), mentions, "v")


def mention(start, end, label=COMPETITIVE, *, unsure=False, **attributes):
    return GoldMention(Span(start, end), (label,), {label: attributes}, unsure=unsure)


def test_half_of_the_shorter_is_the_same_place_unless_the_longer_is_huge():
    assert same_place(Span(0, 20), Span(10, 30))
    assert not same_place(Span(0, 20), Span(11, 31))
    assert not same_place(Span(0, 20), Span(0, 300))


def test_found_missed_wrong_and_repeated():
    score = Score()
    score.add(
        gold(mention(0, 20), mention(100, 120)),
        [signal(COMPETITIVE, 0, 20), signal(COMPETITIVE, 2, 18), signal(COMPETITIVE, 300, 310)],
    )
    figures = score.totals(COMPETITIVE)
    assert (figures.precision, figures.recall) == (pytest.approx(1 / 3), 0.5)
    assert figures.f1 == pytest.approx(0.4)


def test_unsure_gold_neither_counts_for_nor_against():
    score = Score()
    score.add(gold(mention(0, 20, unsure=True)), [signal(COMPETITIVE, 0, 20)])
    assert score.totals(COMPETITIVE).gold == 0
    assert score.by_account["acme", COMPETITIVE]["wrong"] == 0


def test_macro_is_over_the_labels_that_the_gold_has():
    score = Score()
    score.add(gold(mention(0, 20), mention(50, 70, REQUEST)), [signal(COMPETITIVE, 0, 20)])
    assert score.macro() == (0.5, (0.5, 0.5))


def test_attributes_are_compared_where_the_mention_was_found():
    score = Score()
    score.add(
        gold(mention(0, 20, competitors=["Deputy"], stance="evaluating")),
        [signal(COMPETITIVE, 0, 20, competitors=["deputy"], stance="mentioned")],
    )
    assert score.attributes[COMPETITIVE, "competitors"]["right"] == 1
    assert score.attributes[COMPETITIVE, "stance"]["wrong"] == 1


def test_documents_without_a_mention_are_counted_when_flagged():
    score = Score()
    score.add(gold(), [signal(COMPETITIVE, 0, 20)])
    score.add(gold(), [])
    assert (score.free_documents, score.free_documents_flagged) == (2, 1)


def test_the_command_wants_both_files(capsys):
    with pytest.raises(SystemExit):
        main(["--documents", "only.jsonl"])
    assert "go together" in capsys.readouterr().err
