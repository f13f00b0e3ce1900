"""Which rivals a mention names: known ones in their canonical spelling, unknown ones as they stand.

The reader tags the tokens of rivals' names as it reads (``nlp.encoder``), so a name needs to stand in no list; the
gazetteer gives the canonical spelling, and the name where nothing was tagged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.entities import Document, Span
from nlp.encoder import SentenceOutput
from nlp.gazetteer import KnownName
from nlp.outputs import TAGS
from nlp.windows import NOWHERE

IN_HOUSE = "in-house"
NAME_MAX = 60


def competitors_in(
    document: Document,
    span: Span,
    known: Sequence[KnownName],
    tagged: Sequence[Span],
    *,
    in_house: bool,
    earlier: Sequence[str] = (),
) -> list[str]:
    """Canonical names of the rivals in ``span``, in order of appearance; empty when the rival is unnamed.

    Args:
        document: the whole document.
        span: the mention.
        known: names of the document that the gazetteer knows.
        tagged: stretches of the mention that the reader takes for rivals' names (``tagged_names``).
        in_house: whether the reader says that the rival is their own build.
        earlier: rivals that the document named before; the last of them is meant where a mention names none.
    """
    inside = [name for name in known if span.start <= name.span.start and name.span.end <= span.end]
    others = [name for name in inside if name.role != "own"]
    found = [_canonical(document, stretch, inside) for stretch in tagged]
    found += [(name.span.start, name.canonical) for name in others if name.role == "rival" or not tagged]
    names = list(dict.fromkeys(name for _, name in sorted(found) if name))
    if in_house and not names:
        return [IN_HOUSE]
    if not names and earlier:
        return [earlier[-1]]
    return names


def tagged_names(document: Document, outputs: Sequence[SentenceOutput], tag: str) -> list[Span]:
    """Stretches of whole words whose tokens the reader takes for names of one of ``TAGS``, in text order."""
    spans: list[Span] = []
    for output in outputs:
        for place, logit in zip(output.places, output.tags[:, TAGS.index(tag)].tolist(), strict=True):
            if place == NOWHERE or logit <= 0:
                continue
            word = _whole_words(document.text, Span(*place))
            if spans and _touch(document.text, spans[-1], word):
                spans[-1] = Span(spans[-1].start, max(spans[-1].end, word.end))
            else:
                spans.append(word)
    return spans


def _whole_words(text: str, span: Span) -> Span:
    """The span grown to the ends of its words, as far as a name may reach."""
    start, end = span.start, span.end
    while start > max(0, span.start - NAME_MAX) and text[start - 1].isalnum():
        start -= 1
    while end < min(len(text), span.end + NAME_MAX) and text[end].isalnum():
        end += 1
    return Span(start, end)


def _touch(text: str, first: Span, second: Span) -> bool:
    between = text[first.end : second.start]
    return second.start <= first.end or bool(re.fullmatch(r"[ .&+-]", between))


def _canonical(document: Document, span: Span, inside: Sequence[KnownName]) -> tuple[int, str]:
    for name in inside:
        if name.span.overlap(span):
            return name.span.start, "" if name.role == "own" else name.canonical
    words = span.of(document.text).strip("'’\"“”.,:;()")
    person = all(word.lower() in _words_of_people(document) for word in words.split())
    return span.start, "" if person else words


def platform_in(document: Document, span: Span, known: Sequence[KnownName], tagged: Sequence[Span] = ()) -> str | None:
    """The suite that work moves into: what the reader takes for one, else a known suite or product of the span."""
    inside = [name for name in known if span.start <= name.span.start and name.span.end <= span.end]
    for stretch in tagged:
        if said := _canonical(document, stretch, inside)[1]:
            return said
    for role in ("suite", "rival", "product"):
        for name in inside:
            if name.role == role:
                return name.canonical
    return None


def _words_of_people(document: Document) -> frozenset[str]:
    """Names of everybody in the document and of the account: capitals that are no products."""
    people = [*document.participants, *([document.author] if document.author else [])]
    names = [person.name for person in people] + [document.account_name or ""]
    return frozenset(word.lower().strip(".,()") for name in names for word in name.split() if len(word) > 1)
