"""A level is reached at its bound and left well below it, and remembers nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.entities import Label, RiskLevel
from pipelines.risk.levels import Standing, standing
from pipelines.risk.model import assess, standings_at
from pipelines.risk.parameters import Levels, default_parameters
from tests.factories import NOON, make_signal

LEVELS = Levels(high=50, medium=20, keep=0.6, driver=3)
PARAMETERS = default_parameters()
LOW, MEDIUM, HIGH = RiskLevel.LOW, RiskLevel.MEDIUM, RiskLevel.HIGH


def past(*scores: float) -> list[tuple[datetime, float]]:
    """Scores before now, the latest first, a day apart."""
    return [(NOON - timedelta(days=day), score) for day, score in enumerate(scores, 1)]


@pytest.mark.parametrize(
    ("score", "earlier", "level"),
    [
        (50, (), HIGH),
        (49, (), MEDIUM),
        (40, (45, 51), HIGH),
        (40, (29, 51), MEDIUM),
        (29, (51,), MEDIUM),
        (13, (15, 22), MEDIUM),
        (13, (11, 22), LOW),
        (11, (22,), LOW),
        (13, (14, 60), MEDIUM),
        (13, (), LOW),
    ],
)
def test_a_level_is_kept_down_to_a_share_of_its_bound(score: float, earlier: tuple[float, ...], level: RiskLevel):
    assert standing(score, past(*earlier), LEVELS).level is level


def test_what_is_kept_says_since_when():
    assert standing(40, past(45, 51, 60), LEVELS) == Standing(HIGH, NOON - timedelta(days=2))
    assert standing(55, past(60), LEVELS) == Standing(HIGH)


def test_no_more_of_the_past_is_looked_at_than_decides():
    def never():
        raise AssertionError("looked back")
        yield

    assert standing(60, never(), LEVELS).level is HIGH
    assert standing(5, never(), LEVELS).level is LOW


@given(st.floats(0, 100), st.lists(st.floats(0, 100), max_size=8), st.floats(0, 30))
def test_higher_scores_never_give_a_lower_level(score: float, earlier: list[float], more: float):
    order = (LOW, MEDIUM, HIGH)
    plain = standing(score, past(*earlier), LEVELS).level
    raised = standing(score + more, past(*(then + more for then in earlier)), LEVELS).level
    assert order.index(raised) >= order.index(plain)


def test_an_account_that_fades_keeps_its_level_for_a_while_and_says_so():
    move = make_signal(attributes={"stance": "switching_to"})
    cut = make_signal(
        Label.VENDOR_CONSOLIDATION, attributes={"direction": "away_from_us", "platform": "SAP", "deadline": "May"}
    )
    days = [0, 60, 90, 120, 150, 200, 900]
    moments = [move.occurred_at + timedelta(days=day) for day in days]
    found = standings_at([move, cut], [], moments, PARAMETERS)
    scores = [score for score, _ in found]
    assert scores == sorted(scores, reverse=True)
    kept = [held for score, held in found if score < PARAMETERS.levels.high and held.level is HIGH]
    assert kept
    assert all(held.held_since == move.occurred_at for held in kept)
    assert found[-1][1] == Standing(LOW)
    for moment, (score, held) in zip(moments, found, strict=True):
        risk = assess("a", [move, cut], [], moment, PARAMETERS)
        assert (risk.score, risk.level, risk.held_since) == (score, held.level, held.held_since)
