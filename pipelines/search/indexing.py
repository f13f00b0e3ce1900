"""A document as search keeps it: its sentences with their words and vectors. No database here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.entities import Document, Sentence
from core.ids import digest
from nlp.lexical import Word, length, words
from nlp.meaning import Array, MeaningEncoder

INDEX_VERSION = "1"
"""Raise when words, context line or vectors change: `foreshock reindex` then renews what is stored."""
TENTHS = 10
_LENGTH_MAX = 30_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A sentence of the index; ``weights`` are tenths of occurrences by word as it is written."""

    sentence: Sentence
    vector: Array
    weights: dict[str, int]
    length: int


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """All entries of a document, and the stem of each of its words."""

    entries: tuple[Entry, ...]
    stems: dict[str, str]


def context_line(document: Document, account_name: str | None) -> str:
    """What a sentence's vector knows of where it stands: account, month, kind and title."""
    parts = [
        account_name or document.account_id,
        f"{document.occurred_at:%B %Y}",
        document.kind.value.replace("_", " "),
    ]
    return ", ".join([*parts, *([document.title] if document.title else [])])


def index_document(
    document: Document,
    sentences: Sequence[Sentence],
    account_name: str | None,
    encoder: MeaningEncoder,
    context_weight: float,
) -> IndexedDocument:
    """Words and vectors of a document's sentences.

    Args:
        document: as it is stored.
        sentences: what the reader read of it.
        account_name: as it is known now; the context line names the account by it.
        encoder: of meaning.
        context_weight: how much a word of the context counts, 1 being a word said.
    """
    said = [sentence.span.of(document.text) for sentence in sentences]
    vectors = encoder.in_context(context_line(document, account_name), said)
    around = words(" . ".join(filter(None, (account_name or document.account_id, document.title))))
    stems: dict[str, str] = {}
    entries = []
    for sentence, text, vector in zip(sentences, said, vectors, strict=True):
        own = words(text)
        context = [*around, *words(sentence.speaker.name or "")]
        stems |= {word.form: word.stem for word in (*own, *context)}
        weights = _weights(own, context, round(context_weight * TENTHS))
        entries.append(Entry(sentence, vector, weights, min(length(own), _LENGTH_MAX)))
    return IndexedDocument(tuple(entries), stems)


def _weights(own: Sequence[Word], context: Sequence[Word], of_context: int) -> dict[str, int]:
    weights: Counter[str] = Counter()
    for word in own:
        weights[word.form] += TENTHS
    for form in {word.form for word in context}:
        weights[form] += of_context
    return {form: min(weight, _LENGTH_MAX) for form, weight in weights.items() if weight}


def sentence_id(document_row: object, revision: int, sentence: Sentence) -> int:
    """The same sentence of the same revision has the same id, whenever it is read: 63 bits of a digest."""
    named = digest(f"{document_row}/{revision}/{sentence.span.start}/{sentence.span.end}")
    return int(named[:16], 16) >> 1
