"""The working form of a document: lines with offsets, each either passed over for a reason or somebody's words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.entities import Side, SkipReason, Span, Speaker

NOBODY = Speaker(None, Side.UNKNOWN)
PROBE_MAX = 400
"""How much of a line the markers look at; a longer line is somebody's words, whatever it begins with."""

INVISIBLE = (
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x00"
)
_LINE = re.compile(r"[^\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]+")
_UNSEEN = re.compile(rf"[\s{INVISIBLE}]*")
_UNSEEN_END = re.compile(rf"[^\s{INVISIBLE}]")
_PLAIN = str.maketrans({**dict.fromkeys(INVISIBLE, ""), "\xa0": " ", "\u202f": " ", "\t": " ", "’": "'"})


@dataclass(slots=True)
class Line:
    """One line that is not blank. ``start`` moves behind a bullet or a speaker's name; what lay before is in ``cuts``.

    ``probe`` is what the markers look at: no invisible characters, plain spaces and quotes, stripped, shortened.
    """

    start: int
    end: int
    text: str
    probe: str
    gap: bool = False
    """A blank line stands before."""
    reason: SkipReason | None = None
    speaker: Speaker = NOBODY
    solo: bool = False
    """Never runs on from the line before: a bullet, a turn."""
    fresh: bool = False
    """Begins a new block whoever speaks."""
    cuts: tuple[tuple[Span, SkipReason], ...] = ()

    def cut(self, length: int, reason: SkipReason) -> None:
        """Pass over the first ``length`` characters of what is left of the line."""
        if length:
            self.cuts += ((Span(self.start, self.start + length), reason),)
            self.start += length
            self.text = self.text[length:]
            self.probe = probe_of(self.text)

    def skip(self, reason: SkipReason) -> None:
        """Pass over the line; the first reason stands."""
        if self.reason is None:
            self.reason = reason

    @property
    def short(self) -> bool:
        """Whether the probe shows the whole line."""
        return len(self.text) <= PROBE_MAX


def probe_of(text: str) -> str:
    """The beginning of a line as markers see it."""
    head = text[:PROBE_MAX]
    return head.strip().replace("\t", " ") if head.isascii() and "\x00" not in head else head.translate(_PLAIN).strip()


def split_lines(text: str) -> list[Line]:
    """The lines of a text that hold something visible, without their terminators."""
    lines: list[Line] = []
    last = 0
    for match in _LINE.finditer(text):
        content = match.group()
        probe = probe_of(content)
        if not probe and not strip_span(content, 0, len(content)):
            continue
        breaks = text[last : match.start()]
        lines.append(Line(match.start(), match.end(), content, probe, gap=_is_gap(breaks)))
        last = match.end()
    return lines


def _is_gap(between: str) -> bool:
    """Two line ends or more; CR LF is one."""
    if len(between) < 2 or between == "\r\n":
        return False
    ends = sum(map(between.count, "\n\v\f\x85\u2028\u2029")) or between.count("\r")
    return ends > 1


def strip_span(text: str, start: int, end: int) -> Span:
    """The span without white space and invisible characters at its ends."""
    begin = _UNSEEN.match(text, start, end)
    start = begin.end() if begin else start
    while end > start and not _UNSEEN_END.match(text, end - 1, end):
        end -= 1
    return Span(start, end)


def live(lines: Iterable[Line]) -> list[Line]:
    """The lines not yet passed over."""
    return [line for line in lines if line.reason is None]


def runs_of(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Stretches of lines that are not passed over, with nothing passed over between them."""
    run: list[Line] = []
    for line in lines:
        if line.reason is None:
            run.append(line)
        elif run:
            yield run
            run = []
    if run:
        yield run


def paragraphs_of(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines grouped by the blank lines between them."""
    paragraphs: list[list[Line]] = []
    for line in lines:
        if line.gap or not paragraphs:
            paragraphs.append([])
        paragraphs[-1].append(line)
    return paragraphs
