"""Which words and which sentences around it carried a decision: hide each in turn and see what becomes of it.

Computed on demand, not for every signal: each part costs one more reading of the window. The reader was trained with
hidden words, so a hidden part is nothing strange to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.entities import Document, Label, Sentence, Span
from nlp.classifier import Classifier
from nlp.gazetteer import KnownName
from nlp.outputs import LABELS
from nlp.windows import NOWHERE, Window, windows_of

WORDS_MAX = 60


@dataclass(frozen=True, slots=True)
class Hidden:
    """A part of the text, and by how much the probability falls when it is hidden (negative: rises)."""

    start: int
    end: int
    text: str
    drop: float


@dataclass(frozen=True, slots=True)
class Occlusion:
    """What carried one sentence's decision for one label, strongest first."""

    probability: float
    words: tuple[Hidden, ...]
    context: tuple[Hidden, ...]


def occlude(
    classifier: Classifier,
    document: Document,
    sentences: Sequence[Sentence],
    names: Sequence[KnownName],
    index: int,
    label: Label,
) -> Occlusion:
    """Hide each word of sentence ``index``, and each other sentence of its window, one after the other."""
    windows = [w for w in windows_of(document, sentences, classifier.vocabulary, names) if index in w.sentences]
    window = max(windows, key=lambda found: _probability(classifier, found, index, label))
    whole = _probability(classifier, window, index, label)
    own = sentences[index].span
    words = _words(document.text, [place for place in window.places if place != NOWHERE and _inside(place, own)])
    around = [s.span for at, s in enumerate(sentences) if at != index and _read_in(window, s.span)]

    def hidden(spans: Sequence[Span]) -> tuple[Hidden, ...]:
        variants = [_without(window, span, classifier.vocabulary.mask) for span in spans]
        found = [_probability(classifier, variant, index, label) for variant in variants]
        parts = [
            Hidden(span.start, span.end, span.of(document.text), round(whole - probability, 4))
            for span, probability in zip(spans, found, strict=True)
        ]
        return tuple(sorted(parts, key=lambda part: (-part.drop, part.start)))

    return Occlusion(round(whole, 4), hidden(words[:WORDS_MAX]), hidden(around))


def _probability(classifier: Classifier, window: Window, index: int, label: Label) -> float:
    outputs = classifier.encoder.read(window)
    found = [output for sentence, output in zip(window.sentences, outputs, strict=True) if sentence == index]
    return float(np.max(classifier.probabilities(found)[:, LABELS.index(label)]))


def _inside(place: tuple[int, int], span: Span) -> bool:
    return span.start <= place[0] and place[1] <= span.end


def _read_in(window: Window, span: Span) -> bool:
    return any(place != NOWHERE and _inside(place, span) for place in window.places)


def _words(text: str, places: Sequence[tuple[int, int]]) -> list[Span]:
    """Tokens joined to words; marks of punctuation carry nothing of their own and are left out."""
    words: list[Span] = []
    for start, end in places:
        if words and words[-1].end == start and text[start - 1].isalnum() and text[start].isalnum():
            words[-1] = Span(words[-1].start, end)
        elif text[start:end].strip() and any(character.isalnum() for character in text[start:end]):
            words.append(Span(start, end))
    return words


def _without(window: Window, span: Span, mask: int) -> Window:
    ids = tuple(
        mask if place != NOWHERE and _inside(place, span) else token
        for token, place in zip(window.ids, window.places, strict=True)
    )
    return replace(window, ids=ids)
