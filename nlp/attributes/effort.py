"""How much work a workaround costs: "two hours every Friday" is 8.7 hours a month."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER_WORDS = {
    "a": 1.0, "an": 1.0, "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0,
    "eight": 8.0, "nine": 9.0, "ten": 10.0, "half a": 0.5, "half an": 0.5, "a full": 1.0, "a whole": 1.0,
    "a good": 1.0, "a couple of": 2.0, "a couple": 2.0,
}  # fmt: skip
_HOURS = {"hour": 1.0, "hr": 1.0, "h": 1.0, "minute": 1 / 60, "min": 1 / 60, "day": 8.0, "afternoon": 4.0,
          "morning": 4.0, "evening": 3.0}  # fmt: skip
_A_MONTH = {"day": 21.0, "morning": 21.0, "evening": 21.0, "night": 21.0, "week": 52 / 12, "month": 1.0,
            "month-end": 1.0, "quarter": 1 / 3, "year": 1 / 12, "daily": 21.0, "weekly": 52 / 12, "monthly": 1.0,
            "fortnight": 26 / 12}  # fmt: skip
_WEEKDAY = r"monday|tuesday|wednesday|thursday|friday|saturday|sunday"

_EFFORT = re.compile(
    rf"""
    \b(?P<number>\d+(?:[.,]\d+)?(?:\s?(?:-|–|to)\s?\d+)?|half\ an?|a\ (?:full|whole|good|couple\ of|couple)|an?|
       one|two|three|four|five|six|seven|eight|nine|ten)
    \s?(?:-\s?)?(?P<unit>hours?|hrs?|h|minutes?|mins?|days?|afternoons?|mornings?|evenings?)\b(?P<half>\ and\ a\ half)?
    (?:\ (?:of\ \w+|or\ so|work|manual\ work))?
    [\ ,]{{1,2}}
    (?:(?:every|each|a|per)\ (?:single\ |(?P<other>other|second)\ )?(?P<period>day|morning|evening|night|week|month(?:-end)?|quarter|year|
       fortnight|{_WEEKDAY})|(?P<often>daily|weekly|monthly))\b
    """,
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Effort:
    """The words, and what they amount to in hours a month."""

    text: str
    hours_per_month: float


def find_effort(text: str) -> Effort | None:
    """The first statement of recurring effort, or ``None``."""
    match = _EFFORT.search(text)
    if not match:
        return None
    number = _number(match["number"]) + (0.5 if match["half"] else 0.0)
    hours = number * _HOURS[_singular(match["unit"])]
    period = (match["often"] or match["period"]).lower()
    times = _A_MONTH.get(period, 52 / 12) / (2 if match["other"] else 1)
    return Effort(match.group(), round(hours * times, 1))


def _number(words: str) -> float:
    words = words.lower()
    if words in _NUMBER_WORDS:
        return _NUMBER_WORDS[words]
    values = [float(part.replace(",", ".")) for part in re.findall(r"\d+(?:[.,]\d+)?", words)]
    return sum(values) / len(values)


def _singular(unit: str) -> str:
    unit = unit.lower()
    return unit[:-1] if unit.endswith("s") and unit != "hrs" else {"hrs": "hr"}.get(unit, unit)
