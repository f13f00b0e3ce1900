"""Speed and memory of extraction end to end, beside sentence-transformers encoding the same sentences.

``python -m benchmarks.extract [DOCUMENTS.jsonl] [--count 3000]``: documents are repeated up to ``count`` with other
ids. Sentence-transformers (torch, its defaults) only encodes; it neither reads the documents nor decides anything.
"""

from __future__ import annotations

import argparse
import itertools
import resource
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from core.contracts import parse_document, read_json_lines
from core.entities import Document, ReaderName
from models.corpus import SAMPLE_WORKSPACE
from nlp.artefact import READERS
from nlp.extract import SignalReader
from nlp.reading.reader import read
from nlp.reading.sides import OwnSide
from pipelines.sources.files import only_good

WARM_UP = 50


def repeated(documents: Sequence[Document], count: int) -> Iterator[Document]:
    """The documents again and again, each with an id of its own."""
    for number, document in enumerate(itertools.islice(itertools.cycle(documents), count)):
        yield replace(document, id=f"{document.id}-{number}")


def load(path: Path) -> list[Document]:
    """All documents of a file."""
    with path.open("rb") as lines:
        return list(only_good(read_json_lines(lines, parse_document, name=path.name), report=lambda error: None))


def peak_megabytes() -> float:
    """Largest resident size of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def time_ours(folder: Path, documents: Sequence[Document], count: int) -> tuple[float, int]:
    """Seconds and sentences, warm."""
    reader = SignalReader.load(folder)
    for _ in reader.extract_many(repeated(documents, WARM_UP)):
        pass
    begun = time.perf_counter()
    sentences = sum(extraction.sentences for extraction in reader.extract_many(repeated(documents, count)))
    return time.perf_counter() - begun, sentences


def time_sentence_transformers(sentences: Sequence[str]) -> float:
    """Seconds to encode the sentences with the same base model, warm."""
    from sentence_transformers import SentenceTransformer

    from models.base import base_model

    model = SentenceTransformer(str(base_model()), device="cpu")
    model.encode(list(sentences[:64]))
    begun = time.perf_counter()
    model.encode(list(sentences))
    return time.perf_counter() - begun


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", type=Path, nargs="?", default=SAMPLE_WORKSPACE / "documents.jsonl")
    parser.add_argument("--count", type=int, default=3_000)
    parser.add_argument("--reader", type=ReaderName, choices=list(ReaderName), default=ReaderName.FAST)
    options = parser.parse_args()
    documents = load(options.documents)
    seconds, sentences = time_ours(READERS[options.reader], documents, options.count)
    memory = peak_megabytes()
    texts = [
        sentence.span.of(document.text) for document in documents for sentence in read(document, OwnSide()).sentences
    ]
    theirs = time_sentence_transformers(texts)
    ours_rate, their_rate = sentences / seconds, len(texts) / theirs
    table = Table("what", "sentences/s", "ratio", "peak memory")
    what = f"foreshock ({options.reader}), text to signals, {options.count} documents"
    table.add_row(what, f"{ours_rate:,.0f}", f"{ours_rate / their_rate:.2f}", f"{memory:,.0f} MB")
    table.add_row("sentence-transformers, all-MiniLM-L6-v2, encoding only", f"{their_rate:,.0f}", "1.00", "")
    Console().print(table)


if __name__ == "__main__":
    main()
