"""Trains the reader from scratch and writes the artefact: ``python -m models.training.run``.

The vendors of the corpus stand on three sides (``models.corpus.split``): one trains the weights, one fits calibration
and thresholds, one is left for ``models.evaluation``. No vendor stands on two.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from core.entities import Label
from core.ids import digest_json
from models.base import base_model, teacher_model
from models.corpus import Split, load_corpus, split
from models.export.artefact import write_encoder, write_manifest
from models.training.calibration import FittedLabel, best_threshold, f1_at, fit_labels
from models.training.examples import Example
from models.training.heads import refit_attributes
from models.training.loop import Recipe, predict, train
from models.training.material import RealReading, VendorReading, pack, read_real, read_vendor
from models.training.network import Reader
from models.training.teaching import taught
from nlp.artefact import SHIPPED_READER
from nlp.encoder import Array
from nlp.outputs import LABELS
from nlp.tokens import Vocabulary

logger = logging.getLogger(__name__)

VERSION = "2026.11.2"


def outputs_of(reader: Reader, windows: Sequence[Example]) -> tuple[Array, Array]:
    """Logits and targets ``(sentences, labels)`` of windows that are not trained on."""
    rows = predict(reader, [example.window for example in windows])
    logits = [outputs[:, : len(LABELS)] for outputs in rows]
    return np.concatenate(logits), np.concatenate([example.targets[:, : len(LABELS)] for example in windows])


def best_f1(logits: Array, targets: Array) -> dict[str, float]:
    """The best F1 that sentences allow, by label: the learning curve that a training prints."""
    found = {}
    for column, label in enumerate(LABELS):
        known = ~np.isnan(targets[:, column])
        probabilities = 1 / (1 + np.exp(-logits[known, column]))
        truth = targets[known, column] > 0.5
        found[label.value] = round(f1_at(probabilities, truth, best_threshold(probabilities, truth)), 3)
    return found


def fit_student(
    readings: Sequence[VendorReading], real: RealReading, held: Sequence[VendorReading], recipe: Recipe
) -> tuple[Reader, dict[Label, FittedLabel]]:
    """Train the reader, and fit calibration and thresholds on the vendors ``held`` out."""
    vocabulary = Vocabulary.from_file(base_model() / "tokenizer.json")
    material = pack(readings, real, vocabulary)
    calibration = [example for reading in held for example in reading.windows(vocabulary, informed=False)]
    logger.info("%d vendors, %d windows", len(readings), len(material.plain))

    def report(epoch: int, reader: Reader) -> None:
        logger.info("after epoch %d, vendors held out: %s", epoch + 1, best_f1(*outputs_of(reader, calibration)))

    reader = train(base_model(), vocabulary, material.epoch, recipe, report)
    refit_attributes(reader, material.plain, recipe.seed)
    return reader, fit_labels(*outputs_of(reader, calibration))


def write_artefact(folder: Path, reader: Reader, fitted: Mapping[Label, FittedLabel], facts: Mapping[str, Any]) -> None:
    """Export, quantise and vouch for it."""
    folder.mkdir(parents=True, exist_ok=True)
    write_encoder(reader, folder)
    shutil.copy(base_model() / "tokenizer.json", folder / "tokenizer.json")
    write_manifest(folder, version=VERSION, labels=fitted, facts=facts)
    logger.info("wrote %s", folder)


def facts_of(
    vendors: Split, real: RealReading, recipe: Recipe, *, teacher: str | None, minutes: float
) -> dict[str, Any]:
    """What the manifest says of how a reader was made."""
    return {
        "base": "all-MiniLM-L6-v2",
        "teacher": teacher,
        "recipe": asdict(recipe),
        "corpus": {
            "vendors": len(vendors.train),
            "documents": sum(len(vendor.documents) for vendor in vendors.train),
            "mentions": sum(len(gold.mentions) for vendor in vendors.train for gold in vendor.documents),
            "calibration_vendors": len(vendors.calibration),
            "real_documents": len(real.annotated) + len(real.negatives) + len(real.unlabelled),
            "digest": digest_json([[gold.document.text for gold in vendor.documents] for vendor in vendors.train]),
        },
        "minutes": round(minutes),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=SHIPPED_READER)
    parser.add_argument("--epochs", type=int, default=Recipe().epochs)
    parser.add_argument("--real", type=Path, help="a folder of real public text (models/training/real.py)")
    parser.add_argument(
        "--teacher-cache", type=Path, help="train all-mpnet-base-v2 first and learn from it; it is unpacked here"
    )
    parser.add_argument("--seed", type=int, default=Recipe().seed)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    begun = time.monotonic()
    recipe = Recipe(epochs=options.epochs, seed=options.seed)
    vendors = split(load_corpus())
    readings = [read_vendor(vendor) for vendor in vendors.train]
    real = read_real(options.real) if options.real else RealReading()
    if options.teacher_cache:
        readings, real = taught(readings, real, teacher_model(options.teacher_cache), recipe.seed)
    reader, fitted = fit_student(readings, real, [read_vendor(vendor) for vendor in vendors.calibration], recipe)
    teacher = "all-mpnet-base-v2" if options.teacher_cache else None
    minutes = (time.monotonic() - begun) / 60
    write_artefact(options.out, reader, fitted, facts_of(vendors, real, recipe, teacher=teacher, minutes=minutes))


if __name__ == "__main__":
    main()
