"""From scores to a level that does not flicker: reached at a bound, left only well below it.

A score moves with every document, and an account whose score lies about a bound would change its level every other week
for no reason that anybody could act on. So a level is kept until the score falls under a share of the bound that it
reached. It is worked out by walking back over the scores of the past, nothing is remembered between two computations:
as of any date the answer is the one of that day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from core.entities import RiskLevel
from pipelines.risk.parameters import Levels


@dataclass(frozen=True, slots=True)
class Standing:
    """A level; ``held_since`` is the last moment looked at with the score at its bound, where it lies below it now."""

    level: RiskLevel
    held_since: datetime | None = None


def standing(score: float, earlier: Iterable[tuple[datetime, float]], levels: Levels) -> Standing:
    """The level of a score, given the ``earlier`` moments and scores, the latest first.

    Of ``earlier`` only so much is looked at as decides, which is nothing where the score lies at or far below a bound.
    """
    bounds = ((RiskLevel.HIGH, levels.high), (RiskLevel.MEDIUM, levels.medium))
    plain = next((level for level, bound in bounds if score >= bound), RiskLevel.LOW)
    waiting = {level: bound for level, bound in bounds if levels.keep * bound <= score < bound}
    held: Standing | None = None
    if waiting:
        for moment, then in earlier:
            waiting = {level: bound for level, bound in waiting.items() if then >= levels.keep * bound}
            for level, bound in tuple(waiting.items()):
                if then >= bound:
                    held = held if held and held.level is RiskLevel.HIGH else Standing(level, moment)
                    del waiting[level]
            if not waiting or (held and held.level is RiskLevel.HIGH):
                break
    if held and (held.level is RiskLevel.HIGH or plain is RiskLevel.LOW):
        return held
    return Standing(plain)
