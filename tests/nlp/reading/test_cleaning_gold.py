"""Cleaning measured on its gold; the test split was written before the rules."""

from __future__ import annotations

import pytest

from models.evaluation.cleaning_gold import OWN, figures, load_gold
from nlp.reading.reader import read
from nlp.reading.sides import OwnSide

SKIPPED_MIN = 0.97
KEPT_MIN = 0.99


def characters_read(document):
    kept = [False] * len(document.text)
    for sentence in read(document, OwnSide()).sentences:
        kept[sentence.span.start : sentence.span.end] = [True] * len(sentence.span)
    return kept


@pytest.fixture(scope="module")
def gold():
    return load_gold()


def test_the_gold_set_is_large_and_of_many_styles(gold):
    assert len(gold) >= 120
    assert len({message.client for message in gold}) >= 30
    assert len({message.document.id for message in gold}) == len(gold)


@pytest.mark.parametrize("split", ["dev", "test"])
def test_history_and_signatures_are_skipped_and_own_words_are_kept(gold, split):
    result = figures([message for message in gold if message.split == split], characters_read)
    assert result.skipped >= SKIPPED_MIN
    assert result.kept >= KEPT_MIN


def test_figures_count_characters_that_are_no_white_space(gold):
    message = next(message for message in gold if set(message.codes) > {OWN})
    everything = figures([message], lambda document: [True] * len(document.text))
    assert (everything.kept, everything.skipped) == (1.0, 0.0)
