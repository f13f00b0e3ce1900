"""The story that accounts are drawn from: ``story.toml``, checked when it is read."""

from __future__ import annotations

import copy
import math
import random
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from core.entities import Kind, Label, Seniority

STORY = Path(__file__).with_name("story.toml")
Range = tuple[float, float]
STAYING = ("healthy", "chatty", "recovered")
"""Storylines that end with a customer."""
CALM = ("healthy", "chatty")
"""Storylines in which nothing ever happens."""
_TEXT = ("platform", "deadline")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Time(_Section):
    """When it ends."""

    planted_day: Range
    decided: Range


class Rhythm(_Section):
    """How often an account is in touch, and how."""

    documents_a_month: float
    spread: float
    chatty_times: float
    chatty_share: float
    summer: float
    by_account: Range
    kinds: dict[Kind, float]
    sentences: dict[Kind, float]


class Subjects(_Section):
    """What documents are about."""

    known: int
    new_a_month: float


class People(_Section):
    """Who there is at an account."""

    count: tuple[int, int]
    titled: float
    turnover_a_year: float
    replaced: float
    named_speaker: float
    levels: dict[Seniority, float]
    attend: dict[str, Range]


class VendorWritten(_Section):
    """What our own mails hold of the account's words."""

    share: float


class Trouble(_Section):
    """How accounts talk of what troubles them."""

    spread: float
    bunch: float
    said_in: dict[Kind, float]


class Event(BaseModel):
    """Something that can be said; every further key is an attribute, a share or a table of shares."""

    model_config = ConfigDict(extra="allow", frozen=True)

    label: Label
    speakers: dict[Seniority, float]

    @property
    def attributes(self) -> dict[str, float | dict[str, float]]:
        """How often it has which attribute."""
        return self.model_extra or {}


class Arc(_Section):
    """Something that is said more and more, in mentions a month."""

    event: str
    since: Range
    until: Range | None = None
    rate: Range


class Fade(_Section):
    """What becomes less; factors at the planted date."""

    since: Range
    documents: float = 1
    sentences: float = 1
    attendance: float = 1
    seniors: float = 1
    wishes: float = 1
    subjects: float = 1
    by_account: float = 1
    champion_goes: float = 0


class Storyline(_Section):
    """How accounts of one kind leave."""

    arcs: tuple[Arc, ...]
    fade: Fade


class Recovered(_Section):
    """Trouble that ended well."""

    of: dict[str, float]
    crisis: Range
    turn: Range
    relief_told: float
    relief_days: Range
    relief: dict[str, tuple[str, ...]]


class Errors(_Section):
    """How a reader errs, beyond what was measured."""

    certainty: float
    account_recall: float
    account_false: float
    named_speaker: float
    habits_weight: float


class Keywords(_Section):
    """A keyword tracker."""

    recall: float
    precision: float


class Story(_Section):
    """All of it."""

    version: str
    population: dict[str, float]
    time: Time
    rhythm: Rhythm
    subjects: Subjects
    people: People
    vendor_written: VendorWritten
    talk: dict[str, float]
    trouble: Trouble
    events: dict[str, Event]
    storylines: dict[str, Storyline]
    recovered: Recovered
    reader: Errors
    keywords: Keywords


def story_data() -> dict[str, Any]:
    """The file as it stands."""
    return tomllib.loads(STORY.read_text(encoding="utf-8"))


def load_story() -> Story:
    """The story of the file."""
    return Story.model_validate(story_data())


SHAKEN = ("rhythm", "subjects", "people", "vendor_written", "talk", "trouble", "events", "storylines", "recovered")
_SHARES = {"titled", "replaced", "named_speaker", "relief_told", "chatty_share", "summer", "by_account", "share",
           "champion_goes", "attend"}  # fmt: skip


def shaken_story(factor: float, chance: random.Random) -> Story:
    """The story with every number multiplied by a factor of its own, between ``1 / factor`` and ``factor``.

    Who there is and how the reader errs stay; shares stay shares, ranges stay in order.
    """
    data = copy.deepcopy(story_data())
    for section in SHAKEN:
        for path, value in list(_numbers(data[section], ())):
            moved = value * math.exp(chance.uniform(-1, 1) * math.log(factor))
            share = any(key in _SHARES for key in path) or "attributes" in path or _is_share(section, path)
            _put(data[section], path, _kept(value, min(1.0, moved) if share else moved))
    for storyline in data["storylines"].values():
        for arc in storyline["arcs"]:
            _order(arc, ("since", "until"))
        _order(storyline["fade"], ("since",))
    _order(data["recovered"], ("crisis", "turn", "relief_days"))
    _order(data["rhythm"], ("by_account",))
    _order(data["people"], ("count",))
    data["trouble"]["bunch"] = max(1.0, data["trouble"]["bunch"])
    return Story.model_validate(data)


def _is_share(section: str, path: tuple[Any, ...]) -> bool:
    return section == "events" and path[1] not in ("speakers",) and len(path) == 2


def _kept(before: float, after: float) -> float:
    return max(1, round(after)) if isinstance(before, int) and before > 0 else after


def _order(section: dict[str, Any], keys: tuple[str, ...]) -> None:
    for key in keys:
        if key in section:
            section[key] = sorted(section[key])


def _numbers(node: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], float]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _numbers(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _numbers(value, (*path, index))
    elif isinstance(node, int | float) and not isinstance(node, bool):
        yield path, node


def _put(node: Any, path: tuple[Any, ...], value: float) -> None:
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
