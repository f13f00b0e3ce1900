"""Trains a reader from scratch and writes its artefact: ``python -m models.training.run accurate|fast``.

The vendors of the corpus stand on three sides (``models.corpus.split``): one trains the weights, one fits calibration
and thresholds, one is left for ``models.evaluation``. No vendor stands on two.

Documents of a workspace may be trained on as well (``--extra``, see ``models.training.extra``). How far it is stands in
lines ``progress DONE/TOTAL what`` on standard error.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.entities import Label, ReaderName
from core.ids import digest_json
from models.base import pretrained
from models.corpus import Split, load_corpus, split
from models.export.artefact import write_artefact
from models.training.calibration import FittedLabel, best_threshold, f1_at, fit_labels
from models.training.examples import Example
from models.training.extra import read_extra
from models.training.heads import refit_attributes
from models.training.loop import Recipe, predict, train
from models.training.material import RealReading, VendorReading, pack, read_real, read_vendor
from models.training.network import Reader
from models.training.recalibrate import recalibrate
from models.training.recipes import PLANS
from models.training.teaching import taught
from models.training.upper import EPOCHS as ATTRIBUTE_EPOCHS
from models.training.upper import add_attributes
from nlp.encoder import Array
from nlp.extract import load_classifier
from nlp.outputs import LABELS
from nlp.tokens import Vocabulary

logger = logging.getLogger(__name__)

VERSION = "2026.11.4"
SAMPLE = 60
"""Windows to measure an encoder's states on."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A trained reader, its calibration, and token ids of some windows that it was trained on."""

    reader: Reader
    labels: dict[Label, FittedLabel]
    sample: list[tuple[int, ...]]


def outputs_of(reader: Reader, windows: Sequence[Example]) -> tuple[Array, Array]:
    """Logits and targets ``(sentences, labels)`` of windows that are not trained on."""
    logits = [outputs[:, : len(LABELS)] for outputs in predict(reader, windows)]
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


def fit(
    base: Path, readings: Sequence[VendorReading], real: RealReading, held: Sequence[VendorReading], recipe: Recipe
) -> Fitted:
    """Train a reader, and fit calibration and thresholds on the vendors ``held`` out."""
    vocabulary = Vocabulary.from_file(base / "tokenizer.json")
    material = pack(readings, real, vocabulary)
    calibration = [example for reading in held for example in reading.windows(vocabulary, informed=False)]
    logger.info("%d vendors, %d windows", len(readings), len(material.plain))
    logger.info("progress 0/%d epochs trained", recipe.epochs)

    def report(epoch: int, reader: Reader) -> None:
        logger.info("progress %d/%d epochs trained", epoch + 1, recipe.epochs)
        logger.info("after epoch %d, vendors held out: %s", epoch + 1, best_f1(*outputs_of(reader, calibration)))

    reader = train(base, vocabulary, material.epoch, recipe, report)
    refit_attributes(reader, material.plain, recipe.seed)
    sample = [example.window.ids for example in material.plain[:: -(-len(material.plain) // SAMPLE)]]
    return Fitted(reader, fit_labels(*outputs_of(reader, calibration)), sample)


def facts_of(name: ReaderName, vendors: Split, real: RealReading, recipe: Recipe, minutes: float) -> dict[str, Any]:
    """What the manifest says of how a reader was made."""
    return {
        "reader": name.value,
        "base": PLANS[name].base,
        "teacher": ReaderName.ACCURATE.value if name is ReaderName.FAST else None,
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
    parser.add_argument("reader", type=ReaderName, choices=list(ReaderName), help="fast learns from accurate")
    parser.add_argument("--out", type=Path, help="another folder than that of the shipped reader")
    parser.add_argument("--real", type=Path, help="a folder of real public text (models/training/real.py)")
    parser.add_argument("--extra", type=Path, help="documents of a workspace with what people said of them")
    parser.add_argument("--version", default=VERSION, help="what the result is called")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--seed", type=int, default=Recipe().seed)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    begun = time.monotonic()
    plan = PLANS[options.reader]
    recipe = replace(plan.recipe, epochs=options.epochs or plan.recipe.epochs, seed=options.seed)
    vendors = split(load_corpus())
    readings = [read_vendor(vendor) for vendor in vendors.train]
    if options.extra:
        readings.append(read_extra(options.extra))
    real = read_real(options.real) if options.real else RealReading()
    if options.reader is ReaderName.FAST:
        readings, real = taught(readings, real, load_classifier(PLANS[ReaderName.ACCURATE].folder))
    held = [read_vendor(vendor) for vendor in vendors.calibration]
    base = pretrained(plan.base)
    fitted = fit(base, readings, real, held, recipe)
    facts = facts_of(options.reader, vendors, real, recipe, (time.monotonic() - begun) / 60)
    if options.extra:
        facts["corpus"]["extra_documents"] = len(readings[-1].documents)
    write_artefact(
        options.out or plan.folder,
        fitted.reader,
        base,
        fitted.labels,
        sample=fitted.sample,
        version=options.version,
        facts=facts,
    )
    logger.info("progress 0/1 calibration")
    recalibrate(options.out or plan.folder, held)
    if recipe.rank is not None:
        logger.info("progress 0/1 layers for attributes")
        add_attributes(options.out or plan.folder, readings, held, epochs=ATTRIBUTE_EPOCHS, seed=recipe.seed)


if __name__ == "__main__":
    main()
