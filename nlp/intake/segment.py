"""Sentences out of running text: punctuated, telegraphic or run-on, always as spans into the text.

A boundary is punctuation that is not part of an abbreviation, number or name. What has no punctuation for long (speech
recognition) is parted where a new statement begins ("and then", "but we", "so the"). Nothing is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.entities import Span
from nlp.intake.lines import strip_span

WORDS_MAX = 45
WORDS_MIN = 8
CHARACTERS_MAX = 400

_ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "sr",
        "jr",
        "st",
        "vs",
        "etc",
        "e.g",
        "eg",
        "i.e",
        "ie",
        "approx",
        "dept",
        "est",
        "fig",
        "no",
        "nos",
        "nr",
        "inc",
        "ltd",
        "co",
        "corp",
        "llc",
        "gmbh",
        "bzw",
        "z.b",
        "usw",
        "ca",
        "tel",
        "ext",
        "resp",
        "incl",
        "excl",
        "max",
        "min",
        "avg",
        "acct",
        "mgmt",
        "mgr",
        "vol",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
        "a.m",
        "p.m",
        "u.s",
        "u.k",
        "d.h",
        "evtl",
        "ggf",
        "inkl",
        "pp",
        "cf",
        "al",
        "sra",
        "sres",
        "p.ej",
        "p.ex",
        "m",
        "mme",
        "mlle",
        "hr",
        "hrs",
        "w.r.t",
        "wrt",
        "v",
        "ver",
        "rev",
        "sec",
        "pt",
        "art",
        "cc",
        "fwd",
        "attn",
        "ref",
    ]
)
_END = re.compile(r"(?:[.!?…。！？]+|[.!?]+[\"'”’»)\]]+)(?=\s|$)")
_STARTERS = (
    r"and then|and so|and also|and now|and we|and i\b|and they|and he\b|and she\b|and it|and the|and that|and what|and if|but|so we|so i\b|so the|so they|so it|so that's|"
    r"so what|so if|because|i mean|you know what|anyway|anyways|actually|basically|um|uh|okay|ok so|right so|yeah|yeah so|yes|no|well|then we|then i\b|"
    r"which means|the thing is|the other thing|the problem is|also|plus|now we|now the|honestly|look|oh|like we|as i said|what we|what i\b|what they|we also|i think|i guess|"
    r"do you|can you|could you|is there|are there|does it|have you|would it|would you"
)
_TURNING = re.compile(rf"(?<=\s)(?=(?:{_STARTERS})\b)", re.IGNORECASE)
_SOFT = (
    re.compile(r"(?<=;)\s+"),
    re.compile(r"\s+(?=[-–—] )"),
    re.compile(r"(?<=:)\s+(?=[A-Z])"),
    re.compile(r"(?<=,)\s+(?=(?:and|but|so|because|or|which|while|then|und|aber)\b)", re.IGNORECASE),
    re.compile(r"(?<=,)\s+"),
    re.compile(r"\s+"),
)


def sentences_in(text: str, start: int, end: int) -> Iterator[Span]:
    """Sentences of ``text[start:end]``, each without white space at its ends."""
    position = start
    for boundary in _boundaries(text, start, end):
        yield from _part(text, position, boundary)
        position = boundary
    yield from _part(text, position, end)


def _boundaries(text: str, start: int, end: int) -> Iterator[int]:
    for match in _END.finditer(text, start, end):
        if match.end() < end and _ends_sentence(text, start, match, end):
            yield match.end()


def _ends_sentence(text: str, start: int, match: re.Match[str], end: int) -> bool:
    marks = match.group()
    following = text[match.end() : min(end, match.end() + 40)].lstrip()
    if not following:
        return True
    if "!" in marks or "?" in marks or "。" in marks:
        return True
    word = _word_before(text, start, match.start())
    if len(marks.rstrip("\"'”’»)]")) > 1 or "…" in marks:
        return following[0].isupper() or following[0] in "\"'“‘«(["
    if word.lower().rstrip(".") in _ABBREVIATIONS or (len(word) == 1 and word.isalpha() and word != "I"):
        return False
    if word.isdigit() and len(word) <= 2 and _line_start(text, start, match.start() - len(word)):
        return False  # "2. Export" numbers a list.
    if following[0].islower():
        return len(word) > 1 and word.isalpha()
    return True


def _word_before(text: str, start: int, at: int) -> str:
    begin = at
    floor = max(start, at - 30)
    while begin > floor and (text[begin - 1].isalnum() or text[begin - 1] in ".'’&"):
        begin -= 1
    return text[begin:at].lstrip(".")


def _line_start(text: str, start: int, at: int) -> bool:
    before = text[max(start, at - 3) : at].strip()
    return not before


def _part(text: str, start: int, end: int) -> Iterator[Span]:
    span = strip_span(text, start, end)
    if not len(span):
        return
    if not any(char.isalnum() for char in span.of(text)[:2000]) and len(span) < 2000:
        yield span
        return
    for piece in _part_run_on(text, span):
        yield from _part_over_long(text, piece)


def _part_run_on(text: str, span: Span) -> Iterator[Span]:
    """Part what goes on for more than ``WORDS_MAX`` words where new statements begin."""
    content = span.of(text)
    if content.count(" ") < WORDS_MAX:
        yield span
        return
    position, words = 0, 0
    last = 0
    for match in _TURNING.finditer(content):
        words += content.count(" ", last, match.start())
        last = match.start()
        if words >= WORDS_MIN and content.count(" ", match.start()) >= WORDS_MIN:
            yield strip_span(text, span.start + position, span.start + match.start())
            position, words = match.start(), 0
    yield strip_span(text, span.start + position, span.end)


def _part_over_long(text: str, span: Span) -> Iterator[Span]:
    """Part what is longer than ``CHARACTERS_MAX`` at the best place before that; hard where there is none."""
    start = span.start
    while span.end - start > CHARACTERS_MAX:
        cut = _soft_cut(text, start, start + CHARACTERS_MAX)
        piece = strip_span(text, start, cut)
        if len(piece):
            yield piece
        start = cut
    rest = strip_span(text, start, span.end)
    if len(rest):
        yield rest


def _soft_cut(text: str, start: int, limit: int) -> int:
    for pattern in _SOFT:
        cuts = [match.end() for match in pattern.finditer(text, start + CHARACTERS_MAX // 3, limit)]
        if cuts:
            return cuts[-1]
    return limit
