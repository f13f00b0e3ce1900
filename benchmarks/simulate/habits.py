"""How a reader errs beyond what its quality card says: ``python -m benchmarks.simulate.habits [--reader accurate]``.

The card has precision, recall and how often an attribute is right. This adds, from the same test vendors, what a wrong
attribute says instead, which attributes a false signal comes with, and how sure the reader is of right and wrong ones.
Written to ``habits.json``, which the simulation reads.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from core.entities import Label, ReaderName
from core.workspace import VendorConfig, Workspace
from models.corpus import load_corpus, split
from models.evaluation.score import same_place, span_of
from nlp.artefact import READERS
from nlp.extract import SignalReader

HABITS = Path(__file__).with_name("habits.json")
ABSENT = "absent"
KEYS: dict[Label, tuple[str, ...]] = {
    Label.COMPETITIVE_MENTION: ("stance",),
    Label.VENDOR_CONSOLIDATION: ("direction", "driver", "platform", "deadline"),
    Label.WORKAROUND: ("status",),
    Label.UNBUILT_FEATURE_REQUEST: ("criticality", "status", "gave_up", "repeated"),
}
"""The attributes that the risk model looks at."""
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


def value_of(attributes: Any, key: str) -> str:
    """An attribute as one of few words: ``absent``, ``stated`` for free text, ``true``, or the choice itself."""
    value = attributes.get(key)
    if value in (None, "", False):
        return ABSENT
    if key in ("platform", "deadline"):
        return "stated"
    return str(value).lower()


def measure(reader: SignalReader) -> dict[str, Any]:
    """Counts over the test vendors of the written corpus."""
    wrong: dict[str, Counter[str]] = defaultdict(Counter)
    said: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    scores: dict[str, list[float]] = {"right": [], "wrong": []}
    sentences = 0
    signals_wrong: Counter[str] = Counter()
    for vendor in split(load_corpus()).test:
        name = Workspace(vendor=VendorConfig(name=vendor.name, product_names=(vendor.product,)))
        for gold, read in zip(
            vendor.documents,
            reader.for_workspace(name).extract_many(gold.document for gold in vendor.documents),
            strict=True,
        ):
            sentences += read.sentences
            for signal in read.signals:
                mentions = [m for m in gold.mentions if signal.label in m.labels]
                held = [mention for mention in mentions if same_place(span_of(signal), mention.span)]
                if held and held[0].unsure:
                    continue
                scores["right" if held else "wrong"].append(signal.score)
                if not held:
                    signals_wrong[signal.label.value] += 1
                for key in KEYS[signal.label]:
                    place = f"{signal.label.value}.{key}"
                    found = value_of(signal.attributes, key)
                    if held:
                        said[place][value_of(held[0].attributes.get(signal.label, {}), key)][found] += 1
                    else:
                        wrong[place][found] += 1
    return {
        "sentences": sentences,
        "wrong_signals": dict(signals_wrong),
        "scores": {name: _quantiles(values) for name, values in scores.items()},
        "attributes_of_wrong_signals": {place: dict(counts) for place, counts in sorted(wrong.items())},
        "said_for_gold": {
            place: {gold: dict(counts) for gold, counts in sorted(rows.items())} for place, rows in sorted(said.items())
        },
    }


def _quantiles(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {f"{q:.2f}": round(ordered[int(q * (len(ordered) - 1))], 3) for q in QUANTILES}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reader", type=ReaderName, choices=list(ReaderName), default=ReaderName.ACCURATE)
    options = parser.parse_args()
    habits = {"reader": options.reader.value} | measure(SignalReader.load(READERS[options.reader]))
    HABITS.write_text(json.dumps(habits, indent=1) + "\n", encoding="utf-8")
    print(f"{HABITS.name}: {sum(habits['wrong_signals'].values())} wrong signals in {habits['sentences']} sentences")


if __name__ == "__main__":
    main()
