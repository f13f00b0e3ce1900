"""Moments as a person reads them: in their own zone, by a cookie that the browser or the person sets; UTC without it.

The small script ``static/zone.js`` tells the zone once a day. The page *Times* sets another for good.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo, available_timezones

from fastapi import Depends, Request

COOKIE = "foreshock_zone"
NO_ZONE = "UTC"
_DAY = len("2026-01-31")
_shown_in: ContextVar[tzinfo] = ContextVar("shown_in", default=UTC)


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """Zones that a person may live in, by name."""
    kept = (name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return (NO_ZONE, *sorted(kept))


def zone_name(request: Request) -> str:
    """The zone that whoever asks wants times in."""
    wanted = unquote(request.cookies.get(COOKIE, ""))
    return wanted if wanted in available_names() else NO_ZONE


@lru_cache(maxsize=1)
def available_names() -> frozenset[str]:
    """All names that a browser may send."""
    return frozenset(available_timezones())


@contextmanager
def shown_in(name: str) -> Iterator[None]:
    """While a page is made: in which zone its moments are written."""
    token = _shown_in.set(ZoneInfo(name))
    try:
        yield
    finally:
        _shown_in.reset(token)


def day(value: Any) -> str:
    """The day of a moment; a day stays the day that it is."""
    return _written(value, "%Y-%m-%d")


def minute(value: Any) -> str:
    """Day and minute of a moment."""
    return _written(value, "%Y-%m-%d %H:%M")


def _written(value: Any, form: str) -> str:
    if value is None or value == "":
        return ""
    if not isinstance(value, datetime):
        text = str(value)
        if len(text) <= _DAY:
            return text
        value = datetime.fromisoformat(text)
    here: datetime = value.astimezone(_shown_in.get()) if value.tzinfo else value
    return here.strftime(form)


def end_of(moment: datetime, zone: str) -> datetime:
    """A moment with a zone; a mere day (a naive midnight) stands for all of it, up to its last instant there."""
    if moment.tzinfo is not None:
        return moment
    here = moment.replace(tzinfo=ZoneInfo(zone))
    return here + timedelta(days=1, microseconds=-1) if moment.time() == time() else here


Zone = Annotated[str, Depends(zone_name)]
"""The zone of whoever asks, by name."""
