"""All figures of one run, ready to print and to draw."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from benchmarks.simulate.protocol import (
    CHIEF_DAYS,
    DAYS_BEFORE,
    LEAD_DAYS,
    Bools,
    Floats,
    alarm_at,
    auc,
    flips_a_quarter,
    interval,
    lead_days,
    leaving,
    scores_before,
    weekly,
    weeks_before,
)
from benchmarks.simulate.reader import read_without_error
from benchmarks.simulate.scores import OURS, Observed, levels_at, ours, scores
from pipelines.risk.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Judged:
    """How one score did. ``chief`` are the scores at the day where the AUC is judged, one an account.

    ``leads`` belong to the strict alarm, ``loose`` to that of a tenth in a week; days, 0 for no alarm.
    """

    name: str
    aucs: dict[int, float]
    chief_interval: tuple[float, float]
    chief: Floats
    alarm: float
    leads: Floats
    loose: Floats


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run found. What has names is by storyline."""

    accounts: int
    positive: Bools
    judged: tuple[Judged, ...]
    without_error: float
    flips: dict[str, float]
    at_level: dict[str, dict[str, float]]
    alarmed: dict[str, float]


def measure(seen: Sequence[Observed], parameters: Parameters) -> Figures:
    """Judge all scores on the same accounts."""
    positive = leaving(seen)
    judged = []
    weeks = {name: weekly(seen, score, LEAD_DAYS) for name, score in scores(parameters).items()}
    for name, score in scores(parameters).items():
        at = {days: scores_before(seen, score, days) for days in DAYS_BEFORE}
        chief = at[CHIEF_DAYS]
        bounds = interval(lambda some, chief=chief: auc(chief[some], positive[some]), len(seen))  # type: ignore[misc]
        alarm = alarm_at(weeks[name], positive, ever=True)
        weekly_alarm = alarm_at(weeks[name], positive, ever=False)
        judged.append(
            Judged(name, {days: auc(found, positive) for days, found in at.items()}, bounds, chief, alarm,
                   lead_days(weeks[name][positive], alarm), lead_days(weeks[name][positive], weekly_alarm))
        )  # fmt: skip
    perfect = [replace(one, signals=read_without_error(one.life)) for one in seen]
    best = auc(scores_before(perfect, ours(parameters), CHIEF_DAYS), positive)
    lines = np.array([one.life.storyline for one in seen])
    reached = weeks[OURS].max(axis=1) >= judged[0].alarm
    return Figures(
        accounts=len(seen),
        positive=positive,
        judged=tuple(judged),
        without_error=best,
        flips={
            line: flips_a_quarter(
                [levels_at(one, weeks_before(one, LEAD_DAYS), parameters) for one in seen if one.life.storyline == line]
            )
            for line in sorted(set(lines))
        },
        at_level=_levels(seen, parameters),
        alarmed={line: float(reached[lines == line].mean()) for line in sorted(set(lines))},
    )


def _levels(seen: Sequence[Observed], parameters: Parameters) -> dict[str, dict[str, float]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for one in seen:
        chief = one.life.planted - timedelta(days=CHIEF_DAYS)
        found[one.life.storyline] += Counter(level.value for level in levels_at(one, [chief], parameters))
    return {line: {level: n / counts.total() for level, n in counts.items()} for line, counts in sorted(found.items())}


def mentions_a_month(seen: Sequence[Observed]) -> dict[str, tuple[float, float, float]]:
    """By storyline, in the half year before the date: documents, mentions said, signals found, a month."""
    rows: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for one in seen:
        since = one.life.planted - timedelta(days=LEAD_DAYS)
        documents = sum(document.occurred_at > since for document in one.life.documents)
        said = sum(one.life.documents[mention.document].occurred_at > since for mention in one.life.mentions)
        found = sum(signal.occurred_at > since for signal in one.signals)
        rows[one.life.storyline].append((documents, said, found))
    months = LEAD_DAYS / 30.4
    return {line: _means(of, months) for line, of in sorted(rows.items())}


def _means(rows: Sequence[tuple[int, int, int]], months: float) -> tuple[float, float, float]:
    documents, said, found = (float(np.mean(column)) / months for column in zip(*rows, strict=True))
    return documents, said, found
