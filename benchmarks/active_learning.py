"""Labels that simulated people need: ``python -m benchmarks.active_learning [--picture FILE.png] [--only gap|new]``.

Two questions, both on vendors that train no weights, with the frozen encoders and heads on top:

1. *Gap*: what does a head gain that is fitted on all gold of one half of a vendor's accounts, on top of the shipped
   one, on the other half? Only where there is a gap, labels can close it.
2. *New*: a signal that the encoder was never taught (each of the four in turn, on vectors of the published encoder),
   from five examples on. Labelers give gold with errors: of sentences that carry the label they miss 10 %, of those
   that look like it (the shipped reader gives 0.1 or more) they mark 10 %. How many labels close half of the way from
   five examples to the best of several heads fitted on the gold of the whole pool, in average precision on other
   accounts? Every fifth label of the mix is drawn by chance, and counted like the others.

Strategies of small-text take part where that package is installed (1.4.1).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.sentences import VendorSentences, held_out_sentences
from core.entities import OperatingPoint, ReaderName
from labeling.custom import CustomHead, fit_custom
from labeling.selection import Pool, Strategy, select
from models.linear import Linear, Numbers, Scaling, fit_linear, folds_of, sigmoid
from nlp.artefact import READERS, load_manifest
from nlp.meaning import MeaningEncoder
from nlp.outputs import LABELS

Flags = NDArray[np.bool_]
NOISE = 0.1
LOOKS_LIKE_IT = 0.1
EXAMPLES = 5
ROUND = 20
BUDGETS = (*range(20, 420, ROUND), *range(440, 1_240, 2 * ROUND))
BACKGROUND = 500
STRENGTHS = (1.0, 4.0, 16.0)
RANDOM, UNCERTAIN = Strategy.RANDOM.value, Strategy.UNCERTAIN.value
OURS = Strategy.MIXED.value
Query = Callable[["State", int, int], list[int]]


def average_precision(scores: Numbers, truth: Flags) -> float:
    """Mean over the sentences that carry a label of the precision at their rank."""
    ranked = truth[np.argsort(-scores, kind="stable")]
    precision = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
    return float(precision[ranked].mean())


def f1_at(scores: Numbers, truth: Flags, threshold: float) -> float:
    """F1 of decisions at a threshold."""
    given = scores >= threshold
    return 2 * float((given & truth).sum()) / max(1.0, float(given.sum() + truth.sum()))


# --- 1. the gap --------------------------------------------------------------------------------------------------


def gap_of(
    vendor: VendorSentences, scaling: Scaling, strength: float, thresholds: Sequence[float]
) -> list[list[float]]:
    """For both halves of a vendor's accounts: what the other half's gold adds to average precision and to F1."""
    features = scaling(vendor.features)
    folds = folds_of(vendor.accounts, 2)
    rows = []
    for half in (0, 1):
        learn, test = folds != half, folds == half
        gains = []
        for column, threshold in enumerate(thresholds):
            known, truth = vendor.logits[:, column], vendor.gold[:, column]
            targets = truth[learn].astype(np.float64)
            head = fit_linear(features[learn], targets, strength=strength, offset=known[learn])
            before, after = sigmoid(known[test]), sigmoid(head.logits(features[test], known[test]))
            if truth[test].any():
                ranks = average_precision(after, truth[test]) - average_precision(before, truth[test])
                decisions = f1_at(after, truth[test], threshold) - f1_at(before, truth[test], threshold)
                gains.append([ranks, decisions])
        rows.append(np.mean(gains, axis=0).tolist())
    return rows


def show_gap(vendors: Sequence[VendorSentences], console: Console) -> None:
    """Print the gap by strength of the pull, with the standard error over halves of vendors."""
    manifest = load_manifest(READERS[ReaderName.FAST])
    thresholds = [manifest.labels[label].thresholds[OperatingPoint.BALANCED] for label in LABELS]
    scaling = Scaling.of(np.concatenate([vendor.features for vendor in vendors]))
    table = Table("pull", "average precision", "F1 at the shipped threshold", title="What all of a vendor's gold adds")
    for strength in STRENGTHS:
        rows = np.array([row for vendor in vendors for row in gap_of(vendor, scaling, strength, thresholds)])
        error = rows.std(axis=0) / np.sqrt(len(rows))
        shown = (f"{mean:+.4f} ± {of:.4f}" for mean, of in zip(rows.mean(axis=0), error, strict=True))
        table.add_row(f"{strength:g}", *shown)
    console.print(table)


# --- 2. a new signal ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class State:
    """One simulated label: pool and test vectors, truth, what the labeler says, and which rows are labeled."""

    pool: Numbers
    test: Numbers
    truth: Flags
    said: Flags
    wanted: Flags
    labeled: list[int]
    head: CustomHead

    def refit(self) -> float:
        """Fit on what is labeled; average precision on the test accounts."""
        background = self.pool[:BACKGROUND]
        self.head = fit_custom(self.pool[self.labeled], self.said[self.labeled], background)
        return average_precision(self.head.probabilities(self.test), self.wanted)


def ours(strategy: Strategy) -> Query:
    """A strategy of the product."""

    def query(state: State, count: int, seed: int) -> list[int]:
        rest = np.setdiff1d(np.arange(len(state.pool)), state.labeled)
        probabilities = state.head.probabilities(state.pool[rest])[:, None]
        half, band = np.array([0.5]), np.array([[0.25, 0.75]])
        pool = Pool(("new",), probabilities, half, band, state.pool[rest], state.pool[state.labeled])
        return [int(rest[pick.row]) for pick in select(pool, count, strategy, seed)]

    return query


def small_text(name: str) -> Query:
    """A strategy of small-text over the same vectors and the same head."""
    import small_text as package

    class Classifier:
        """What small-text asks of a classifier."""

        def __init__(self, head: CustomHead) -> None:
            self.head = head

        def predict_proba(self, rows: Numbers) -> Numbers:
            """Probabilities ``(rows, 2)``."""
            yes = self.head.probabilities(rows)
            return np.stack([1 - yes, yes], axis=1)

    class Rows(np.ndarray[Any, Any]):
        """Vectors as a data set of small-text's."""

        @property
        def x(self) -> Numbers:
            """The vectors."""
            return np.asarray(self)

    def query(state: State, count: int, seed: int) -> list[int]:
        np.random.seed(seed)
        labeled = np.array(state.labeled)
        rest = np.setdiff1d(np.arange(len(state.pool)), labeled)
        strategy = getattr(package, name)()
        given = {"embeddings": state.pool, "pbar": None} if "Breaking" not in name else {}
        rows = np.asarray(state.pool).view(Rows)
        targets = state.said[labeled].astype(int)
        return [
            int(row) for row in strategy.query(Classifier(state.head), rows, rest, labeled, targets, n=count, **given)
        ]

    return query


def strategies() -> dict[str, Query]:
    """All that take part."""
    named: dict[str, Query] = {
        strategy.value: ours(strategy)
        for strategy in (Strategy.RANDOM, Strategy.UNCERTAIN, Strategy.DIVERSE, Strategy.MIXED)
    }
    if find_spec("small_text"):
        for name in ("BreakingTies", "EmbeddingKMeans", "GreedyCoreset"):
            named[f"small-text {name}"] = small_text(name)
    return named


@dataclass(frozen=True, slots=True)
class Curve:
    """Average precision after each budget, beginning with the five examples, and that of the whole pool's gold."""

    values: tuple[float, ...]
    ceiling: float

    def needed(self) -> int | None:
        """The first budget from which on half of the way is closed; nothing if none of them does."""
        wanted = (self.values[0] + self.ceiling) / 2
        return next((b for b, value in zip((0, *BUDGETS), self.values, strict=True) if value >= wanted), None)


def said_by_people(truth: Flags, shipped: Numbers, chance: np.random.Generator) -> Flags:
    """Gold with errors where errors are made."""
    wrong = chance.random(len(truth)) < NOISE
    return np.where(truth, ~wrong, wrong & (sigmoid(shipped) >= LOOKS_LIKE_IT))


def best_possible(pool: Numbers, gold: Flags, test: Numbers, wanted: Flags) -> float:
    """Average precision of the best of several heads that are fitted on the gold of the whole pool."""
    scaling = Scaling.of(pool)
    targets = gold.astype(np.float64)
    heads = (fit_linear(scaling(pool), targets, strength=strength) for strength in (0.03, 0.1, 0.3, *STRENGTHS))
    return max(average_precision(head.logits(scaling(test)), wanted) for head in heads)


def simulate(
    vectors: Numbers, vendors: Sequence[VendorSentences], column: int, seed: int, queries: dict[str, Query]
) -> dict[str, Curve]:
    """One label, one seed, all strategies from the same start."""
    truth = np.concatenate([vendor.gold[:, column] for vendor in vendors])
    shipped = np.concatenate([vendor.logits[:, column] for vendor in vendors])
    accounts = tuple(account for vendor in vendors for account in vendor.accounts)
    folds = folds_of(accounts, 2, seed)
    chance = np.random.default_rng(seed)
    pool, test = chance.permutation(np.flatnonzero(folds == 0)), np.flatnonzero(folds == 1)
    said = said_by_people(truth[pool], shipped[pool], chance)
    start = chance.permutation(np.flatnonzero(truth[pool] & said))[:EXAMPLES].tolist()
    head = CustomHead(vectors.mean(axis=0), Linear(np.zeros(vectors.shape[1]), 0.0))
    curves = {}
    ceiling = best_possible(vectors[pool], truth[pool], vectors[test], truth[test])
    for name, query in queries.items():
        state = State(vectors[pool], vectors[test], truth[pool], said, truth[test], list(start), head)
        values = [state.refit()]
        for budget in BUDGETS:
            state.labeled += query(state, budget + EXAMPLES - len(state.labeled), seed)
            values.append(state.refit())
        curves[name] = Curve(tuple(values), ceiling)
    return curves


def show_new(runs: Sequence[dict[str, Curve]], console: Console) -> None:
    """Print labels needed on the mean curve, and the share of single runs in which half of the way was closed."""
    table = Table("strategy", "labels for half of the way", "of random", "at 100", "at 400", "runs that got there")
    mean = {name: mean_curve([run[name] for run in runs]) for name in runs[0]}
    random = mean[RANDOM].needed() or BUDGETS[-1]
    for name, curve in mean.items():
        needed = curve.needed()
        there = np.mean([run[name].needed() is not None for run in runs])
        at = dict(zip((0, *BUDGETS), curve.values, strict=True))
        shown = "more than all" if needed is None else str(needed)
        share = "" if needed is None else f"{needed / random:.2f}"
        table.add_row(name, shown, share, f"{at[100]:.3f}", f"{at[400]:.3f}", f"{there:.0%}")
    console.print(table)
    curve = mean[RANDOM]
    console.print(f"five examples {curve.values[0]:.3f}, gold of the whole pool {curve.ceiling:.3f}; {len(runs)} runs")


def mean_curve(curves: Sequence[Curve]) -> Curve:
    """The mean of curves, point by point."""
    values = np.mean([curve.values for curve in curves], axis=0)
    return Curve(tuple(values.tolist()), float(np.mean([curve.ceiling for curve in curves])))


def draw(runs: Sequence[dict[str, Curve]], path: Path) -> None:
    """Mean curves as a picture."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7.5, 4.5), layout="constrained")
    for name in runs[0]:
        mean = mean_curve([run[name] for run in runs])
        axes.plot((0, *BUDGETS), mean.values, label=name, linewidth=2.4 if name == OURS else 1.2)
    half = (mean.values[0] + mean.ceiling) / 2
    axes.axhline(half, color="0.5", linestyle="--", linewidth=0.8)
    axes.annotate("half of the way", (BUDGETS[-1], half), ha="right", va="bottom", color="0.3", fontsize=8)
    axes.set(xlabel="labels after the five examples", ylabel="average precision, accounts held out")
    axes.set_title("A new signal: labels of simulated people with errors", fontsize=10)
    axes.grid(alpha=0.25)
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--only", choices=["gap", "new"])
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    console = Console()
    vendors = held_out_sentences()
    if options.only != "new":
        show_gap(vendors, console)
    if options.only == "gap":
        return
    encoder = MeaningEncoder()
    meanings = encoder.encode([text for vendor in vendors for text in vendor.texts])
    vectors = np.stack([meaning.vector for meaning in meanings])
    queries = strategies()
    runs = [
        simulate(vectors, vendors, column, seed, queries)
        for column in range(len(LABELS))
        for seed in range(options.seeds)
    ]
    show_new(runs, console)
    if options.picture:
        draw(runs, options.picture)


if __name__ == "__main__":
    main()
