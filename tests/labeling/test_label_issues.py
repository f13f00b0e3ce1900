"""Planted label errors come first; what can't be judged is said."""

from __future__ import annotations

import numpy as np

from labeling.label_issues import find_issues, suspects


def planted(seed: int = 0):
    chance = np.random.default_rng(seed)
    truth = chance.random((600, 2)) < 0.25
    features = chance.normal(size=(600, 12))
    features[:, :2] += 3 * truth
    wrong = chance.random(truth.shape) < 0.05
    return features, truth, wrong, [f"d{n // 6}" for n in range(600)]


def test_planted_errors_come_first():
    features, truth, wrong, groups = planted()
    found = find_issues(features, truth ^ wrong, ["a", "b"], groups)
    first = [wrong[issue.row, "ab".index(issue.label)] for issue in found.issues[:40]]
    assert np.mean(first) > 0.75
    assert found.notes == ()
    assert [issue.doubt for issue in found.issues] == sorted((issue.doubt for issue in found.issues), reverse=True)
    assert found == find_issues(features, truth ^ wrong, ["a", "b"], groups)


def test_a_reader_that_knows_the_label_helps():
    features, truth, wrong, groups = planted(1)
    logits = np.where(truth, 2.0, -2.0) + np.random.default_rng(2).normal(size=truth.shape)
    blind = np.random.default_rng(3).normal(size=features.shape)
    with_reader = find_issues(blind, truth ^ wrong, ["a", "b"], groups, logits=logits).issues[:30]
    assert np.mean([wrong[issue.row, "ab".index(issue.label)] for issue in with_reader]) > 0.8


def test_too_few_labels_are_said():
    features, truth, _, groups = planted()
    truth[:, 1] = False
    found = find_issues(features, truth, ["a", "rare"], groups)
    assert found.notes == ("rare: too few sentences carry it, or carry it not, to say which are wrong",)
    assert {issue.label for issue in found.issues} <= {"a"}


def test_a_label_is_suspect_beyond_what_is_usual_for_the_opposite():
    expected = np.array([0.9, 0.8, 0.1, 0.05, 0.1, 0.95, 0.02])
    marked = np.array([True, True, False, False, False, False, True])
    assert suspects(expected, marked).tolist() == [5, 6]
    words = find_issues(*planted()[:1], planted()[1] ^ planted()[2], ["a", "b"], planted()[3]).issues[0].words
    assert "expected with a probability of" in words
