"""What the encoder reads: windows of whole sentences with their context, each token encoded about once.

    [CLS] kind title [SEP]  | side tokens… side tokens… |block| side tokens… [SEP]

Sentences are packed into windows of at most ``WINDOW_TOKENS``. A document that does not fit gets several windows; each
begins and ends with sentences of its neighbours that are there as context only. Every sentence is decided in exactly
one window. Re-encoding two neighbours around each sentence would triple the tokens for less context.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.entities import Document, Sentence
from nlp.gazetteer import KnownName
from nlp.tokens import Vocabulary

WINDOW_TOKENS = 256
CONTEXT_TOKENS = 40
TITLE_TOKENS = 16
PIECE_TOKENS = 128
"""A sentence with more tokens is encoded in several pieces; the strongest decides."""


Place = tuple[int, int]
NOWHERE: Place = (0, 0)


@dataclass(frozen=True, slots=True)
class Piece:
    """The tokens of a sentence, or of a part of one that is too long, with its marker first.

    ``places`` are the tokens' characters ``[start, end)`` in the document's text; markers stand for none.
    """

    sentence: int
    ids: tuple[int, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """Token ids, and for each sentence decided here its token range ``[start, end)`` (the marker is at ``start``).

    ``places`` are the tokens' characters in the document's text, ``NOWHERE`` for markers and the header.
    """

    ids: tuple[int, ...]
    places: tuple[Place, ...]
    sentences: tuple[int, ...]
    ranges: tuple[tuple[int, int], ...]


def windows_of(
    document: Document,
    sentences: Sequence[Sentence],
    vocabulary: Vocabulary,
    names: Sequence[KnownName] = (),
) -> list[Window]:
    """Pack the sentences of a document. Depends on this document alone, so order and batches change nothing."""
    if not sentences:
        return []
    header = _header(document, vocabulary)
    pieces = _pieces(document.text, sentences, vocabulary, names)
    room = WINDOW_TOKENS - len(header) - 1
    if sum(len(piece.ids) for piece in pieces) <= room:
        return [_window(header, pieces, 0, len(pieces), 0, len(pieces), vocabulary)]
    windows = []
    for first, last in _chunks(pieces, max(room - 2 * CONTEXT_TOKENS, PIECE_TOKENS + 2)):
        left = _reach(pieces, first, -1, CONTEXT_TOKENS)
        right = _reach(pieces, last - 1, 1, CONTEXT_TOKENS) + 1
        windows.append(_window(header, pieces, left, right, first, last, vocabulary))
    return windows


def _header(document: Document, vocabulary: Vocabulary) -> tuple[int, ...]:
    title = vocabulary.tokenizer.encode(document.title or "", add_special_tokens=False).ids[:TITLE_TOKENS]
    return (vocabulary.start, vocabulary.kinds[document.kind], *title, vocabulary.separator)


def _pieces(
    text: str, sentences: Sequence[Sentence], vocabulary: Vocabulary, names: Sequence[KnownName]
) -> list[Piece]:
    encodings = vocabulary.tokenizer.encode_batch(
        [sentence.span.of(text) for sentence in sentences], add_special_tokens=False
    )
    marks = _marks_by_sentence(sentences, names, vocabulary)
    pieces: list[Piece] = []
    block = sentences[0].block
    for index, (sentence, encoding) in enumerate(zip(sentences, encodings, strict=True)):
        ids, places = _with_marks(encoding.ids, encoding.offsets, marks.get(index, ()), sentence.span.start)
        prefix = (vocabulary.new_block,) if sentence.block != block else ()
        block = sentence.block
        side = vocabulary.sides[sentence.speaker.side]
        for start in range(0, max(1, len(ids)), PIECE_TOKENS):
            part = slice(start, start + PIECE_TOKENS)
            nowhere = (NOWHERE,) * (len(prefix) + 1)
            pieces.append(Piece(index, (*prefix, side, *ids[part]), (*nowhere, *places[part])))
            prefix = ()
    return pieces


def _marks_by_sentence(
    sentences: Sequence[Sentence], names: Sequence[KnownName], vocabulary: Vocabulary
) -> dict[int, list[tuple[int, int]]]:
    """For each sentence with known names: (offset within the sentence, marker id), in text order."""
    marks: dict[int, list[tuple[int, int]]] = {}
    index = 0
    for name in names:
        while index < len(sentences) and sentences[index].span.end <= name.span.start:
            index += 1
        if index == len(sentences):
            break
        offset = name.span.start - sentences[index].span.start
        if offset >= 0:
            marks.setdefault(index, []).append((offset, vocabulary.names[name.role]))
    return marks


def _with_marks(
    ids: Sequence[int], offsets: Sequence[Place], marks: Sequence[tuple[int, int]], origin: int
) -> tuple[list[int], list[Place]]:
    """Token ids with the marks of known names before them, and where each token stands in the document."""
    out: list[int] = []
    places: list[Place] = []
    waiting = list(marks)
    for token, (start, end) in zip(ids, offsets, strict=True):
        while waiting and start >= waiting[0][0]:
            out.append(waiting.pop(0)[1])
            places.append(NOWHERE)
        out.append(token)
        places.append((origin + start, origin + end))
    return out, places


def _chunks(pieces: Sequence[Piece], room: int) -> list[tuple[int, int]]:
    """Split pieces into runs of about equal size, none over ``room`` tokens."""
    total = sum(len(piece.ids) for piece in pieces)
    target = total / max(1, -(-total // room))
    chunks: list[tuple[int, int]] = []
    first, size = 0, 0
    for index, piece in enumerate(pieces):
        if size and (size + len(piece.ids) > room or size >= target):
            chunks.append((first, index))
            first, size = index, 0
        size += len(piece.ids)
    chunks.append((first, len(pieces)))
    return chunks


def _reach(pieces: Sequence[Piece], start: int, step: int, budget: int) -> int:
    """How far context reaches from ``start`` (not counted) in direction ``step``."""
    index = start
    while 0 <= index + step < len(pieces) and budget >= len(pieces[index + step].ids):
        index += step
        budget -= len(pieces[index].ids)
    return index


def _window(
    header: tuple[int, ...],
    pieces: Sequence[Piece],
    left: int,
    right: int,
    first: int,
    last: int,
    vocabulary: Vocabulary,
) -> Window:
    ids = list(header)
    places = [NOWHERE] * len(header)
    decided: list[int] = []
    ranges: list[tuple[int, int]] = []
    for index in range(left, right):
        piece = pieces[index]
        if first <= index < last:
            begin = len(ids) + (piece.ids[0] == vocabulary.new_block)
            decided.append(piece.sentence)
            ranges.append((begin, len(ids) + len(piece.ids)))
        ids.extend(piece.ids)
        places.extend(piece.places)
    ids.append(vocabulary.separator)
    places.append(NOWHERE)
    return Window(tuple(ids), tuple(places), tuple(decided), tuple(ranges))
