"""Labeling functions from a TOML file.

[[function]]
name = "rebuilds it in a spreadsheet"
label = "workaround"
says = true                              # false: where it finds something, the label is not there
phrases = ["in Excel", "by hand"]        # or: pattern, names, examples with at_least, or where alone
where = { kind = ["support_ticket"] }    # only passages with these facts
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from core.errors import InputError
from labeling.weak.functions import (
    Anything,
    Encode,
    Finder,
    LabelingFunction,
    Names,
    Pattern,
    Phrases,
    Similar,
    compile_pattern,
)
from nlp.gazetteer import Gazetteer, Role

FUNCTIONS_MAX = 500
STRINGS_MAX = 5_000
STRING_MAX = 500
FILE_MAX = 500_000
NEAR = 0.6
_FINDERS = ("phrases", "pattern", "names", "examples")
_KNOWN = frozenset({"name", "label", "says", "where", "at_least", *_FINDERS})
_ROLES: tuple[str, ...] = get_args(Role)
_REMEDY = "see docs/labeling-functions.md"
_HEADER = re.compile(r"\s*\[\[\s*function\s*\]\]")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a function stands in its file: ``lines`` are its own, ``first`` the number of the first of them."""

    file: str
    number: int
    first: int
    lines: tuple[str, ...]

    def at(self, field: str | None = None) -> str:
        """The line of a field, else of the function."""
        begins = re.compile(rf"\s*[\"']?{re.escape(field)}[\"']?\s*=") if field else _HEADER
        line = next((at for at, text in enumerate(self.lines, self.first) if begins.match(text)), self.first)
        return f"{self.file}, line {line}, function {self.number}"


def parse_functions(text: str, *, name: str, gazetteer: Gazetteer, encode: Encode) -> list[LabelingFunction]:
    """All functions of a file.

    Args:
        text: the file.
        name: of the file, for errors.
        gazetteer: what ``names`` are looked up in.
        encode: vectors for ``examples``.

    Raises:
        InputError: naming the line, the function and the field that is wrong.
    """
    if len(text) > FILE_MAX:
        raise InputError(f"{len(text):,} characters, at most {FILE_MAX:,}", where=name)
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"not valid TOML: {error}", where=name) from None
    unknown = set(data) - {"function"}
    rows = data.get("function", [])
    if unknown or not isinstance(rows, list) or not rows:
        raise InputError("must hold [[function]] tables and nothing else", where=name, remedy=_REMEDY)
    if len(rows) > FUNCTIONS_MAX:
        raise InputError(f"{len(rows)} functions, at most {FUNCTIONS_MAX}", where=name)
    found: dict[str, LabelingFunction] = {}
    for row, place in zip(rows, _places(text, name, len(rows)), strict=True):
        if not isinstance(row, dict):
            raise InputError("must be a table", where=place.at(), remedy=_REMEDY)
        made = _function(row, place, gazetteer, encode)
        if made.name in found:
            raise InputError("has the name of an earlier function", where=place.at("name"), remedy="names must differ")
        found[made.name] = made
    return list(found.values())


def function_lines(text: str) -> list[int]:
    """The lines on which functions begin."""
    return [number for number, line in enumerate(text.splitlines(), 1) if _HEADER.match(line)]


def _places(text: str, name: str, count: int) -> list[_Place]:
    lines = text.splitlines()
    begins = function_lines(text)
    if len(begins) != count:  # written as one inline list, or something that looks like a header stands in a string
        return [_Place(name, number, 1, ()) for number in range(1, count + 1)]
    ends = [*begins[1:], len(lines) + 1]
    return [
        _Place(name, number, first, tuple(lines[first - 1 : end - 1]))
        for number, (first, end) in enumerate(zip(begins, ends, strict=True), 1)
    ]


def _function(row: Mapping[str, Any], place: _Place, gazetteer: Gazetteer, encode: Encode) -> LabelingFunction:
    unknown = sorted(set(row) - _KNOWN)
    if unknown:
        remedy = f"fields are {', '.join(sorted(_KNOWN))}"
        raise _wrong(place, unknown[0], f"{unknown[0][:60]!r} is no field", remedy)
    says = row.get("says", True)
    if not isinstance(says, bool):
        raise _wrong(place, "says", "says must be true or false")
    given = [key for key in _FINDERS if key in row]
    if len(given) > 1 or not (given or row.get("where")):
        raise _wrong(place, given[-1] if given else None, f"needs one of {', '.join(_FINDERS)}, or where")
    if "at_least" in row and given != ["examples"]:
        raise _wrong(place, "at_least", "at_least goes with examples")
    finder = _finder(given[0], row, place, gazetteer, encode) if given else Anything()
    name, label = _string(row, "name", place), _string(row, "label", place)
    return LabelingFunction(name, label, says, finder, _facts(row.get("where", {}), place))


def _finder(kind: str, row: Mapping[str, Any], place: _Place, gazetteer: Gazetteer, encode: Encode) -> Finder:
    if kind == "phrases":
        return Phrases(_strings(row, kind, place))
    if kind == "pattern":
        expression = _string(row, kind, place)
        try:
            compile_pattern(expression)
        except ValueError as error:
            raise _wrong(place, kind, f"pattern is not accepted: {error}", "the syntax is RE2's") from None
        return Pattern(expression)
    if kind == "names":
        roles = _strings(row, kind, place)
        if set(roles) - set(_ROLES):
            raise _wrong(place, kind, f"names must be some of {', '.join(_ROLES)}")
        return Names(frozenset(role for role in get_args(Role) if role in roles), gazetteer)
    at_least = row.get("at_least", NEAR)
    if isinstance(at_least, bool) or not isinstance(at_least, int | float) or not 0 < at_least <= 1:
        raise _wrong(place, "at_least", "at_least must be a cosine above 0, at most 1")
    return Similar(_strings(row, kind, place), float(at_least), encode)


def _facts(given: Any, place: _Place) -> dict[str, frozenset[str]]:
    if not isinstance(given, dict):
        raise _wrong(place, "where", "where must be a table of lists, such as { kind = ['email'] }")
    return {fact: frozenset(_strings(given, fact, place, "where")) for fact in given}


def _string(row: Mapping[str, Any], key: str, place: _Place, field: str | None = None) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not 0 < len(value.strip()) <= STRING_MAX or "\x00" in value:
        raise _wrong(place, field or key, f"{key[:60]} must be a string of 1 to {STRING_MAX} characters")
    return value


def _strings(row: Mapping[str, Any], key: str, place: _Place, field: str | None = None) -> tuple[str, ...]:
    values = row.get(key)
    if not isinstance(values, list) or not 0 < len(values) <= STRINGS_MAX:
        raise _wrong(place, field or key, f"{key[:60]} must be a list of 1 to {STRINGS_MAX} strings")
    return tuple(_string({key: value}, key, place, field) for value in values)


def _wrong(place: _Place, field: str | None, message: str, remedy: str = _REMEDY) -> InputError:
    return InputError(message, where=place.at(field), remedy=remedy)
