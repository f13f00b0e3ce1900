"""Candidate against champion on planted readings."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from core.entities import Document, Explanation, Kind, Label, Signal, Span
from labeling.promotion import Gain, decide
from models.corpus import GoldDocument, GoldMention

WIDTH = 20


def frozen(accounts: int = 30, documents: int = 3) -> list[GoldDocument]:
    """Each document has eight places of 20 characters; the first four carry one label each."""
    made = []
    for number in range(accounts * documents):
        text = "".join(chr(97 + place) * (WIDTH - 1) + " " for place in range(8))
        kind = list(Kind)[number % 2]
        document = Document(f"d{number}", f"a{number // documents}", kind, datetime(2026, 1, 1, tzinfo=UTC), text)
        mentions = tuple(
            GoldMention(Span(place * WIDTH, (place + 1) * WIDTH - 1), (label,), {}) for place, label in enumerate(Label)
        )
        made.append(GoldDocument(document, mentions, "vendor"))
    return made


def reading(documents, recall: dict[Label, float] | float, alarms: float = 0.0, seed: int = 0):
    chance = np.random.default_rng(seed)
    found = []
    for gold in documents:
        signals = []
        for place, label in enumerate(Label):
            share = recall if isinstance(recall, float) else recall[label]
            for at, probability in ((place, share), (place + 4, alarms)):
                if chance.random() < probability:
                    start, end = at * WIDTH, (at + 1) * WIDTH - 1
                    signals.append(
                        Signal(label, start, end, gold.document.text[start:end], 0.9, {}, Explanation(0.5), "m")
                    )
        found.append(signals)
    return found


DOCUMENTS = frozen()


def test_a_clear_gain_is_promoted():
    decision = decide(DOCUMENTS, reading(DOCUMENTS, 0.6), reading(DOCUMENTS, 0.8, seed=1))
    assert decision.promote
    assert decision.overall.low > 0
    assert decision.words.startswith("The candidate may be promoted: macro F1 gains 0.1")
    assert [gain.name for gain in decision.labels] == [label.value for label in Label]
    assert {gain.name for gain in decision.slices} >= {"kind meeting_note", "kind support_ticket", "vendor vendor"}
    assert sum(gain.mentions for gain in decision.slices if gain.name.startswith("kind")) == decision.overall.mentions


def test_the_same_reading_gains_nothing_and_is_not_promoted():
    same = reading(DOCUMENTS, 0.7)
    decision = decide(DOCUMENTS, same, same)
    assert not decision.promote
    assert (decision.overall.low, decision.overall.difference, decision.overall.high) == (0.0, 0.0, 0.0)
    assert "the gain is not sure" in decision.words


def test_a_gain_that_may_be_chance_is_not_promoted():
    few = frozen(12, 1)
    decision = decide(few, reading(few, 0.7), reading(few, 0.72, seed=1))
    assert not decision.promote
    assert "which may be chance" in decision.words


def test_a_label_that_falls_stops_a_gain_of_the_rest():
    better = dict.fromkeys(Label, 0.95) | {Label.WORKAROUND: 0.4}
    decision = decide(DOCUMENTS, reading(DOCUMENTS, 0.6), reading(DOCUMENTS, better, seed=1))
    assert decision.overall.low > 0
    assert not decision.promote
    (reason,) = decision.reasons
    assert reason.startswith("workaround falls by 0.")
    assert decide(DOCUMENTS, reading(DOCUMENTS, 0.6), reading(DOCUMENTS, better, seed=1), margin=0.5).promote


def test_false_alarms_count_against_a_candidate():
    decision = decide(DOCUMENTS, reading(DOCUMENTS, 0.7), reading(DOCUMENTS, 0.75, alarms=0.5, seed=1))
    assert decision.overall.high < 0
    assert "macro F1 loses" in decision.words


def test_few_accounts_are_not_enough():
    few = frozen(5, 10)
    decision = decide(few, reading(few, 0.5), reading(few, 0.95, seed=1))
    assert not decision.promote
    assert "5 accounts, at least 10" in decision.words


def test_intervals_hold_what_they_promise():
    covered = 0
    for seed in range(12):
        documents = frozen(25, 2)
        decision = decide(documents, reading(documents, 0.6, seed=2 * seed), reading(documents, 0.7, seed=2 * seed + 1))
        truth = 2 * 0.7 / 1.7 - 2 * 0.6 / 1.6
        covered += decision.overall.low <= truth <= decision.overall.high
    assert covered >= 9


def test_what_cannot_be_compared_is_refused():
    bare = [GoldDocument(gold.document, (), "vendor") for gold in DOCUMENTS]
    with pytest.raises(ValueError, match="no mention"):
        decide(bare, [[]] * len(bare), [[]] * len(bare))
    with pytest.raises(ValueError, match="zip"):
        decide(DOCUMENTS, [], [])


def test_words_of_a_gain():
    assert Gain("x", 0.5, 0.6, 0.02, 0.15, 1_200).words == "x gains 0.100 (+0.020 to +0.150, 1,200 mentions)"
    assert Gain("x", 0.5, 0.4, -0.2, 0.1, 9).words.endswith("9 mentions), which may be chance")
