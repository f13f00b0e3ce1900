"""Which words carried a decision, from the model's own gradients: cheap enough to do for every signal."""

from __future__ import annotations

from collections.abc import Sequence

from core.entities import Carrier, Explanation, Sentence, Span
from nlp.classifier import Classifier, Mention, span_of
from nlp.encoder import Array
from nlp.gazetteer import KnownName
from nlp.outputs import INDEX
from nlp.windows import NOWHERE, Place

WORDS = 4
NEIGHBOURS = 2


def explain(
    classifier: Classifier,
    mention: Mention,
    text: str,
    sentences: Sequence[Sentence],
    known: Sequence[KnownName],
) -> Explanation:
    """The strongest words of a mention's strongest sentence, the known names in it, the context it was read in."""
    evidence = span_of(mention, sentences)
    first = max(0, mention.first - NEIGHBOURS)
    last = min(len(sentences) - 1, mention.last + NEIGHBOURS)
    names = [name.canonical for name in known if evidence.start <= name.span.start < evidence.end]
    return Explanation(
        threshold=classifier.threshold(mention.label),
        words=_words(classifier, mention, text),
        known_names=tuple(dict.fromkeys(names)),
        context=Span(sentences[first].span.start, sentences[last].span.end),
    )


def _words(classifier: Classifier, mention: Mention, text: str) -> tuple[Carrier, ...]:
    output = mention.output
    return carriers(output.places, classifier.encoder.heads.pull(output.hidden, INDEX[mention.label]), text)


def carriers(places: Sequence[Place], shares: Array, text: str) -> tuple[Carrier, ...]:
    """The words that pull a decision up most, in text order.

    Args:
        places: the tokens' characters in ``text``.
        shares: ``(tokens,)`` how much each pulls.
        text: of the document.
    """
    words: list[tuple[int, int, float]] = []
    for place, share in zip(places, shares.tolist(), strict=True):
        if place == NOWHERE:
            continue
        start, end = place
        if words and words[-1][1] == start and text[start - 1].isalnum() and text[start].isalnum():
            words[-1] = (words[-1][0], end, words[-1][2] + share)
        else:
            words.append((start, end, share))
    total = sum(pull for _, _, pull in words if pull > 0) or 1.0
    strongest = sorted((word for word in words if word[2] > 0), key=lambda word: (-word[2], word))[:WORDS]
    return tuple(Carrier(start, end, text[start:end], round(pull / total, 3)) for start, end, pull in sorted(strongest))
