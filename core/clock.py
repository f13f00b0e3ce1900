"""Time as a dependency: whoever needs the hour takes a ``Clock``, so that tests own it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present moment, always zoned."""


def system_clock() -> datetime:
    """The machine's time in UTC."""
    return datetime.now(UTC)


def fixed_clock(moment: datetime) -> Clock:
    """A clock that stands still at ``moment``.

    Raises:
        ValueError: if ``moment`` has no zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a clock needs a zoned moment")
    return lambda: moment
