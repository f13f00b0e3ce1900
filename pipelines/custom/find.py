"""From a document's sentences to mentions of a workspace's own signals. Pure: no store behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.custom_labels import label_of
from core.entities import Document, Explanation, Sentence
from labeling.custom import THRESHOLD, CustomHead
from nlp.encoder import Array, SentenceOutput, sentence_features
from nlp.explain import carriers
from nlp.extract import SCORE_DECIMALS, SignalReader


@dataclass(frozen=True, slots=True)
class Serving:
    """A signal that documents are read for, with the version that serves."""

    slug: str
    version: int
    head: CustomHead

    @property
    def label(self) -> str:
        """What its mentions are labelled as."""
        return label_of(self.slug)


@dataclass(frozen=True, slots=True)
class Found:
    """One mention: always one sentence. ``score`` is how sure the head is, and not calibrated as that of the four."""

    label: str
    sentence: Sentence
    score: float
    explanation: Explanation
    model_version: str


def find(
    reader: SignalReader, document: Document, sentences: Sequence[Sentence], serving: Sequence[Serving]
) -> list[Found]:
    """All mentions in a document, in text order by signal. Every window is read, whatever it holds of the four."""
    if not sentences or not serving:
        return []
    outputs = reader.everything(document, sentences)
    vectors = np.stack([sentence_features(output.hidden) for output in outputs])
    found = []
    for signal in serving:
        sure = signal.head.probabilities(vectors)
        for at in np.flatnonzero(sure >= THRESHOLD).tolist():
            shares = _pull(signal.head, outputs[at])
            explanation = Explanation(THRESHOLD, carriers(outputs[at].places, shares, document.text))
            score = round(float(sure[at]), SCORE_DECIMALS)
            found.append(Found(signal.label, sentences[at], score, explanation, f"{signal.label}@{signal.version}"))
    return found


def _pull(head: CustomHead, output: SentenceOutput) -> Array:
    """How much each token pulls towards the signal: its part in the product of the mean vector with the weights."""
    width = output.hidden.shape[1]
    words = output.hidden[1:]
    shares: Array = np.zeros(len(output.hidden), dtype=np.float32)
    if len(words):
        shares[1:] = (words - head.mean[width:]) @ head.head.weights[width:] / len(words)
    return shares
