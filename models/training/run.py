"""Trains the reader from scratch and writes the artefact: ``python -m models.training.run``.

1. Cross-validation by vendor: a fold's model predicts vendors that it never saw. These predictions fit the calibration
   and the thresholds, and are the honest estimate of quality. Each fold costs a training: two of four by default.
2. One model on all vendors but those of the test split, exported and quantised, with those thresholds.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from core.ids import digest_json
from models.base import base_model
from models.corpus import Vendor, load_corpus, split
from models.export.artefact import write_encoder, write_manifest
from models.training.calibration import best_threshold, calibration_error, f1_at, fit_points
from models.training.examples import Example, Prepared, examples_of, prepare
from models.training.loop import Recipe, predict, train
from models.training.network import Reader
from models.training.real import negatives
from nlp.artefact import SHIPPED_READER
from nlp.classifier import sigmoid
from nlp.encoder import Array
from nlp.gazetteer import Entry, Gazetteer, shipped_entries
from nlp.outputs import LABELS
from nlp.reading.sides import OwnSide
from nlp.tokens import Vocabulary

logger = logging.getLogger(__name__)

FOLDS = 4
REAL_DOCUMENTS = 300
REAL_PARTS = 3
"""Each epoch sees one of so many parts of the real documents."""
VERSION = "2026.11.1"


@dataclass(frozen=True, slots=True)
class Set:
    """A vendor's documents, read, and their windows with and without the workspace's knowledge of rivals."""

    vendor: Vendor
    prepared: tuple[Prepared, ...]
    plain: tuple[Example, ...]
    informed: tuple[Example, ...]


def prepare_vendor(vendor: Vendor, vocabulary: Vocabulary) -> Set:
    """Read a vendor's documents once and pack them both ways."""
    own = OwnSide(names=(vendor.name,), product_names=(vendor.product,), domains=(vendor.email_domain,))
    prepared = tuple(prepare(gold, own) for gold in vendor.documents)
    plain = Gazetteer(shipped_entries())
    rivals = [Entry(name, name, "rival") for name in vendor.rivals]
    ours = [Entry(name, name, "own") for name in {vendor.name, vendor.product}]
    informed = Gazetteer([*rivals, *ours, *shipped_entries()])
    return Set(
        vendor,
        prepared,
        tuple(example for item in prepared for example in examples_of(item, vocabulary, plain)),
        tuple(example for item in prepared for example in examples_of(item, vocabulary, informed)),
    )


def real_examples(folder: Path, vocabulary: Vocabulary) -> list[Example]:
    """Windows of real documents without signals."""
    gazetteer = Gazetteer(shipped_entries())
    documents = [prepare(gold, OwnSide()) for gold in negatives(folder, REAL_DOCUMENTS)]
    return [example for item in documents for example in examples_of(item, vocabulary, gazetteer)]


def fit(sets: Sequence[Set], real: Sequence[Example], recipe: Recipe) -> Reader:
    """Train on these vendors; every second epoch sees what a configured workspace would mark."""

    def examples(epoch: int) -> list[Example]:
        written = [example for part in sets for example in (part.plain if epoch % 2 == 0 else part.informed)]
        return [*written, *real[epoch % REAL_PARTS :: REAL_PARTS]]

    return train(base_model(), examples, recipe)


def cross_validate(sets: Sequence[Set], real: Sequence[Example], recipe: Recipe, folds: int) -> tuple[Array, Array]:
    """Logits and targets ``(sentences, labels)`` of the vendors of the first ``folds`` of ``FOLDS`` folds."""
    logits, targets = [], []
    for fold in range(folds):
        seen = [part for number, part in enumerate(sets) if number % FOLDS != fold]
        held = [part for number, part in enumerate(sets) if number % FOLDS == fold]
        reader = fit(seen, real, recipe)
        for part in held:
            outputs = predict(reader, [example.window for example in part.plain])
            logits += [rows[:, : len(LABELS)] for rows in outputs]
            targets += [example.targets[:, : len(LABELS)] for example in part.plain]
        logger.info("fold %d of %d done: %s", fold + 1, folds, ", ".join(part.vendor.slug for part in held))
    return np.concatenate(logits), np.concatenate(targets)


def report_of(logits: Array, targets: Array) -> dict[str, dict[str, float]]:
    """Sentence-level quality of out-of-fold predictions, by label."""
    points = fit_points(logits, targets)
    report = {}
    for column, label in enumerate(LABELS):
        known = ~np.isnan(targets[:, column])
        truth = targets[known, column] > 0.5
        probabilities = sigmoid(logits[known, column] * points[label].scale + points[label].offset)
        threshold = best_threshold(probabilities, truth)
        report[label.value] = {
            "sentences": int(truth.sum()),
            "f1": round(f1_at(probabilities, truth, threshold), 4),
            "threshold": round(threshold, 3),
            "calibration_error": round(calibration_error(probabilities, truth), 4),
        }
    return report


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=SHIPPED_READER)
    parser.add_argument("--epochs", type=int, default=Recipe().epochs)
    parser.add_argument("--folds", type=int, default=2, choices=range(1, FOLDS + 1))
    parser.add_argument(
        "--real", type=Path, help="a folder of real public text without signals (models/training/real.py)"
    )
    parser.add_argument("--seed", type=int, default=Recipe().seed)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    begun = time.monotonic()
    recipe = Recipe(epochs=options.epochs, seed=options.seed)
    vocabulary = Vocabulary.from_file(base_model() / "tokenizer.json")
    vendors, _ = split(load_corpus())
    sets = [prepare_vendor(vendor, vocabulary) for vendor in vendors]
    real = real_examples(options.real, vocabulary) if options.real else []
    logger.info("%d vendors, %d windows; %d real windows", len(sets), sum(len(part.plain) for part in sets), len(real))
    logits, targets = cross_validate(sets, real, recipe, options.folds)
    quality = report_of(logits, targets)
    logger.info("out of fold: %s", json.dumps(quality))
    reader = fit(sets, real, recipe)
    options.out.mkdir(parents=True, exist_ok=True)
    write_encoder(reader, options.out)
    shutil.copy(base_model() / "tokenizer.json", options.out / "tokenizer.json")
    facts = {
        "base": "all-MiniLM-L6-v2",
        "recipe": asdict(recipe),
        "corpus": {
            "vendors": len(vendors),
            "documents": sum(len(vendor.documents) for vendor in vendors),
            "mentions": sum(len(gold.mentions) for vendor in vendors for gold in vendor.documents),
            "real_windows": len(real),
            "digest": digest_json([[gold.document.text for gold in vendor.documents] for vendor in vendors]),
        },
        "out_of_fold": quality,
    }
    write_manifest(options.out, version=VERSION, points=fit_points(logits, targets), facts=facts)
    logger.info("wrote %s in %.0f s", options.out, time.monotonic() - begun)


if __name__ == "__main__":
    main()
