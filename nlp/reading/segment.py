"""Sentences out of running text: punctuated, telegraphic or run-on, always as spans into the text.

A boundary is punctuation that is not part of an abbreviation, a number or a name. What goes on for long without any is
parted in ``runons``. Nothing is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.entities import Span
from nlp.reading.lines import INVISIBLE, strip_span
from nlp.reading.runons import part_long

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
        "appx",
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
        "tues",
        "wed",
        "thu",
        "thur",
        "fri",
        "sat",
        "sun",
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
        "attn",
        "ref",
        "vgl",
        "abs",
        "str",
        "tsd",
        "mio",
        "mrd",
        "nb",
        "n.b",
        "p.a",
        "p.m.o",
        "q",
        "resp",
        "rd",
        "ave",
        "blvd",
        "ft",
        "lbs",
        "oz",
        "qty",
        "temp",
        "ph",
        "dipl",
        "ing",
        "phd",
        "ph.d",
        "b.sc",
        "m.sc",
        "gen",
        "sen",
        "rep",
        "gov",
        "assn",
        "bros",
        "hon",
        "messrs",
        "misc",
        "op",
        "pl",
        "pres",
        "rs",
        "tbd",
        "univ",
        "orig",
        "adj",
        "admin",
        "asst",
        "yr",
        "yrs",
        "mo",
        "mos",
        "wk",
        "wks",
    ]
)
_MAY_END = frozenset(
    [
        "etc",
        "inc",
        "ltd",
        "co",
        "corp",
        "llc",
        "gmbh",
        "a.m",
        "p.m",
        "u.s",
        "u.k",
        "usw",
        "resp",
        "no",
        "st",
        "m",
        "v",
        "hr",
        "hrs",
        "yr",
        "yrs",
        "mo",
        "mos",
        "wk",
        "wks",
        "jr",
        "sr",
        "tel",
        "sec",
        "est",
        "max",
        "min",
        "dept",
        "misc",
        "tbd",
        "bros",
        "ave",
        "rd",
        "blvd",
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
        "tues",
        "wed",
        "thu",
        "thur",
        "fri",
        "sat",
        "sun",
        "phd",
        "ph.d",
    ]
)
_END = re.compile(
    rf"(?<![.!?…。！？])(?:[.!?…。！？]++[{INVISIBLE}]*+[\"'”’»)\]]*+(?=[\s{INVISIBLE}]|$)|[!?]++(?=[A-Z]))"
    r"|(?<=[a-z]{3})\.(?=[A-Z][a-z]{1,20}\s)"
)
_CLOSERS = "\"'”’»)]" + INVISIBLE
_FACE = re.compile(r"\s{0,2}(?:[:;=]-?[()DPpO/|]+|<3|[\U0001F300-\U0001FAFF\u2600-\u27BF]\ufe0f?){1,4}(?=\s|$)")
_NEXT = re.compile(rf"[\s{INVISIBLE}]*")
_STARTERS = frozenset(
    [
        "the",
        "a",
        "an",
        "we",
        "i",
        "you",
        "they",
        "he",
        "she",
        "it",
        "this",
        "that",
        "these",
        "those",
        "there",
        "here",
        "but",
        "and",
        "so",
        "if",
        "when",
        "what",
        "why",
        "how",
        "who",
        "where",
        "our",
        "my",
        "your",
        "their",
        "his",
        "her",
        "its",
        "is",
        "are",
        "was",
        "were",
        "do",
        "does",
        "did",
        "can",
        "could",
        "will",
        "would",
        "should",
        "have",
        "has",
        "please",
        "also",
        "then",
        "now",
        "just",
        "not",
        "no",
        "yes",
        "still",
        "after",
        "before",
        "because",
        "in",
        "on",
        "at",
        "for",
        "from",
        "with",
        "as",
        "to",
        "one",
        "two",
        "all",
        "some",
        "any",
        "many",
        "most",
        "each",
        "every",
        "once",
        "let",
        "thanks",
        "thank",
        "hi",
        "hello",
        "dear",
    ]
)
_WORD = re.compile(r"[^\W\d_]+")


def sentences_in(text: str, start: int, end: int) -> Iterator[Span]:
    """Sentences of ``text[start:end]``, each without white space at its ends."""
    position = start
    for boundary in boundaries(text, start, end):
        yield from part_long(text, strip_span(text, position, boundary))
        position = boundary
    yield from part_long(text, strip_span(text, position, end))


def boundaries(text: str, start: int, end: int) -> Iterator[int]:
    """Where sentences end, without ``end`` itself."""
    position = start
    while match := _END.search(text, position, end):
        position = match.end()
        if position < end and _ends_sentence(text, start, match, end):
            face = _FACE.match(text, position, end)
            position = face.end() if face else position
            yield position


def _ends_sentence(text: str, start: int, match: re.Match[str], end: int) -> bool:
    marks = match.group().rstrip(INVISIBLE)
    signs = marks.rstrip(_CLOSERS)
    space = _NEXT.match(text, match.end(), end)
    at = space.end() if space else match.end()
    if at >= end:
        return True
    following = text[at : at + 20]
    if signs[-1:] in "!?。！？":
        return not (len(signs) < len(marks) and following[0].islower())
    if len(signs) > 1 or "…" in signs:
        return following[0].isupper() or following[0] in "\"'“‘«(["
    return _full_stop(text, start, match.start(), following)


def _full_stop(text: str, start: int, at: int, following: str) -> bool:
    """Whether a single full stop at ``at`` ends a sentence."""
    word = _word_before(text, start, at)
    lowered = word.lower()
    if lowered in _ABBREVIATIONS:
        return (
            lowered in _MAY_END
            and _begins(following)
            and not (lowered in ("no", "v", "st", "m") and following[0].isdigit())
        )
    if len(word) == 1 and word.isalpha():
        return (word.islower() and following[0].isupper() and word != "i") or (word == "I" and _begins(following))
    if word.isdigit() and len(word) <= 2 and _begins_line(text, start, at - len(word)):
        return False  # "2. Export" numbers a list.
    if "." in word and len(word) <= 5 and word.replace(".", "").isalpha():
        return _begins(following)  # "z.B.", "i.e.", "U.S."
    if following[0].islower():
        return len(word) > 1 and (word.isalpha() or word[-1:].isdigit())
    return True


def _begins(following: str) -> bool:
    """Whether the next word is one that often begins a sentence, written with a capital."""
    word = _WORD.match(following)
    return word is not None and following[0].isupper() and word.group().lower() in _STARTERS


def _word_before(text: str, start: int, at: int) -> str:
    begin, floor = at, max(start, at - 24)
    while begin > floor and (text[begin - 1].isalnum() or text[begin - 1] in ".'’&"):
        begin -= 1
    return text[begin:at].strip(".'’")


def _begins_line(text: str, start: int, at: int) -> bool:
    before = text[max(start, at - 3) : at]
    return not before.strip() or before.rstrip(" ").endswith("\n")
