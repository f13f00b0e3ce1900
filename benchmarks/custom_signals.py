"""A new signal from 25 labeled sentences: ``python -m benchmarks.custom_signals [--setfit FOLDER]``.

Three signals that no reader was trained for, written by hand in ``models/data/custom_signals``, half of each file of
sentences that are near the signal and do not carry it. A run has the description and five examples, then 20 more of one
half of the sentences; the other half is tested on. Ordinary sentences of other vendors tell how often it is given in
1,000 of them (some do hold praise or price talk, so that this is an upper bound of the false alarms).
``--setfit`` trains SetFit's way on the same 25: all weights of the encoder on pairs, then a logistic head; slow.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from core.entities import Document, Kind, ReaderName, Sentence, Side, Span, Speaker
from labeling.custom import fit_custom, leave_one_out
from models.corpus import CALIBRATION_VENDORS, TEST_VENDORS, Vendor, load_corpus
from models.linear import Numbers
from models.vectors import read_vectors
from nlp.artefact import READERS
from nlp.classifier import Classifier
from nlp.extract import load_classifier
from nlp.reading.reader import read
from nlp.reading.sides import OwnSide

FOLDER = Path(__file__).parents[1] / "models" / "data" / "custom_signals"
EXAMPLES, LABELED = 5, 25
BACKGROUND, ORDINARY = 500, 1_000
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Written:
    """One signal's file."""

    name: str
    description: str
    texts: tuple[str, ...]
    carries: Flags


def load_signal(path: Path) -> Written:
    """Read a file of the form that the folder's README tells."""
    first, *lines = path.read_text(encoding="utf-8").splitlines()
    return Written(
        path.stem,
        first.removeprefix("#").strip(),
        tuple(line[2:] for line in lines),
        np.array([line.startswith("+") for line in lines]),
    )


def ordinary_sentences(vendors: Sequence[Vendor], count: int) -> list[str]:
    """Sentences of the corpus, drawn by chance, seeded."""
    texts = [
        sentence.span.of(gold.document.text)
        for vendor in vendors
        for gold in vendor.documents
        for sentence in read(gold.document, OwnSide()).sentences
    ]
    long = sorted({text for text in texts if len(text.split()) >= 4})
    return [long[at] for at in np.random.default_rng(0).permutation(len(long))[:count]]


@dataclass(frozen=True, slots=True)
class Vectors:
    """Vectors of one signal's sentences, its description, the background's and ordinary ones."""

    written: Numbers
    description: Numbers
    background: Numbers
    ordinary: Numbers


@dataclass(frozen=True, slots=True)
class Run:
    """F1 on the sentences kept apart, the estimate by leaving one out, and how many of 1,000 ordinary ones get it."""

    f1: float
    estimate: float | None
    alarms: float


def vectors_of(classifier: Classifier, texts: Sequence[str]) -> Numbers:
    """The reader's vectors of sentences, each in a mail of its own."""
    mails = (
        (
            Document("written", "none", Kind.EMAIL, datetime(2026, 1, 1, tzinfo=UTC), text),
            (Sentence(Span(0, len(text)), Speaker(None, Side.ACCOUNT), 0),),
        )
        for text in texts
    )
    return np.concatenate([one.features for one in read_vectors(classifier, mails)])


def f1_of(given: Flags, carries: Flags) -> float:
    """F1 of decisions."""
    return 2 * float((given & carries).sum()) / max(1.0, float(given.sum() + carries.sum()))


def halves(signal: Written, seed: int) -> tuple[list[int], list[int]]:
    """Sentences to label, five that carry the signal first, and sentences to test on."""
    order = np.random.default_rng(seed).permutation(len(signal.texts)).tolist()
    half, tested = order[: len(order) // 2], order[len(order) // 2 :]
    examples = [at for at in half if signal.carries[at]][:EXAMPLES]
    return [*examples, *(at for at in half if at not in examples)], tested


def run(signal: Written, vectors: Vectors, seed: int, count: int) -> Run:
    """One run of one signal with ``count`` labeled sentences."""
    labeled, tested = halves(signal, seed)
    chosen = labeled[:count]
    known = (vectors.written[chosen], signal.carries[chosen], vectors.background, vectors.description)
    head = fit_custom(*known)
    return Run(
        f1_of(head.given(vectors.written[tested]), signal.carries[tested]),
        leave_one_out(*known).f1,
        1_000 * float(head.given(vectors.ordinary).mean()),
    )


def setfit_f1(signal: Written, seed: int, folder: Path) -> float:
    """SetFit's way (Tunstall et al., 2022) on the same sentences: pairs, then a head."""
    import torch
    from sentence_transformers import InputExample, SentenceTransformer
    from sentence_transformers.sentence_transformer.losses import CosineSimilarityLoss
    from sklearn.linear_model import LogisticRegression
    from torch.utils.data import DataLoader

    torch.manual_seed(seed)
    labeled, tested = halves(signal, seed)
    chosen = labeled[:LABELED]
    pairs = [
        InputExample(texts=[signal.texts[a], signal.texts[b]], label=float(signal.carries[a] == signal.carries[b]))
        for a in chosen
        for b in chosen
        if a < b
    ]
    model = SentenceTransformer(str(folder), device="cpu")
    loader: DataLoader[InputExample] = DataLoader(pairs, shuffle=True, batch_size=16)  # type: ignore[arg-type]
    model.old_fit([(loader, CosineSimilarityLoss(model))], epochs=1, show_progress_bar=False)
    head = LogisticRegression().fit(model.encode([signal.texts[at] for at in chosen]), signal.carries[chosen])
    given = head.predict(model.encode([signal.texts[at] for at in tested]))
    return f1_of(given, signal.carries[tested])


def main() -> None:
    """Print F1 by signal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--reader", type=ReaderName, choices=list(ReaderName), default=ReaderName.ACCURATE)
    parser.add_argument("--setfit", type=Path, help="a folder of all-MiniLM-L6-v2 as sentence-transformers load it")
    options = parser.parse_args()
    classifier = load_classifier(READERS[options.reader], gated=False)

    def encode(texts: Sequence[str]) -> Numbers:
        return vectors_of(classifier, texts)

    held = [vendor for vendor in load_corpus() if vendor.slug in TEST_VENDORS | CALIBRATION_VENDORS]
    texts = ordinary_sentences(held, BACKGROUND + ORDINARY)
    background, ordinary = np.split(encode(texts), [BACKGROUND])
    columns = (f"{EXAMPLES} examples", f"{LABELED} labeled", "its estimate", "given in 1,000 ordinary")
    table = Table("signal", *columns, *(["SetFit"] if options.setfit else []))
    rows = []
    for path in sorted(FOLDER.glob("*.txt")):
        signal = load_signal(path)
        vectors = Vectors(encode(signal.texts), encode([signal.description])[0], background, ordinary)
        few, many = ([run(signal, vectors, seed, n) for seed in range(options.seeds)] for n in (EXAMPLES, LABELED))
        row = [float(np.mean([one.f1 for one in some])) for some in (few, many)]
        row += [float(np.mean([one.estimate for one in many])), float(np.mean([one.alarms for one in many]))]
        if options.setfit:
            row.append(float(np.mean([setfit_f1(signal, seed, options.setfit) for seed in range(options.seeds)])))
        rows.append(row)
        table.add_row(signal.name, *(f"{value:.2f}" for value in row))
    table.add_row("mean", *(f"{value:.2f}" for value in np.mean(rows, axis=0)))
    Console().print(table)


if __name__ == "__main__":
    main()
