"""Does search find what was meant? Judged queries over documents whose every sentence was judged.

``python -m benchmarks.search_quality [--reader accurate]`` stores the sample workspace and documents of one more
vendor, asks every query of ``models/data/search/queries.jsonl`` and prints nDCG@10, recall@50 and the reciprocal rank
of the first right sentence, with intervals by bootstrap over queries: of BM25 alone, of meaning alone, of both joined
by reciprocal ranks, and of ours. Weights were tuned on the queries of the part ``tune``; the figures that count are
those of ``test``, another vendor's.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from core.contracts import parse_document, read_json_lines
from core.entities import Document, ReaderName
from core.settings import Settings
from core.tables import DocumentRow
from core.workspace import load_workspace
from models.corpus import SAMPLE_WORKSPACE, WRITTEN, load_written
from nlp.meaning import shared_encoder
from pipelines.jobs.worker import drain
from pipelines.search.ranking import Scored
from pipelines.search.service import SearchService
from pipelines.services import Services, open_services
from pipelines.sources.files import only_good

QUERIES = Path(__file__).parents[1] / "models" / "data" / "search" / "queries.jsonl"
SECOND = QUERIES.with_name("second_judgements.jsonl")
TUNING_VENDOR, TUNING_DOCUMENTS = "kitebrook", 26
ALL = 2_000
NDCG_AT, RECALL_AT, RRF_CONSTANT = 10, 50, 60
RESAMPLES = 5_000
Numbers = NDArray[np.float64]
Ranking = Sequence[float]
"""Grades in the order in which a system put the sentences."""


@dataclass(frozen=True, slots=True)
class Query:
    """A judged query; ``grades`` by document and beginning of a sentence: 2 answers it, 1 is of use."""

    text: str
    kind: str
    part: str
    corpus: str
    grades: Mapping[tuple[str, int], int]


def load_queries(path: Path = QUERIES) -> list[Query]:
    """All of the file."""
    return [Query(row["query"], row["kind"], row["part"], row["corpus"], _grades(row)) for row in _rows(path)]


def load_judgements(path: Path) -> dict[tuple[str, str], Mapping[tuple[str, int], int]]:
    """Grades of somebody else, by corpus and query."""
    return {(row["corpus"], row["query"]): _grades(row) for row in _rows(path)}


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _grades(row: Mapping[str, Any]) -> dict[tuple[str, int], int]:
    return {(item["document"], item["start"]): item["grade"] for item in row["relevant"]}


def ndcg(ranking: Ranking, grades: Sequence[int], at: int = NDCG_AT) -> float:
    """Gains ``2^grade - 1`` discounted by the logarithm of the rank, as a share of the best order's."""
    discount = 1 / np.log2(np.arange(2, at + 2))
    best = sorted(grades, reverse=True)

    def gain(order: Sequence[float]) -> float:
        gains = 2.0 ** np.asarray(order[:at], dtype=float) - 1
        return float(gains @ discount[: len(gains)])

    return gain(ranking) / gain(best)


def recall(ranking: Ranking, grades: Sequence[int], at: int = RECALL_AT) -> float:
    """The share of what is relevant that stands among the first."""
    return sum(1 for grade in ranking[:at] if grade) / sum(1 for grade in grades if grade)


def reciprocal_rank(ranking: Ranking) -> float:
    """One over the rank of the first relevant sentence; 0 without one."""
    return next((1 / rank for rank, grade in enumerate(ranking, 1) if grade), 0.0)


def bootstrap(values: Numbers, resamples: int = RESAMPLES) -> tuple[float, float]:
    """Bounds of a mean over queries at 95 %."""
    chance = np.random.default_rng(0)
    means = values[chance.integers(0, len(values), (resamples, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def by_rrf(found: Sequence[Scored]) -> list[Scored]:
    """Ranks by meaning and by words joined as 1 / (60 + rank), as is usual."""
    points: dict[int, float] = {}
    near = sorted(found, key=lambda item: -item.candidate.cosine)
    said = sorted((item for item in found if item.candidate.bm25 > 0), key=lambda item: -item.candidate.bm25)
    for order in (near, said):
        for rank, item in enumerate(order, 1):
            at = item.candidate.sentence_id
            points[at] = points.get(at, 0.0) + 1 / (RRF_CONSTANT + rank)
    return sorted(found, key=lambda item: -points[item.candidate.sentence_id])


SYSTEMS: dict[str, Callable[[Sequence[Scored]], list[Scored]]] = {
    "BM25": lambda found: sorted((one for one in found if one.candidate.bm25 > 0), key=lambda one: -one.candidate.bm25),
    "meaning": lambda found: sorted(found, key=lambda one: -one.candidate.cosine),
    "plain RRF": by_rrf,
    "ours": lambda found: sorted(found, key=lambda one: (-one.score, one.candidate.sentence_id)),
}
ALONE = "meaning, each sentence alone"


def store(services: Services, tenant: str, documents: Sequence[Document]) -> dict[Any, str]:
    """Store and read documents; returns their ids by row."""
    services.ingest.add(tenant, documents)
    drain(services.extraction)
    with services.store.tenant(tenant) as session:
        rows = session.execute(select(DocumentRow.document_id, DocumentRow.external_id))
        return {row: external for row, external in rows}


def rankings(
    services: Services, names: Mapping[str, dict[Any, str]], query: Query, texts: Mapping[str, str]
) -> dict[str, Ranking]:
    """The grades of a query's sentences in the order of each system."""
    found = services.search.scored(query.corpus, query.text)
    rows = names[query.corpus]

    def grades(order: Sequence[Scored]) -> Ranking:
        return [query.grades.get((rows[item.candidate.document_id], item.candidate.start), 0) for item in order]

    ranked = {name: grades(order(found)) for name, order in SYSTEMS.items()}
    said = [texts[rows[one.candidate.document_id]][one.candidate.start : one.candidate.end] for one in found]
    vectors = np.stack([_alone(text) for text in said])
    near = vectors @ shared_encoder().vectors([query.text])[0]
    ranked[ALONE] = grades([found[at] for at in np.argsort(-near, kind="stable")])
    return ranked


_VECTORS: dict[str, NDArray[np.float32]] = {}


def _alone(text: str) -> NDArray[np.float32]:
    if text not in _VECTORS:
        _VECTORS[text] = shared_encoder().vectors([text])[0]
    return _VECTORS[text]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reader", type=ReaderName, choices=list(ReaderName), default=ReaderName.ACCURATE)
    options = parser.parse_args()
    with (SAMPLE_WORKSPACE / "documents.jsonl").open("rb") as lines:
        sample = list(only_good(read_json_lines(lines, parse_document, name="sample"), report=lambda error: None))
    vendor = load_written(WRITTEN / f"{TUNING_VENDOR}.txt")
    corpora = {
        "sample_workspace": sample,
        TUNING_VENDOR: [gold.document for gold in vendor.documents[:TUNING_DOCUMENTS]],
    }
    with tempfile.TemporaryDirectory() as folder:
        services = open_services(Settings(data_dir=Path(folder), database_url=None, reader=options.reader))
        services.workspace.replace("sample_workspace", load_workspace(SAMPLE_WORKSPACE / "workspace.toml"))
        services = replace(services, search=_thorough(services.search))
        names = {tenant: store(services, tenant, documents) for tenant, documents in corpora.items()}
        texts = {document.id: document.text for documents in corpora.values() for document in documents}
        queries = load_queries()
        found = [rankings(services, names, query, texts) for query in queries]
        second = load_judgements(SECOND)
        anew = [
            replace(query, grades=second[query.corpus, query.text])
            for query in queries
            if query.part == "test" and (query.corpus, query.text) in second
        ]
        found_anew = [rankings(services, names, query, texts) for query in anew]
        services.store.close()
    console = Console(width=120)
    for part in ("tune", "test"):
        chosen = [(query, by_system) for query, by_system in zip(queries, found, strict=True) if query.part == part]
        _print(console, part, chosen)
    _print(console, "test, by the second judge", list(zip(anew, found_anew, strict=True)))


def _thorough(search: SearchService) -> SearchService:
    """The same service, but every sentence is scored: recall is then the ranking's own."""
    numbers = search.parameters.candidates.model_copy(update={"each": ALL})
    return replace(search, parameters=search.parameters.model_copy(update={"candidates": numbers}))


def _print(console: Console, part: str, found: Sequence[tuple[Query, dict[str, Ranking]]]) -> None:
    title = f"{part}: {len(found)} queries"
    table = Table("system", "nDCG@10", "recall@50", "MRR", "ours is better in nDCG@10 by", title=title)
    scores = {
        name: np.array(
            [
                (ndcg(ranked[name], list(query.grades.values())), recall(ranked[name], list(query.grades.values())),
                 reciprocal_rank(ranked[name]))
                for query, ranked in found
            ]
        )
        for name in ("BM25", ALONE, "meaning", "plain RRF", "ours")
    }  # fmt: skip
    for name, values in scores.items():
        cells = []
        for column in values.T:
            low, high = bootstrap(column)
            cells.append(f"{column.mean():.3f} ({low:.3f} to {high:.3f})")
        gap = scores["ours"][:, 0] - values[:, 0]
        low, high = bootstrap(gap)
        table.add_row(name, *cells, f"{gap.mean():+.3f} ({low:+.3f} to {high:+.3f})" if name != "ours" else "")
    console.print(table)
    kinds = Table("kind", "queries", *scores, title=f"{part}: nDCG@10 by kind")
    for kind in sorted({query.kind for query, _ in found}):
        of = [at for at, (query, _) in enumerate(found) if query.kind == kind]
        kinds.add_row(kind, str(len(of)), *(f"{values[of, 0].mean():.3f}" for values in scores.values()))
    console.print(kinds)
    named = [ranked["ours"][0] == 2 for query, ranked in found if query.kind == "name"]
    console.print(f"exact names and codes: the right sentence first in {sum(named)} of {len(named)}")


if __name__ == "__main__":
    main()
