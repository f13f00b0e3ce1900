"""The ways that are compared: each learns from the training vendors and gives logits for the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from benchmarks.architectures.data import Sides, configured, documents, shipped
from benchmarks.architectures.shapes import Shape, windows
from models.linear import Floats as Wide
from models.training.examples import Example, Floats, Prepared
from models.training.loop import Recipe, predict, train
from models.training.material import RealReading, VendorReading
from models.training.network import Reader
from models.training.teaching import taught
from nlp.classifier import Classifier
from nlp.gazetteer import Gazetteer
from nlp.outputs import LABELS
from nlp.tokens import Vocabulary

Way = Callable[[Sides], tuple[Floats, Floats]]
"""Logits ``(sentences, labels)`` of the calibration and of the test vendors, in the order of ``documents``."""
NEVER = -20.0


@dataclass(frozen=True, slots=True)
class FineTuned:
    """All weights are learned, as for the shipped small reader.

    ``names`` says which names are marked: those that ship, none, or, in every second epoch and while judged, those of a
    configured workspace.
    """

    base: Path
    recipe: Recipe
    shape: Shape = windows
    names: str = "shipped"
    teacher: Classifier | None = None

    def __call__(self, sides: Sides) -> tuple[Floats, Floats]:
        """Train once, read both sides."""
        vocabulary = Vocabulary.from_file(self.base / "tokenizer.json")
        readings = list(sides.train)
        if self.teacher:
            readings, _ = taught(readings, RealReading(), self.teacher)
        plain = [example for _, example in _shaped(readings, self.shape, vocabulary, self._gazetteer(False))]
        marked = plain
        if self.names == "configured":
            marked = [example for _, example in _shaped(readings, self.shape, vocabulary, configured)]

        def epoch(number: int) -> list[Example]:
            seen = marked if number % 2 else plain
            return [example for at, example in enumerate(seen) if example.positive or (at + number // 2) % 2 == 0]

        reader = train(self.base, vocabulary, epoch, self.recipe)
        judged = self._gazetteer(self.names == "configured")
        return (
            _read(reader, sides.calibration, self.shape, vocabulary, judged),
            _read(reader, sides.test, self.shape, vocabulary, judged),
        )

    def _gazetteer(self, by_workspace: bool) -> Callable[[VendorReading], Gazetteer]:
        if by_workspace:
            return configured
        fixed = Gazetteer([]) if self.names == "none" else shipped()
        return lambda reading: fixed


@dataclass(frozen=True, slots=True)
class Frozen:
    """Nothing but logistic heads is learned, on what the published encoder makes of each sentence."""

    base: Path
    shape: Shape

    def __call__(self, sides: Sides) -> tuple[Floats, Floats]:
        """Fit heads, read both sides."""
        vocabulary = Vocabulary.from_file(self.base / "tokenizer.json")
        reader = Reader(self.base).eval()
        names = shipped()
        features = [
            _features(reader, readings, self.shape, vocabulary, names)
            for readings in (sides.train, sides.calibration, sides.test)
        ]
        return by_heads(features, sides)


def by_heads(features: Sequence[Wide], sides: Sides) -> tuple[Floats, Floats]:
    """Logits of logistic heads that are fitted on the training vendors' rows of ``features``."""
    gold = np.concatenate([item.targets[:, : len(LABELS)] for item in documents(sides.train)])
    mean, deviation = features[0].mean(axis=0), features[0].std(axis=0) + 1e-6
    rows = [(part - mean) / deviation for part in features]
    found = [np.empty((len(part), len(LABELS)), dtype=np.float32) for part in rows[1:]]
    for column in range(len(LABELS)):
        known = ~np.isnan(gold[:, column])
        head = LogisticRegression(C=0.01, max_iter=300, class_weight={0: 1.0, 1: 4.0})
        head.fit(rows[0][known], gold[known, column] > 0.5)
        for logits, part in zip(found, rows[1:], strict=True):
            logits[:, column] = head.decision_function(part)
    return found[0], found[1]


def _shaped(
    readings: Sequence[VendorReading],
    shape: Shape,
    vocabulary: Vocabulary,
    names: Callable[[VendorReading], Gazetteer],
) -> list[tuple[Prepared, Example]]:
    return [
        (item, example)
        for reading in readings
        for item in documents([reading])
        for example in shape(item, vocabulary, names(reading))
    ]


def _read(
    reader: Reader,
    readings: Sequence[VendorReading],
    shape: Shape,
    vocabulary: Vocabulary,
    names: Callable[[VendorReading], Gazetteer],
) -> Floats:
    """Logits of all sentences; of one that was read in pieces the strongest counts."""
    found = {id(item): np.full((len(item.sentences), len(LABELS)), NEVER) for item in documents(readings)}
    shaped = _shaped(readings, shape, vocabulary, names)
    for (item, example), outputs in zip(shaped, predict(reader, [example for _, example in shaped]), strict=True):
        rows = found[id(item)]
        for sentence, logits in zip(example.window.sentences, outputs[:, : len(LABELS)], strict=True):
            rows[sentence] = np.maximum(rows[sentence], logits)
    return np.concatenate([found[id(item)] for item in documents(readings)])


def _features(
    reader: Reader, readings: Sequence[VendorReading], shape: Shape, vocabulary: Vocabulary, names: Gazetteer
) -> Wide:
    """Marker and mean of each sentence ``(sentences, 2 * width)``; of one in pieces the first counts."""
    rows = []
    with torch.inference_mode():
        for item in documents(readings):
            first: dict[int, Tensor] = {}
            for example in shape(item, vocabulary, names):
                ids = torch.tensor([example.window.ids], dtype=torch.long)
                for sentence, row in zip(
                    example.window.sentences,
                    reader.features(ids, torch.ones_like(ids), [example.window.ranges]),
                    strict=True,
                ):
                    first.setdefault(sentence, row)
            rows += [first[sentence].numpy() for sentence in range(len(item.sentences))]
    return np.stack(rows)
