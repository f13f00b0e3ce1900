"""Meeting notes: bullets, headings, attendee lines, shorthand.

The author of a note is mostly one of us who reports what the account said, and often mixes both. So the side of a
sentence is unknown unless its line names a known person first ("Dana: ..."); the name stays part of the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.entities import Side, SkipReason
from nlp.reading.lines import Line
from nlp.reading.machine_text import is_ruler, mark_machine_text
from nlp.reading.sides import People
from nlp.reading.speaker_lines import read_speaker

_BULLET = re.compile(
    r"\s*(?:(?:[-–—*•◦▪·‣○●■□►▶✓✔✗☐☑❑➢➤+~o](?:\s+\[[ xX✓]?\])?\s+|[-*•](?=[^\W\d_])|\[[ xX✓]?\]\s+|\(?\d{1,2}[.)](?:\d{1,2}[.)]?)*\s+|\(?[a-zA-Z]\)\s+"
    r"|(?:->|=>|→|➔|>>|–>|>)\s*)){1,4}(?=\S)"
)
_FIELDS = frozenset(
    [
        "attendees",
        "attendee",
        "att",
        "participants",
        "participant",
        "present",
        "in the call",
        "in the room",
        "in call",
        "who",
        "on the call",
        "with",
        "people",
        "invitees",
        "absent",
        "apologies",
        "regrets",
        "cc",
        "date",
        "when",
        "time",
        "location",
        "where",
        "duration",
        "recording",
        "account",
        "customer",
        "client",
        "meeting",
        "subject",
        "from",
        "to",
        "author",
        "owner",
        "notes by",
        "note by",
        "note taker",
        "notetaker",
        "written by",
        "prepared by",
        "organizer",
        "organiser",
        "host",
        "meeting type",
        "type",
        "call type",
        "arr",
        "csm",
        "tier",
        "next call",
        "title",
        "topic",
    ]
)
_HEADINGS = frozenset(
    [
        "summary",
        "overview",
        "key points",
        "key takeaways",
        "takeaways",
        "highlights",
        "action items",
        "actions",
        "action points",
        "next steps",
        "to do",
        "todo",
        "todos",
        "to-dos",
        "decisions",
        "decisions made",
        "agenda",
        "discussion",
        "discussion points",
        "notes",
        "meeting notes",
        "minutes",
        "background",
        "context",
        "attendees",
        "participants",
        "risks",
        "risk",
        "open questions",
        "questions",
        "open points",
        "open items",
        "follow up",
        "follow-up",
        "follow ups",
        "followups",
        "topics",
        "updates",
        "update",
        "status",
        "recap",
        "details",
        "wins",
        "asks",
        "feedback",
        "misc",
        "other",
        "aob",
        "any other business",
        "ai notes",
        "ai summary",
        "ai",
        "outcome",
        "outcomes",
        "product feedback",
        "commercial",
        "adoption",
        "usage",
        "support",
        "sentiment",
        "internal",
        "private",
        "purpose",
        "objective",
        "objectives",
        "goals",
        "general",
        "conclusion",
        "chapters",
        "transcript",
        "positives",
        "negatives",
        "pains",
        "pain points",
        "timeline",
        "attendance",
        "concerns",
        "requests",
        "renewal",
    ]
)
_HEADING_WORDS_MAX = 6
_FIELD_VALUE_MAX = 240
_FIELD_LINES = 8


def mark_note(lines: Sequence[Line], people: People) -> None:
    """Mark attendee lines and headings, part bullets, and find who is quoted by name."""
    mark_machine_text(lines)
    seen = 0
    for number, line in enumerate(lines):
        if line.reason is not None:
            continue
        seen += 1
        following = lines[number + 1] if number + 1 < len(lines) else None
        if (seen <= _FIELD_LINES and is_field(line)) or is_heading(line, following) or is_ruler(line.probe):
            line.skip(SkipReason.HEADER)
            continue
        part_bullet(line)
        _name_speaker(line, people)


def part_bullet(line: Line) -> None:
    """A bullet stands alone, and its sign is no part of what it says."""
    bullet = _BULLET.match(line.text[:60])
    if bullet and bullet.end() < len(line.text):
        line.cut(bullet.end(), SkipReason.MARKUP)
        line.solo = True


def is_bullet(line: Line) -> bool:
    """Whether a line begins with a sign of a list."""
    return bool(_BULLET.match(line.text[:60]))


def is_field(line: Line) -> bool:
    """``Attendees: Dana, Marek``: who, when and where, not what was said."""
    head, colon, value = line.probe.strip("*# ").partition(":")
    name = re.sub(r"\([^)]{0,30}\)", "", head).strip(" *").lower()
    return bool(colon) and name in _FIELDS and len(value) < _FIELD_VALUE_MAX and not _talks(value)


def is_heading(line: Line, following: Line | None) -> bool:
    """A title of a section: a word that all notes use, or a short line set off by signs or a colon."""
    bare = line.probe.strip("*#=_-: []【】").lower()
    words = bare.split()
    if bare in _HEADINGS:
        return True
    if not words or len(words) > _HEADING_WORDS_MAX or _talks(bare):
        return False
    marked = line.probe.startswith(("#", "**", "==", "__")) and not line.probe.rstrip("*_=# ").endswith((".", "!", "?"))
    opens = line.probe.endswith(":") and following is not None and is_bullet(following) and not is_bullet(line)
    return marked or opens


def _talks(text: str) -> bool:
    """Whether a text says something rather than name something."""
    words = text.lower().split()
    return len(words) > 3 and any(word in _VERBS for word in words)


_VERBS = frozenset(
    [
        "is",
        "are",
        "was",
        "were",
        "wants",
        "want",
        "needs",
        "need",
        "says",
        "said",
        "asked",
        "asks",
        "has",
        "have",
        "had",
        "will",
        "would",
        "can",
        "can't",
        "cannot",
        "doesn't",
        "don't",
        "didn't",
        "no",
        "not",
        "still",
        "uses",
        "use",
        "used",
        "using",
        "looking",
        "looks",
        "moving",
        "moved",
        "evaluating",
        "considering",
        "left",
        "likes",
        "hates",
        "likes",
        "confirmed",
        "prefers",
    ]
)


def _name_speaker(line: Line, people: People) -> None:
    """``Dana: ...`` where Dana is known: her words, and her side."""
    if ":" not in line.probe[:60]:
        return
    found = read_speaker(line.text[:200])
    if found is None or not found.colon or found.alone or not found.name[:1].isupper():
        return
    if people.find(found.name) is None:
        return
    speaker = people.speaker(found.name, found.about)
    if speaker.side is not Side.UNKNOWN:
        line.speaker = speaker
        line.solo = True
