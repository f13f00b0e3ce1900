"""Selection: what is picked, in what mix, and why."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from labeling.selection import SAME, Pool, Strategy, near_duplicates, sample_order, select


def pool(rows: int = 200, seed: int = 0, known: np.ndarray | None = None) -> Pool:
    chance = np.random.default_rng(seed)
    vectors = chance.normal(size=(rows, 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Pool(
        labels=("a", "b"),
        probabilities=chance.random((rows, 2)) ** 3,
        thresholds=np.array([0.4, 0.3]),
        bands=np.array([[0.2, 0.6], [0.9, 0.95]]),
        vectors=vectors,
        known=known,
    )


@pytest.mark.parametrize("strategy", list(Strategy))
def test_picks_are_distinct_seeded_and_say_why(strategy):
    made = pool()
    picks = select(made, 30, strategy, seed=4)
    assert len({pick.row for pick in picks}) == len(picks) == 30
    assert all(pick.why for pick in picks)
    assert picks == select(made, 30, strategy, seed=4)


def test_the_most_uncertain_come_first_and_labels_take_turns():
    picks = select(pool(), 6, Strategy.UNCERTAIN)
    assert [pick.why.split()[2].rstrip(",") for pick in picks] == ["a", "b"] * 3
    first = pool().probabilities[picks[0].row, 0]
    assert abs(first - 0.4) == np.abs(pool().probabilities[:, 0] - 0.4).min() or abs(first - 0.4) < 0.02


def test_the_abstain_band_holds_nothing_else():
    made = pool()
    rows = [pick.row for pick in select(made, 500, Strategy.ABSTAIN_BAND)]
    inside = (made.probabilities >= made.bands[:, 0]) & (made.probabilities < made.bands[:, 1])
    assert sorted(rows) == np.flatnonzero(inside.any(axis=1)).tolist()


def test_every_beginning_of_a_mix_holds_its_share_of_chance():
    picks = select(pool(), 50, Strategy.MIXED, seed=1)
    counts = Counter(pick.origin for pick in picks)
    assert counts == {Strategy.DIVERSE: 20, Strategy.LIKELY: 20, Strategy.RANDOM: 10}
    assert Counter(pick.origin for pick in picks[:10])[Strategy.RANDOM] == 2


def test_random_picks_of_a_mix_are_a_fair_sample():
    made = pool(400)
    drawn = [p.row for seed in range(60) for p in select(made, 20, Strategy.MIXED, seed) if p.origin is Strategy.RANDOM]
    assert made.probabilities[drawn].mean() == pytest.approx(made.probabilities.mean(), abs=0.04)


def test_the_order_of_the_sample_depends_on_ids_alone():
    ids = [f"r{n}" for n in range(500)]
    order = sample_order(ids, "secret")
    assert sample_order(ids[::-1], "secret") == order != sample_order(ids, "other")
    without = sample_order(ids[100:], "secret")
    assert without == [record for record in order if int(record[1:]) >= 100]
    assert np.mean([int(record[1:]) for record in order[:200]]) == pytest.approx(250, abs=30)


def test_near_duplicates_are_picked_once():
    made = pool(40)
    doubled = Pool(
        made.labels,
        np.repeat(made.probabilities, 5, axis=0),
        made.thresholds,
        made.bands,
        np.repeat(made.vectors, 5, axis=0),
    )
    rows = [pick.row // 5 for pick in select(doubled, 25, Strategy.DIVERSE)]
    assert len(set(rows)) == len(rows)
    assert len({pick.row // 5 for pick in select(doubled, 25, Strategy.UNCERTAIN)}) < 20


def test_what_is_labeled_already_is_not_asked_again():
    made = pool(60)
    again = pool(60, known=made.vectors[:59])
    (pick,) = select(again, 60, Strategy.DIVERSE)
    assert pick.row == 59
    assert (made.vectors[59] @ made.vectors[:59].T).max() < SAME


def test_an_empty_pool_gives_nothing():
    empty = Pool(("a",), np.zeros((0, 1)), np.array([0.5]), np.array([[0.2, 0.6]]), np.zeros((0, 4)))
    assert [select(empty, 5, strategy) for strategy in Strategy] == [[]] * len(Strategy)


def test_equal_sentences_are_found_for_one_decision():
    vectors = np.eye(4)[[0, 1, 1, 2, 3]]
    texts = ["One.", "Two!", "Two, again!", "one.", "Three"]
    assert near_duplicates(vectors, texts).tolist() == [0, 1, 1, 0, 4]
