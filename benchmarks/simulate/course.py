"""The course of an account's trouble over time: what it says ever more of, and what becomes less."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.simulate.story import CALM, Fade, Range, Story

Floats = NDArray[np.float64]
NEVER = float("inf")
_BACK_DAYS = 60.0
"""What had become less is as before so many days after a turn."""


@dataclass(frozen=True, slots=True)
class Course:
    """Mentions a month of one event, rising evenly until it is at its full, and said until some day."""

    event: str
    since: float
    full: float
    until: float
    rate: Range


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong, until it is decided or turns. ``relief`` holds the days of good news, by event."""

    decided: float
    turn: float = NEVER
    courses: tuple[Course, ...] = ()
    fade: Fade | None = None
    fades_since: float = NEVER
    champion_goes: float | None = None
    relief: Mapping[str, float] = field(default_factory=dict)

    def rate(self, event: str, days: Floats) -> Floats:
        """Mentions a month, as it is on each day."""
        total = np.zeros(len(days))
        for course in self.courses:
            if course.event == event:
                share = np.clip((days - course.since) / max(1.0, course.full - course.since), 0, 1)
                rates = course.rate[0] + share * (course.rate[1] - course.rate[0])
                on = (days >= course.since) & (days < min(course.until, self.turn))
                total += np.where(on, rates, 0.0)
        return total

    def factor(self, name: str, days: Floats) -> Floats:
        """What is left of something on each day."""
        if self.fade is None:
            return np.ones(len(days))

        def share(day: Floats) -> Floats:
            return np.clip((day - self.fades_since) / max(1.0, self.decided - self.fades_since), 0, 1)

        gone = share(np.minimum(days, self.turn))
        gone = gone * np.clip(1 - (days - self.turn) / _BACK_DAYS, 0, 1) if self.turn < NEVER else gone
        left: Floats = 1 + gone * (getattr(self.fade, name) - 1)
        return left


def no_trouble(story: Story) -> Trouble:
    """Nothing goes wrong."""
    return Trouble(decided=NEVER)


def trouble_of(story: Story, storyline: str, planted: float, chance: np.random.Generator) -> Trouble | None:
    """The trouble of an account that leaves on day ``planted``, or got over it; ``None`` for calm accounts."""
    if storyline in CALM:
        return None
    ends, turn, relief = planted, NEVER, {}
    if storyline == "recovered":
        ways = list(story.recovered.of)
        weights = np.array([story.recovered.of[way] for way in ways])
        storyline = ways[int(chance.choice(len(ways), p=weights / weights.sum()))]
        ends = planted + float(chance.uniform(*story.recovered.crisis))
        turn = ends + float(chance.uniform(*story.recovered.turn))
        if chance.random() < story.recovered.relief_told:
            relief = {
                event: turn + float(chance.uniform(*story.recovered.relief_days))
                for event in story.recovered.relief[storyline]
            }
    line = story.storylines[storyline]
    loud = float(np.exp(chance.normal(0, story.trouble.spread)))
    decided = ends + float(chance.uniform(*story.time.decided))
    courses = []
    for arc in line.arcs:
        since = ends + float(chance.uniform(*arc.since))
        until = ends + float(chance.uniform(*arc.until)) if arc.until else ends
        full = min(decided, until) if since < decided else until
        courses.append(Course(arc.event, since, full, until, (arc.rate[0] * loud, arc.rate[1] * loud)))
    since = ends + float(chance.uniform(*line.fade.since))
    goes = since + float(chance.uniform(0, 30)) if chance.random() < line.fade.champion_goes else None
    return Trouble(
        decided, turn, tuple(courses), line.fade, since, goes if goes is None or goes < turn else None, relief
    )
