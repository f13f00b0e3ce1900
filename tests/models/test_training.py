"""Training and export: the ONNX reader says what the torch reader says."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from transformers import AutoModel, MPNetConfig

from core.entities import OperatingPoint, ReaderName
from models.base import MINILM, base_model
from models.corpus import load_corpus
from models.export.adapter import merged
from models.export.artefact import write_encoder_of, write_heads
from models.export.encoder_graph import write_upper
from models.export.families import FAMILIES
from models.training.adapters import adapter_weights
from models.training.calibration import best_threshold, calibration_error, f1_at, fit_labels, operating_points
from models.training.examples import prepare
from models.training.loop import Recipe, batches, predict, train
from models.training.material import RealReading, VendorReading, pack, read_vendor, with_teaching
from models.training.real import annotated
from models.training.teaching import says
from models.training.upper import Seen, Upper, train_upper, with_attributes
from nlp.artefact import READERS
from nlp.encoder import AttributeReader, Encoder, Heads
from nlp.extract import load_classifier
from nlp.outputs import LABELS, OUTPUTS
from nlp.reading.sides import OwnSide
from nlp.tokens import Vocabulary


@pytest.fixture(scope="module")
def vocabulary():
    return Vocabulary.from_file(base_model() / "tokenizer.json")


@pytest.fixture(scope="module")
def vendor(vocabulary):
    found = next(vendor for vendor in load_corpus() if vendor.slug == "sketchfold")
    return read_vendor(found)


@pytest.fixture(scope="module")
def examples(vendor, vocabulary):
    return vendor.windows(vocabulary, informed=False)[:12]


@pytest.fixture(scope="module")
def reader(examples, vocabulary):
    return train(base_model(), vocabulary, lambda epoch: examples, Recipe(epochs=1))


@pytest.fixture(scope="module")
def windows(examples):
    return [example.window for example in examples]


@pytest.mark.parametrize(("precise", "tolerance"), [(True, 1e-3), (False, 0.35)])
def test_the_exported_reader_agrees_with_the_trained_one(reader, examples, windows, tmp_path, precise, tolerance):
    write_heads(reader, tmp_path)
    write_encoder_of(reader, MINILM, tmp_path, precise=precise)
    exported = Encoder(tmp_path / "encoder.onnx", Heads.load(tmp_path / "heads.safetensors"))
    for window, expected in zip(windows, predict(reader, examples), strict=True):
        found = np.stack([output.outputs for output in exported.read(window)])
        assert found.shape == (len(window.sentences), len(OUTPUTS))
        np.testing.assert_allclose(found, expected, atol=tolerance)


def test_training_twice_with_one_seed_gives_the_same(reader, vocabulary, examples):
    again = train(base_model(), vocabulary, lambda epoch: examples, Recipe(epochs=1))
    for first, second in zip(predict(reader, examples), predict(again, examples), strict=True):
        np.testing.assert_array_equal(first, second)


def test_batches_hold_to_their_budget_and_lose_nothing(examples):
    made = batches(examples, 200, random.Random(1))
    assert sorted(id(example) for batch in made for example in batch) == sorted(id(example) for example in examples)
    assert all(len(batch) == 1 or len(batch) * max(len(e.window.ids) for e in batch) <= 200 for batch in made)


def test_calibration_finds_the_scale_of_logits_that_are_too_bold():
    chance = np.random.default_rng(3)
    true_logits = chance.normal(0, 1.5, size=(4_000, len(LABELS))).astype(np.float32)
    targets = (chance.random(true_logits.shape) < 1 / (1 + np.exp(-true_logits))).astype(np.float32)
    points = fit_labels(3 * true_logits + 1, targets)
    for column, label in enumerate(LABELS):
        point = points[label]
        assert point.scale == pytest.approx(1 / 3, rel=0.15)
        probabilities = 1 / (1 + np.exp(-((3 * true_logits[:, column] + 1) * point.scale + point.offset)))
        assert calibration_error(probabilities, targets[:, column] > 0.5) < 0.05


def test_operating_points_trade_precision_for_recall():
    chance = np.random.default_rng(5)
    truth = chance.random(5_000) < 0.2
    probabilities = np.clip(np.where(truth, 0.65, 0.35) + chance.normal(0, 0.2, truth.shape), 0, 1)
    points = operating_points(probabilities, truth)
    precise, balanced, finding = (points[name] for name in OperatingPoint)
    assert precise.threshold > balanced.threshold > finding.threshold
    assert precise.precision >= 0.85 > balanced.precision
    assert finding.recall >= 0.85 > balanced.recall


def test_windows_without_a_mention_take_turns(vendor, vocabulary):
    material = pack([vendor], RealReading(), vocabulary)
    seen = [{id(example) for example in material.epoch(number)} for number in (0, 2)]
    positive = {id(example) for example in material.plain if example.positive}
    assert positive
    assert seen[0] | seen[1] == {id(example) for example in material.plain}
    assert seen[0] & seen[1] == positive


def test_a_teacher_adds_what_it_says_of_labels(vendor, vocabulary):
    said = says(load_classifier(READERS[ReaderName.FAST]), vendor.documents)
    heard = VendorReading(vendor.vendor, with_teaching(vendor.documents, said))
    for example in heard.windows(vocabulary, informed=False):
        assert example.taught.shape == (len(example.window.sentences), len(LABELS))
        assert ((example.taught > 0) & (example.taught < 1)).all()
    assert all(np.isnan(example.taught).all() for example in vendor.windows(vocabulary, informed=False))


def test_text_that_nobody_annotated_teaches_only_what_a_teacher_said(vendor, vocabulary):
    item = vendor.documents[0]
    unseen = prepare(replace(item.gold, annotated=False), OwnSide())
    assert pack([], RealReading(unlabelled=(unseen,)), vocabulary).unlabelled == []
    said = {item.gold.document.id: np.full((len(unseen.sentences), len(LABELS)), 0.3, dtype=np.float32)}
    assert pack([], RealReading(unlabelled=with_teaching([unseen], said)), vocabulary).unlabelled


def test_annotated_real_text_is_read_where_it_lies_and_checked(tmp_path):
    folder = tmp_path / "s34_jupyter_surveys"
    folder.mkdir()
    text = "Nice. I wish cells could be folded."
    (folder / "ux2015_freetext.jsonl").write_text(json.dumps({"text": "other"}) + "\n" + json.dumps({"text": text}))
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    entry = {"set": "jupyter", "row": 1, "digest": digest,
             "mentions": [{"start": 6, "end": 35, "labels": ["unbuilt_feature_request"]}]}  # fmt: skip
    gold = tmp_path / "gold.jsonl"
    gold.write_text(json.dumps(entry))
    (document,) = annotated(tmp_path, gold)
    assert document.mentions[0].span.of(document.document.text) == "I wish cells could be folded."
    gold.write_text(json.dumps({**entry, "row": 0}))
    with pytest.raises(ValueError, match="row 0: not the text"):
        annotated(tmp_path, gold)


def test_the_best_threshold_is_the_best():
    probabilities = np.array([0.9, 0.8, 0.7, 0.2, 0.1])
    truth = np.array([True, True, False, False, False])
    threshold = best_threshold(probabilities, truth)
    assert f1_at(probabilities, truth, threshold) == 1.0


@pytest.fixture(scope="module")
def upper(examples, vocabulary):
    torch.manual_seed(4)
    small = {"hidden_size": 48, "num_attention_heads": 12, "intermediate_size": 96}
    encoder = AutoModel.from_config(MPNetConfig(**small, num_hidden_layers=12), add_pooling_layer=False)
    family = FAMILIES["all-mpnet-base-v2"]
    weights = {name: tensor.numpy().copy() for name, tensor in encoder.state_dict().items()}
    chance = np.random.default_rng(4)
    seen = [
        Seen(one, chance.normal(size=(len(one.window.ids), 48)).astype(np.float16))
        for one in with_attributes([examples])
    ]
    made = Upper(encoder, weights, family.middle, rank=2)
    train_upper(made, seen, seen, epochs=1)
    return made, weights, family, seen


def test_exported_upper_layers_say_what_the_trained_ones_say(upper, tmp_path):
    made, weights, family, seen = upper
    adapter = {name: tensor.numpy() for name, tensor in adapter_weights(made.encoder).items()}
    write_upper(merged(weights, adapter), family, tmp_path / "upper.onnx")
    save_file(
        {name: np.ascontiguousarray(tensor.detach().numpy()) for name, tensor in made.head_weights().items()},
        tmp_path / "heads",
    )
    served = AttributeReader(tmp_path / "upper.onnx", Heads.load(tmp_path / "heads"))
    middle = torch.from_numpy(seen[0].middle.astype(np.float32))[None]
    ranges = seen[0].window.ranges
    with torch.inference_mode():
        attributes, tags = made.float()(middle, torch.ones(middle.shape[:2]), [ranges])
    found, tagged = served(middle[0].numpy(), ranges)
    np.testing.assert_allclose(found, attributes.float().numpy(), atol=0.05)  # trained in bfloat16
    np.testing.assert_allclose(tagged[0], tags[0, slice(*ranges[0])].float().numpy(), atol=0.05)


def test_only_upper_layers_learn(upper):
    made, *_ = upper
    moved = [float(layer.attention.attn.q.up.detach().abs().sum()) > 0 for layer in made.encoder.encoder.layer]
    assert moved == [False] * 6 + [True] * 6
