"""Training and export: the ONNX reader says what the torch reader says."""

from __future__ import annotations

import random

import numpy as np
import pytest

from models.base import base_model
from models.corpus import load_corpus
from models.export.artefact import write_encoder
from models.training.calibration import best_threshold, calibration_error, f1_at, fit_points
from models.training.loop import Recipe, batches, predict, train
from models.training.run import prepare_vendor
from nlp.encoder import Encoder, Heads
from nlp.outputs import LABELS, OUTPUTS
from nlp.tokens import Vocabulary


@pytest.fixture(scope="module")
def examples():
    vendor = next(vendor for vendor in load_corpus() if vendor.slug == "sketchfold")
    prepared = prepare_vendor(vendor, Vocabulary.from_file(base_model() / "tokenizer.json"))
    return prepared.plain[:12]


@pytest.fixture(scope="module")
def reader(examples):
    return train(base_model(), lambda epoch: examples, Recipe(epochs=1))


@pytest.fixture(scope="module")
def windows(examples):
    return [example.window for example in examples]


@pytest.mark.parametrize(("precise", "tolerance"), [(True, 1e-3), (False, 0.35)])
def test_the_exported_reader_agrees_with_the_trained_one(reader, windows, tmp_path, precise, tolerance):
    write_encoder(reader, tmp_path, precise=precise)
    exported = Encoder(tmp_path / "encoder.onnx", Heads.load(tmp_path / "heads.safetensors"))
    for window, expected in zip(windows, predict(reader, windows), strict=True):
        found = np.stack([output.outputs for output in exported.read(window)])
        assert found.shape == (len(window.sentences), len(OUTPUTS))
        np.testing.assert_allclose(found, expected, atol=tolerance)


def test_training_twice_with_one_seed_gives_the_same(reader, examples, windows):
    again = train(base_model(), lambda epoch: examples, Recipe(epochs=1))
    for first, second in zip(predict(reader, windows), predict(again, windows), strict=True):
        np.testing.assert_array_equal(first, second)


def test_batches_hold_to_their_budget_and_lose_nothing(examples):
    made = batches(examples, 200, random.Random(1))
    assert sorted(id(example) for batch in made for example in batch) == sorted(id(example) for example in examples)
    assert all(len(batch) == 1 or len(batch) * max(len(e.window.ids) for e in batch) <= 200 for batch in made)


def test_calibration_finds_the_scale_of_logits_that_are_too_bold():
    chance = np.random.default_rng(3)
    true_logits = chance.normal(0, 1.5, size=(4_000, len(LABELS))).astype(np.float32)
    targets = (chance.random(true_logits.shape) < 1 / (1 + np.exp(-true_logits))).astype(np.float32)
    points = fit_points(3 * true_logits + 1, targets)
    for column, label in enumerate(LABELS):
        point = points[label]
        assert point.scale == pytest.approx(1 / 3, rel=0.15)
        probabilities = 1 / (1 + np.exp(-((3 * true_logits[:, column] + 1) * point.scale + point.offset)))
        assert calibration_error(probabilities, targets[:, column] > 0.5) < 0.05


def test_the_best_threshold_is_the_best():
    probabilities = np.array([0.9, 0.8, 0.7, 0.2, 0.1])
    truth = np.array([True, True, False, False, False])
    threshold = best_threshold(probabilities, truth)
    assert f1_at(probabilities, truth, threshold) == 1.0
