"""Meeting notes: bullets, headings, attendee lines, shorthand.

The author of a note is mostly one of us, who reports what the account said; a sentence's side is therefore unknown
unless the line itself names its speaker ("Dana: ...").
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.entities import Side, SkipReason
from nlp.intake.lines import Line
from nlp.intake.sides import People

BULLET = re.compile(
    r"^\s*(?:(?:->|=>|→|>>)\s*|[-–—*•◦▪·‣○●■□►▶✓✔✗☐☑+~]\s+|[-*•](?=\w)|\[[ xX]?\]\s*|\(?\d{1,2}[.)]\s+|[a-zA-Z][.)]\s+){1,4}(?=\S)"
)
_ATTENDEES = re.compile(
    r"^\s*(?:\*\*)?(?:attendees?|att|participants?|present|in (?:the )?(?:call|room|meeting)|who|on the call|with|people|invitees|absent|apologies|cc|date|when|time|"
    r"location|where|duration|recording|account|customer|client|meeting|subject|from|to|author|owner|notes? by|written by|prepared by)(?:\*\*)?\s*(?:\([^)]{0,30}\))?\s*:",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"^\s*(?:#{1,6}\s+\S|\*\*[^*]{1,60}\*\*:?\s*$|=+\s*[^=]{1,60}\s*=+\s*$|[A-ZÀ-Þ0-9 /&-]{3,40}:?\s*$|[\w /&'’-]{2,40}:\s*$)"
)
_NAMED = re.compile(
    r"^(?P<name>[\w.'’-]{2,25}(?: [\w.'’-]{1,25}){0,2})\s*(?:\((?P<about>[^)\n]{0,40})\))?\s*:\s+(?=\S)"
)
_ATTENDEE_LINES = 6
_NAMES_MAX = 300


def mark_note(lines: Sequence[Line], people: People) -> None:
    """Mark attendee lines and headings, part bullets, and find who is quoted by name."""
    seen = 0
    for line in lines:
        if line.blank or line.reason:
            continue
        seen += 1
        if seen <= _ATTENDEE_LINES and _ATTENDEES.match(line.text) and len(line.text) < _NAMES_MAX:
            line.skip(SkipReason.HEADER)
            continue
        if _HEADING.match(line.text) and not BULLET.match(line.text):
            line.skip(SkipReason.HEADER)
            continue
        part_bullet(line)
        named = _NAMED.match(line.text)
        if named and (person := people.find(named["name"])):
            side = people.side_of(person)
            line.speaker = people.speaker(named["name"], named["about"] or "")
            if side is not Side.UNKNOWN:
                line.cut_prefix(named.end(), SkipReason.SPEAKER_LINE)


def part_bullet(line: Line) -> None:
    """A bullet stands alone, and its sign is no part of what it says."""
    bullet = BULLET.match(line.text)
    if bullet and len(bullet.group()) < len(line.text):
        line.cut_prefix(bullet.end(), SkipReason.MARKUP)
        line.alone = True
