"""Long stretches without punctuation, as speech recognition writes them, parted where a new statement begins.

A stretch of more than ``WORDS_MAX`` words is parted at the words by which people begin ("and then", "but", "i mean"),
never into pieces of fewer than ``WORDS_MIN``; what is still longer than ``CHARACTERS_MAX`` is parted at the best place
before that, at white space in the worst case. Text without any white space stays whole up to ``HARD_MAX``.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from core.entities import Span
from nlp.reading.lines import strip_span

WORDS_MAX = 45
WORDS_MIN = 8
CHARACTERS_MAX = 400
HARD_MAX = 2_000

_STRONG = (
    "and then", "and so", "and also", "and now", "and we", "and i", "and they", "and he", "and she", "and it", "and the", "and that's",
    "and what", "and if", "and yeah", "and honestly", "but", "so", "because", "cause", "i mean", "you know", "anyway", "anyways",
    "actually", "basically", "okay", "ok", "right so", "yeah", "yes", "well", "then we", "then i", "then they", "which means",
    "the thing is", "the other thing", "the problem is", "the issue is", "the question is", "also", "plus", "now we", "now the",
    "honestly", "look", "like we", "as i said", "what we", "what i", "what they", "we also", "i think", "i guess", "do you", "can you",
    "could you", "is there", "are there", "does it", "have you", "would it", "would you", "um", "uh", "anyhow", "otherwise", "meanwhile",
    "however", "therefore", "instead", "first of all", "second", "another thing", "one more thing", "by the way", "apart from that",
)  # fmt: skip
_WEAK = ("and", "or", "which", "while", "when", "where", "although", "though", "since", "if", "we", "i", "they", "it's", "that's",
         "there's", "who", "then", "after", "before", "until", "unless", "whereas")  # fmt: skip
_NOT_AFTER = frozenset(["the", "a", "an", "to", "of", "for", "with", "in", "on", "at", "by", "from", "our", "your", "their", "his", "her", "my", "its", "is", "are", "was", "were", "be", "been", "very", "so", "and", "or", "but", "not", "as", "if", "that", "this", "these", "those", "no", "than", "i", "we", "you", "they", "he", "she", "it"])  # fmt: skip


def _starts(words: Sequence[str]) -> re.Pattern[str]:
    body = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<=\s)(?:{body})(?=[\s,])", re.IGNORECASE)


_STRONG_START, _WEAK_START = _starts(_STRONG), _starts(_WEAK)
_PAUSE = re.compile(r"(?:;|,|\s[-–—]+|\.{2,}|…)\s+")
_WORDS = re.compile(r"\S+")
_SOFT = (
    re.compile(r";\s+"),
    re.compile(r"\s+[-–—]{1,2}\s+"),
    re.compile(r":\s+(?=[A-Z])"),
    re.compile(r",\s+(?=(?:and|but|so|because|or|which|while|then|und|aber)\b)", re.IGNORECASE),
    re.compile(r",\s+"),
    re.compile(r"\s+"),
)


def part_long(text: str, span: Span) -> Iterator[Span]:
    """The span itself, or its parts if it goes on for too long."""
    if not len(span):
        return
    if len(span) < 3 * WORDS_MAX or (len(span) <= CHARACTERS_MAX and text.count(" ", span.start, span.end) < WORDS_MAX):
        yield span
        return
    for piece in _part_run_on(text, span):
        yield from _part_over_long(text, piece)


def _part_run_on(text: str, span: Span) -> Iterator[Span]:
    starts = array("L", (match.start() for match in _WORDS.finditer(text, span.start, span.end)))
    if len(starts) <= WORDS_MAX:
        yield span
        return
    first = 0
    while len(starts) - first > WORDS_MAX:
        cut = _cut_word(text, starts, first)
        yield strip_span(text, starts[first], starts[cut])
        first = cut
    yield strip_span(text, starts[first], span.end)


def _cut_word(text: str, starts: Sequence[int], first: int) -> int:
    """The word, between ``WORDS_MIN`` and ``WORDS_MAX`` after ``first``, at which a new statement begins best."""
    low, high = first + WORDS_MIN, min(first + WORDS_MAX, len(starts) - WORDS_MIN)
    begin, end = starts[low] - 1, starts[high]
    for pattern in (_STRONG_START, _WEAK_START):
        for match in pattern.finditer(text, begin, end):
            index = bisect_right(starts, match.start()) - 1
            if starts[index] == match.start() and _may_part(text, starts, index):
                return index
    pauses = [match.end() for match in _PAUSE.finditer(text, begin, end)]
    return bisect_right(starts, pauses[-1]) - 1 if pauses and bisect_right(starts, pauses[-1]) - 1 > first else high


def _may_part(text: str, starts: Sequence[int], index: int) -> bool:
    """Not after a word that wants another ("for", "the", "and")."""
    before = text[starts[index - 1] : starts[index]].strip().lower()
    return before not in _NOT_AFTER


def _part_over_long(text: str, span: Span) -> Iterator[Span]:
    start = span.start
    while span.end - start > CHARACTERS_MAX:
        cut = _soft_cut(text, start, span.end)
        piece = strip_span(text, start, cut)
        if len(piece):
            yield piece
        start = cut
    rest = strip_span(text, start, span.end)
    if len(rest):
        yield rest


def _soft_cut(text: str, start: int, end: int) -> int:
    """The best place to part before ``CHARACTERS_MAX``; the next white space if there is none; hard at ``HARD_MAX``."""
    limit = min(end, start + CHARACTERS_MAX)
    for pattern in _SOFT:
        cuts = [match.end() for match in pattern.finditer(text, start + CHARACTERS_MAX // 3, limit)]
        if cuts:
            return cuts[-1]
    later = _SOFT[-1].search(text, limit, min(end, start + HARD_MAX))
    return later.end() if later else min(end, start + HARD_MAX)
