"""Who speaks next: one reader for the author lines of tickets, chats and transcripts.

Exports write them in endless ways ("--- Dana, 22.01.2026 08:41", "[Agent] Dana:", "#3 Dana · 2 days ago", "[00:12] Dana:").
So nothing is matched as a whole: times, numbers, brackets and verbs are taken away, and what is left must be a name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

HEAD_MAX = 140
_MONTH = (
    r"(?:jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz|apr(?:il)?|may|mai|june?|juni|july?|juli|aug(?:ust)?"
    r"|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?)\b\.?"
)
_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b[.,]?"
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d)?)?"
    r"|\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d\d)\b"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?\.?\s?{_MONTH}(?:,?\s?\d{{4}}\b)?|{_MONTH}\s?\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s\d{{4}}\b)?"
    r"|\d{1,3}:\d\d(?::\d\d)?(?:[.,]\d{1,3})?(?:\s?[ap]\.?\s?m\b\.?)?(?:\s(?:utc|gmt|cet|cest|est|edt|pst|pdt|bst|ist|uhr|h)\b(?:[+-]\d{1,2})?)?"
    r"|\b\d{1,2}\s?[ap]m\b|\d{1,2}h\d\d\b"
    rf"|\b(?:yesterday|today|just now|now)\b|\b(?:\d{{1,3}}|an?|one)\s?(?:s|sec|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?|mo|months?|y|years?) ago\b"
    rf"|\b{_DAY}(?=\s*(?:$|[,@·|–-]|at\b|\d))",
    re.IGNORECASE,
)
_COLON = re.compile(r":(?:\*{1,3})?(?:\s+|$)")
_DASH = re.compile(r"\s+(?:[—–|]|--?)\s+")
_STATEMENT = re.compile(r"\b(?!(?:prof|asst|dept|mgmt|inst|univ|eng|mrs)\b)\w*[a-z]{3}[.!?]\s", re.IGNORECASE)
"""A sentence ends here; heads hold none, but for abbreviations."""
_TIMED_END = re.compile(rf"(?:{_TIME.pattern})[)\]]?$", re.IGNORECASE)
_SAID_WORDS = 2
"""Behind a dash, so many words are something said and no further part of the head."""
_VERB = re.compile(
    r"\b(?:wrote|writes|commented|replied|said|says|posted|added|responded|answered|updated|asked|schrieb|hat geschrieben|a écrit"
    r"|escribió|escreveu)\b.{0,40}$",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^(?:(?:public |internal )?(?:comment|reply|note|message|update|post|response|answer)\s?(?:#?\d{1,4}\s?)?(?:by|from|of)|from|by"
    r"|@(?=\w))\b\s*",
    re.IGNORECASE,
)
_GROUP = re.compile(r"[(\[<{]([^()\[\]<>{}]{0,70})[)\]>}]")
_INDEX = re.compile(r"^#\d{1,4}\b[:.)]?|^\(?\d{1,3}[.)](?=\s)")
_DECORATION = " \t-–—=*_#|·•>~.,@/\\:;…‹›"
_SMALL_WORDS = re.compile(
    r"\b(?:on|at|via|um|am|le|el|em|à|a las|às|email|e-mail|web|chat|phone|app|edited|public|uhr)\b", re.IGNORECASE
)
_NAME = re.compile(r"[^\W\d_][\w'’.&-]*(?: [^\W\d_(][\w'’.&-]*){0,5}(?: \d{1,3})?$|@?[a-z][\w.-]{1,30}$")
_PARTICLES = frozenset(
    [
        "van",
        "von",
        "de",
        "der",
        "den",
        "da",
        "dos",
        "di",
        "la",
        "le",
        "el",
        "bin",
        "al",
        "ter",
        "du",
        "del",
        "y",
        "e",
        "und",
        "and",
        "o",
        "of",
        "from",
        "the",
        "i",
    ]
)
_ROLE_NAME = re.compile(
    r"(?:speaker|caller|participant|person|guest|user|unknown|interviewer|interviewee|agent|customer|client|csm|ae|am|tam|rep|host|"
    r"support|moderator|operator|male|female|voice|s|sp|spk)[ _-]?(?:\d{1,3}|[a-h])?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class SpeakerLine:
    """What a head says: ``length`` characters of it go before what is said; 0 left if it is a line of its own."""

    name: str
    about: str
    length: int
    timed: bool
    told: bool
    """It has a verb ("wrote") or is set off ("---", "#3")."""
    colon: bool
    alone: bool

    @property
    def is_role(self) -> bool:
        """A role instead of a name: "Speaker 1", "Agent"."""
        return bool(_ROLE_NAME.match(self.name))

    @property
    def capital(self) -> bool:
        """Whether every word begins with a capital, as names do."""
        words = [word for word in self.name.split() if word not in _PARTICLES]
        return bool(words) and all(word[0].isupper() or word[0].isdigit() for word in words)


def read_speaker(text: str) -> SpeakerLine | None:
    """Read the beginning of a line as "who (and when):"; ``None`` if it cannot be one."""
    head = text[: HEAD_MAX + 1]
    for dash in _DASH.finditer(head):
        if _TIMED_END.search(head[: dash.start()]) and len(text[dash.end() :].split()) >= _SAID_WORDS:
            dashed = _take_apart(head[: dash.start()], dash.end(), colon=True, alone=False)
            if dashed:
                return dashed
    colon = _COLON.search(head)
    if colon is not None:
        length = colon.end()
        alone = not text[length:].strip(" *")
        return _take_apart(head[: colon.start()], length, colon=True, alone=alone)
    if len(text) > HEAD_MAX:
        return None
    return _take_apart(head, len(text), colon=False, alone=True)


def _take_apart(head: str, length: int, *, colon: bool, alone: bool) -> SpeakerLine | None:
    if _STATEMENT.search(head):
        return None
    rest = _INDEX.sub(" ", head.strip(), count=1)
    told = rest != head.strip() or head.lstrip()[:2] in ("--", "==", "##", "**", "//") or head.lstrip()[:4] == "### "
    groups = _GROUP.findall(rest)
    rest = _GROUP.sub(" ", rest)
    without_time = _TIME.sub(" ", rest)
    timed = without_time != rest or any(map(_TIME.search, groups))
    rest = without_time.strip(_DECORATION)
    without_verb = _VERB.sub("", rest)
    lead = _LEAD.sub("", without_verb)
    told = told or lead != rest
    names = [part.strip(_DECORATION) for part in re.split(r"\s[-–—|·/]\s|[,|·\t]|\s{3,}", lead)]
    names = [name for name in names if name]
    about = [group.strip() for group in groups if not _is_time(group)]
    if not names and about:
        names, about = about[:1], about[1:]
    if timed or told:
        names = [name for name in names if _SMALL_WORDS.sub("", name).strip(_DECORATION)]
    if not names or len(names) > 3:
        return None
    name = " ".join((_SMALL_WORDS.sub("", names[0]) if timed else names[0]).split()).strip(_DECORATION)
    if not _NAME.match(name) or len(name) > 60:
        return None
    return SpeakerLine(name, " ".join([*names[1:], *about]), length, timed, told, colon, alone)


def _is_time(group: str) -> bool:
    return not _SMALL_WORDS.sub("", _TIME.sub("", group)).strip(_DECORATION + "+0123456789utcgmUTCGM")
