"""Which of the lines that could name a speaker do: known people, names that come again, names with a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from core.entities import SkipReason, Speaker
from nlp.reading.cards import is_talk
from nlp.reading.lines import Line
from nlp.reading.sides import People
from nlp.reading.speaker_lines import SpeakerLine, read_speaker

_NO_NAMES = frozenset(
    [
        "note",
        "notes",
        "re",
        "fw",
        "fwd",
        "ps",
        "p.s",
        "nb",
        "edit",
        "update",
        "updates",
        "steps",
        "step",
        "expected",
        "actual",
        "result",
        "results",
        "question",
        "questions",
        "issue",
        "issues",
        "problem",
        "problems",
        "error",
        "errors",
        "workaround",
        "workarounds",
        "summary",
        "context",
        "background",
        "todo",
        "to-do",
        "action",
        "actions",
        "next",
        "attached",
        "attachment",
        "attachments",
        "environment",
        "version",
        "browser",
        "impact",
        "priority",
        "subject",
        "to",
        "from",
        "cc",
        "date",
        "http",
        "https",
        "e.g",
        "example",
        "reason",
        "status",
        "also",
        "and",
        "but",
        "so",
        "hi",
        "hello",
        "hey",
        "dear",
        "thanks",
        "thank",
        "option",
        "thing",
        "one",
        "two",
        "three",
        "first",
        "second",
        "third",
        "finally",
        "request",
        "requests",
        "idea",
        "ideas",
        "q",
        "a",
        "fyi",
        "tl;dr",
        "tldr",
        "eta",
        "ask",
        "asks",
        "risk",
        "risks",
        "pain",
        "pains",
        "good",
        "bad",
        "pro",
        "pros",
        "con",
        "cons",
        "quote",
        "goal",
        "goals",
        "topic",
        "topics",
        "agenda",
        "decision",
        "decisions",
        "owner",
        "due",
        "name",
        "title",
        "account",
        "company",
        "plan",
        "product",
        "type",
        "category",
        "severity",
        "tags",
        "tag",
        "group",
        "channel",
        "assignee",
        "requester",
        "url",
        "link",
        "links",
        "os",
        "device",
        "model",
        "serial",
        "id",
        "ticket",
        "case",
        "order",
        "invoice",
        "total",
        "regards",
        "best",
        "cheers",
        "yes",
        "no",
        "ok",
        "okay",
        "sure",
        "maybe",
        "please",
        "still",
        "then",
        "now",
        "currently",
        "today",
        "yesterday",
        "tomorrow",
        "meeting",
        "call",
        "time",
        "duration",
        "recording",
        "location",
        "transcript",
        "subject",
        "description",
        "details",
        "detail",
        "message",
        "messages",
        "system",
        "language",
        "key",
        "what",
        "why",
        "how",
        "when",
        "who",
        "where",
        "which",
        "our",
        "we",
        "they",
        "it",
        "this",
        "that",
        "these",
        "here",
        "there",
        "my",
        "your",
        "his",
        "her",
        "bug",
        "feature",
        "features",
        "wish",
        "wishes",
        "blocker",
        "blockers",
        "solution",
        "cause",
        "root",
        "fix",
        "fixed",
        "resolution",
        "phone",
        "mobile",
        "email",
        "e-mail",
        "tel",
        "fax",
        "web",
        "website",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "warning",
        "info",
        "debug",
        "trace",
        "caused",
        "open",
        "closed",
        "solved",
        "new",
        "pending",
        "conclusion",
        "outcome",
        "feedback",
        "follow-up",
        "follow-ups",
        "followup",
        "highlights",
        "tone",
        "mood",
        "sentiment",
        "renewal",
        "usage",
        "health",
        "budget",
        "timeline",
        "deadline",
        "timing",
        "price",
        "pricing",
        "score",
        "nps",
        "attendees",
        "participants",
        "present",
        "absent",
        "topics",
        "deal",
        "stage",
        "champion",
        "competitor",
        "competitors",
        "competition",
        "other",
        "others",
        "overall",
        "bottom",
        "important",
        "urgent",
        "reminder",
        "ref",
        "reference",
        "number",
        "amount",
        "cost",
        "costs",
        "seats",
        "licence",
        "license",
        "users",
        "user's",
        "table",
        "column",
        "sheet",
        "page",
        "file",
    ]
)
_REPEATS = 2


class SpeakerFinder:
    """Reads all lines once, counts the names, and then says of a line who speaks from there on."""

    def __init__(self, lines: Sequence[Line], people: People, *, generous: bool = False) -> None:
        """``generous``: a transcript, where a name before a colon is a speaker unless it is a common word."""
        self._people = people
        self._generous = generous
        self._read: dict[int, SpeakerLine] = {}
        for line in lines:
            found = read_speaker(line.text) if line.reason is None and _may_name(line.probe) else None
            if found:
                self._read[line.start] = found
        self._count = Counter(_key(found) for found in self._read.values())

    def at(self, line: Line) -> tuple[SpeakerLine, Speaker] | None:
        """The speaker that a line names, if it names one."""
        found = self._read.get(line.start)
        if found is None or not self._names(found):
            return None
        return found, self._people.speaker(found.name, found.about)

    def _names(self, found: SpeakerLine) -> bool:
        if not (found.colon or found.timed or found.told):
            return self._generous and self._people.find(found.name) is not None and self._again(found)
        if self._people.find(found.name):
            return len(found.name) > 1 or (found.colon and found.name.isupper())
        if _is_common(found) or is_talk(found.name) or is_talk(found.about):
            return False
        if found.is_role:
            return found.colon or found.timed
        return self._again(found) or self._looks_like_name(found)

    def _again(self, found: SpeakerLine) -> bool:
        if not found.capital and not (found.timed and " " not in found.name):
            return False
        return self._count[_key(found)] >= _REPEATS

    def _looks_like_name(self, found: SpeakerLine) -> bool:
        """Somebody who is not listed and speaks once: only where the line is written for nothing else."""
        if not found.capital or len(found.name.split()) > 4:
            return False
        if found.timed or found.told:
            return " " in found.name or bool(found.about) or found.colon
        return bool(found.about) or (self._generous and " " in found.name)


def assign_speakers(
    lines: Sequence[Line], finder: SpeakerFinder, keep: frozenset[int] = frozenset()
) -> list[list[Line]]:
    """Give each line its speaker and mark the lines that only name one; returns the comments, one person's words each.

    ``keep`` holds the offsets of lines that introduce a quotation and name nobody who speaks here.
    """
    comments: list[list[Line]] = [[]]
    speaker: Speaker | None = None
    for line in lines:
        named = finder.at(line) if line.reason is None and line.start not in keep else None
        if named:
            found, speaker = named
            comments.append([])
            _take(line, found)
        if speaker is not None:
            line.speaker = speaker
        comments[-1].append(line)
    return [comment for comment in comments if comment]


def _take(line: Line, found: SpeakerLine) -> None:
    if found.alone:
        line.skip(SkipReason.SPEAKER_LINE)
    else:
        line.cut(found.length, SkipReason.SPEAKER_LINE)
        line.solo = line.fresh = True


def _may_name(probe: str) -> bool:
    """A quick look: most lines have neither a colon nor a number near their beginning."""
    head = probe[:140]
    return ":" in head or len(probe) <= 60 or any(char.isdigit() for char in head)


def _is_common(found: SpeakerLine) -> bool:
    words = found.name.lower().split()
    return words[0].strip(".") in _NO_NAMES or words[-1] in _NO_NAMES


def _key(found: SpeakerLine) -> str:
    return found.name.lower()
