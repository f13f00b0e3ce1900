"""Lets the fast reader go first: ``python -m models.evaluation.gate``.

Finds the highest probability that may be asked of the fast reader so that nearly everything the accurate one finds is
still read, on the vendors that train no weights, and writes it to ``gate.json`` of the accurate reader. ``--real``
tells how much of ordinary text is then read on.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from rich.console import Console

from core.entities import Document, ReaderName, Sentence
from models.corpus import load_corpus, split
from models.training.material import read_vendor
from models.training.real import held_out
from nlp.artefact import GATE_FILE, MANIFEST_FILE, READERS, file_digest
from nlp.classifier import Classifier
from nlp.encoder import Array
from nlp.extract import load_classifier
from nlp.gazetteer import Gazetteer, shipped_entries
from nlp.outputs import LABELS
from nlp.reading.reader import read
from nlp.reading.sides import OwnSide
from nlp.windows import windows_of

RECALL = 0.995
"""Share of what the accurate reader finds that must still be read."""
DOCUMENTS = 100

Read = tuple[Array, Array]
"""Of one window: largest probability that the fast reader sees, and the accurate reader's ``(sentences, labels)``."""


def windows_read(
    first: Classifier, second: Classifier, items: Iterable[tuple[Document, tuple[Sentence, ...]]]
) -> Iterator[Read]:
    """Both readers over every window."""
    gazetteer = Gazetteer(shipped_entries())
    for document, sentences in items:
        if not sentences:
            continue
        names = gazetteer.find(document.text)
        quick = first.probabilities(first.outputs(document, sentences, names, spread=True))
        careful = second.probabilities(second.outputs(document, sentences, names, spread=True))
        for window in windows_of(document, sentences, second.vocabulary, names):
            rows = list(window.sentences)
            yield quick[rows].max(keepdims=True), careful[rows]


def highest_gate(read_windows: Iterable[Read], thresholds: Array) -> float:
    """The largest probability at which ``RECALL`` of the accurate reader's sentences lie in windows that pass."""
    seen = [(float(quick.max()), int((careful >= thresholds).any(axis=1).sum())) for quick, careful in read_windows]
    total = sum(count for _, count in seen)
    missed = 0
    for probability, count in sorted(seen):
        missed += count
        if missed > (1 - RECALL) * total:
            return probability
    return 0.0


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", type=Path, help="a folder of real public text")
    options = parser.parse_args()
    first, second = (load_classifier(READERS[name], gated=False) for name in (ReaderName.FAST, ReaderName.ACCURATE))
    vendors = split(load_corpus())
    held = [item for vendor in (*vendors.calibration, *vendors.test) for item in read_vendor(vendor).documents]
    thresholds = np.array([second.threshold(label) for label in LABELS], dtype=np.float32)
    found = list(windows_read(first, second, ((item.gold.document, item.sentences) for item in held)))
    gate = highest_gate(found, thresholds)
    folder = READERS[ReaderName.ACCURATE]
    content = {
        "reader": ReaderName.FAST.value,
        "probability": round(gate, 4),
        "recall": RECALL,
        "measured_with": {
            "first": file_digest(READERS[ReaderName.FAST] / MANIFEST_FILE),
            "second": file_digest(folder / MANIFEST_FILE),
        },
    }
    (folder / GATE_FILE).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    console = Console()
    console.print(f"gate {gate:.4f}: {_read_on(found, gate):.2f} of the windows of vendors held out are read on")
    for name, documents in held_out(options.real, DOCUMENTS).items() if options.real else ():
        items = ((document, read(document, OwnSide()).sentences) for document in documents)
        console.print(f"{name}: {_read_on(list(windows_read(first, second, items)), gate):.2f}")


def _read_on(found: list[Read], gate: float) -> float:
    return sum(float(quick.max()) >= gate for quick, _ in found) / max(1, len(found))


if __name__ == "__main__":
    main()
