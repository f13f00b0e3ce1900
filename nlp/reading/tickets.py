"""Ticket and chat threads: who wrote which comment, and what nobody wrote."""

from __future__ import annotations

from collections.abc import Sequence

from core.entities import SkipReason
from nlp.reading.attribution import Intro, introduction_at
from nlp.reading.history import mark_history, mark_top_header
from nlp.reading.lines import Line, live, runs_of
from nlp.reading.machine_text import mark_machine_text
from nlp.reading.macros import mark_frames
from nlp.reading.markers import OPENERS, flat
from nlp.reading.sides import People
from nlp.reading.signatures import mark_endings
from nlp.reading.speakers import SpeakerFinder, assign_speakers

_TOP_FIELDS = frozenset(
    [
        "ticket",
        "ticket id",
        "ticket no",
        "ticket number",
        "case",
        "case id",
        "case number",
        "id",
        "status",
        "state",
        "priority",
        "severity",
        "requester",
        "requested by",
        "reporter",
        "assignee",
        "assigned to",
        "owner",
        "group",
        "team",
        "queue",
        "channel",
        "via",
        "type",
        "category",
        "product",
        "component",
        "version",
        "tags",
        "labels",
        "subject",
        "title",
        "created",
        "created at",
        "opened",
        "updated",
        "closed",
        "resolved",
        "account",
        "customer",
        "company",
        "organization",
        "organisation",
        "environment",
        "sla",
        "csat",
        "url",
        "link",
        "date",
        "submitted by",
        "submitted",
        "submitter",
        "from",
        "to",
        "cc",
        "brand",
        "plan",
        "source",
    ]
)
_TOP_LINES_MAX = 20
_OPENERS = tuple(f"{opener} " for opener in flat(OPENERS))


def mark_ticket(lines: Sequence[Line], people: People, author: str) -> str | None:
    """Mark what is not said by anybody, and who says the rest; returns the sender of a header on top."""
    sender = mark_top_header(lines)
    mark_top_fields(live(lines))
    mark_frames(lines)
    finder = SpeakerFinder(lines, people)
    named = [line for line in lines if finder.at(line)]
    for line in _others(lines, named):
        mark_machine_text(line)
    for comment in assign_speakers(lines, finder, _introductions(lines)):
        mark_comment(comment, author)
    return sender


def mark_comment(comment: Sequence[Line], author: str) -> None:
    """Mark history and signature in what one person wrote."""
    name = next((line.speaker.name for line in comment if line.speaker.name), None)
    mark_history(live(comment))
    for run in runs_of(live(comment)):
        mark_endings(run, name or author)


def mark_top_fields(lines: Sequence[Line]) -> None:
    """Mark the fields of a ticket that an export puts before the thread."""
    run = 0
    for line in lines[:_TOP_LINES_MAX]:
        head, colon, value = line.probe.partition(":")
        if not colon or head.strip(" *#-").lower() not in _TOP_FIELDS or len(value) > 160:
            break
        run += 1
    if run >= 2 or (run == 1 and lines[0].probe.lower().startswith(("subject:", "ticket", "case"))):
        for line in lines[:run]:
            line.skip(SkipReason.HEADER)


def _others(lines: Sequence[Line], named: Sequence[Line]) -> list[list[Line]]:
    """The lines between those that name a speaker."""
    starts = {line.start for line in named}
    parts: list[list[Line]] = [[]]
    for line in lines:
        if line.start in starts:
            parts.append([])
        else:
            parts[-1].append(line)
    return parts


def _introductions(lines: Sequence[Line]) -> frozenset[int]:
    """Where "On Tuesday, Dana wrote:" stands: it quotes Dana, she does not speak."""
    return frozenset(
        line.start
        for at, line in enumerate(lines)
        if line.reason is None
        and line.probe.lower().startswith(_OPENERS)
        and introduction_at(lines, at)[0] is Intro.SURE
    )
