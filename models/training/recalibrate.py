"""Fits calibration and operating points anew: ``python -m models.training.recalibrate accurate|fast``.

On the reader as it serves, int8 and all, over the vendors that train no weights. Training ends with it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.entities import ReaderName
from models.corpus import load_corpus, split
from models.export.artefact import MADE_HERE, write_manifest
from models.training.calibration import fit_labels
from models.training.material import VendorReading, read_vendor
from nlp.artefact import MANIFEST_FILE, READERS
from nlp.classifier import Classifier
from nlp.encoder import Array
from nlp.extract import load_classifier
from nlp.gazetteer import Gazetteer, shipped_entries
from nlp.outputs import LABELS


def served_outputs(classifier: Classifier, readings: Sequence[VendorReading]) -> tuple[Array, Array]:
    """Logits and targets ``(sentences, labels)`` of all documents, with no workspace configured."""
    gazetteer = Gazetteer(shipped_entries())
    logits, targets = [], []
    for item in (item for reading in readings for item in reading.documents if item.sentences):
        document = item.gold.document
        outputs = classifier.outputs(document, item.sentences, gazetteer.find(document.text), spread=True)
        logits += [output.outputs[: len(LABELS)] for output in outputs]
        targets.append(item.targets[:, : len(LABELS)])
    return np.stack(logits), np.concatenate(targets)


def recalibrate(folder: Path, readings: Sequence[VendorReading]) -> None:
    """Write the manifest of ``folder`` anew, with what its reader says of ``readings``."""
    manifest = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
    labels = fit_labels(*served_outputs(load_classifier(folder, gated=False), readings))
    facts = {key: value for key, value in manifest.items() if key not in MADE_HERE}
    facts["corpus"] = facts["corpus"] | {"calibration_vendors": len(readings)}
    write_manifest(folder, version=manifest["version"], labels=labels, facts=facts)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reader", type=ReaderName, choices=list(ReaderName))
    held = [read_vendor(vendor) for vendor in split(load_corpus()).calibration]
    recalibrate(READERS[parser.parse_args().reader], held)


if __name__ == "__main__":
    main()
