"""What puts a number on an account as of a day: our model, and the counts that it has to beat."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from benchmarks.simulate.reader import Quality, false_rates, measured, read
from benchmarks.simulate.story import Keywords, Story
from benchmarks.simulate.world import Life, draw_lives
from core.entities import Label, RiskLevel
from pipelines.risk.facts import SignalFact
from pipelines.risk.model import scores_at, standings_at
from pipelines.risk.parameters import Parameters

WINDOW_DAYS = 90
HALF_LIFE_DAYS = 60
OURS = "foreshock"
BASELINES = ("mentions, 90 days", "keywords, 90 days", "mentions, fading")
RATE = "mentions a 100 sentences, 90 days"
"""Not asked for: the count that a chatty account does not fool."""


@dataclass(frozen=True, slots=True)
class Observed:
    """A life, what the reader found in it, and when a keyword tracker fired."""

    life: Life
    signals: tuple[SignalFact, ...]
    hits: tuple[datetime, ...]


Score = Callable[[Observed, Sequence[datetime]], list[float]]
"""What an account scores as of each of some moments."""


def observe(story: Story, count: int, seed: int, quality: Quality | None = None) -> list[Observed]:
    """Draw accounts and read them."""
    lives = draw_lives(story, count, seed)
    chosen = quality or measured(story.reader)
    false = false_rates(lives, chosen)
    missing = false_rates(lives, as_keywords(chosen, story.keywords))
    return [
        Observed(life, read(life, chosen, false, seed), _hits(life, story.keywords, missing, seed)) for life in lives
    ]


def as_keywords(quality: Quality, keywords: Keywords) -> Quality:
    """The same with precision and recall of a keyword tracker."""
    return replace(
        quality, precision=dict.fromkeys(Label, keywords.precision), recall=dict.fromkeys(Label, keywords.recall)
    )


def _hits(life: Life, keywords: Keywords, false: Mapping[Label, float], seed: int) -> tuple[datetime, ...]:
    chance = np.random.default_rng([seed, int(life.account_id[1:]), 2])
    sentences = np.array([document.sentences for document in life.documents], dtype=np.float64)
    counts = chance.poisson(sum(false.values()) * sentences)
    for mention in life.mentions:
        counts[mention.document] += chance.random() < keywords.recall
    return tuple(d.occurred_at for d, count in zip(life.documents, counts, strict=True) for _ in range(count))


def scores(parameters: Parameters) -> dict[str, Score]:
    """Ours, the three baselines and the rate, by name."""
    counts = zip((*BASELINES, RATE), (mentions, keywords, fading, rate), strict=True)
    return {OURS: ours(parameters)} | {name: each(count) for name, count in counts}


def ours(parameters: Parameters) -> Score:
    """The risk model."""
    return lambda seen, moments: scores_at(seen.signals, seen.life.documents, moments, parameters)


def levels_at(seen: Observed, moments: Sequence[datetime], parameters: Parameters) -> list[RiskLevel]:
    """The levels that the risk model gives as of some moments."""
    return [held.level for _, held in standings_at(seen.signals, seen.life.documents, moments, parameters)]


def each(count: Callable[[Observed, datetime], float]) -> Score:
    """A score that is looked at moment by moment."""
    return lambda seen, moments: [count(seen, moment) for moment in moments]


def mentions(seen: Observed, moment: datetime) -> float:
    """Signals of the last 90 days."""
    return float(_between([signal.occurred_at for signal in seen.signals], moment))


def keywords(seen: Observed, moment: datetime) -> float:
    """Keyword hits of the last 90 days."""
    return float(_between(seen.hits, moment))


def fading(seen: Observed, moment: datetime) -> float:
    """Signals, each half as much after 60 days."""
    ages = [(moment - s.occurred_at).total_seconds() / 86_400 for s in seen.signals if s.occurred_at <= moment]
    return math.fsum(0.5 ** (age / HALF_LIFE_DAYS) for age in ages)


def rate(seen: Observed, moment: datetime) -> float:
    """Signals by how much was said, both of the last 90 days, held to a hundred sentences more."""
    since = moment - timedelta(days=WINDOW_DAYS)
    said = sum(d.sentences for d in seen.life.documents if since < d.occurred_at <= moment)
    return 100 * mentions(seen, moment) / (said + 100)


def _between(moments: Sequence[datetime], moment: datetime) -> int:
    return bisect_right(moments, moment) - bisect_right(moments, moment - timedelta(days=WINDOW_DAYS))
