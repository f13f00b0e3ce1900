"""Ticket and chat threads: author lines, macros, logs and code."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.entities import SkipReason
from nlp.intake import markers
from nlp.intake.email_parts import mark_endings, mark_history
from nlp.intake.lines import Line
from nlp.intake.sides import People

_NAME = r"[A-ZÀ-ÞŁŚŻČŠŽĐİ][\w.'’-]*(?: (?:[A-ZÀ-ÞŁŚŻČŠŽĐİ][\w.'’-]*|de|da|van|von|der|den|del|la|el|bin|al|ter|dos|di|le)){0,4}"
_WHEN = (
    r"(?:\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]\.?m\.?)?|\d{4}-\d\d-\d\d|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|"
    r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\b|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2}|"
    r"\d{1,2}\.? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|yesterday|today|just now|\d+ (?:minutes?|hours?|days?|weeks?|months?) ago)"
)
# A line that says who writes next, and when. Tried in order; each has ``name`` and may have ``about``.
_AUTHOR_LINES = tuple(
    re.compile(pattern, re.IGNORECASE if "(?i)" in pattern else 0)
    for pattern in (
        rf"^\s*[-=*#\[(>•·]{{1,4}}\s*(?:comment (?:#?\d+ )?(?:by|from) |reply (?:#?\d+ )?(?:by|from) |from )?(?P<name>{_NAME})\s*(?:[(\[,|/–—-]\s*(?P<about>[^)\]|:]{{0,60}}?)\s*[)\]]?)?\s*[,|·@–—(:-]+\s*(?:on |at )?[^:\n]{{0,25}}?(?i:{_WHEN})[^\n]{{0,40}}$",
        rf"^\s*(?P<name>{_NAME})\s*(?:[(\[,]\s*(?P<about>[^)\]\n]{{0,60}}?)\s*[)\]]?)?\s*(?:,|\||·|–|—|-|\s{{2,}}|@|\t)\s*(?:on |at )?[^:\n]{{0,25}}?(?i:{_WHEN})[^\n]{{0,30}}$",
        rf"^\s*(?P<name>{_NAME})\s*(?:\((?P<about>[^)\n]{{0,60}})\))?\s+(?i:wrote|commented|replied|said|posted|added|responded|updated)\b[^\n]{{0,60}}?:?\s*$",
        rf"^\s*\[?(?i:{_WHEN})[^\]A-Za-z]{{0,20}}\]?\s*[-–—|,]?\s*(?P<name>{_NAME})\s*(?:[(\[](?P<about>[^)\]\n]{{0,60}})[)\]])?\s*:?\s*$",
        rf"^\s*#\d+\s*[:.)-]?\s*(?P<name>{_NAME})\s*(?:[(\[](?P<about>[^)\]\n]{{0,60}})[)\]])?[^\n]{{0,60}}$",
        r"^\s*(?P<name>[\w.-]{2,30})\s{1,4}(?i:\d{1,2}:\d{2}(?:\s?[ap]m)?)\s*$",
        rf"^\s*[-=*#\[]{{1,4}}\s*(?P<name>{_NAME})\s*(?:[(\[](?P<about>[^)\]\n]{{0,60}})[)\]])?\s*[-=*#\]:]{{0,4}}\s*$",
    )
)
# "Name (role, time): what is said" on one line.
_PREFIX = re.compile(
    rf"^\s*(?:[-*•#]\s*)?(?:\[(?P<agent>agent|customer|client|user|support|staff)\]\s*)?(?:\[?(?i:{_WHEN})[^\]:A-Za-z]{{0,12}}\]?\s*[-–—|,]?\s*)?"
    rf"(?P<name>{_NAME}|@?[a-z][\w.-]{{1,24}})\s*(?:[(\[,]\s*(?P<about>[^)\]\n:]{{0,60}}(?::\d\d[^)\]\n:]{{0,20}})?)\s*[)\]]?)?\s*(?:,?\s*(?i:{_WHEN})[^:\n]{{0,20}})?:\s+(?=\S)",
    re.IGNORECASE,
)
_LOG = re.compile(
    r"^\s*(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\[?\d\d:\d\d:\d\d[.,]\d|\[\d{4}-|(?:ERROR|WARN(?:ING)?|INFO|DEBUG|FATAL|TRACE)\b[\s:\[]|at [\w$.]+\(|"
    r"Traceback \(|\s*File \"|Caused by:|[\w.]+(?:Error|Exception)\b\s?:|\$ \w|curl |GET /|POST /|PUT /|HTTP/\d|status(?:_code)?[=:]\s?\d{3}|"
    r"SELECT\b.+\bFROM\b|INSERT INTO|UPDATE \w+ SET|\{\"|\}\s*,?$|<\?xml|0x[0-9a-f]{6,}|[a-z_]+=\S+ [a-z_]+=\S+ [a-z_]+=|request[_-]?id\s?[:=])",
)
_LOG_ANY_CASE = re.compile(
    r"^\s*(?:trace ?id|correlation ?id|build|stack ?trace|error code|user ?agent)\s?[:=]\s?\S+\s*$", re.IGNORECASE
)
_URL_ALONE = re.compile(r"^\s*<?(?:https?://|www\.)\S+>?\s*$")
_NO_NAMES = frozenset(
    [
        "note",
        "notes",
        "re",
        "fw",
        "fwd",
        "ps",
        "p.s.",
        "nb",
        "edit",
        "update",
        "steps",
        "expected",
        "actual",
        "result",
        "results",
        "question",
        "issue",
        "problem",
        "error",
        "workaround",
        "summary",
        "context",
        "background",
        "todo",
        "action",
        "next",
        "attached",
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
        "option",
        "step",
        "thing",
        "one",
        "two",
        "first",
        "second",
        "third",
        "finally",
        "request",
        "idea",
        "todo",
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
        "good",
        "bad",
        "pro",
        "pros",
        "con",
        "cons",
        "quote",
        "goal",
        "goals",
    ]
)


def mark_ticket(lines: Sequence[Line], people: People) -> None:
    """Mark what is not said by anybody, and who says the rest."""
    _mark_fences(lines)
    for line in lines:
        if line.reason is None and not line.blank:
            _mark_line(line)
    comments = assign_speakers(lines, people)
    for comment in comments:
        mark_history(comment)
        name = next((line.speaker.name for line in comment if line.speaker.name), None)
        mark_endings(comment, name or "")


def assign_speakers(lines: Sequence[Line], people: People) -> list[list[Line]]:
    """Give every line its speaker; returns the comments, each with the lines of one author."""
    comments: list[list[Line]] = [[]]
    speaker = None
    known = _names_that_repeat(lines)
    for line in lines:
        found = None if line.reason or line.blank else _author_of(line, people, known)
        if found:
            name, about, length = found
            speaker = people.speaker(name, about)
            if length >= len(line.text):
                line.skip(SkipReason.SPEAKER_LINE)
            else:
                line.cut_prefix(length, SkipReason.SPEAKER_LINE)
            comments.append([])
        if speaker:
            line.speaker = speaker
        comments[-1].append(line)
    return [comment for comment in comments if comment]


def _author_of(line: Line, people: People, known: frozenset[str]) -> tuple[str, str, int] | None:
    """Name, what stands beside it, and how long the prefix is; ``None`` if the line names nobody."""
    if len(line.text) < 200:
        for pattern in _AUTHOR_LINES:
            match = pattern.match(line.text)
            if match and _is_person(match, people, known):
                return match["name"], match.groupdict().get("about") or "", len(line.text)
    match = _PREFIX.match(line.text[:200])
    if match and _is_person(match, people, known):
        about = " ".join(filter(None, (match["about"], match["agent"])))
        return match["name"], about, match.end()
    return None


def _is_person(match: re.Match[str], people: People, known: frozenset[str]) -> bool:
    name = match["name"]
    if name.lower().split()[0].strip(":") in _NO_NAMES or name.lower() in _NO_NAMES:
        return False
    if people.find(name):
        return True
    about = match.groupdict().get("about") or ""
    return (len(name.split()) >= 2 and name.istitle()) or name.lower() in known or bool(about and not about.isdigit())


def _names_that_repeat(lines: Sequence[Line]) -> frozenset[str]:
    """Names before a colon that come at least twice: speakers even where nobody lists them."""
    count: dict[str, int] = {}
    for line in lines:
        match = _PREFIX.match(line.text[:200]) if ":" in line.text[:120] else None
        if match:
            count[match["name"].lower()] = count.get(match["name"].lower(), 0) + 1
    return frozenset(name for name, times in count.items() if times > 1)


def _mark_line(line: Line) -> None:
    if markers.MACRO.match(line.text):
        line.skip(SkipReason.MACRO)
    elif _LOG.match(line.text) or _LOG_ANY_CASE.match(line.text):
        line.skip(SkipReason.LOG_OR_CODE)
    elif _URL_ALONE.match(line.text):
        line.skip(SkipReason.MARKUP)


def _mark_fences(lines: Sequence[Line]) -> None:
    inside = False
    for line in lines:
        fence = line.text.lstrip().startswith("```")
        if fence or inside:
            line.skip(SkipReason.LOG_OR_CODE)
        if fence:
            inside = not inside
