"""How many of the first 50 flags are planted errors: ``python -m benchmarks.label_issues``.

Decisions over sentences of vendors that train no weights are turned over, seeded, in three ways. Real errors of the
gold count as false flags, so that precision is a lower bound. The last columns look at the first 50 flags of labels
that are missing, and at the order in which the shipped reader alone, without confident learning, would flag.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.sentences import held_out_sentences
from labeling.label_issues import find_issues
from models.linear import sigmoid
from nlp.outputs import LABELS

Given = NDArray[np.bool_]
SHARE = 0.05
FIRST = 50


def anywhere(gold: Given, chance: np.random.Generator) -> Given:
    """Every decision is turned over with the same probability."""
    return np.asarray(chance.random(gold.shape) < SHARE)


def both_ways(gold: Given, chance: np.random.Generator) -> Given:
    """5 % of the labels that are there are taken away, and as many are put where none is."""
    taken = gold & (chance.random(gold.shape) < SHARE)
    added = ~gold & (chance.random(gold.shape) < taken.sum() / (~gold).sum())
    result: Given = taken | added
    return result


def sentences_wrong(gold: Given, chance: np.random.Generator) -> Given:
    """5 % of the sentences get something wrong: half of these lose a label that they have, half gain one."""
    planted = np.zeros_like(gold)
    count = round(SHARE * len(gold) / 2)
    carrying = np.flatnonzero(gold.any(axis=1))
    for row in chance.choice(carrying, min(count, len(carrying) // 2), replace=False):
        planted[row, chance.choice(np.flatnonzero(gold[row]))] = True
    for row in chance.choice(np.flatnonzero(~gold.any(axis=1)), count, replace=False):
        planted[row, chance.integers(gold.shape[1])] = True
    return planted


PLANTED: dict[str, Callable[[Given, np.random.Generator], Given]] = {
    "5 % of all decisions": anywhere,
    "5 % of the sentences, half of these lose a label": sentences_wrong,
    "5 % of the labels that are there, as many put on": both_ways,
}


def main() -> None:
    """Print the precision."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    vendors = held_out_sentences()
    features = np.concatenate([vendor.features for vendor in vendors])
    logits = np.concatenate([vendor.logits for vendor in vendors])
    gold = np.concatenate([vendor.gold for vendor in vendors])
    documents = [document for vendor in vendors for document in vendor.documents]
    names = [label.value for label in LABELS]
    table = Table("planted", "errors", f"precision in the first {FIRST}", "among the missing", "shipped reader alone")
    for name, plant in PLANTED.items():
        rows = []
        for seed in range(options.seeds):
            planted = plant(gold, np.random.default_rng(seed))
            given = gold ^ planted
            issues = find_issues(features, given, names, documents, logits=logits, seed=seed).issues
            right, missing = (
                np.mean([planted[issue.row, names.index(issue.label)] for issue in some[:FIRST]])
                for some in (issues, [issue for issue in issues if not issue.given])
            )
            doubt = np.abs(sigmoid(logits) - given)
            plain = np.argsort(-doubt, axis=None)[:FIRST]
            rows.append((planted.sum(), right, missing, planted.flat[plain].mean()))
        errors, precision, absent, alone = np.mean(rows, axis=0)
        table.add_row(name, f"{errors:,.0f}", f"{precision:.2f}", f"{absent:.2f}", f"{alone:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
