"""Labeling functions: what they find, their file, their report, and the label model on planted data."""

from __future__ import annotations

import time

import numpy as np
import pytest

from core.errors import InputError
from labeling.weak.file import parse_functions
from labeling.weak.functions import (
    NO,
    NOTHING,
    YES,
    LabelingFunction,
    Passage,
    Pattern,
    Phrases,
    compile_pattern,
    vote,
)
from labeling.weak.label_model import fit_label_model
from labeling.weak.report import missed, report
from nlp.gazetteer import Entry, Gazetteer

FILE = """
[[function]]
name = "rebuilds it by hand"
label = "workaround"
phrases = ["in Excel", "by hand"]

[[function]]
name = "every week"
label = "workaround"
pattern = 'every (monday|friday|week)'

[[function]]
name = "names a rival"
label = "workaround"
says = false
names = ["rival"]

[[function]]
name = "like the examples"
label = "workaround"
examples = ["We copy it over into a sheet"]
at_least = 0.5

[[function]]
name = "our own words"
label = "workaround"
says = false
where = { side = ["vendor"] }
"""
PASSAGES = [
    Passage("Ana rebuilds it IN EXCEL every Friday.", {"side": "account"}),
    Passage("Deputy does that out of the box.", {"side": "account"}),
    Passage("We copy all of it into a sheet.", {"side": "vendor"}),
    Passage("The calendar is fine, inExcelsior.", {"side": "account"}),
]
GAZETTEER = Gazetteer([Entry("Deputy", "Deputy", "rival")])


def encode(texts):
    """Unit vectors of the words that matter here."""
    rows = np.array([[float(word in text) for word in ("copy", "sheet", "Deputy", "e")] for text in texts])
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def parse(text: str):
    return parse_functions(text, name="functions.toml", gazetteer=GAZETTEER, encode=encode)


def test_functions_of_every_kind_vote():
    votes = vote(parse(FILE), PASSAGES)
    assert votes.tolist() == [
        [YES, YES, NOTHING, YES, NOTHING],
        [NOTHING, NOTHING, NO, NOTHING, NOTHING],
        [NOTHING, NOTHING, NOTHING, YES, NO],
        [NOTHING, NOTHING, NOTHING, YES, NOTHING],
    ]
    assert vote(parse(FILE), []).shape == (0, 5)


BROKEN = {
    "": "must hold [[function]]",
    "x = 1": "must hold [[function]]",
    "[[function]\n": "not valid TOML",
    "[[function]]\nname = 'a'\nlabel = 'b'\nfrases = ['x']": "'frases' is no field",
    "[[function]]\nname = 'a'\nlabel = 'b'\npattern = '(a'": "pattern is not accepted: missing ): (a",
    "[[function]]\nname = 'a'\nlabel = 'b'\npattern = '(?=a)'": "pattern is not accepted: invalid perl operator",
    "[[function]]\nname = 'a'\nlabel = 'b'\nphrases = []": "phrases must be a list",
    "[[function]]\nname = 'a'\nlabel = 'b'\nphrases = ['']": "phrases must be a string",
    "[[function]]\nname = 'a'\nlabel = 'b'\nphrases = ['x']\npattern = 'y'": "needs one of",
    "[[function]]\nname = 'a'\nlabel = 'b'": "needs one of",
    "[[function]]\nlabel = 'b'\nphrases = ['x']": "name must be a string",
    "[[function]]\nname = 'a'\nlabel = 'b'\nsays = 'no'\nphrases = ['x']": "says must be true or false",
    "[[function]]\nname = 'a'\nlabel = 'b'\nnames = ['enemy']": "names must be some of product",
    "[[function]]\nname = 'a'\nlabel = 'b'\nphrases = ['x']\nat_least = 0.5": "at_least goes with examples",
    "[[function]]\nname = 'a'\nlabel = 'b'\nexamples = ['x']\nat_least = 2": "at_least must be a cosine",
    "[[function]]\nname = 'a'\nlabel = 'b'\nwhere = { kind = 'email' }": "kind must be a list",
    "[[function]]\nname = 'a'\nlabel = 'b'\nphrases = ['x']\n" * 2: "has the name of an earlier function",
}


@pytest.mark.parametrize("text", list(BROKEN), ids=lambda text: text[-30:])
def test_a_broken_file_says_where_and_what(text):
    with pytest.raises(InputError) as caught:
        parse(text)
    assert BROKEN[text] in caught.value.message
    assert caught.value.where.startswith("functions.toml")


def test_a_pattern_that_would_stop_others_is_fast():
    begun = time.monotonic()
    assert Pattern("(a+)+$").found([Passage("a" * 5_000 + "!")]) == [False]
    assert time.monotonic() - begun < 1
    assert compile_pattern("EXCEL").search("in excel")


def test_the_report_counts_what_functions_do():
    functions = [LabelingFunction(name, "x", says, Phrases(("p",))) for name, says in (("a", True), ("b", False))]
    votes = np.array([[YES, NO], [YES, NOTHING], [NOTHING, NO], [NOTHING, NOTHING]], dtype=np.int8)
    gold = np.array([YES, NO, NOTHING, YES], dtype=np.int8)
    first, second = report(functions, votes, gold)
    assert (first.coverage, first.overlaps, first.conflicts) == (0.5, 0.25, 0.25)
    assert (first.checked, first.right) == (2, 1)
    assert (second.checked, second.right) == (1, 0)
    assert missed(votes, gold) == 0.5
    assert "right in 1 of 2 (50%" in first.words
    assert report(functions, votes)[0].words.endswith("nobody labeled a passage in which it speaks")


def planted(accuracies: list[float], coverage: list[float], share: float, rows: int = 4_000, seed: int = 0):
    chance = np.random.default_rng(seed)
    truth = chance.random(rows) < share
    votes = np.full((rows, len(accuracies)), NOTHING, dtype=np.int8)
    for at, (accuracy, covers) in enumerate(zip(accuracies, coverage, strict=True)):
        speaks = chance.random(rows) < covers
        right = chance.random(rows) < accuracy
        votes[speaks, at] = np.where(right == truth, YES, NO)[speaks]
    return truth, votes


def test_planted_accuracies_and_share_are_found():
    accuracies = [0.95, 0.85, 0.75, 0.6, 0.9]
    truth, votes = planted(accuracies, [0.6, 0.5, 0.7, 0.8, 0.3], 0.3)
    model = fit_label_model(votes)
    assert model.accuracies == pytest.approx(accuracies, abs=0.05)
    assert model.share == pytest.approx(0.3, abs=0.04)
    probabilities = model.probabilities(votes)
    majority = np.where(votes == NOTHING, 0, np.where(votes == YES, 1, -1)).sum(axis=1) > 0
    assert ((probabilities > 0.5) == truth).mean() > (majority == truth).mean() + 0.02
    assert abs(probabilities[probabilities > 0.8].mean() - truth[probabilities > 0.8].mean()) < 0.05


def test_gold_tells_what_two_functions_alone_cannot():
    truth, votes = planted([0.9, 0.55], [0.9, 0.9], 0.3, rows=800, seed=3)
    gold = np.where(np.arange(800) < 200, np.where(truth, YES, NO), NOTHING).astype(np.int8)
    with_gold = fit_label_model(votes, 0.3, gold)
    assert abs(with_gold.accuracies[0] - 0.9) < abs(fit_label_model(votes, 0.3).accuracies[0] - 0.9) + 0.02
    assert with_gold.accuracies[0] - with_gold.accuracies[1] > 0.2


def test_silence_is_no_vote_and_nonsense_is_refused():
    _, votes = planted([0.9, 0.8, 0.7], [0.5, 0.5, 0.5], 0.2)
    model = fit_label_model(votes, 0.2)
    assert model.probabilities(np.full((1, 3), NOTHING, dtype=np.int8)) == pytest.approx([0.2])
    with pytest.raises(ValueError, match="no votes"):
        fit_label_model(np.zeros((0, 3), dtype=np.int8))
    with pytest.raises(ValueError, match="share must"):
        fit_label_model(votes, 1.0)
