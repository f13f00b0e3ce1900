"""Latency and recall of search over many sentences in one tenant, beside HNSW as pgvector has it and a scan in numpy.

``python -m benchmarks.search [--sentences 100000] [--queries 200]`` fills a temporary store with sentences made of real
ones: halves of two are joined, and vectors of real ones are shifted, so that words and meanings are spread as they are
in life. Queries go through HTTP with every filter in turn; each is encoded anew.
"""

from __future__ import annotations

import argparse
import itertools
import random
import resource
import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import psycopg
import uvicorn
from numpy.typing import NDArray
from pgvector import HalfVector
from pgvector.psycopg import register_vector
from rich.console import Console
from rich.table import Table
from sqlalchemy import select, text

from api.app import create_app
from core.contracts import parse_document, read_json_lines
from core.db import owner_database_url
from core.entities import Account, Kind, ReaderName, Side, Tier
from core.settings import Settings
from core.tables import DocumentRow
from models.corpus import SAMPLE_WORKSPACE, load_corpus
from nlp.artefact import READERS
from nlp.extract import SignalReader
from nlp.lexical import length, words
from nlp.meaning import shared_encoder
from nlp.reading.reader import read
from nlp.reading.sides import OwnSide
from pipelines.extract.repository import load_documents
from pipelines.keys.service import Scope
from pipelines.search import candidates
from pipelines.search.filters import SearchFilters, conditions
from pipelines.search.indexing import INDEX_VERSION
from pipelines.services import Services, open_services
from pipelines.sources.files import only_good

Array = NDArray[np.float32]
TENANT = "bench"
REAL = 3_000
PER_DOCUMENT = 10
ACCOUNTS = 500
OWNERS = ("Leonie", "Abena", "Priya", "Marc")
SPEAKERS = [
    f"{first} {last}"
    for first in ("Dana", "Omar", "Elsa", "Rhys", "Núria")
    for last in ("Reiss", "Haddad", "Pugh", "Tam")
]
NOISE = 0.6
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
HOURS = 16_000
WARM_UP = 20
FILTERS: dict[str, dict[str, str]] = {
    "none": {},
    "account": {"account_id": "account-7"},
    "tier": {"tier": "best_customer"},
    "owner": {"owner": "Abena"},
    "kind": {"kind": "email"},
    "side": {"side": "account"},
    "speaker": {"speaker": "haddad"},
    "dates": {"since": "2025-06-01", "until": "2025-09-01"},
    "kind, dates": {"kind": "support_ticket", "since": "2026-01-01"},
}
"""What a query is narrowed to. By label is left out: synthetic sentences carry no signals."""


@dataclass(frozen=True, slots=True)
class Real:
    """Real sentences and their vectors ``(sentences, width)``."""

    texts: list[str]
    vectors: Array


def real_sentences(count: int) -> Real:
    """Sentences of the written corpus, chosen by a fixed seed."""
    documents = [gold.document for vendor in load_corpus() for gold in vendor.documents]
    random.Random(0).shuffle(documents)
    spans = ((document, sentence.span) for document in documents for sentence in read(document, OwnSide()).sentences)
    chosen = itertools.islice((span.of(document.text) for document, span in spans if len(span) > 20), count)
    texts = [" ".join(text.split()) for text in chosen]
    return Real(texts, np.stack(shared_encoder().vectors(texts)))


def synthetic(real: Real, count: int) -> Iterator[tuple[str, Array]]:
    """Sentences with their vectors, the same every time."""
    chance, numbers = random.Random(1), np.random.default_rng(1)
    for number in range(count):
        one, other = chance.randrange(len(real.texts)), chance.randrange(len(real.texts))
        said, also = real.texts[one].split(), real.texts[other].split()
        joined = " ".join([*said[: len(said) // 2 + 1], *also[len(also) // 2 :]])
        if number % 50 == 0:
            joined += f" REF-{number:06d}"
        width = real.vectors.shape[1]
        shift = numbers.normal(size=width) * (NOISE / width**0.5)
        vector = 0.7 * real.vectors[one] + 0.3 * real.vectors[other] + shift
        yield joined, (vector / np.linalg.norm(vector)).astype(np.float32)


def fill(services: Services, owner_url: str, real: Real, count: int) -> Array:
    """Load the sentences as the owner, who may copy; returns their vectors."""
    accounts = [
        Account(f"account-{at}", tier=Tier.BEST_CUSTOMER if at % 5 == 0 else Tier.STANDARD, owner=OWNERS[at % 4])
        for at in range(ACCOUNTS)
    ]
    services.ingest.add_accounts(TENANT, accounts)
    terms: dict[str, int] = {}
    stems: dict[str, str] = {}
    vectors = np.empty((count, real.vectors.shape[1]), dtype=np.float32)
    with psycopg.connect(owner_url.replace("+psycopg", "", 1)) as connection, tempfile.TemporaryFile("w+") as postings:
        register_vector(connection)
        made = synthetic(real, count)
        documents, sentences = [], []
        for number in range(0, count, PER_DOCUMENT):
            row = Document.make(number // PER_DOCUMENT, list(itertools.islice(made, min(PER_DOCUMENT, count - number))))
            documents.append(row)
            for at, (said, vector, start) in enumerate(row.sentences):
                found = words(said)
                weights: dict[str, int] = {}
                for word in found:
                    weights[word.form] = weights.get(word.form, 0) + 10
                    stems[word.form] = word.stem
                for form, weight in weights.items():
                    term = terms.setdefault(form, len(terms) + 1)
                    postings.write(f"{TENANT}\t{term}\t{number + at}\t{weight}\t{length(found)}\n")
                vectors[number + at] = vector
                sentences.append((number + at, vector, row, start, len(said), length(found)))
        _copy(connection, documents, sentences, terms, stems)
        postings.seek(0)
        with connection.cursor().copy("copy sentence_terms from stdin") as copy:
            while block := postings.read(1 << 20):
                copy.write(block)
        connection.commit()
    with psycopg.connect(owner_url.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute("vacuum analyze")
    return vectors


@dataclass(frozen=True, slots=True)
class Document:
    """A made document; its sentences with where they begin."""

    row_id: uuid.UUID
    number: int
    text: str
    sentences: list[tuple[str, Array, int]]

    @classmethod
    def make(cls, number: int, said: Sequence[tuple[str, Array]]) -> Document:
        """Sentences one a line."""
        starts = itertools.accumulate((len(text) + 1 for text, _ in said), initial=0)
        row_id = uuid.UUID(int=number)
        placed = [(text, vector, start) for (text, vector), start in zip(said, starts, strict=False)]
        return cls(row_id, number, "\n".join(text for text, _ in said), placed)

    @property
    def account_id(self) -> str:
        """Spread evenly."""
        return f"account-{self.number % ACCOUNTS}"

    @property
    def occurred_at(self) -> datetime:
        """Spread over nearly two years."""
        return BEGIN + timedelta(hours=self.number * 7919 % HOURS)

    @property
    def kind(self) -> str:
        """Each in turn."""
        return list(Kind)[self.number // 3 % len(Kind)].value


def _copy(
    connection: psycopg.Connection[Any], documents: Sequence[Document], sentences: Sequence[tuple[Any, ...]],
    terms: dict[str, int], stems: dict[str, str],
) -> None:  # fmt: skip
    with connection.cursor().copy(
        "copy documents (document_id, tenant_id, source, external_id, account_id, kind, occurred_at, text,"
        " content_digest) from stdin"
    ) as copy:
        for row in documents:
            copy.write_row(
                (row.row_id, TENANT, "bench", str(row.number), row.account_id, row.kind, row.occurred_at, row.text, "-")
            )
    with connection.cursor().copy(
        "copy readings (document_id, tenant_id, revision, pipeline_version, coverage, sentences, read_at,"
        " index_version) from stdin"
    ) as copy:
        for row in documents:
            copy.write_row((row.row_id, TENANT, 1, "-", "{}", len(row.sentences), BEGIN, INDEX_VERSION))
    sides = [side.value for side in Side]
    with connection.cursor().copy(
        'copy sentences (tenant_id, sentence_id, vector, document_id, account_id, occurred_at, start, "end", length,'
        " kind, side, speaker) from stdin with (format binary)"
    ) as copy:
        copy.set_types(
            ["text", "int8", "halfvec", "uuid", "text", "timestamptz", "int4", "int4", "int2", "text", "text", "text"]
        )
        for number, vector, row, start, characters, count in sentences:
            copy.write_row((
                TENANT, number, HalfVector(vector), row.row_id, row.account_id, row.occurred_at, start,
                start + characters, count, row.kind, sides[number % 3], SPEAKERS[number // 4 % len(SPEAKERS)],
            ))  # fmt: skip
    with connection.cursor().copy("copy search_terms (term_id, tenant_id, term, stem) from stdin") as copy:
        for term, number in terms.items():
            copy.write_row((number, TENANT, term, stems[term]))
    connection.execute("select setval(pg_get_serial_sequence('search_terms', 'term_id'), %s)", (len(terms),))


def questions(real: Real, count: int) -> list[str]:
    """What people would type: some words of a sentence in other order, now and then with a slip."""
    chance = random.Random(2)
    found = []
    for number in range(count):
        said = [word for word in chance.choice(real.texts).split() if len(word) > 3] or ["reports"]
        chosen = chance.sample(said, min(len(said), chance.randint(2, 6)))
        if number % 10 == 0:
            chosen[0] = chosen[0][:-2] + chosen[0][-1] + chosen[0][-2]
        found.append(" ".join(chosen))
    return found


def milliseconds(call: Callable[[int], object], count: int) -> list[float]:
    """Duration of each call, after a warm-up."""
    for number in range(WARM_UP):
        call(number)
    spent = []
    for number in range(count):
        begun = time.perf_counter()
        call(number)
        spent.append((time.perf_counter() - begun) * 1000)
    return spent


def over_http(services: Services, asked: Sequence[str], count: int) -> dict[str, list[float]]:
    """Latencies of queries through HTTP, by filter."""
    key = services.keys.create(TENANT, "bench", [Scope.READ])
    server = uvicorn.Server(uvicorn.Config(create_app(services=services), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    spent = {}
    headers = {"Authorization": f"Bearer {key}"}
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
        for name, narrowed in FILTERS.items():

            def call(number: int, narrowed: dict[str, str] = narrowed) -> None:
                query = {"q": asked[number % len(asked)], **narrowed}
                client.get("/v1/search", params=query).raise_for_status()

            spent[name] = milliseconds(call, count)
    server.should_exit = True
    thread.join()
    return spent


@dataclass(frozen=True, slots=True)
class Recall:
    """Of ten rows asked for: how many came, which share of them was right, and how long it took in ms."""

    rows: float
    right: float
    median: float


def compare(services: Services, vectors: Sequence[Array], narrowed: dict[str, str]) -> dict[str, Recall]:
    """Three ways to the ten nearest under a filter, against the exact ones."""
    filters = SearchFilters.from_stored(narrowed)
    found: dict[str, Recall] = {}
    right: list[list[int]] = []
    numbers = services.search.parameters.candidates
    for name in ("all compared", "ours", "HNSW, default settings"):
        rows, spent = [], []
        with services.store.tenant(TENANT) as session:
            candidates.prepare(session, services.search.parameters)
            where = conditions(TENANT, filters, services.search.best(session))
            most = candidates.exact_rows(candidates.statistics(session, TENANT).sentences, numbers)
            way, asked = candidates.nearest, numbers.each
            if name == "ours" and candidates.more_than(session, where, most):
                way = candidates.nearest_by_index
            if name == "HNSW, default settings":
                session.execute(text("set local hnsw.ef_search = 40"))
                session.execute(text("set local hnsw.iterative_scan = off"))
                way, asked = candidates.nearest_by_index, 10
            for vector in vectors:
                begun = time.perf_counter()
                rows.append(way(session, vector, where, asked)[:10])
                spent.append((time.perf_counter() - begun) * 1000)
        right = right or rows
        share = [len(set(one) & set(best)) / max(1, len(best)) for one, best in zip(rows, right, strict=True)]
        found[name] = Recall(statistics.mean(map(len, rows)), statistics.mean(share), statistics.median(spent))
    return found


def ingest_share(services: Services, readers: Sequence[ReaderName]) -> dict[str, tuple[float, float]]:
    """Milliseconds of this process a sentence: of reading by each reader, and of words, vectors and writing them."""
    documents = list(only_good(_sample(), report=lambda error: None))
    said = [(document, read(document, OwnSide()).sentences) for document in documents]
    count = sum(len(sentences) for _, sentences in said)
    tenant = "bench-ingest"
    services.ingest.add(tenant, documents)
    stored = {}
    with services.store.tenant(tenant) as session:
        rows = list(session.scalars(select(DocumentRow.document_id)))
        stored = {item.document.id: item for item in load_documents(session, rows).values()}
    services.search.prepare(documents[0], said[0][1], None)
    begun = time.process_time()
    indexed = [(document, services.search.prepare(document, sentences, None)) for document, sentences in said]
    vectors = (time.process_time() - begun) * 1000 / count
    begun = time.perf_counter()
    for document, entries in indexed:
        with services.store.tenant(tenant) as session:
            services.search.write(session, tenant, stored[document.id], entries)
    writing = (time.perf_counter() - begun) * 1000 / count
    shares = {"words and vectors": (vectors, 0.0), "writing, waiting for the database": (writing, 0.0)}
    for name in readers:
        reader = SignalReader.load(READERS[name])
        reader.extract(documents[0])
        begun = time.process_time()
        for document in documents:
            reader.extract(document)
        spent = (time.process_time() - begun) * 1000 / count
        shares[f"reading, {name}"] = (spent, vectors / spent)
    return shares


def _sample() -> Iterator[Any]:
    with (SAMPLE_WORKSPACE / "documents.jsonl").open("rb") as lines:
        yield from read_json_lines(lines, parse_document, name="sample")


def numpy_scan(matrix: Array, vectors: Sequence[Array]) -> float:
    """Median milliseconds of a scan of all vectors in memory."""

    def scan(number: int) -> object:
        near = matrix @ vectors[number % len(vectors)]
        best = np.argpartition(-near, 200)[:200]
        return best[np.argsort(-near[best])]

    return statistics.median(milliseconds(scan, 50))


def main() -> None:
    """Print latencies, recall and sizes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=100, help="through HTTP, for each filter")
    parser.add_argument("--recall-queries", type=int, default=50, help="for each filter")
    options = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), database_url=None, worker_in_process=False, tenant=TENANT)
        services = open_services(settings)
        real = real_sentences(REAL)
        begun = time.perf_counter()
        matrix = fill(services, owner_database_url(settings), real, options.sentences)
        loaded = time.perf_counter()
        services.reindex.build_vectors(TENANT, owner_database_url(settings))
        built = time.perf_counter()
        console.print(
            f"{options.sentences:,} sentences loaded in {loaded - begun:.0f} s, HNSW built in {built - loaded:.0f} s"
        )
        table = Table("what", "ms a sentence", "words and vectors add")
        for name, (spent, share) in ingest_share(services, list(ReaderName)).items():
            table.add_row(name, f"{spent:.2f}", f"{share:.0%}" if share else "")
        console.print(table)
        asked = questions(real, options.queries)
        vectors = [np.asarray(vector) for vector in shared_encoder().vectors(asked[: options.recall_queries])]
        _latencies(console, over_http(services, asked, options.queries))
        _recalls(console, {name: compare(services, vectors, narrowed) for name, narrowed in FILTERS.items()})
        console.print(f"numpy, all {options.sentences:,} vectors in memory: {numpy_scan(matrix, vectors):.1f} ms")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        console.print(f"database {_size(services)}, peak memory of this process {peak:,.0f} MB (with numpy's matrix)")
        services.store.close()


def _latencies(console: Console, spent: dict[str, list[float]]) -> None:
    table = Table("filter", "p50 ms", "p95 ms", title="GET /v1/search, one caller", title_justify="left")
    together = {"all": list(itertools.chain.from_iterable(spent.values()))}
    for name, times in (spent | together).items():
        table.add_row(name, f"{statistics.median(times):.1f}", f"{statistics.quantiles(times, n=20)[-1]:.1f}")
    console.print(table)


def _recalls(console: Console, found: dict[str, dict[str, Recall]]) -> None:
    ways = list(next(iter(found.values())))
    table = Table("filter", *ways, title="Ten nearest: rows, recall, median ms", title_justify="left")
    for name, by_way in found.items():
        table.add_row(name, *(f"{one.rows:.1f}  {one.right:.3f}  {one.median:.1f}" for one in by_way.values()))
    console.print(table)


def _size(services: Services) -> str:
    with services.store.nobody() as session:
        found = session.scalar(text("select pg_size_pretty(pg_database_size(current_database()))"))
    return str(found)


if __name__ == "__main__":
    main()
