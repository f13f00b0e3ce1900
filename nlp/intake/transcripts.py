"""Call transcripts: turns, cues and time stamps. Turns of one speaker that follow each other are one block."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.entities import SkipReason
from nlp.intake.lines import Line
from nlp.intake.sides import People

_TIME = r"\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?"
_CUE = re.compile(rf"^\s*(?:WEBVTT.*|NOTE\b.*|\d{{1,6}}|\[?\(?{_TIME}\)?\]?(?:\s*-->\s*{_TIME}.*)?)\s*$")
_TURN = re.compile(
    rf"^\s*(?:<v (?P<voice>[^>]{{1,60}})>|(?:[\[(]?{_TIME}[\])]?\s*[-–—|]?\s*)?(?:\*\*)?(?P<name>[\w.'’&-]{{1,30}}(?: [\w.'’&-]{{1,30}}){{0,4}}?)"
    rf"\s*(?:[(\[](?P<about>[^)\]\n]{{0,60}})[)\]])?\s*(?:[\[(]?{_TIME}[\])]?)?\s*(?:\*\*)?:(?:\*\*)?(?=\s|$))\s*",
)
_TURN_ALONE = re.compile(
    rf"^\s*(?:[\[(]?{_TIME}[\])]?\s*[-–—|]?\s*(?P<after>[A-ZÀ-Þ][\w.'’-]*(?: [A-ZÀ-Þ][\w.'’-]*){{0,3}})|(?P<before>[A-ZÀ-Þ][\w.'’-]*(?: [A-ZÀ-Þ][\w.'’-]*){{0,3}})"
    rf"\s*(?:[(\[](?P<about>[^)\]\n]{{0,60}})[)\]])?\s*[-–—|,]?\s*[\[(]?{_TIME}[\])]?)\s*:?\s*$",
)
_LEADING_TIME = re.compile(rf"^\s*[\[(]{_TIME}[\])]\s*")
_HEADER = re.compile(
    r"^\s*(?:attendees|participants|present|recording|recorded|date|duration|transcript(?:ion)?|call|meeting|title|host|time|language)\s*(?:id|date|of)?\s*[:#]",
    re.IGNORECASE,
)
_STAGE = re.compile(r"^\s*[\[(*](?:[\w ,'.-]{2,60})[\])*]\s*$")


def mark_transcript(lines: Sequence[Line], people: People) -> None:
    """Mark cues and headers, and give every line its speaker."""
    names = _names(lines)
    speaker = None
    for number, line in enumerate(lines):
        if line.blank or line.reason:
            continue
        if _CUE.match(line.text) or _STAGE.match(line.text):
            line.skip(SkipReason.SPEAKER_LINE)
            continue
        if number < 8 and speaker is None and _HEADER.match(line.text):
            line.skip(SkipReason.HEADER)
            continue
        alone = _TURN_ALONE.match(line.text)
        turn = None if alone else _TURN.match(line.text)
        if alone:
            speaker = people.speaker(alone["after"] or alone["before"], alone["about"] or "")
            line.skip(SkipReason.SPEAKER_LINE)
        elif turn and _is_speaker(turn, names, people):
            speaker = people.speaker(turn["voice"] or turn["name"], turn["about"] or "")
            line.cut_prefix(turn.end(), SkipReason.SPEAKER_LINE)
        elif stamp := _LEADING_TIME.match(line.text):
            line.cut_prefix(stamp.end(), SkipReason.SPEAKER_LINE)
        if speaker:
            line.speaker = speaker


def _names(lines: Sequence[Line]) -> dict[str, int]:
    count: dict[str, int] = {}
    for line in lines:
        if turn := _TURN.match(line.text):
            name = (turn["voice"] or turn["name"]).lower()
            count[name] = count.get(name, 0) + 1
    return count


def _is_speaker(turn: re.Match[str], names: dict[str, int], people: People) -> bool:
    """A word before a colon is a speaker if listed, if it speaks again, or if it is written like one."""
    name = turn["voice"] or turn["name"]
    if turn["voice"] or people.find(name) or turn["about"] or re.match(r"\s*[\[(]?\d", turn.group()):
        return True
    if re.match(r"(?i)speaker|unknown|interviewer|caller|agent|customer|csm|rep\b", name):
        return True
    return names.get(name.lower(), 0) > 1 and len(name.split()) <= 4 and name[:1].isupper()
