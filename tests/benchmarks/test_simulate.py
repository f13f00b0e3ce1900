"""The simulator: the same seed gives the same figures, storylines show, and the reader errs as asked."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from benchmarks.simulate.figures import measure, mentions_a_month
from benchmarks.simulate.habits import KEYS
from benchmarks.simulate.plots import curve, draw
from benchmarks.simulate.protocol import (
    CHIEF_DAYS,
    LEAD_DAYS,
    STEP_DAYS,
    alarm_at,
    auc,
    flips_a_quarter,
    lead_days,
    leaving,
    scores_before,
)
from benchmarks.simulate.reader import false_rates, measured, read, read_without_error
from benchmarks.simulate.scores import BASELINES, OURS, Observed, as_keywords, fading, keywords, mentions, observe
from benchmarks.simulate.sensitivity import Shaken, shaken_parameters
from benchmarks.simulate.story import load_story, shaken_story
from benchmarks.simulate.world import draw_lives
from core.entities import Label, RiskLevel
from pipelines.risk.parameters import default_parameters

STORY = load_story()
SEED = 5
COUNT = 60


@pytest.fixture(scope="module")
def seen():
    return observe(STORY, COUNT, SEED)


@pytest.fixture(scope="module")
def figures(seen):
    return measure(seen[:16], default_parameters())


@pytest.fixture(scope="module")
def lives():
    return draw_lives(STORY, 250, SEED)


def test_the_same_seed_gives_the_same_accounts_and_signals(seen):
    assert observe(STORY, COUNT, SEED) == seen
    assert draw_lives(STORY, 10, SEED) == [one.life for one in seen[:10]]
    assert draw_lives(STORY, 10, SEED + 1) != [one.life for one in seen[:10]]


def test_nothing_happens_after_the_planted_date(seen):
    for one in seen:
        last = one.life.planted + timedelta(days=1)
        assert all(document.occurred_at < last for document in one.life.documents)
        assert all(signal.occurred_at < last for signal in one.signals)


def test_who_leaves_says_more_and_what_its_storyline_is_about(lives):
    rows = mentions_a_month([Observed(life, (), ()) for life in lives])
    assert rows["consolidation"][1] > 2 * rows["healthy"][1]
    assert rows["chatty"][0] > 2 * rows["healthy"][0]
    told = defaultdict(set)
    for life in lives:
        told[life.storyline] |= {mention.event for mention in life.mentions}
    assert "rival_switch" in told["rival"]
    assert "rival_switch" not in told["healthy"]
    assert "mandate" in told["merger"]


def test_the_reader_has_the_precision_and_the_recall_that_were_asked(lives):
    quality = measured(STORY.reader)
    false = false_rates(lives, quality)
    found, made_up, said = (dict.fromkeys(Label, 0) for _ in range(3))
    for life in lives:
        for mention in life.mentions:
            said[mention.label] += 1
        for signal in read(life, quality, false, SEED):
            (found if signal.start // 100 < len(life.mentions) else made_up)[signal.label] += 1
    for label in Label:
        assert found[label] / said[label] == pytest.approx(quality.recall[label], abs=0.05)
        assert found[label] / (found[label] + made_up[label]) == pytest.approx(quality.precision[label], abs=0.05)


def test_confidence_is_true_and_attributes_are_as_often_right_as_on_the_card(lives):
    quality = measured(STORY.reader)
    false = false_rates(lives, quality)
    sure, stances = [], []
    for life in lives:
        for signal in read(life, quality, false, SEED):
            number = signal.start // 100
            right = number < len(life.mentions)
            sure.append((signal.score, right))
            if right and signal.label is Label.WORKAROUND:
                stances.append(signal.attributes["status"] == life.mentions[number].attributes["status"])
    scores, rights = np.array(sure).T
    for low in (0.5, 0.7, 0.9):
        inside = (scores >= low) & (scores < low + 0.1)
        assert rights[inside].mean() == pytest.approx(scores[inside].mean(), abs=0.06)
    assert np.mean(stances) > 0.95


def test_a_keyword_tracker_has_an_f1_of_one_fifth():
    quality = as_keywords(measured(STORY.reader), STORY.keywords)
    precision, recall = quality.precision[Label.WORKAROUND], quality.recall[Label.WORKAROUND]
    assert 2 * precision * recall / (precision + recall) == pytest.approx(0.20, abs=0.005)


def test_a_reader_without_error_says_what_was_said(seen):
    life = seen[0].life
    signals = read_without_error(life)
    assert [signal.label for signal in signals] == [mention.label for mention in life.mentions]
    assert all(set(signal.attributes) <= set(KEYS[signal.label]) for signal in signals)


def test_counts_look_at_ninety_days_and_never_ahead(seen):
    one = next(one for one in seen if len(one.signals) > 10)
    moment = one.signals[5].occurred_at
    later = replace(one, signals=tuple(s for s in one.signals if s.occurred_at <= moment))
    for count in (mentions, fading):
        assert count(one, moment) == count(later, moment) > 0
        assert count(one, moment - timedelta(days=5_000)) == 0
    assert keywords(one, moment) <= len(one.hits)


def test_area_lead_and_flips_by_hand():
    assert auc(np.array([1.0, 2, 3, 3]), np.array([False, False, True, True])) == 1
    assert auc(np.array([1.0, 1, 1, 1]), np.array([False, True, False, True])) == 0.5
    stay = np.tile(np.arange(10.0)[:, None], (1, 4))
    rows = np.vstack([stay, [[0, 9, 0, 9], [0, 0, 0, 0]]])
    leaves = np.array([False] * 10 + [True] * 2)
    assert alarm_at(rows, leaves, ever=True) == 9
    assert alarm_at(rows * [[1, 1, 1, 0]], leaves, ever=False) == 9
    assert list(lead_days(rows[leaves], 9)) == [3 * STEP_DAYS, 0]
    low, high = RiskLevel.LOW, RiskLevel.HIGH
    assert flips_a_quarter([[low, high] * 7, [low] * 14]) == pytest.approx(13 / (28 / 13))


def test_a_run_judges_all_scores_alike_and_draws_them(figures, tmp_path):
    assert [one.name for one in figures.judged][:4] == [OURS, *BASELINES]
    for one in figures.judged:
        assert 0 <= one.chief_interval[0] <= one.aucs[CHIEF_DAYS] <= one.chief_interval[1] <= 1
        assert one.leads.max() <= LEAD_DAYS
        false, true = curve(one.chief, figures.positive)
        assert (false[0], true[0], false[-1], true[-1]) == (0, 0, 1, 1)
    draw(figures, [Shaken("the story's numbers", 2.0, (0.8, 0.7), (0.6, 0.75))], tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"roc.png", "lead.png", "sensitivity.png"}


def test_moved_numbers_stay_valid_and_move():
    parameters = [shaken_parameters(3.0, random.Random(seed)) for seed in range(8)]
    assert all(one != default_parameters() for one in parameters)
    stories = [shaken_story(3.0, random.Random(seed)) for seed in range(8)]
    assert all(one.talk != STORY.talk and one.people.titled <= 1 for one in stories)
    assert all(len(observe(story, 3, SEED)) == 3 for story in stories)
    assert Shaken("x", 2.0, (0.8, 0.7), (0.6, 0.75)).leads == 0.5


def test_scores_before_the_date_tell_who_leaves(seen):
    ours = scores_before(seen, lambda one, moments: [float(one.life.leaves)] * len(moments), CHIEF_DAYS)
    assert auc(ours, leaving(seen)) == 1
