"""Text as words to search for: how each is written, what it is a form of, and where it stands.

A name or a code is kept whole and in its parts: ``ERR-4012`` is found as ``err-4012``, ``err`` and ``4012``. Function
words are left out, but for negations: "can't" and "cannot" both say ``not``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import snowballstemmer

FORM_MAX = 64
"""A longer run of letters is no word: it is cut here."""
_WORD = re.compile(r"[^\W_]+(?:[''’._:/#@&+-]+[^\W_]+)*")
_PART = re.compile(r"[^\W_]+")
_REMEMBERED = 50_000
_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "’": "'"})
_POSSESSIVE = re.compile(r"'s$|'$")
_NEGATED = re.compile(r"^(?:[a-z]+n't|cannot|cant|dont|wont|doesnt|isnt|didnt)$")
_STOP_WORDS = frozenset(
    """
    a about after again all also am an and any are as at be because been being but by can could did do does doing
    down during each either else few for from further get gets got had has have having he her here hers him his how i
    i'd i'll i'm i've if in into is it it's its itself just let's me more most my myself of off on once only or other
    our ours ourselves out over own per rather s same shall she she's should so some such t than that that's the their
    theirs them themselves then there there's these they they'd they'll they're they've this those though through to
    too under until up upon us very was we we'd we'll we're we've were what what's when where where's which while who
    who's whom whose why will with would yet you you'd you'll you're you've your yours yourself yourselves
    anyone anybody someone somebody anything something everyone everybody
    """.split()
)
_JOINTS = "._:/#@&+-"
_stemmer = snowballstemmer.stemmer("english")
_stemming = Lock()


@dataclass(frozen=True, slots=True)
class Word:
    """A word at ``text[start:end]``: ``form`` as it is written, folded; ``stem`` what its forms share.

    ``part`` marks pieces of a longer one, which stands in the list as well.
    """

    start: int
    end: int
    form: str
    stem: str
    part: bool = False


def words(text: str) -> list[Word]:
    """The words of a text in order, function words left out."""
    return list(_found(text))


def _found(text: str) -> Iterator[Word]:
    for match in _WORD.finditer(text):
        whole = _POSSESSIVE.sub("", fold(match.group()))
        if _NEGATED.match(whole):
            yield Word(match.start(), match.end(), "not", "not")
            continue
        if not whole or whole in _STOP_WORDS:
            continue
        if not any(mark in whole for mark in _JOINTS):
            form = whole[:FORM_MAX]
            yield Word(match.start(), match.end(), form, stem(form))
            continue
        yield Word(match.start(), match.end(), whole[:FORM_MAX], whole[:FORM_MAX])
        for piece in _PART.finditer(match.group()):
            form = fold(piece.group())[:FORM_MAX]
            if form not in _STOP_WORDS and len(form) > 1:
                yield Word(match.start() + piece.start(), match.start() + piece.end(), form, stem(form), part=True)


@lru_cache(maxsize=_REMEMBERED)
def fold(text: str) -> str:
    """Lower case without accents: "Rønning" and "RONNING" are one."""
    lowered = text.casefold().translate(_LETTERS)
    if lowered.isascii():
        return lowered
    spread = unicodedata.normalize("NFKD", lowered)
    return "".join(letter for letter in spread if not unicodedata.combining(letter))


@lru_cache(maxsize=_REMEMBERED)
def stem(form: str) -> str:
    """What "delegate", "delegates" and "delegated" share; codes and numbers are their own stem."""
    if any(letter.isdigit() for letter in form):
        return form
    with _stemming:  # it keeps the word at hand in itself
        found: str = _stemmer.stemWord(form)
    return found


def length(found: Iterable[Word]) -> int:
    """How many words a text has, parts of words not counted."""
    return sum(1 for word in found if not word.part)
