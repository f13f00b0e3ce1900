"""What is measured, the same way for all scores.

Accounts that leave are looked at so many days before their planted date. Those who stay have a date of the same draw
that means nothing in their lives, and are looked at so many days before it: same length of history, same seasons, and
nothing after the day is seen of either.

    AUC          of scores so many days before the date
    lead time    scores are looked at weekly in the half year before the date; the lead is the days from the first alarm
                 to the date, 0 where there was none. The alarm is set twice: so that at most a tenth of those who stay
                 ever reach it in their half year (strict), and so that in a week a tenth of them are above it
    flips        changes of level from week to week in the same half year, a quarter
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from benchmarks.simulate.scores import Observed, Score
from core.entities import RiskLevel

DAYS_BEFORE = (30, 60, 90, 120, 180)
CHIEF_DAYS = 60
"""Where the AUC is judged."""
LEAD_DAYS = 182
STEP_DAYS = 7
FALSE_ALARMS = 0.10
_RESAMPLES = 500
_QUARTER_WEEKS = 13

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def leaving(seen: Sequence[Observed]) -> Bools:
    """Who leaves."""
    return np.array([one.life.leaves for one in seen])


def scores_before(seen: Sequence[Observed], score: Score, days: int) -> Floats:
    """One score an account, ``days`` before its date."""
    return np.array([score(one, [one.life.planted - timedelta(days=days)])[0] for one in seen])


def weekly(seen: Sequence[Observed], score: Score, days: int) -> Floats:
    """Scores ``(accounts, weeks)`` over the ``days`` before the date, the earliest first."""
    return np.array([score(one, weeks_before(one, days)) for one in seen])


def weeks_before(one: Observed, days: int) -> list[datetime]:
    """A moment a week in the ``days`` before an account's date, the earliest first."""
    return [one.life.planted - timedelta(days=day) for day in range(days, 0, -STEP_DAYS)]


def auc(scores: Floats, positive: Bools) -> float:
    """How often one who leaves scores above one who stays; ties count half."""
    _, ranks, counts = np.unique(scores, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts - 1) / 2
    ones, zeros = int(positive.sum()), int((~positive).sum())
    return float((middle[ranks][positive].sum() - ones * (ones + 1) / 2) / max(1, ones * zeros))


def interval(statistic: Callable[[NDArray[np.intp]], float], count: int) -> tuple[float, float]:
    """95 % of a statistic of accounts, given by index (bootstrap)."""
    chance = np.random.default_rng(0)
    values = sorted(statistic(chance.integers(count, size=count)) for _ in range(_RESAMPLES))
    return values[int(0.025 * _RESAMPLES)], values[int(0.975 * _RESAMPLES) - 1]


def alarm_at(scores: Floats, positive: Bools, *, ever: bool) -> float:
    """The lowest score that at most a tenth of those who stay reach: ever, or in a week of theirs."""
    staying = scores[~positive]
    counted = staying.max(axis=1) if ever else staying.ravel()
    for bound in np.unique(scores):
        if (counted >= bound).mean() <= FALSE_ALARMS:
            return float(bound)
    return float("inf")


def lead_days(scores: Floats, bound: float) -> Floats:
    """Days from the first alarm to the date; 0 where there was none."""
    reached = scores >= bound
    first = reached.argmax(axis=1)
    days: Floats = np.where(reached.any(axis=1), (scores.shape[1] - first) * STEP_DAYS, 0).astype(np.float64)
    return days


def flips_a_quarter(levels: Sequence[Sequence[RiskLevel]]) -> float:
    """Changes of level an account and quarter."""
    changes = sum(now is not then for of_one in levels for then, now in itertools.pairwise(of_one))
    quarters = sum(len(of_one) for of_one in levels) / _QUARTER_WEEKS
    return changes / max(1.0, quarters)
