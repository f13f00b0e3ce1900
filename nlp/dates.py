"""Dates as people say them, resolved against the day of the document: "by March", "end of Q3", "since last autumn".

The answer is as exact as the words: a day ``2027-03-14``, a month ``2027-03`` or a year ``2027``. Words that do not
settle on one are left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from dateutil.easter import easter

Tense = Literal["past", "future"]

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
            "september sept sep", "october oct", "november nov", "december dec",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_SEASONS = {"spring": 4, "summer": 7, "autumn": 10, "fall": 10, "winter": 12}
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
            "nine": 9, "ten": 10, "twelve": 12, "couple of": 2, "a couple of": 2}  # fmt: skip
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4}
_WEEKDAYS = {name: index for index, name in enumerate(
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))}  # fmt: skip

_MONTH = r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
_YEAR = r"(?P<year>20\d\d)"
_NUMBER = r"(?P<number>\d{1,2}|a couple of|couple of|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve)"


@dataclass(frozen=True, slots=True)
class DateMention:
    """Words that name a time, where they stand, and what they resolve to."""

    start: int
    end: int
    text: str
    resolved: str


def _pattern(body: str) -> re.Pattern[str]:
    return re.compile(rf"\b{body}\b", re.IGNORECASE)


_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("iso", _pattern(r"(?P<iso>20\d\d-\d\d(?:-\d\d)?)")),
    ("dotted", _pattern(r"(?P<day>\d{1,2})\.(?P<monthnumber>\d{1,2})\.(?P<year>20\d\d)")),
    ("day_month", _pattern(rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH}(?:,? {_YEAR})?")),
    ("month_day", _pattern(rf"{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d|:)(?:,? {_YEAR})?")),
    ("month", _pattern(rf"(?P<part>(?:the )?(?:end|start|beginning|middle) of |mid-?\s?|early |late )?{_MONTH}(?: (?:of )?{_YEAR})?")),
    ("quarter", _pattern(r"(?P<part>(?:the )?(?:end|start|beginning) of )?q(?P<quarter>[1-4])(?:[ /-]?(?:fy)?(?P<year>20\d\d|\d\d)(?!\d))?")),
    ("next_period", _pattern(r"(?P<which>this|next|last|the) (?P<unit>week|month|quarter|year|spring|summer|autumn|fall|winter)(?! (?:one|two|three|few|\d))")),
    ("holiday", _pattern(r"(?P<holiday>christmas|xmas|advent|easter|whitsun|pentecost|midsummer|thanksgiving|labou?r day)(?: (?:of )?(?P<year>20\d\d))?")),
    ("named_quarter", _pattern(r"(?P<part>(?:the )?(?:end|start|beginning) of (?:the )?)?(?P<ordinal>first|second|third|fourth|last) quarter")),
    ("end_of_period", _pattern(r"(?:eoq|(?:the )?end of (?:the )?(?P<unit>week|month|quarter))")),
    ("end_of_year", _pattern(r"(?:eoy|year[- ]end|end of (?:the )?(?:calendar |fiscal |financial )?year)")),
    ("in_units", _pattern(rf"(?:in|within) {_NUMBER} (?P<unit>day|week|month|quarter|year)s?")),
    ("units_ago", _pattern(rf"{_NUMBER} (?P<unit>day|week|month|quarter|year)s? (?:ago|back|now)")),
    ("for_units", _pattern(rf"(?:for|since) (?:over |almost |nearly |about |more than )?{_NUMBER} (?P<unit>week|month|quarter|year)s?")),
    ("season", _pattern(rf"(?P<season>spring|summer|autumn|winter)(?: (?:of )?{_YEAR})?")),
    ("weekday", _pattern(r"(?P<weekday>monday|tuesday|wednesday|thursday|friday)")),
    ("year", _pattern(rf"{_YEAR}")),
)  # fmt: skip


def find_dates(text: str, anchor: date, tense: Tense) -> list[DateMention]:
    """All time words of ``text`` that can be resolved, in text order, the longer reading first.

    Args:
        text: a sentence or two.
        anchor: the day the words were said.
        tense: where an unstated year lies: ``future`` for deadlines, ``past`` for "since".
    """
    found: list[DateMention] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if any(match.start() < other.end and other.start < match.end() for other in found):
                continue
            if (
                kind in ("month", "month_day", "day_month")
                and match["month"] in ("may", "mar", "march")
                and not _is_month(match)
            ):
                continue
            resolved = _resolve(kind, match, anchor, tense)
            if resolved:
                found.append(DateMention(match.start(), match.end(), match.group(), resolved))
    return sorted(found, key=lambda mention: mention.start)


def _is_month(match: re.Match[str]) -> bool:
    """Whether a "may" or "march" is a month; in lower case it is nearly always the verb."""
    before = match.string[: match.start()].rstrip().lower()
    return bool(match.groupdict().get("day") or before.endswith((" by", " in", " until", " till", " of", " since")))


def _resolve(kind: str, match: re.Match[str], anchor: date, tense: Tense) -> str | None:
    try:
        return _RESOLVERS[kind](match, anchor, tense)
    except ValueError:
        return None


def _iso(match: re.Match[str], anchor: date, tense: Tense) -> str | None:
    return match["iso"]


def _dotted(match: re.Match[str], anchor: date, tense: Tense) -> str | None:
    return date(int(match["year"]), int(match["monthnumber"]), int(match["day"])).isoformat()


def _month_of(match: re.Match[str]) -> int:
    return _MONTHS[match["month"].lower()]


def _day(match: re.Match[str], anchor: date, tense: Tense) -> str | None:
    month, day = _month_of(match), int(match["day"])
    if match["year"]:
        return date(int(match["year"]), month, day).isoformat()
    guess = date(anchor.year, month, day)
    if tense == "future" and guess < anchor:
        guess = date(anchor.year + 1, month, day)
    if tense == "past" and guess > anchor:
        guess = date(anchor.year - 1, month, day)
    return guess.isoformat()


def _month(match: re.Match[str], anchor: date, tense: Tense) -> str | None:
    month = _month_of(match)
    year = int(match["year"]) if match["year"] else _year_of_month(month, anchor, tense)
    return f"{year}-{month:02d}"


def _year_of_month(month: int, anchor: date, tense: Tense) -> int:
    if tense == "future":
        return anchor.year + (month < anchor.month)
    return anchor.year - (month > anchor.month)


def _quarter(match: re.Match[str], anchor: date, tense: Tense) -> str | None:
    last_month = int(match["quarter"]) * 3
    first_month = last_month - 2
    if match["year"]:
        year = int(match["year"]) if len(match["year"]) == 4 else 2000 + int(match["year"])
    else:
        year = _year_of_month(last_month if tense == "future" else first_month, anchor, tense)
    at_start = match["part"] and "end" not in match["part"].lower()
    month = first_month if at_start or tense == "past" else last_month
    return f"{year}-{month:02d}"


def _next_period(match: re.Match[str], anchor: date, tense: Tense) -> str | None:
    which, unit = match["which"].lower(), match["unit"].lower()
    if which == "the" and unit not in _SEASONS:
        return None
    step = {"this": 0, "the": 0, "next": 1, "last": -1}[which]
    if unit in _SEASONS:
        if which == "the":
            return f"{_year_of_month(_SEASONS[unit], anchor, tense)}-{_SEASONS[unit]:02d}"
        year = _year_of_month(_SEASONS[unit], anchor, "past" if which == "last" else "future")
        return f"{year}-{_SEASONS[unit]:02d}"
    if unit == "year":
        return str(anchor.year + step)
    if unit == "week":
        return (anchor + timedelta(days=7 * step + 4 - anchor.weekday())).isoformat()
    if unit == "quarter":
        last_month = ((anchor.month - 1) // 3 + 1) * 3
        return _add_months(date(anchor.year, last_month, 1), 3 * step).strftime("%Y-%m")
    return _add_months(anchor.replace(day=1), step).strftime("%Y-%m")


def _holiday(match: re.Match[str], anchor: date, tense: Tense) -> str | None:
    holiday = match["holiday"].lower()
    if match["year"]:
        return _day_of_holiday(holiday, int(match["year"])).isoformat()
    day = _day_of_holiday(holiday, anchor.year)
    if tense == "future" and day < anchor:
        day = _day_of_holiday(holiday, anchor.year + 1)
    if tense == "past" and day > anchor:
        day = _day_of_holiday(holiday, anchor.year - 1)
    return day.isoformat()


def _day_of_holiday(holiday: str, year: int) -> date:
    """Movable ones by their rule; "midsummer" is the eve that the North keeps, Advent its first Sunday."""
    sunday: date = easter(year)
    match holiday:
        case "easter":
            return sunday
        case "whitsun" | "pentecost":
            return sunday + timedelta(days=49)
        case "thanksgiving":
            return _on_or_after(date(year, 11, 22), _WEEKDAYS["thursday"])
        case "labor day" | "labour day":
            return _on_or_after(date(year, 9, 1), _WEEKDAYS["monday"])
        case "midsummer":
            return _on_or_after(date(year, 6, 19), _WEEKDAYS["friday"])
        case "advent":
            return _on_or_after(date(year, 11, 27), _WEEKDAYS["sunday"])
    return date(year, 12, 25)


def _on_or_after(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def _named_quarter(match: re.Match[str], anchor: date, tense: Tense) -> str | None:
    if match["ordinal"].lower() == "last" and not match["part"]:
        return None  # "last quarter" is the one before this
    last_month = _ORDINALS[match["ordinal"].lower()] * 3
    at_start = tense == "past" or (match["part"] and "end" not in match["part"].lower())
    month = last_month - 2 if at_start else last_month
    return f"{_year_of_month(month, anchor, tense)}-{month:02d}"


def _end_of_period(match: re.Match[str], anchor: date, tense: Tense) -> str | None:
    match (match["unit"] or "quarter").lower():
        case "week":
            return _on_or_after(anchor, _WEEKDAYS["friday"]).isoformat()
        case "month":
            return anchor.strftime("%Y-%m")
    return f"{anchor.year}-{((anchor.month - 1) // 3 + 1) * 3:02d}"


def _end_of_year(match: re.Match[str], anchor: date, tense: Tense) -> str | None:
    return f"{anchor.year - (tense == 'past')}-12"


def _units(match: re.Match[str]) -> tuple[int, str]:
    number = match["number"].lower()
    return (int(number) if number.isdigit() else _NUMBERS[number]), match["unit"].lower()


def _shift(anchor: date, count: int, unit: str) -> str:
    if unit in ("day", "week"):
        return (anchor + timedelta(days=count * (7 if unit == "week" else 1))).isoformat()
    months = count * {"month": 1, "quarter": 3, "year": 12}[unit]
    return _add_months(anchor.replace(day=1), months).strftime("%Y-%m")


def _in_units(match: re.Match[str], anchor: date, tense: Tense) -> str | None:
    count, unit = _units(match)
    return _shift(anchor, count, unit)


def _units_ago(match: re.Match[str], anchor: date, tense: Tense) -> str | None:
    count, unit = _units(match)
    return _shift(anchor, -count, unit) if tense == "past" else None


def _season(match: re.Match[str], anchor: date, tense: Tense) -> str | None:
    month = _SEASONS[match["season"].lower()]
    year = int(match["year"]) if match["year"] else _year_of_month(month, anchor, tense)
    return f"{year}-{month:02d}"


def _weekday(match: re.Match[str], anchor: date, tense: Tense) -> str | None:
    if tense == "past":
        return None
    ahead = (_WEEKDAYS[match["weekday"].lower()] - anchor.weekday()) % 7 or 7
    return (anchor + timedelta(days=ahead)).isoformat()


def _year(match: re.Match[str], anchor: date, tense: Tense) -> str | None:
    year = int(match["year"])
    return str(year) if (year >= anchor.year if tense == "future" else year <= anchor.year) else None


def _add_months(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, day.day)


_RESOLVERS = {
    "iso": _iso,
    "dotted": _dotted,
    "day_month": _day,
    "month_day": _day,
    "month": _month,
    "quarter": _quarter,
    "next_period": _next_period,
    "holiday": _holiday,
    "named_quarter": _named_quarter,
    "end_of_period": _end_of_period,
    "end_of_year": _end_of_year,
    "in_units": _in_units,
    "units_ago": _units_ago,
    "for_units": _units_ago,
    "season": _season,
    "weekday": _weekday,
    "year": _year,
}
