"""The line that introduces a quotation: "On Tuesday, 3 March 2026 at 16:12, Dana <dana@...> wrote:"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum

from nlp.reading.lines import Line
from nlp.reading.markers import OPENERS, WROTE, flat

_LINES_MAX = 5
_LENGTH_MAX = 360
_ADDRESS = re.compile(r"[<(\[]?\s*(?:mailto:)?[^\s<>()\[\]@:]{1,80}@[^\s<>()\[\]@]{2,80}")
_CLOCK = re.compile(r"\b\d{1,2}[:.h]\d{2}\b")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|\d年")
_VERBS = "|".join(sorted((re.escape(verb) for verb in flat(WROTE)), key=len, reverse=True))
_VERB_LAST = re.compile(rf"\s(?:{_VERBS})[\s,]{{0,4}}:?[\s>]{{0,3}}$", re.IGNORECASE)
_VERB_BEFORE_NAME = re.compile(r"\b(?:schrieb|schreef|skrev|napisał(?:\(a\))?)\s.{2,160}:$", re.IGNORECASE)
_VERB_INSIDE = re.compile(rf"\b(?:{_VERBS})\b", re.IGNORECASE)
_OPENER = re.compile(rf"(?:{'|'.join(map(re.escape, flat(OPENERS)))})[\s.]", re.IGNORECASE)
_VIA = re.compile(r"\(?\bvia\s.{2,60}>?\s")
_GROUPWISE = re.compile(r">>>\s.{3,200}\s>>>$")


class Intro(Enum):
    """How sure a line is to introduce a quotation."""

    NONE = 0
    WEAK = 1
    """"Dana wrote:", without time or address: only if quoted lines follow."""
    SURE = 2


def unquoted(probe: str) -> str:
    """A probe without quotation signs at its beginning."""
    return probe.lstrip("> ") if probe[:1] == ">" else probe


def introduction_at(lines: Sequence[Line], at: int) -> tuple[Intro, int]:
    """How sure the lines from ``at`` introduce a quotation, and how many they are (a client may have wrapped it)."""
    first = unquoted(lines[at].probe)
    if not _may_begin(first):
        return Intro.NONE, 0
    joined = ""
    for count, line in enumerate(lines[at : at + _LINES_MAX]):
        if count and (line.gap or not line.short):
            break
        joined = f"{joined} {unquoted(line.probe)}".strip()
        if len(joined) > _LENGTH_MAX:
            break
        if joined.endswith(":"):
            return _judge(joined), count + 1
    return Intro.NONE, 0


def is_groupwise(probe: str) -> bool:
    """Whether a line is ``>>> Name <address> date >>>``."""
    return probe.startswith(">>>") and bool(_GROUPWISE.match(probe))


def _may_begin(text: str) -> bool:
    if not 6 <= len(text) <= _LENGTH_MAX:
        return False
    return bool(_OPENER.match(text)) or (
        text.endswith(":") and ("@" in text or text[0].isdigit() or bool(_VERB_INSIDE.search(text)))
    )


def _judge(joined: str) -> Intro:
    address, clock = bool(_ADDRESS.search(joined)), bool(_CLOCK.search(joined))
    dated = clock or bool(_YEAR.search(joined))
    if address and dated:
        return Intro.SURE
    verb = bool(_VERB_LAST.search(joined) or _VERB_BEFORE_NAME.search(joined))
    if verb and (address or clock or _VIA.search(joined) or (dated and _OPENER.match(joined))):
        return Intro.SURE
    return Intro.WEAK if verb and len(joined) <= 120 else Intro.NONE
