"""Names and addresses made unreadable, character for character, so that every offset still holds.

Names are those that the document gives of people (author, participants, speakers), whole and in parts, and whoever is
greeted or signs. A name that stands nowhere but in the middle of a sentence is not found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.entities import Document, Sentence
from labeling.records import LabelledSpan, Record

MASK = "•"
_PART_MIN = 3
_HOST = re.compile(r"@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_MAILBOX = re.compile(r"[\w.+'-]{1,64}\Z")
_MAILBOX_MAX = 64
_NAME = r"[^\W\d_][\w'’-]+(?: [^\W\d_][\w'’-]+)?"
_GREETED = re.compile(rf"^[ \t>]*(?:[Hh]i|[Hh]ello|[Dd]ear|[Hh]ey|[Tt]hanks|[Gg]ood morning)[ ,]+({_NAME})[,!.:]", re.M)
_SIGNED = re.compile(rf"^[ \t>]*(?:[-–—]+ ?)?({_NAME})[ \t]*\Z", re.M)


def people_of(document: Document, sentences: Iterable[Sentence] = ()) -> list[str]:
    """Every name and address that a document gives of people, in a fixed order."""
    people = [*([document.author] if document.author else []), *document.participants]
    found = {part for person in people for part in (person.name, person.email or "")}
    found |= {sentence.speaker.name or "" for sentence in sentences}
    return sorted(name for name in found if name.strip())


def masked(text: str, people: Sequence[str]) -> str:
    """The text, of the same length, with names and mail addresses covered."""
    covered = list(text)
    for start, end in _places(text, people):
        for at in range(start, end):
            if not covered[at].isspace():
                covered[at] = MASK
    return "".join(covered)


def masked_record(record: Record, people: Sequence[str]) -> Record:
    """A record whose text is covered; what is said in words in attributes of a suggestion is left out."""
    suggestion = record.suggestion
    if suggestion:
        spans = tuple(LabelledSpan(span.label, span.start, span.end, {}) for span in suggestion.spans)
        suggestion = replace(suggestion, spans=spans)
    return replace(record, text=masked(record.text, people), suggestion=suggestion)


def _places(text: str, people: Sequence[str]) -> Iterable[tuple[int, int]]:
    for match in _HOST.finditer(text):
        # Looked for from the @ backwards: forwards, every long word would be tried at each of its letters.
        before = max(0, match.start() - _MAILBOX_MAX)
        mailbox = _MAILBOX.search(text[before : match.start()])
        if mailbox:
            yield before + mailbox.start(), match.end()
    names = {name for person in people for name in _parts(person)}
    names |= {name for match in _GREETED.finditer(text) for name in _parts(match[1])}
    names |= {name for match in _SIGNED.finditer(text) for name in _parts(match[1])}
    if names:
        longest_first = sorted(names, key=lambda name: (-len(name), name))
        # Only literal names are joined, each escaped: no text becomes a pattern.
        pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")
        for match in pattern.finditer(text):
            yield match.span()


def _parts(name: str) -> set[str]:
    cleaned = name.strip(" \t,.;:<>\"'()")
    parts = {part for part in re.split(r"[\s,]+", cleaned) if len(part) >= _PART_MIN and part[0].isupper()}
    return parts | ({cleaned} if cleaned else set())
