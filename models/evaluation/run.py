"""Quality of a reader: ``python -m models.evaluation.run [--documents docs.jsonl --gold gold.jsonl]``.

Without files, the vendors of the test split of the written corpus are read, each with only its own name configured.
``--plots`` draws precision-recall curves and reliability diagrams, ``--errors`` lists what was missed and what was
wrong, ``--real`` counts false alarms on real public text that holds none of the signals.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from core.entities import Label
from core.workspace import VendorConfig, Workspace
from models.corpus import GoldDocument, load_corpus, load_gold_documents, split
from models.evaluation.errors import ErrorList
from models.evaluation.false_alarms import alarms_per_thousand
from models.evaluation.plots import draw
from models.evaluation.score import Score
from models.second_reading import reconciled
from nlp.extract import SignalReader


def evaluate(
    reader: SignalReader, documents: Sequence[GoldDocument], score: Score | None = None, errors: ErrorList | None = None
) -> Score:
    """Read documents and count how the signals agree with the gold."""
    score = score or Score()
    for gold, extraction in zip(documents, reader.extract_many(item.document for item in documents), strict=True):
        score.add(gold, extraction.signals)
        if errors:
            errors.add(gold, extraction.signals)
    return score


def evaluate_test_vendors(reader: SignalReader, errors: ErrorList | None = None) -> Score:
    """The test split of the written corpus."""
    score = Score()
    for vendor in split(load_corpus()).test:
        name = Workspace(vendor=VendorConfig(name=vendor.name, product_names=(vendor.product,)))
        documents = [reconciled(gold) for gold in vendor.documents]
        evaluate(reader.for_workspace(name), documents, score, errors)
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
            }
            for label in Label
            for figures in [score.figures(label)]
        },
        "slices": {
            name: {value: round(f1, 4) for value, f1 in parts.items()} for name, parts in score.slice_f1().items()
        },
        "recall": {name: [counts["found"], counts.total()] for name, counts in sorted(score.recall.items())},
        "precision": {name: [counts["right"], counts.total()] for name, counts in sorted(score.precision.items())},
        "documents_without_mention": score.free_documents,
        "of_these_flagged": score.free_documents_flagged,
        "attributes": {
            f"{label}.{key}": [counts["right"], counts.total()]
            for (label, key), counts in sorted(score.attributes.items())
        },
    }


def print_score(figures: dict[str, Any], console: Console) -> None:
    """The summary as tables for people."""
    table = Table("label", "gold", "precision", "recall", "F1", "95 % interval")
    for label, row in figures["labels"].items():
        shown = (f"{row[key]:.3f}" for key in ("precision", "recall", "f1"))
        table.add_row(label, str(row["gold"]), *shown, _bounds(row["interval"]))
    table.add_row("macro", "", "", "", f"{figures['macro_f1']:.3f}", _bounds(figures["macro_f1_interval"]))
    console.print(table)
    for name, parts in figures["slices"].items():
        console.print(f"macro F1 by {name}: " + ", ".join(f"{value} {f1:.2f}" for value, f1 in parts.items()))
    console.print("found, by how plainly it is said: " + ", ".join(_shares(figures["recall"])))
    console.print("right, by whose words they are: " + ", ".join(_shares(figures["precision"])))
    console.print(f"documents without a mention: {figures['documents_without_mention']}, "
                  f"flagged: {figures['of_these_flagged']}")  # fmt: skip
    console.print("attributes right where the mention was found: " + ", ".join(_shares(figures["attributes"])))
    for name, alarms in figures.get("false_alarms", {}).items():
        console.print(f"false alarms a 1,000 sentences, {name}: {alarms:.1f}")


def _shares(rows: dict[str, list[int]]) -> Iterator[str]:
    return (f"{name} {right}/{count}" for name, (right, count) in rows.items())


def _bounds(interval: Sequence[float]) -> str:
    return f"{interval[0]:.3f} to {interval[1]:.3f}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="an artefact; the shipped one by default")
    parser.add_argument("--documents", type=Path, help="JSON Lines of documents, with --gold")
    parser.add_argument("--gold", type=Path, help="JSON Lines of their gold mentions")
    parser.add_argument("--real", type=Path, help="a folder of real public text, for false alarms")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    parser.add_argument("--errors", type=Path, help="write what was missed and what was wrong here")
    parser.add_argument("--plots", type=Path, help="draw curves into this folder")
    options = parser.parse_args(arguments)
    if (options.documents is None) != (options.gold is None):
        parser.error("--documents and --gold go together")
    reader = SignalReader.load(options.model)
    errors = ErrorList() if options.errors else None
    given: list[GoldDocument] = []
    if options.documents:
        given = load_gold_documents(options.documents, options.gold, vendor="given")
        score = evaluate(reader, given, errors=errors)
    else:
        score = evaluate_test_vendors(reader, errors)
    figures = summary(score)
    if options.real:
        figures["false_alarms"] = alarms_per_thousand(reader, options.real)
    print_score(figures, Console(soft_wrap=True))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if errors:
        errors.write(options.errors)
    if options.plots:
        documents = given or [gold for vendor in split(load_corpus()).test for gold in vendor.documents]
        draw(reader, documents, options.plots)


if __name__ == "__main__":
    main()
