"""Careful reading of values that are not trusted.

Errors name file, line and field and never repeat a value: it may be a customer's text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from core.errors import InputError

NAME_MAX = 512
"""Characters of a name or an id."""
REMEDY = "see docs/labeling-formats.md"


class Fields:
    """A JSON object whose values are not trusted: every getter checks the type and names the field when it is wrong."""

    def __init__(self, data: Any, where: str) -> None:
        if not isinstance(data, Mapping):
            raise InputError(f"expected a JSON object, got {type(data).__name__}", where=where)
        self.data, self.where = data, where

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self.data.get(name) is not None

    def wrong(self, name: str, expected: str) -> InputError:
        """The error that says what a field should hold."""
        return InputError(f"{name} must be {expected}", where=self.where, remedy=REMEDY)

    def text(self, name: str, default: str | None = None, *, longest: int | None = NAME_MAX) -> str:
        """A string; ``longest`` in characters."""
        value = self.data.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or (longest is not None and len(value) > longest):
            raise self.wrong(name, "a string" if longest is None else f"a string of at most {longest} characters")
        check_characters(value, self.where, name)
        return value

    def text_or_none(self, name: str, *, longest: int | None = None) -> str | None:
        """A string, or nothing."""
        return self.text(name, longest=longest) if self.has(name) else None

    def number(self, name: str, default: float | None = None) -> float | None:
        """A finite number."""
        value = self.data.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.wrong(name, "a finite number")
        return float(value)

    def whole(self, name: str, default: int | None = None) -> int:
        """A whole number."""
        value = self.data.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(name, "a whole number")
        return value

    def seconds(self, name: str) -> float | None:
        """A time in seconds, not negative."""
        value = self.number(name)
        if value is not None and value < 0:
            raise self.wrong(name, "a number of seconds")
        return value

    def array(self, name: str) -> list[Any]:
        """A list; an absent one is empty."""
        value = self.data.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong(name, "a list")
        return value

    def object(self, name: str) -> Fields:
        """A nested object; an absent one is empty."""
        return Fields(self.data[name] if self.has(name) else {}, f"{self.where}, {name}")

    def moment(self, name: str, default: datetime) -> datetime:
        """An ISO 8601 time; one without a zone is taken as UTC."""
        if not self.has(name):
            return default
        value = self.data[name]
        if not isinstance(value, str):
            raise self.wrong(name, "an ISO 8601 time")
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            raise self.wrong(name, "an ISO 8601 time") from None
        return found if found.tzinfo else found.replace(tzinfo=UTC)


def check_characters(value: str, where: str, name: str) -> None:
    """Refuse what no database and no encoding can carry.

    Raises:
        InputError: naming the character.
    """
    at = value.find("\x00")
    if at >= 0:
        raise InputError(f"{name} holds a NUL at character {at}", where=where, remedy="remove it at the source")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(f"{name} holds a lone surrogate at character {error.start}", where=where) from None
