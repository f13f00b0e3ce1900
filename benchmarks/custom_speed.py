"""What a signal of one's own costs: ``python -m benchmarks.custom_speed [--documents 1000] [--reader accurate]``.

Fits a head on so many labeled sentences beside 2,000 ordinary ones, with its estimate, and reads documents of the
written corpus for it: every window, without the quick reader going first. No store behind it.
"""

from __future__ import annotations

import argparse
import time
from itertools import cycle, islice

import numpy as np

from benchmarks.custom_signals import FOLDER, load_signal
from core.entities import ReaderName
from labeling.custom import fit_custom, leave_one_out
from labeling.signals.sample import SENTENCES, vector_alone
from models.corpus import load_corpus
from nlp.artefact import READERS
from nlp.encoder import sentence_features
from nlp.extract import SignalReader
from pipelines.custom.find import Serving, find


def main() -> None:
    """Print seconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=1_000)
    parser.add_argument("--reader", type=ReaderName, choices=list(ReaderName), default=ReaderName.ACCURATE)
    options = parser.parse_args()
    reader = SignalReader.load(READERS[options.reader])
    documents = [gold.document for vendor in load_corpus() for gold in vendor.documents]
    chosen = [documents[at] for at in np.random.default_rng(0).permutation(len(documents))[: options.documents]]
    parts = {id(document): reader.sentences(document) for document in chosen}

    rows: list[np.ndarray] = []
    for document in cycle(chosen):
        rows += [sentence_features(output.hidden) for output in reader.everything(document, parts[id(document)])]
        if len(rows) >= SENTENCES:
            break
    background = np.stack(rows[:SENTENCES])
    signal = load_signal(next(iter(sorted(FOLDER.glob("*.txt")))))
    written = np.stack([vector_alone(reader, text) for text in signal.texts])
    description = vector_alone(reader, signal.description)
    for count in (5, 25, 100, 400):
        at = np.array(list(islice(cycle(range(len(written))), count)))
        vectors, carries = written[at], signal.carries[at]
        began = time.perf_counter()
        head = fit_custom(vectors, carries, background, description)
        fitted = time.perf_counter()
        leave_one_out(vectors, carries, background, description)
        print(f"{count} labeled: fit {fitted - began:.2f} s, estimate {time.perf_counter() - fitted:.2f} s")

    serving = [Serving("measured", 1, head)]
    began = time.perf_counter()
    found = sum(len(find(reader, document, parts[id(document)], serving)) for document in chosen)
    seconds = time.perf_counter() - began
    sentences = sum(len(part) for part in parts.values())
    print(f"{len(chosen)} documents, {sentences} sentences, {found} mentions: {seconds:.1f} s")


if __name__ == "__main__":
    main()
