"""How much F1 hangs on form: ``python -m models.evaluation.robustness``.

The documents of the test vendors are changed in ways that should not matter (``models.evaluation.perturb``) and read
again; the change of macro F1 is printed for each.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from models.corpus import GoldDocument, load_corpus, load_gold_documents, split
from models.evaluation.perturb import PERTURBATIONS, perturbed
from models.evaluation.run import evaluate
from nlp.extract import SignalReader

SEED = 13


def robustness(reader: SignalReader, documents: Sequence[GoldDocument]) -> dict[str, tuple[float, float]]:
    """Macro F1 and its change against the documents as they are, by perturbation."""
    plain = evaluate(reader, documents).macro_f1()
    found = {"as written": (plain, 0.0)}
    for name, change in PERTURBATIONS.items():
        chance = random.Random(SEED)
        changed = [perturbed(gold, change, chance) for gold in documents]
        macro = evaluate(reader, changed).macro_f1()
        found[name] = (macro, macro - plain)
    return found


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
    if options.documents:
        documents = load_gold_documents(options.documents, options.gold, vendor="given")
    else:
        documents = [gold for vendor in split(load_corpus()).test for gold in vendor.documents]
    figures = robustness(SignalReader.load(options.model), documents)
    table = Table("change", "macro F1", "difference")
    for name, (macro, difference) in figures.items():
        table.add_row(name, f"{macro:.3f}", f"{difference:+.3f}" if difference else "")
    Console().print(table)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
