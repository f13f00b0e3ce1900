"""The working form of a document: lines with offsets, each either skipped for a reason or somebody's words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from core.entities import Side, SkipReason, Span, Speaker

NOBODY = Speaker(None, Side.UNKNOWN)
_BREAK = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")


@dataclass
class Line:
    """One line. ``start`` moves behind a speaker prefix or a bullet; what lies before it is skipped."""

    start: int
    end: int
    text: str
    reason: SkipReason | None = None
    speaker: Speaker = NOBODY
    block: int = 0
    alone: bool = False
    """A line that never runs on into the next: a bullet, a heading."""
    skipped: list[tuple[Span, SkipReason]] = field(default_factory=list)

    @property
    def blank(self) -> bool:
        """Nothing but white space and invisible characters."""
        return not self.text.strip(_INVISIBLE)

    def cut_prefix(self, length: int, reason: SkipReason) -> None:
        """Pass over the first ``length`` characters of what is left."""
        if length:
            self.skipped.append((Span(self.start, self.start + length), reason))
            self.start += length
            self.text = self.text[length:]

    def skip(self, reason: SkipReason) -> None:
        """Pass over the whole line; the first reason stands."""
        if self.reason is None:
            self.reason = reason


_INVISIBLE = (
    " \t\xa0\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x00"
)


def split_lines(text: str) -> list[Line]:
    """All lines of a text, without their terminators."""
    lines = []
    start = 0
    for match in _BREAK.finditer(text):
        lines.append(Line(start, match.start(), text[start : match.start()]))
        start = match.end()
    lines.append(Line(start, len(text), text[start:]))
    return lines


def strip_span(text: str, start: int, end: int) -> Span:
    """The span without white space and invisible characters at its ends."""
    while start < end and (text[start] in _INVISIBLE or text[start].isspace()):
        start += 1
    while end > start and (text[end - 1] in _INVISIBLE or text[end - 1].isspace()):
        end -= 1
    return Span(start, end)
