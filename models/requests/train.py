"""Fits the model of pairs of wishes and measures groups made with it: ``python -m models.requests.train [--write]``.

A vendor either trains or measures. Beside it on the same vendors: a plain cosine threshold in the same procedure, and
HDBSCAN over all statements at once.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.cluster import HDBSCAN
from sklearn.linear_model import LogisticRegression

from models.requests.data import OBLIQUE, Statement, load_statements, sides
from models.requests.measures import b_cubed, pairwise
from nlp.meaning import MeaningEncoder
from nlp.pairs import FEATURES, PAIR_MODEL, PairModel, Wish, features

_GRID = np.linspace(0.1, 0.95, 35)
Grouping = Callable[[Sequence[Wish]], list[int]]


def pairs_of(wishes: Sequence[Wish], gold: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Features and truth of every pair of wishes of one vendor."""
    rows, same = [], []
    for at in range(1, len(wishes)):
        rows.append(features(wishes[at], wishes[:at]))
        same += [gold[at] == other for other in gold[:at]]
    return np.concatenate(rows), np.asarray(same)


def one_by_one(wishes: Sequence[Wish], model: PairModel) -> list[int]:
    """Groups as the ledger makes them: each wish, in order of time, joins a group or opens one."""
    groups: list[int] = []
    for at, wish in enumerate(wishes):
        chosen, _ = model.choose(wish, list(zip(groups, wishes[:at], strict=True)))
        groups.append(max(groups, default=-1) + 1 if chosen is None else chosen)
    return groups


def by_cosine(wishes: Sequence[Wish], threshold: float) -> list[int]:
    """The same procedure with the plain cosine of the nearest member."""
    groups: list[int] = []
    for at, wish in enumerate(wishes):
        near = [float(wish.meaning.vector @ other.meaning.vector) for other in wishes[:at]]
        best = int(np.argmax(near)) if near else -1
        groups.append(groups[best] if near and near[best] >= threshold else max(groups, default=-1) + 1)
    return groups


def by_hdbscan(wishes: Sequence[Wish]) -> list[int]:
    """All at once; what it calls noise stands alone."""
    vectors = np.stack([wish.meaning.vector for wish in wishes])
    labels = HDBSCAN(min_cluster_size=2, copy=True).fit_predict(vectors)
    return [int(label) if label >= 0 else len(labels) + at for at, label in enumerate(labels)]


def fit(wishes: Mapping[str, Sequence[Wish]], gold: Mapping[str, Sequence[str]]) -> PairModel:
    """Weights from all pairs; the threshold that groups best with weights that did not see the vendor."""
    pairs = {vendor: pairs_of(wishes[vendor], gold[vendor]) for vendor in wishes}
    scores = np.zeros(len(_GRID))
    for left_out in pairs:
        model = _weights([pair for vendor, pair in pairs.items() if vendor != left_out])
        for at, threshold in enumerate(_GRID):
            tried = PairModel(model.weights, model.bias, float(threshold))
            scores[at] += b_cubed(one_by_one(wishes[left_out], tried), gold[left_out])[2]
    model = _weights(list(pairs.values()))
    return PairModel(model.weights, model.bias, float(_GRID[int(scores.argmax())]))


def _weights(pairs: Sequence[tuple[NDArray[np.float64], NDArray[np.bool_]]]) -> PairModel:
    rows, same = np.concatenate([row for row, _ in pairs]), np.concatenate([truth for _, truth in pairs])
    fitted = LogisticRegression(C=10.0, max_iter=1_000).fit(rows, same)
    return PairModel(fitted.coef_[0], float(fitted.intercept_[0]), 0.5)


def best_cosine(wishes: Mapping[str, Sequence[Wish]], gold: Mapping[str, Sequence[str]]) -> float:
    """The cosine threshold that groups the training vendors best."""
    scores = [sum(b_cubed(by_cosine(wishes[v], t), gold[v])[2] for v in wishes) for t in _GRID]
    return float(_GRID[int(np.argmax(scores))])


def measure(
    ways: Mapping[str, Grouping], wishes: Mapping[str, Sequence[Wish]], gold: Mapping[str, Sequence[str]]
) -> Table:
    """B-cubed and pairwise figures of each way, over all statements of all vendors together."""
    table = Table("groups made by", "B-cubed P", "R", "F1", "pairs P", "R", "F1")
    for name, way in ways.items():
        found = [f"{vendor}-{group}" for vendor in wishes for group in way(wishes[vendor])]
        truth = [f"{vendor}-{request}" for vendor in wishes for request in gold[vendor]]
        table.add_row(name, *(f"{value:.3f}" for value in (*b_cubed(found, truth), *pairwise(found, truth))))
    return table


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the weights that are shipped")
    options = parser.parse_args()
    statements = load_statements()
    encoder = MeaningEncoder()
    wishes = {vendor: _wishes(said, encoder) for vendor, said in statements.items()}
    gold = {vendor: [statement.request for statement in said] for vendor, said in statements.items()}
    train, test = sides(list(statements))
    model = fit({v: wishes[v] for v in train}, {v: gold[v] for v in train})
    cosine = best_cosine({v: wishes[v] for v in train}, {v: gold[v] for v in train})
    ways: dict[str, Grouping] = {
        "pair model": lambda of_one: one_by_one(of_one, model),
        f"cosine {cosine:.2f}": lambda of_one: by_cosine(of_one, cosine),
        "HDBSCAN": by_hdbscan,
    }
    console = Console()
    console.print(f"{sum(map(len, statements.values()))} statements of {len(statements)} vendors; measured on {test}")
    for style, some in (("as people ask", set(test) - OBLIQUE), ("oblique", set(test) & OBLIQUE)):
        measured = measure(ways, {v: wishes[v] for v in sorted(some)}, {v: gold[v] for v in sorted(some)})
        measured.title = style
        console.print(measured)
    if options.write:
        PAIR_MODEL.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "features": FEATURES,
            "weights": [round(float(weight), 5) for weight in model.weights],
            "bias": round(model.bias, 5),
            "threshold": round(model.threshold, 4),
            "vendors": train,
        }
        PAIR_MODEL.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        console.print(f"wrote {PAIR_MODEL}")


def _wishes(said: Sequence[Statement], encoder: MeaningEncoder) -> list[Wish]:
    meanings = encoder.encode([statement.text for statement in said])
    return [Wish.of(statement.text, meaning) for statement, meaning in zip(said, meanings, strict=True)]


if __name__ == "__main__":
    main()
