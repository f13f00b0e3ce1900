"""Heads in numpy against scikit-learn, and folds."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from models.linear import Scaling, fit_linear, folds_of, out_of_fold, sigmoid


def planted(rows: int, width: int, seed: int = 0):
    chance = np.random.default_rng(seed)
    features = chance.normal(size=(rows, width))
    weights = chance.normal(size=width) / np.sqrt(width) * 3
    return features, (chance.random(rows) < sigmoid(features @ weights - 1)).astype(float)


@pytest.mark.parametrize(("rows", "width", "strength"), [(400, 20, 1.0), (30, 100, 0.1), (500, 5, 10.0)])
def test_the_fit_is_that_of_scikit_learn(rows, width, strength):
    features, targets = planted(rows, width)
    ours = fit_linear(features, targets, strength=strength)
    theirs = LogisticRegression(C=1 / strength, tol=1e-9, max_iter=5_000).fit(features, targets)
    expected = theirs.decision_function(features)
    assert np.abs(ours.logits(features) - expected).max() < 0.02 * np.ptp(expected)


def test_counts_are_rows_seen_more_than_once():
    features, targets = planted(60, 4)
    counts = np.arange(60) % 3
    repeated = fit_linear(np.repeat(features, counts, axis=0), np.repeat(targets, counts))
    assert fit_linear(features, targets, weights=counts).weights == pytest.approx(repeated.weights, abs=0.01)


def test_a_head_on_top_of_known_logits_starts_from_them():
    features, targets = planted(20, 50)
    known = np.linspace(-3, 3, 20)
    head = fit_linear(features, targets, offset=known, strength=1e6)
    assert head.logits(features, known) == pytest.approx(known, abs=0.6)
    assert np.ptp(head.logits(features, known) - known) < 0.01


def test_one_sided_targets_stay_finite():
    features, _ = planted(10, 3)
    assert 5 < fit_linear(features, np.ones(10)).bias < 50


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(ValueError, match="nothing to fit"):
        fit_linear(np.zeros((0, 3)), np.zeros(0))
    with pytest.raises(ValueError, match="finite"):
        fit_linear(np.array([[np.nan]]), np.zeros(1))


def test_groups_stay_together_and_folds_are_even():
    groups = [f"d{n // 7}" for n in range(210)]
    folds = folds_of(tuple(groups), 5)
    assert all(len({folds[at] for at in range(210) if groups[at] == group}) == 1 for group in set(groups))
    assert np.bincount(folds).tolist() == [42] * 5


def test_out_of_fold_probabilities_know_nothing_of_their_row():
    chance = np.random.default_rng(3)
    features, targets = chance.normal(size=(200, 300)), (chance.random(200) < 0.5).astype(float)
    folds = folds_of(tuple(str(n) for n in range(200)), 5)
    found = out_of_fold(features, targets, folds, strength=1.0)
    assert 0.35 < ((found > 0.5) == (targets > 0.5)).mean() < 0.65


def test_scaling_brings_rows_to_length_one():
    features = np.random.default_rng(0).normal(5, 3, (100, 16))
    features[:, 3] = 2.0
    scaled = Scaling.of(features)(features)
    assert scaled.mean(axis=0) == pytest.approx(0, abs=1e-9)
    assert np.linalg.norm(scaled, axis=1).mean() == pytest.approx(np.sqrt(15 / 16), abs=0.05)
