"""What the label-issue finder looks at: sentences of judged passages, the reader's vectors, and what holds there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.entities import Document, Span
from labeling.label_issues import LabelIssue, find_issues
from labeling.records import LabelledSpan
from models.linear import Numbers
from models.vectors import VectorReader
from nlp.outputs import LABELS

COVERED = 0.5
"""A sentence carries a span that covers so much of it, or of which it holds so much."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A passage with what holds of it; ``asked`` are the labels that people were asked about."""

    record_id: str
    start: int
    end: int
    spans: tuple[LabelledSpan, ...]
    asked: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sentences:
    """Rows: features ``(rows, width)``, logits ``(rows, shipped labels)``, and for each row its record and text."""

    features: Numbers
    logits: Numbers
    judged: tuple[Judged, ...]
    places: tuple[Span, ...]
    texts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.judged)


@dataclass(frozen=True, slots=True)
class Doubt:
    """The most doubtful decision about a record, and the words for it."""

    record_id: str
    doubt: float
    words: str


def sentences_of(
    texts: Iterable[tuple[str, Document, Sequence[Judged]]],
    reader: VectorReader,
    advance: Callable[[], None] = lambda: None,
) -> Sentences:
    """Read documents for the sentences of passages that people judged.

    Args:
        texts: a key, the document, and what was judged of it.
        reader: whose vectors.
        advance: called after each document.
    """
    features, logits, judged, places, keys = [], [], [], [], []
    for key, document, passages in texts:
        found = reader.read(document)
        for at, sentence in enumerate(found.sentences) if found else ():
            one = next(
                (one for one in passages if one.start < sentence.span.end and sentence.span.start < one.end), None
            )
            if found is not None and one is not None:
                features.append(found.features[at])
                logits.append(found.logits[at])
                judged.append(one)
                places.append(sentence.span)
                keys.append(key)
        advance()
    width = len(features[0]) if features else 1
    return Sentences(
        np.stack(features) if features else np.zeros((0, width), dtype=np.float32),
        np.stack(logits) if logits else np.zeros((0, len(LABELS)), dtype=np.float32),
        tuple(judged), tuple(places), tuple(keys),
    )  # fmt: skip


def carries(place: Span, spans: Sequence[LabelledSpan], label: str) -> bool:
    """Whether a sentence carries a label."""
    for span in spans:
        shared = place.overlap(Span(span.start, span.end))
        if span.label == label and shared >= COVERED * max(1, min(len(place), span.end - span.start)):
            return True
    return False


def doubts(rows: Sentences, labels: Sequence[str], seed: int = 0) -> tuple[list[Doubt], list[str]]:
    """Records whose labels are probably wrong, the most doubtful first, and labels of which nothing can be said.

    Args:
        rows: as ``sentences_of`` gives them.
        labels: what is looked at; each only where people were asked about it.
        seed: of the folds.
    """
    shipped = [label.value for label in LABELS]
    found: dict[str, list[LabelIssue]] = defaultdict(list)
    notes: list[str] = []
    for label in labels:
        kept = np.array([at for at, one in enumerate(rows.judged) if label in one.asked], dtype=np.int64)
        given: NDArray[np.bool_] = np.array(
            [[carries(rows.places[at], rows.judged[at].spans, label)] for at in kept], dtype=bool
        ).reshape(-1, 1)
        if not len(kept):
            notes.append(f"{label}: nobody was asked about it")
            continue
        known = rows.logits[kept][:, [shipped.index(label)]] if label in shipped else None
        issues = find_issues(
            rows.features[kept], given, [label], [rows.texts[at] for at in kept], logits=known, seed=seed
        )
        notes += issues.notes
        for issue in issues.issues:
            found[rows.judged[int(kept[issue.row])].record_id].append(issue)
    worst = [(record_id, max(some, key=lambda issue: issue.doubt)) for record_id, some in found.items()]
    ordered = sorted(worst, key=lambda row: (-row[1].doubt, row[0]))
    return [Doubt(record_id, issue.doubt, issue.words.replace("_", " ")) for record_id, issue in ordered], notes
