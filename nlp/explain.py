"""Which words carried a decision, from the model's own gradients: cheap enough to do for every signal."""

from __future__ import annotations

from collections.abc import Sequence

from core.entities import Carrier, Explanation, Sentence, Span
from nlp.classifier import Classifier, Mention, span_of
from nlp.gazetteer import KnownName
from nlp.outputs import INDEX

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
        words=_words(classifier, mention, text, sentences[mention.peak].span),
        known_names=tuple(dict.fromkeys(names)),
        context=Span(sentences[first].span.start, sentences[last].span.end),
    )


def _words(classifier: Classifier, mention: Mention, text: str, span: Span) -> tuple[Carrier, ...]:
    encoding = classifier.vocabulary.tokenizer.encode(span.of(text), add_special_tokens=False)
    pull: dict[int, float] = {}
    bounds: dict[int, tuple[int, int]] = {}
    for token, share in _token_shares(classifier, mention, encoding.ids):
        word, (start, end) = encoding.word_ids[token], encoding.offsets[token]
        if word is None:  # a special token stands for no word
            continue
        pull[word] = pull.get(word, 0.0) + share
        low, high = bounds.get(word, (start, end))
        bounds[word] = (min(low, start), max(high, end))
    total = sum(value for value in pull.values() if value > 0) or 1.0
    strongest = sorted((word for word in pull if pull[word] > 0), key=lambda word: (-pull[word], word))[:WORDS]
    carriers = []
    for word in sorted(strongest):
        start, end = span.start + bounds[word][0], span.start + bounds[word][1]
        carriers.append(Carrier(start, end, text[start:end], round(pull[word] / total, 3)))
    return tuple(carriers)


def _token_shares(classifier: Classifier, mention: Mention, ids: Sequence[int]) -> list[tuple[int, float]]:
    """(index among the sentence's tokens, share) of each token that was read; markers have no characters and go."""
    output = mention.output
    shares = classifier.encoder.heads.pull(output.hidden, INDEX[mention.label])
    markers = classifier.vocabulary.markers
    read = [(token, float(share)) for token, share in zip(output.ids, shares, strict=True) if token not in markers]
    # A sentence in pieces was read in part: find the part.
    part = [token for token, _ in read]
    first = next((at for at in range(len(ids)) if list(ids[at : at + len(part)]) == part), None)
    if first is None:
        return []
    return [(first + offset, share) for offset, (_, share) in enumerate(read)]
