"""Quality of a reader: ``python -m models.evaluation.run [--documents docs.jsonl --gold gold.jsonl]``.

Without files, the vendors of the test split of the written corpus are read, each with only its own name configured.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from core.entities import Kind, Label
from core.workspace import VendorConfig, Workspace
from models.corpus import GoldDocument, load_corpus, load_gold_documents, split
from models.evaluation.score import Score
from nlp.extract import SignalReader


def evaluate(reader: SignalReader, documents: Sequence[GoldDocument], score: Score | None = None) -> Score:
    """Read documents and count how the signals agree with the gold."""
    score = score or Score()
    for gold, extraction in zip(documents, reader.extract_many(item.document for item in documents), strict=True):
        score.add(gold, extraction.signals)
    return score


def evaluate_test_vendors(reader: SignalReader) -> Score:
    """The test split of the written corpus."""
    score = Score()
    for vendor in split(load_corpus())[1]:
        name = Workspace(vendor=VendorConfig(name=vendor.name, product_names=(vendor.product,)))
        evaluate(reader.for_workspace(name), vendor.documents, score)
    return score


def summary(score: Score) -> dict[str, Any]:
    """All figures as JSON."""
    macro, interval = score.macro()
    return {
        "macro_f1": round(macro, 4),
        "macro_f1_interval": [round(bound, 4) for bound in interval],
        "labels": {
            label.value: {
                "gold": figures.gold,
                "precision": round(figures.precision, 4),
                "recall": round(figures.recall, 4),
                "f1": round(figures.f1, 4),
                "interval": [round(bound, 4) for bound in figures.interval],
                "f1_by_kind": {kind.value: round(score.figures(label, kind.value).f1, 4) for kind in Kind},
            }
            for label in Label
            for figures in [score.figures(label)]
        },
        "documents_without_mention": score.free_documents,
        "of_these_flagged": score.free_documents_flagged,
        "attributes": {
            f"{label}.{key}": [counts["right"], counts.total()]
            for (label, key), counts in sorted(score.attributes.items())
        },
    }


def print_score(figures: dict[str, Any], console: Console) -> None:
    """The summary as a table for people."""
    table = Table("label", "gold", "precision", "recall", "F1", "95 % interval", *(kind.value for kind in Kind))
    for label, row in figures["labels"].items():
        kinds = [f"{row['f1_by_kind'][kind.value]:.2f}" for kind in Kind]
        table.add_row(label, str(row["gold"]), *(f"{row[key]:.3f}" for key in ("precision", "recall", "f1")),
                      _bounds(row["interval"]), *kinds)  # fmt: skip
    table.add_row("macro", "", "", "", f"{figures['macro_f1']:.3f}", _bounds(figures["macro_f1_interval"]))
    console.print(table)
    console.print(f"documents without a mention: {figures['documents_without_mention']}, "
                  f"flagged: {figures['of_these_flagged']}")  # fmt: skip
    console.print("attributes right where the mention was found: " + ", ".join(_attributes(figures)), soft_wrap=True)


def _attributes(figures: dict[str, Any]) -> Iterator[str]:
    for name, (right, total) in figures["attributes"].items():
        yield f"{name} {right}/{total}"


def _bounds(interval: Sequence[float]) -> str:
    return f"{interval[0]:.3f} to {interval[1]:.3f}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="an artefact; the shipped one by default")
    parser.add_argument("--documents", type=Path, help="JSON Lines of documents, with --gold")
    parser.add_argument("--gold", type=Path, help="JSON Lines of their gold mentions")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args(arguments)
    if (options.documents is None) != (options.gold is None):
        parser.error("--documents and --gold go together")
    reader = SignalReader.load(options.model)
    if options.documents:
        score = evaluate(reader, load_gold_documents(options.documents, options.gold, vendor="given"))
    else:
        score = evaluate_test_vendors(reader)
    figures = summary(score)
    print_score(figures, Console())
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
