"""Heads on a frozen encoder: learned where that helps on unseen accounts, left alone where it does not."""

from __future__ import annotations

import numpy as np
import pytest

from core.entities import Label, OperatingPoint
from models.correction import Answers, Background, expected_points, fit_correction, overlay_files
from nlp.artefact import READERS, load_manifest
from nlp.outputs import LABELS
from nlp.overlay import Overlay

MANIFEST = load_manifest(next(path for name, path in READERS.items() if name.value == "fast"))
WIDTH = 768
BASIS = np.random.default_rng(9).normal(size=(4, WIDTH))
"""Vectors of sentences vary along few directions, and hardly along the others."""


def answers(rows=240, *, shift=0.0, direction=0.0, seed=0, fair=True, accounts=20):
    """Rows whose true logit is the reader's, plus a shift, plus a direction in the features that it does not see."""
    chance = np.random.default_rng(seed)
    latent = chance.normal(size=(rows, len(BASIS)))
    features = (latent @ BASIS + 0.1 * chance.normal(size=(rows, WIDTH))).astype(np.float32)
    logits = chance.normal(-0.5, 1.5, size=(rows, len(LABELS))).astype(np.float32)
    truth = logits + shift + direction * latent[:, :1]
    targets = (chance.random(truth.shape) < 1 / (1 + np.exp(-truth))).astype(np.float32)
    names = [f"a{number % accounts}" for number in range(rows)]
    return Answers(features, logits, targets, names, np.full(rows, fair))


def background(given):
    return Background(given.features, given.logits)


def test_where_the_reader_is_right_nothing_is_learned():
    given = answers()
    correction = fit_correction(given, background(given), MANIFEST)
    assert not correction.changed
    assert correction.points == MANIFEST.raw["labels"]
    assert all("left as it was" in fit.words for fit in correction.labels)


def test_what_the_features_tell_is_learned_and_helps_on_new_rows():
    given, fresh = answers(600, direction=3.0), answers(600, direction=3.0, seed=1)
    correction = fit_correction(given, background(given), MANIFEST)
    assert all(fit.head for fit in correction.labels)
    overlay = Overlay.of(overlay_files(correction, MANIFEST, "v", {}), "here")
    scales = np.array([MANIFEST.labels[label].scale for label in LABELS])
    added = (fresh.features @ overlay.correction.weights + overlay.correction.bias) * scales
    before, after = loss(fresh.logits, fresh.targets), loss(fresh.logits + added, fresh.targets)
    assert after < 0.8 * before
    facts = correction.figures["workaround"]
    assert facts["loss_after"] < facts["loss_before"]


def loss(logits, targets):
    return float((np.logaddexp(0.0, logits) - targets * logits).mean())


def test_a_shift_of_all_probabilities_is_calibrated_from_fair_answers_alone():
    fair, picked = answers(800, shift=-2.0), answers(800, shift=-2.0, fair=False)
    correction = fit_correction(fair, background(fair), MANIFEST)
    assert any(fit.recalibrated or fit.head for fit in correction.labels)
    assert not any(fit.recalibrated for fit in fit_correction(picked, background(picked), MANIFEST).labels)


def test_few_answers_change_nothing_and_say_so():
    given = answers(12)
    correction = fit_correction(given, background(given), MANIFEST)
    assert not correction.changed
    assert all("too few answers" in fit.words for fit in correction.labels)
    one = answers(200, direction=3.0, accounts=1)
    assert not fit_correction(one, background(one), MANIFEST).changed
    none = answers(0)
    with pytest.raises(ValueError, match="no sentence"):
        fit_correction(none, background(none), MANIFEST)


def test_labels_that_were_not_asked_for_stay_as_they_were():
    given = answers(600, direction=3.0)
    given.targets[:, 1:] = np.nan
    correction = fit_correction(given, background(given), MANIFEST)
    assert [fit.changed for fit in correction.labels] == [True, False, False, False]
    for label in list(Label)[1:]:
        assert correction.points[label.value] == MANIFEST.raw["labels"][label.value]


def test_thresholds_follow_from_calibrated_probabilities():
    chance = np.random.default_rng(0)
    probabilities = 1 / (1 + np.exp(-chance.normal(-3.0, 2.0, 50_000)))
    truth = chance.random(len(probabilities)) < probabilities
    points = expected_points(probabilities)
    thresholds = {name: point["threshold"] for name, point in points.items()}
    high, middle, low = (
        thresholds[name.value]
        for name in (OperatingPoint.HIGH_PRECISION, OperatingPoint.BALANCED, OperatingPoint.HIGH_RECALL)
    )
    assert high > middle > low
    best = max(np.linspace(0.05, 0.95, 91), key=lambda at: f1(probabilities >= at, truth))
    assert f1(probabilities >= middle, truth) > f1(probabilities >= best, truth) - 0.005
    for point in points.values():
        given = probabilities >= point["threshold"]
        assert abs(truth[given].mean() - point["precision"]) < 0.02
        assert abs(given[truth].mean() - point["recall"]) < 0.02


def f1(given, truth):
    return 2 * (given & truth).sum() / (given.sum() + truth.sum())
