"""Ways to read signals on the same vendors, judged on vendors never seen: ``python -m benchmarks.architectures``.

All ways have the small published encoder, the same training vendors (each third by default), the same number of epochs
and seed; thresholds come from the calibration vendors. What is judged is whether each sentence of the test vendors
carries each label, which needs no rule for spans. Differences to the product's way have 95 % intervals over accounts.
``--curve`` trains the product's way on growing shares of the vendors instead. Each way takes minutes; results are
kept in ``--out`` as they come, and a run goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.architectures.contrastive import Contrastive
from benchmarks.architectures.data import Sides, accounts, documents, sides, targets
from benchmarks.architectures.judging import Judged, against, judge
from benchmarks.architectures.shapes import Around, Remembering, memory_of, windows, words_only
from benchmarks.architectures.span_tags import SpanTagging
from benchmarks.architectures.ways import FineTuned, Frozen, Way
from core.entities import ReaderName
from models.base import pretrained
from models.training.loop import Recipe
from models.training.recipes import PLANS
from nlp.extract import load_classifier
from nlp.outputs import LABELS

OURS = "fine-tuned, windows"
CURVE = (16, 8, 4, 2, 1)
"""Each so many-th vendor trains."""


def ways(base: Path, recipe: Recipe, known: Sides) -> Mapping[str, Way]:
    """All ways by name, the product's first."""
    everything = [item for part in (known.train, known.calibration, known.test) for item in documents(part)]
    teacher = load_classifier(PLANS[ReaderName.ACCURATE].folder, gated=False)
    return {
        OURS: FineTuned(base, recipe),
        "taught by the accurate reader": FineTuned(base, recipe, teacher=teacher),
        "frozen, sentence alone": Frozen(base, Around(0)),
        "frozen, windows": Frozen(base, windows),
        "contrastive pairs, then heads": Contrastive(base),
        "fine-tuned, sentence alone": FineTuned(base, recipe, Around(0)),
        "fine-tuned, a neighbour on each side": FineTuned(base, recipe, Around(1)),
        "fine-tuned, windows, words only": FineTuned(base, recipe, words_only, names="none"),
        "fine-tuned, windows, no names marked": FineTuned(base, recipe, names="none"),
        "fine-tuned, windows, names of the workspace": FineTuned(base, recipe, names="configured"),
        "fine-tuned, windows, the account's memory": FineTuned(base, recipe, Remembering(memory_of(everything))),
        "tokens tagged, windows": SpanTagging(base, recipe),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=3, help="each so many-th training vendor")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--curve", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("build/architectures"))
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    base, recipe = pretrained("all-MiniLM-L6-v2"), Recipe(epochs=options.epochs)
    options.out.mkdir(parents=True, exist_ok=True)
    tried: dict[str, tuple[Sides, Way]]
    if options.curve:
        tried = {f"each {every}. vendor": (sides(every), FineTuned(base, recipe)) for every in CURVE}
    else:
        known = sides(options.every)
        tried = {name: (known, way) for name, way in ways(base, recipe, known).items()}
    found = [run(name, way, known, options.out / f"{slug(name, options)}.npz") for name, (known, way) in tried.items()]
    Console(width=150).print(table(found))


def slug(name: str, options: argparse.Namespace) -> str:
    """A file name for a way under these options."""
    words = "-".join("".join(letter if letter.isalnum() else " " for letter in name).split())
    return f"{words}-{'curve' if options.curve else options.every}-{options.epochs}"


def run(name: str, way: Way, known: Sides, path: Path) -> tuple[Judged, int, float]:
    """How a way did, on how many vendors, in how many minutes; read from ``path`` where it was run before."""
    if not path.exists():
        logging.info("%s: %d vendors", name, len(known.train))
        begun = time.monotonic()
        calibration, test = way(known)
        np.savez_compressed(path, calibration=calibration, test=test, minutes=(time.monotonic() - begun) / 60)
    with np.load(path) as kept:
        judged = judge(
            name,
            (kept["calibration"], targets(known.calibration)),
            (kept["test"], targets(known.test)),
            accounts(known.test),
        )
        logging.info("%s", json.dumps({"way": name, "macro": round(judged.macro, 3)}))
        return judged, len(known.train), float(kept["minutes"])


def table(found: list[tuple[Judged, int, float]]) -> Table:
    """One row a way; the first is the one that others are compared with."""
    first = found[0][0]
    shown = Table("way", "vendors", "macro F1", "against the first", *(label.value[:12] for label in LABELS), "minutes")
    for judged, vendors, minutes in found:
        difference = ""
        if judged is not first:
            by, low, high = against(judged, first)
            difference = f"{by:+.3f} ({low:+.3f} to {high:+.3f})"
        row = (f"{value:.3f}" for value in judged.labels)
        shown.add_row(judged.name, str(vendors), f"{judged.macro:.3f}", difference, *row, f"{minutes:.0f}")
    return shown


if __name__ == "__main__":
    main()
