"""Names that are known: products and suites of the software world, the workspace's rivals, our own names.

A name found here is a hint to the reader and a source of canonical spellings; it is never a verdict.
Matching is by Aho-Corasick over the case-folded text, so its time does not depend on how many names there are.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Literal

from ahocorasick_rs import AhoCorasick, MatchKind

from core.entities import Span

Role = Literal["product", "rival", "suite", "own"]
_RANK: dict[Role, int] = {"own": 0, "rival": 1, "suite": 2, "product": 3}


@dataclass(frozen=True, slots=True)
class Entry:
    """One spelling of a name. ``cased``: a common word ("Front", "Linear") that counts only as it is spelt."""

    spelling: str
    canonical: str
    role: Role
    cased: bool = False


@dataclass(frozen=True, slots=True)
class KnownName:
    """An entry found in a text."""

    span: Span
    canonical: str
    role: Role


class Gazetteer:
    """Finds entries in text. Among entries of one spelling the most specific role wins: own, rival, suite, product."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        best: dict[str, Entry] = {}
        for entry in entries:
            key = _fold(entry.spelling)
            if key and (key not in best or _RANK[entry.role] < _RANK[best[key].role]):
                best[key] = entry
        self._entries = list(best.values())
        self._automaton = AhoCorasick(list(best), matchkind=MatchKind.LeftmostLongest) if best else None

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, text: str) -> list[KnownName]:
        """All known names as whole words, in text order, the longest at each place."""
        if self._automaton is None:
            return []
        found = []
        for index, start, end in self._automaton.find_matches_as_indexes(_fold(text)):
            entry = self._entries[index]
            if not _whole_word(text, start, end):
                continue
            if entry.cased and (text[start:end] != entry.spelling or _begins_sentence(text, start)):
                continue
            found.append(KnownName(Span(start, end), entry.canonical, entry.role))
        return found


def _fold(text: str) -> str:
    """Lower case that never changes the length, so that offsets stay true."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def _begins_sentence(text: str, start: int) -> bool:
    """Where every word has a capital, a capital says nothing."""
    before = text[max(0, start - 4) : start].rstrip(" \t\"'(*_")
    return not before or before[-1] in ".!?:;\n\r-–—•>|"


def _whole_word(text: str, start: int, end: int) -> bool:
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return not (before.isalnum() or before in "_@/") and not (after.isalnum() or after in "_@")


@lru_cache(maxsize=1)
def shipped_entries() -> Sequence[Entry]:
    """The catalogue that ships with the product: ``nlp/data/catalogue.csv``."""
    entries = []
    content = resources.files("nlp.data").joinpath("catalogue.csv").read_text("utf-8")
    with io.StringIO(content, newline="") as lines:
        for row in csv.DictReader(lines):
            cased = row["cased"] == "1"
            role: Role = "suite" if row["role"] == "suite" else "product"
            spellings = [row["name"], *filter(None, row["aliases"].split("|"))]
            entries += [Entry(spelling, row["name"], role, cased) for spelling in spellings]
    return tuple(entries)
