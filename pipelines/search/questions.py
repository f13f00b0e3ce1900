"""A question about an account, taken apart: what it is about, and from when to when.

"What do they say about reporting since June?" is about "reporting", from the first of June on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from nlp.dates import DateMention, find_dates

_SINCE = re.compile(r"\b(?:since|after|from|starting(?: in| from)?)\s+(?:the\s+)?$", re.IGNORECASE)
_BEFORE = re.compile(r"\bbefore\s+(?:the\s+)?$", re.IGNORECASE)
_UNTIL = re.compile(r"\b(?:until|till|up to|by|to)\s+(?:the\s+)?$", re.IGNORECASE)
_DURING = re.compile(r"\b(?:in|during|on|over|within)\s+(?:the\s+)?$", re.IGNORECASE)
_OPENING = re.compile(
    r"""^\s*(?:
        (?:what|who|when|where|how\ often|how|why)\s+(?:do|does|did|has|have|is|are|was|were)?\s*
        (?:they|he|she|we|people|anyone|anybody|somebody|it|the\ account|the\ customer)?\s*(?:all\s+)?
        (?:say|says|said|saying|think|thinks|thought|tell|told|write|wrote|written|mention|mentions|mentioned|ask|asks|
           asked|feel|feels|felt|complain|complains|complained|talk|talks|talked|heard|hear)\s*
        (?:us|me)?\s*(?:about|of|on|for|with|regarding|that)?
      | (?:did|do|does|has|have|is|are)\s+
        (?:they|he|she|anyone|anybody|somebody|the\ account|the\ customer)\s+(?:ever\s+)?
        (?:say|said|mention|mentioned|ask|asked|complain|complained|talk|talked|write|written)\s*
        (?:anything\s+)?(?:about|of|on|for|regarding|that)?
      | (?:show|tell|give)\s+me\s+(?:all\s+)?(?:what\s+they\s+(?:say|said)\s+)?(?:about)?
      | (?:anything|everything|something)\s+(?:they\s+(?:say|said)\s+)?(?:about|on)
    )\s+""",
    re.IGNORECASE | re.VERBOSE,
)
_BY_THEMSELVES = ("since", "for ", "last", "this")
_QUARTER = re.compile(r"quarter|\bq[1-4]")
_SEASON = re.compile(r"spring|summer|autumn|fall|winter")
_EDGES = re.compile(r"^[\s,;:]+|[\s,;:?!.]+$")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: ``topic`` in words, from ``since`` on and before ``until``."""

    topic: str
    since: datetime | None
    until: datetime | None


def understand(text: str, today: date) -> Question:
    """Take a question apart. Dates that it does not settle stay words of the topic.

    Args:
        text: as it was asked.
        today: what "last month" refers to.
    """
    since: datetime | None = None
    until: datetime | None = None
    cut: list[tuple[int, int]] = []
    for mention in find_dates(text, today, "past"):
        first, after = _stretch(mention)
        cues = ((_SINCE, first, None), (_BEFORE, None, first), (_UNTIL, None, after), (_DURING, first, after))
        found = ((cue.search(text, 0, mention.start), start, end) for cue, start, end in cues)
        match, start, end = next((item for item in found if item[0]), (None, None, None))
        if match is None and mention.text.lower().startswith(_BY_THEMSELVES):
            start, end = first, None if mention.text.lower().startswith(_BY_THEMSELVES[:2]) else after
        if start or end:
            since, until = start or since, end or until
            cut.append((match.start() if match else mention.start, mention.end))
    rest = text
    for begin, stop in reversed(cut):
        rest = rest[:begin] + " " + rest[stop:]
    topic = _EDGES.sub("", " ".join(_OPENING.sub("", _EDGES.sub("", rest)).split()))
    if since and until and since >= until:
        until = None
    return Question(topic or _EDGES.sub("", text), since, until)


def _stretch(mention: DateMention) -> tuple[datetime, datetime]:
    """The first moment of what is named, and the first one after it."""
    parts = [int(part) for part in mention.resolved.split("-")]
    first = date(parts[0], parts[1] if len(parts) > 1 else 1, parts[2] if len(parts) > 2 else 1)
    said = mention.text.lower()
    if len(parts) == 3:
        week = "week" in said
        monday = first - timedelta(days=first.weekday()) if week else first
        return _midnight(monday), _midnight(monday + timedelta(days=7 if week else 1))
    if len(parts) == 1:
        return _midnight(first), _midnight(_months(first, 12))
    if _QUARTER.search(said):
        first = date(first.year, (first.month - 1) // 3 * 3 + 1, 1)
        return _midnight(first), _midnight(_months(first, 3))
    if _SEASON.search(said):
        first = first if first.month == 12 else _months(first, -1)  # named by their middle month, but for winter
        return _midnight(first), _midnight(_months(first, 3))
    return _midnight(first), _midnight(_months(first, 1))


def _months(day: date, count: int) -> date:
    index = day.year * 12 + day.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
