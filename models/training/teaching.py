"""A stronger, slower reader teaches the one that is shipped.

The teacher is the same network over all-mpnet-base-v2. The student learns from the gold and from the teacher's
probabilities; on text that nobody annotated, from these alone.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.training.examples import Floats, Prepared, examples_of
from models.training.loop import Recipe, predict, train
from models.training.material import RealReading, VendorReading, pack, with_teaching
from models.training.network import Reader
from nlp.classifier import sigmoid
from nlp.gazetteer import Gazetteer, shipped_entries
from nlp.outputs import LABELS
from nlp.tokens import Vocabulary

logger = logging.getLogger(__name__)

TEACHER_RECIPE = Recipe(epochs=3, learning_rate=5e-5, batch_tokens=1_024)


def taught(
    readings: Sequence[VendorReading], real: RealReading, teacher: Path, seed: int
) -> tuple[list[VendorReading], RealReading]:
    """Train the teacher on these documents, and return them with what it then says of their sentences."""
    vocabulary = Vocabulary.from_file(teacher / "tokenizer.json")
    material = pack(readings, real, vocabulary)
    reader = train(teacher, vocabulary, material.epoch, replace(TEACHER_RECIPE, seed=seed))
    documents = [*(item for reading in readings for item in reading.documents), *real.annotated, *real.unlabelled]
    said = says(reader, documents, vocabulary)
    logger.info("the teacher read %d documents", len(said))
    return (
        [replace(reading, documents=with_teaching(reading.documents, said)) for reading in readings],
        replace(
            real,
            annotated=with_teaching(real.annotated, said),
            unlabelled=with_teaching(real.unlabelled, said),
        ),
    )


def says(reader: Reader, documents: Sequence[Prepared], vocabulary: Vocabulary) -> dict[str, Floats]:
    """Probabilities ``(sentences, labels)`` by document id; a sentence in pieces gets that of its strongest."""
    gazetteer = Gazetteer(shipped_entries())
    said = {}
    for item in documents:
        examples = examples_of(item, vocabulary, gazetteer)
        logits = np.full((len(item.sentences), len(LABELS)), -np.inf, dtype=np.float32)
        for example, rows in zip(examples, predict(reader, [e.window for e in examples], reduced=True), strict=True):
            np.maximum.at(logits, list(example.window.sentences), rows[:, : len(LABELS)])
        said[item.gold.document.id] = sigmoid(logits)
    return said
