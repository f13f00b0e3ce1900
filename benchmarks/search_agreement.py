"""How far two judges of the search queries agree: ``python -m benchmarks.search_agreement``.

A third of the queries was judged a second time by somebody who saw neither the first judgements nor any system's
results. Both read all sentences, so what one of them does not name is a judgement as well: no use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from sklearn.metrics import cohen_kappa_score

from benchmarks.search_quality import SECOND, Query, load_judgements, load_queries

SENTENCES = {"sample_workspace": 469, "kitebrook": 451}
"""How many sentences each corpus has, all of which both judges read."""
Grades = Mapping[tuple[str, int], int]


def pairs_of(first: Grades, second: Grades, sentences: int) -> list[tuple[int, int]]:
    """Grades of both judges for each sentence of a corpus."""
    named = {*first, *second}
    found = [(first.get(place, 0), second.get(place, 0)) for place in named]
    return found + [(0, 0)] * (sentences - len(named))


def overlap(first: Grades, second: Grades, least: int) -> tuple[int, int, int]:
    """Sentences that both, the first and the second find at least so relevant."""
    ones, others = ({place for place, grade in grades.items() if grade >= least} for grades in (first, second))
    return len(ones & others), len(ones), len(others)


def f1(counts: Sequence[tuple[int, int, int]]) -> float:
    """Agreement over all queries, the first judge taken for gold."""
    both = sum(shared for shared, _, _ in counts)
    return 2 * both / max(1, sum(first + second for _, first, second in counts))


def main() -> None:
    """Print agreement by kind of query."""
    second = load_judgements(SECOND)
    twice = [
        (query, second[query.corpus, query.text]) for query in load_queries() if (query.corpus, query.text) in second
    ]
    table = Table(
        "queries", "judged twice", "F1, of use", "F1, answers", "kappa, linear weights", "one's best is the other's"
    )
    kinds = sorted({query.kind for query, _ in twice})
    for kind in [*kinds, "all"]:
        table.add_row(kind, *row([(query, grades) for query, grades in twice if kind in (query.kind, "all")]))
    Console(width=120).print(table)


def row(twice: Sequence[tuple[Query, Grades]]) -> list[str]:
    """Figures of some queries."""
    pairs = [pair for query, grades in twice for pair in pairs_of(query.grades, grades, SENTENCES[query.corpus])]
    kappa = cohen_kappa_score(*zip(*pairs, strict=True), labels=[0, 1, 2], weights="linear")
    shared = [overlap(query.grades, grades, 2)[0] > 0 for query, grades in twice]
    return [
        str(len(twice)),
        *(f"{f1([overlap(query.grades, grades, least) for query, grades in twice]):.2f}" for least in (1, 2)),
        f"{kappa:.2f}",
        f"{sum(shared)} of {len(shared)}",
    ]


if __name__ == "__main__":
    main()
