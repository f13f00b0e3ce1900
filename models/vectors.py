"""Sentences of documents as the frozen reader sees them: vectors, and what it says of each.

The vectors are the reader's features of a sentence in its context (``nlp.encoder.sentence_features``), the input of its
heads. A head that is fitted on them needs no training of the encoder, so that it takes seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from core.entities import Document, Sentence
from core.workspace import Workspace
from nlp.classifier import Classifier
from nlp.encoder import Array, sentence_features
from nlp.extract import gazetteer_of, own_side
from nlp.gazetteer import Gazetteer, shipped_entries
from nlp.outputs import LABELS
from nlp.reading.reader import read


@dataclass(frozen=True, slots=True)
class ReadSentences:
    """The sentences of one document: features ``(sentences, 2 * width)`` and logits ``(sentences, labels)``.

    The logits are calibrated: their sigmoid is the probability.
    """

    document: Document
    sentences: tuple[Sentence, ...]
    features: Array
    logits: Array


class VectorReader:
    """Reads the documents of one workspace for vectors. Safe to share between threads."""

    def __init__(self, classifier: Classifier, workspace: Workspace) -> None:
        self._classifier = classifier
        self._own = own_side(workspace)
        self._names = gazetteer_of(workspace)

    @property
    def version(self) -> str:
        """The version of the weights."""
        return self._classifier.manifest.version

    def read(self, document: Document) -> ReadSentences | None:
        """One document; nothing if it has no sentence that is read.

        Raises:
            ValueError: for a reader that lets another go first; it has no vectors of what it passes over.
        """
        sentences = read(document, self._own).sentences
        return next(read_vectors(self._classifier, [(document, sentences)], self._names), None)


def read_vectors(
    classifier: Classifier,
    documents: Iterable[tuple[Document, tuple[Sentence, ...]]],
    gazetteer: Gazetteer | None = None,
) -> Iterator[ReadSentences]:
    """Read documents, one result for each that has sentences.

    Raises:
        ValueError: for a reader that lets another go first; it has no vectors of what it passes over.
    """
    if classifier.gate:
        raise ValueError("a gated reader has no vectors of the sentences that it passes over")
    names = gazetteer or Gazetteer(shipped_entries())
    for document, sentences in documents:
        if not sentences:
            continue
        outputs = classifier.outputs(document, sentences, names.find(document.text), spread=True)
        features = np.stack([sentence_features(output.hidden) for output in outputs])
        points = [classifier.manifest.labels[label] for label in LABELS]
        raw = np.stack([output.outputs[: len(LABELS)] for output in outputs])
        scale = np.array([point.scale for point in points], dtype=np.float32)
        offset = np.array([point.offset for point in points], dtype=np.float32)
        yield ReadSentences(document, sentences, features, raw * scale + offset)
