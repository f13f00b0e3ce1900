"""Quoted history and forwarded messages: what stands in a message without being its author's words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.entities import SkipReason
from nlp.reading.attribution import Intro, introduction_at, is_groupwise
from nlp.reading.lines import Line
from nlp.reading.markers import FORWARD_TITLES, field_of, is_forward, separator_of

_FIELDS_MIN = 3
_HEADER_LINES_MAX = 40
_RULE = re.compile(r"[-_=*─—]{5,}$")
_ANY_FIELD = re.compile(r"\*?[^\W\d_][^\s:]{0,19}(?: [^\s:]{1,14})?\*?\s?:(?:\s|$)")
_DATED = re.compile(r"\b\d{1,2}:\d{2}\b|\b\d{4}\b")
_LOTUS = re.compile(r".{2,80}?\s?---\s?\d{1,4}[./-]\d{1,2}[./-]\d{2,4}.{0,20}?---")
_OVERFLOW_MAX, _OVERFLOW_AFTER = 45, 60


def mark_history(lines: Sequence[Line], title: str = "") -> None:
    """Mark quoted lines, and everything below a header block or an introduction without quotation signs."""
    at, after_intro = 0, False
    while at < len(lines):
        line = lines[at]
        if line.reason is not None:
            at += 1
            continue
        if _is_quoted(lines, at, after_intro):
            line.skip(SkipReason.QUOTED_HISTORY)
            at += 1
            continue
        begin = _begins_history(lines, at, title)
        if begin is not None:
            _skip_all(lines[at:], begin)
            return
        count = _introduction(lines, at)
        _skip_all(lines[at : at + count], SkipReason.QUOTED_HISTORY)
        after_intro = after_intro or count > 0
        if count and not _prefixed(lines, at + count):
            _skip_all(lines[at:], SkipReason.QUOTED_HISTORY)
            return
        at += max(1, count)


def mark_top_header(lines: Sequence[Line]) -> str | None:
    """Mark the header block that an export put on top of a message; returns what its ``From:`` says."""
    run = _field_run(lines, 0)
    fields = [field_of(line.probe) for line in lines[:run]]
    known = {"from", "to", "subject", "sent"} & set(fields)
    if len(known) < 2 or run < 2 or not known & {"from", "subject"} or (run == 2 and "@" not in lines[0].probe):
        return None
    _skip_all(lines[:run], SkipReason.HEADER)
    senders = [
        line.probe.partition(":")[2].strip() for line, field in zip(lines, fields, strict=False) if field == "from"
    ]
    return senders[0] if senders else None


def _skip_all(lines: Sequence[Line], reason: SkipReason) -> None:
    for line in lines:
        line.skip(reason)


def _is_quoted(lines: Sequence[Line], at: int, after_intro: bool) -> bool:
    probe = lines[at].probe
    if probe[0] == ">":
        return not is_groupwise(probe) and (not probe[1:2].isdigit() or _prefixed(lines, at + 1))
    if probe[0] == "|":
        return after_intro and probe[1:2] in ("", " ")
    return _is_overflow(lines, at)


def _is_overflow(lines: Sequence[Line], at: int) -> bool:
    """The end of a quoted line that a client wrapped without repeating the quotation sign."""
    line = lines[at]
    if not 0 < at < len(lines) - 1 or line.gap or lines[at + 1].gap or lines[at + 1].probe[0] != ">":
        return False
    before = lines[at - 1].probe
    wrapped = before[0] == ">" and len(before) >= _OVERFLOW_AFTER and before[-1] not in ".!?:"
    return wrapped and len(line.probe) <= _OVERFLOW_MAX and line.probe[0].islower()


def _prefixed(lines: Sequence[Line], at: int) -> bool:
    return at < len(lines) and lines[at].probe[0] in ">|"


def _introduction(lines: Sequence[Line], at: int) -> int:
    """How many lines introduce a quotation here; 0 if none do."""
    kind, count = introduction_at(lines, at)
    if kind is Intro.SURE or (kind is Intro.WEAK and _prefixed(lines, at + count)):
        return count
    return 0


def _begins_history(lines: Sequence[Line], at: int, title: str) -> SkipReason | None:
    """The reason if everything from here on is another message: a separator line, a header block."""
    probe = lines[at].probe
    words = separator_of(probe) if lines[at].short else None
    if words:
        sure = (
            probe[:2] in ("--", "__", "==", "**")
            or _field_run(lines, at + 1) >= 2
            or words.startswith(("begin", "end"))
        )
        if sure or (at + 1 < len(lines) and introduction_at(lines, at + 1)[0] is Intro.SURE):
            return SkipReason.FORWARDED if is_forward(words) else SkipReason.QUOTED_HISTORY
    if is_groupwise(probe) or _is_lotus(probe):
        return SkipReason.QUOTED_HISTORY
    ruled = bool(_RULE.match(probe))
    if _is_header_block(lines, at + ruled, after_rule=ruled):
        forwarded = title.lower().lstrip().startswith(FORWARD_TITLES)
        return SkipReason.FORWARDED if forwarded else SkipReason.QUOTED_HISTORY
    return None


def _is_lotus(probe: str) -> bool:
    return probe.startswith("Inactive hide details") or ("---" in probe and bool(_LOTUS.match(probe)))


def _is_header_block(lines: Sequence[Line], at: int, *, after_rule: bool) -> bool:
    run = _field_run(lines, at)
    if run < 2:
        return False
    fields = {field_of(line.probe) for line in lines[at : at + run]}
    if {"from", "sent"} <= fields or {"from", "to"} <= fields or {"from", "subject"} <= fields:
        return run >= _FIELDS_MIN or after_rule
    head = " ".join(line.probe for line in lines[at : at + run])
    return run > _FIELDS_MIN and "@" in head and bool(_DATED.search(head)) and ("from" in fields or after_rule)


def _field_run(lines: Sequence[Line], at: int) -> int:
    """How many lines from ``at`` are header fields, with the lines that continue one."""
    run, known = 0, 0
    for line in lines[at : at + _HEADER_LINES_MAX]:
        if run and line.gap and not _is_field(line.probe):
            break
        if _is_field(line.probe):
            known += 1
        elif not (known and _continues_field(line)):
            break
        run += 1
    return run if known >= 2 else 0


def _is_field(probe: str) -> bool:
    return field_of(probe) is not None or (bool(_ANY_FIELD.match(probe)) and len(probe) < 200 and ("@" in probe))


def _continues_field(line: Line) -> bool:
    """A wrapped list of recipients."""
    probe = line.probe
    return "@" in probe and len(probe) < 300 and (line.text[:1] in " \t" or probe.endswith((";", ",", ">")))
