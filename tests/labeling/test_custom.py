"""A workspace's own signal: the fit, its honest estimate, and what to label next."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InputError
from labeling.custom import Quality, background_of, fit_custom, leave_one_out, next_sentences
from labeling.selection import Strategy

WIDTH = 40


def sentences(count: int, carries: bool, seed: int) -> np.ndarray:
    chance = np.random.default_rng(seed)
    vectors = chance.normal(size=(count, WIDTH)) + 2
    vectors[:, 0] += 4 * carries
    return vectors


BACKGROUND = sentences(300, False, 0)


def test_five_examples_find_unseen_ones():
    head = fit_custom(sentences(5, True, 1), np.ones(5, dtype=bool), BACKGROUND)
    assert head.given(sentences(200, True, 2)).mean() > 0.8
    assert head.given(sentences(200, False, 3)).mean() < 0.1


def test_a_description_helps_where_examples_are_few():
    examples = sentences(5, True, 4) + 0.8 * np.random.default_rng(5).normal(size=(5, WIDTH))
    description = np.full(WIDTH, 2.0)
    description[0] = 8.0
    unseen = np.vstack([sentences(200, True, 6), sentences(200, False, 7)])
    truth = np.arange(400) < 200
    plain, told = (fit_custom(examples, np.ones(5, dtype=bool), BACKGROUND, d).probabilities(unseen)
                   for d in (None, description))  # fmt: skip
    assert told[truth].mean() - told[~truth].mean() > plain[truth].mean() - plain[~truth].mean()


def test_labels_bend_the_head():
    near = sentences(20, False, 8)
    near[:, 0] += 3
    near[:, 1] += 4
    examples = sentences(10, True, 9)
    few = fit_custom(examples, np.ones(10, dtype=bool), BACKGROUND)
    many = fit_custom(np.vstack([examples, near]), np.arange(30) < 10, BACKGROUND)
    fresh = sentences(200, False, 10)
    fresh[:, 0] += 3
    fresh[:, 1] += 4
    assert many.given(fresh).mean() < few.given(fresh).mean() / 2


def test_the_estimate_is_not_better_than_what_comes():
    vectors = np.vstack([sentences(12, True, 11), sentences(13, False, 12)])
    noise = np.random.default_rng(13).normal(size=vectors.shape)
    carries = np.arange(25) < 12
    random_labels = leave_one_out(noise, carries, np.random.default_rng(14).normal(size=(300, WIDTH)))
    assert random_labels.f1 < 0.6
    assert leave_one_out(vectors, carries, BACKGROUND).f1 > 0.85


def test_the_estimate_says_what_is_not_known():
    assert Quality(4, 5, 0, 0).f1 is None
    assert Quality(4, 5, 0, 0).words.endswith("cannot be said, because no sentence is marked as not carrying it")
    words = Quality(9, 10, 2, 15).words
    assert words.startswith("finds 9 of 10 examples that it had not seen (60% to 98%); wrongly given to 2 of 15 others")
    assert "only a random sample" in words


def test_next_sentences_are_a_mix_with_reasons():
    vectors = sentences(6, True, 15)
    head = fit_custom(vectors, np.ones(6, dtype=bool), BACKGROUND)
    pool = np.vstack([sentences(30, True, 16), sentences(300, False, 17)])
    picks = next_sentences("champion leaving", head, pool, vectors)
    assert len(picks) == 20
    assert sum(pick.origin is Strategy.RANDOM for pick in picks) == 4
    assert any("champion leaving" in pick.why for pick in picks)
    asked = [pick.row for pick in picks if pick.origin is not Strategy.RANDOM]
    assert np.mean(np.array(asked) < 30) > 0.4


def test_too_few_examples_are_refused():
    with pytest.raises(InputError, match="4 examples, at least 5"):
        fit_custom(sentences(4, True, 1), np.ones(4, dtype=bool), BACKGROUND)
    with pytest.raises(InputError, match="no ordinary sentences"):
        fit_custom(sentences(5, True, 1), np.ones(5, dtype=bool), BACKGROUND[:0])


def test_the_background_holds_each_sentence_once():
    texts = ["Hello.", "hello.", "Other"]
    assert len(background_of(np.eye(3), texts)) == 2
    assert background_of(np.eye(3), texts, most=1).shape == (1, 3)
