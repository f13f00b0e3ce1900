"""Labeling functions from a TOML file.

[[function]]
name = "rebuilds it in a spreadsheet"
label = "workaround"
says = true                              # false: where it finds something, the label is not there
phrases = ["in Excel", "by hand"]        # or: pattern, names, examples with at_least, or where alone
where = { kind = ["support_ticket"] }    # only passages with these facts
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
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
NEAR = 0.6
_FINDERS = ("phrases", "pattern", "names", "examples")
_KNOWN = frozenset({"name", "label", "says", "where", "at_least", *_FINDERS})
_ROLES: tuple[str, ...] = get_args(Role)
_REMEDY = "see docs/labeling-quality.md"


def parse_functions(text: str, *, name: str, gazetteer: Gazetteer, encode: Encode) -> list[LabelingFunction]:
    """All functions of a file.

    Args:
        text: the file.
        name: of the file, for errors.
        gazetteer: what ``names`` are looked up in.
        encode: vectors for ``examples``.

    Raises:
        InputError: naming the function and the field that is wrong.
    """
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"not valid TOML: {error}", where=name) from None
    unknown = set(data) - {"function"}
    rows = data.get("function", [])
    if unknown or not isinstance(rows, list) or not rows:
        raise InputError("must hold [[function]] tables and nothing else", where=name, remedy=_REMEDY)
    if len(rows) > FUNCTIONS_MAX:
        raise InputError(f"{len(rows)} functions, at most {FUNCTIONS_MAX} are taken", where=name)
    found: dict[str, LabelingFunction] = {}
    for number, row in enumerate(rows, 1):
        where = f"{name}, function {number}"
        if not isinstance(row, dict):
            raise InputError("must be a table", where=where, remedy=_REMEDY)
        made = _function(row, where, gazetteer, encode)
        if made.name in found:
            raise InputError("has the name of an earlier function", where=where, remedy="names must differ")
        found[made.name] = made
    return list(found.values())


def _function(row: Mapping[str, Any], where: str, gazetteer: Gazetteer, encode: Encode) -> LabelingFunction:
    unknown = sorted(set(row) - _KNOWN)
    if unknown:
        raise _wrong(where, f"{unknown[0]!r} is no field", f"fields are {', '.join(sorted(_KNOWN))}")
    says = row.get("says", True)
    if not isinstance(says, bool):
        raise _wrong(where, "says must be true or false")
    given = [key for key in _FINDERS if key in row]
    if len(given) > 1 or not (given or row.get("where")):
        raise _wrong(where, f"needs one of {', '.join(_FINDERS)}, or where")
    if "at_least" in row and given != ["examples"]:
        raise _wrong(where, "at_least goes with examples")
    finder = _finder(given[0], row, where, gazetteer, encode) if given else Anything()
    name, label = _string(row, "name", where), _string(row, "label", where)
    return LabelingFunction(name, label, says, finder, _facts(row.get("where", {}), where))


def _finder(kind: str, row: Mapping[str, Any], where: str, gazetteer: Gazetteer, encode: Encode) -> Finder:
    if kind == "phrases":
        return Phrases(_strings(row, kind, where))
    if kind == "pattern":
        expression = _string(row, kind, where)
        try:
            compile_pattern(expression)
        except ValueError as error:
            raise _wrong(where, f"pattern is not accepted: {error}", "the syntax is RE2's") from None
        return Pattern(expression)
    if kind == "names":
        roles = _strings(row, kind, where)
        if set(roles) - set(_ROLES):
            raise _wrong(where, f"names must be some of {', '.join(_ROLES)}")
        return Names(frozenset(role for role in get_args(Role) if role in roles), gazetteer)
    at_least = row.get("at_least", NEAR)
    if isinstance(at_least, bool) or not isinstance(at_least, int | float) or not 0 < at_least <= 1:
        raise _wrong(where, "at_least must be a cosine above 0, at most 1")
    return Similar(_strings(row, kind, where), float(at_least), encode)


def _facts(given: Any, where: str) -> dict[str, frozenset[str]]:
    if not isinstance(given, dict):
        raise _wrong(where, "where must be a table of lists, such as { kind = ['email'] }")
    return {fact: frozenset(_strings(given, fact, f"{where}, where")) for fact in given}


def _string(row: Mapping[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not 0 < len(value.strip()) <= STRING_MAX:
        raise _wrong(where, f"{key} must be a string of 1 to {STRING_MAX} characters")
    return value


def _strings(row: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    values = row.get(key)
    if not isinstance(values, list) or not 0 < len(values) <= STRINGS_MAX:
        raise _wrong(where, f"{key} must be a list of 1 to {STRINGS_MAX} strings")
    return tuple(_string({key: value}, key, where) for value in values)


def _wrong(where: str, message: str, remedy: str = _REMEDY) -> InputError:
    return InputError(message, where=where, remedy=remedy)
