"""Dates and efforts as people say them."""

from __future__ import annotations

from datetime import date

import pytest

from nlp.attributes.effort import find_effort
from nlp.dates import find_dates

TUESDAY = date(2026, 3, 3)


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ("by 24 March", "2026-03-24"),
        ("by March 24th, 2027", "2027-03-24"),
        ("until 31.12.2026", "2026-12-31"),
        ("before 2026-09-01", "2026-09-01"),
        ("by the end of June", "2026-06"),
        ("before January", "2027-01"),
        ("end of Q2", "2026-06"),
        ("by next month", "2026-04"),
        ("in two weeks", "2026-03-17"),
        ("by Friday", "2026-03-06"),
        ("by Easter", "2026-04-05"),
        ("before Whitsun", "2026-05-24"),
        ("by Thanksgiving", "2026-11-26"),
        ("by midsummer", "2026-06-19"),
        ("end of the second quarter", "2026-06"),
        ("by end of quarter", "2026-03"),
        ("by end of financial year", "2026-12"),
        ("some time in 2028", "2028"),
    ],
)
def test_future_dates(text, resolved):
    assert find_dates(text, TUESDAY, "future")[0].resolved == resolved


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ("since last autumn", "2025"),
        ("three months ago", "2025-12"),
        ("we asked in May", "2025-05"),
        ("back in May 2024", "2024-05"),
        ("since two years I ask", "2024-03"),
        ("before Christmas", "2025-12-25"),
    ],
)
def test_past_dates(text, resolved):
    assert find_dates(text, TUESDAY, "past")[0].resolved.startswith(resolved)


@pytest.mark.parametrize("text", ["we may look at it", "version 2.3.1", "they march on", "ask the 3 of us"])
def test_what_is_no_date(text):
    assert find_dates(text, TUESDAY, "future") == []


def test_the_words_stand_where_the_mention_says():
    text = "He wants it by 24 March, or by Q3."
    for mention in find_dates(text, TUESDAY, "future"):
        assert text[mention.start : mention.end] == mention.text


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("two hours every Friday", 8.7),
        ("half a day each month", 4.0),
        ("a day and a half each month", 12.0),
        ("30 minutes a day", 10.8),
        ("2-3 hours a week", 10.8),
        ("an hour every other week", 2.2),
    ],
)
def test_effort_in_hours_a_month(text, hours):
    assert find_effort(f"It costs me {text} or so.").hours_per_month == pytest.approx(hours, rel=0.05)


@pytest.mark.parametrize("text", ["two hours late", "a day at the fair", "every Friday we meet"])
def test_what_is_no_effort(text):
    assert find_effort(text) is None
