"""From windows to calibrated probabilities and mentions.

A mention is one sentence, or up to three adjacent ones that the reader says make one statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.entities import Document, Label, OperatingPoint, Sentence, Span
from nlp.artefact import Manifest
from nlp.encoder import NOT_READ, Array, Encoder, SentenceOutput
from nlp.gazetteer import KnownName
from nlp.outputs import INDEX, LABELS
from nlp.tokens import Vocabulary
from nlp.windows import Window, windows_of

MAX_SENTENCES = 3


@dataclass(frozen=True, slots=True)
class Mention:
    """One label over adjacent sentences ``[first, last]``; ``output`` is that of the strongest of them."""

    label: Label
    first: int
    last: int
    peak: int
    probability: float
    output: SentenceOutput


@dataclass(frozen=True, slots=True)
class Gate:
    """A quicker reader that goes first: a window in which it sees next to nothing is not read again.

    ``probability`` is what at least one sentence of a window must reach for some label.
    """

    reader: Classifier
    probability: float


@dataclass(frozen=True, slots=True)
class Classifier:
    """The trained reader: sentences of a document in, mentions out."""

    encoder: Encoder
    vocabulary: Vocabulary
    manifest: Manifest
    point: OperatingPoint = OperatingPoint.BALANCED
    gate: Gate | None = None

    def threshold(self, label: Label) -> float:
        """The probability from which on a sentence is a mention of ``label``."""
        return self.manifest.labels[label].thresholds[self.point]

    def outputs(
        self,
        document: Document,
        sentences: Sequence[Sentence],
        names: Sequence[KnownName] = (),
        *,
        spread: bool = False,
    ) -> list[SentenceOutput]:
        """One output for each sentence, in order; ``spread`` reads the windows of the document on all cores."""
        windows = windows_of(document, sentences, self.vocabulary, names)
        if self.gate:
            first = self.gate.reader.outputs(document, sentences, names, spread=spread)
            worth = self.gate.reader.probabilities(first).max(axis=1) >= self.gate.probability
            windows = [window for window in windows if worth[list(window.sentences)].any()]
        read_all = self.encoder.read_all(windows, spread=spread, wanted=self._carries_a_mention)
        return self._strongest(windows, read_all, len(sentences))

    def everything(
        self,
        document: Document,
        sentences: Sequence[Sentence],
        names: Sequence[KnownName] = (),
        *,
        spread: bool = False,
    ) -> list[SentenceOutput]:
        """Outputs of every sentence, those that a quicker reader would pass over among them; no look at attributes."""
        windows = windows_of(document, sentences, self.vocabulary, names)
        return self._strongest(windows, self.encoder.read_all(windows, spread=spread), len(sentences))

    def _strongest(
        self, windows: Sequence[Window], read_all: Iterable[Sequence[SentenceOutput]], count: int
    ) -> list[SentenceOutput]:
        """One output for each sentence: of one that was read in pieces, that of the strongest."""
        best: dict[int, SentenceOutput] = {}
        for window, read in zip(windows, read_all, strict=True):
            for index, output in zip(window.sentences, read, strict=True):
                if index not in best or _strength(output) > _strength(best[index]):
                    best[index] = output
        return [best.get(index, NOT_READ) for index in range(count)]

    def probabilities(self, outputs: Sequence[SentenceOutput]) -> Array:
        """Calibrated probabilities ``(sentences, labels)``."""
        return self._calibrated(np.stack([output.outputs[: len(LABELS)] for output in outputs]))

    def _carries_a_mention(self, outputs: Array) -> bool:
        thresholds = np.array([self.threshold(label) for label in LABELS], dtype=np.float32)
        return bool((self._calibrated(outputs[:, : len(LABELS)]) >= thresholds).any())

    def _calibrated(self, logits: Array) -> Array:
        points = [self.manifest.labels[label] for label in LABELS]
        scale = np.array([point.scale for point in points], dtype=np.float32)
        offset = np.array([point.offset for point in points], dtype=np.float32)
        return sigmoid(logits * scale + offset)

    def mentions(self, sentences: Sequence[Sentence], outputs: Sequence[SentenceOutput]) -> list[Mention]:
        """All mentions above their label's threshold, in text order."""
        if not sentences:
            return []
        probabilities = self.probabilities(outputs)
        found: list[Mention] = []
        for column, label in enumerate(LABELS):
            runs = _runs(probabilities[:, column] >= self.threshold(label), sentences, outputs, label)
            found += [self._mention(label, run, probabilities[:, column], outputs) for run in runs]
        return sorted(found, key=lambda mention: (mention.first, LABELS.index(mention.label)))

    def _mention(self, label: Label, run: range, column: Array, outputs: Sequence[SentenceOutput]) -> Mention:
        peak = max(run, key=lambda index: float(column[index]))
        return Mention(label, run[0], run[-1], peak, float(column[peak]), outputs[peak])


def span_of(mention: Mention, sentences: Sequence[Sentence]) -> Span:
    """The characters from the first to the last sentence of a mention."""
    return Span(sentences[mention.first].span.start, sentences[mention.last].span.end)


def sigmoid(values: Array) -> Array:
    """The logistic function, without overflow for large negative values."""
    result: Array = 0.5 * (1 + np.tanh(0.5 * values))
    return result


def _strength(output: SentenceOutput) -> float:
    return float(output.outputs[: len(LABELS)].max())


def _runs(
    positive: NDArray[np.bool_], sentences: Sequence[Sentence], outputs: Sequence[SentenceOutput], label: Label
) -> list[range]:
    """Adjacent positive sentences that belong together, as ranges of indexes."""
    joins = INDEX[f"{label}:joins"]
    runs: list[range] = []
    for index in np.flatnonzero(positive).tolist():
        last = runs[-1] if runs else None
        together = (
            last is not None
            and last.stop == index
            and len(last) < MAX_SENTENCES
            and sentences[index].block == sentences[index - 1].block
            and outputs[index].outputs[joins] > 0
        )
        if together and last is not None:
            runs[-1] = range(last.start, index + 1)
        else:
            runs.append(range(index, index + 1))
    return runs
