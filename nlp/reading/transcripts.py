"""Call transcripts: turns, cues and time stamps. Turns of one speaker that follow each other are one utterance."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from core.entities import SkipReason, Speaker
from nlp.reading.lines import NOBODY, Line, probe_of
from nlp.reading.sides import People
from nlp.reading.speakers import SpeakerFinder

_STAMP = r"(?:\d{1,2}:)?\d{1,3}:\d{2}(?:[.,]\d{1,3})?"
_CUE = re.compile(rf"\[?\(?{_STAMP}\)?\]?(?:\s*(?:-->|->|–|-)\s*\[?{_STAMP}\]?.{{0,80}})?$")
_CUE_NUMBER = re.compile(r"\d{1,6}$|[0-9a-f]{8}-[0-9a-f-]{20,40}(?:[/-]\d+)*$")
_VOICE = re.compile(r"\s*<v(?:\.[\w.]{1,40})?\s+([^>]{1,80})>\s*")
_LEADING_STAMP = re.compile(rf"\s*(?:[\[(]{_STAMP}[\])]|\d{{1,2}}:\d{{2}}:\d{{2}}(?:[.,]\d{{1,3}})?)\s*[-–—|]?\s*")
_STAGE = re.compile(r"[\[(*<][^\[\]()*<>\n]{2,70}[\])*>][.]?$")
_HEADER = re.compile(
    r"(?:webvtt|kind|language|attendees?|participants?|present|recording|recorded|date|duration|transcript(?:ion)?|call|meeting|title|"
    r"host|time|organi[sz]er|topic|location|account|customer|speakers|note)\b\s*(?:id|date|of|name|started)?\s*(?:[:#].*|$|by .*|- .*)",
    re.IGNORECASE,
)
_HEADER_LINES_MAX = 12
_INLINE_TURN = re.compile(rf"(?<=\s)(?=\[{_STAMP}\]\s?[^\W\d_]|(?:Speaker|SPEAKER) \d{{1,2}}\s?:)")
_LONG_LINE = 300


def split_turns(lines: Sequence[Line]) -> list[Line]:
    """Part lines that hold several turns ("... [00:12] Dana: ... [00:19] Marek: ...")."""
    out: list[Line] = []
    for line in lines:
        if len(line.text) < _LONG_LINE or not (cuts := [match.start() for match in _INLINE_TURN.finditer(line.text)]):
            out.append(line)
            continue
        edges = [0, *cuts, len(line.text)]
        for begin, end in itertools.pairwise(edges):
            text = line.text[begin:end]
            if text.strip():
                out.append(
                    Line(line.start + begin, line.start + end, text, probe_of(text), gap=line.gap and begin == 0)
                )
    return out


def mark_transcript(lines: Sequence[Line], people: People) -> None:
    """Mark cues and headers, and give every line its speaker."""
    finder = SpeakerFinder(lines, people, generous=True)
    speaker: Speaker | None = None
    started = False
    for number, line in enumerate(lines):
        if _is_cue(lines, number):
            line.skip(SkipReason.SPEAKER_LINE)
            continue
        if (turn := _turn(line, finder, people)) is not None:
            speaker, started = turn, True
        elif not started and number < _HEADER_LINES_MAX and _HEADER.match(line.probe):
            line.skip(SkipReason.HEADER)
        line.speaker = speaker or NOBODY


def _is_cue(lines: Sequence[Line], number: int) -> bool:
    """A time range, the number before one, a remark of the recorder ("[laughs]")."""
    probe = lines[number].probe
    if _CUE.match(probe) or probe.startswith("WEBVTT"):
        return True
    if _CUE_NUMBER.match(probe):
        return number + 1 < len(lines) and bool(_CUE.match(lines[number + 1].probe))
    return probe[0] in "[(*<" and bool(_STAGE.match(probe)) and not _VOICE.match(probe)


def _turn(line: Line, finder: SpeakerFinder, people: People) -> Speaker | None:
    """Who begins to speak in this line; what names them is passed over."""
    if voice := _VOICE.match(line.text[:120]):
        line.cut(voice.end(), SkipReason.SPEAKER_LINE)
        line.solo = True
        return people.speaker(voice.group(1))
    named = finder.at(line)
    if named is None:
        if stamp := _LEADING_STAMP.match(line.text[:60]):
            line.cut(stamp.end(), SkipReason.SPEAKER_LINE)
            line.solo = True
        return None
    found, speaker = named
    if found.alone:
        line.skip(SkipReason.SPEAKER_LINE)
    else:
        line.cut(found.length, SkipReason.SPEAKER_LINE)
        line.solo = True
    return speaker
