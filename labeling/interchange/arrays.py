"""Files that are one JSON array: read element by element, so that an error names the line it stands in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, TypeVar

from core.contracts import Line
from core.errors import ForeshockError, InputError

T = TypeVar("T")

_SPACE = " \t\r\n"


def read_elements(content: bytes, parse: Callable[[Any, str], T], *, name: str) -> Iterator[Line[T]]:
    """Parse the elements of a JSON array, or a single object, one by one.

    A bad element is reported in its place and does not stop the rest; broken JSON ends the reading.

    Args:
        content: the file, in UTF-8, with or without a byte order mark.
        parse: makes a value of decoded JSON; gets the place in words for its errors.
        name: of the file, for errors.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        yield Line(line, None, InputError("is not UTF-8", where=f"{name}, line {line}", remedy="convert it to UTF-8"))
        return
    at = _skip(text, 0)
    if at == len(text):
        yield Line(1, None, InputError("holds nothing", where=name))
        return
    many = text[at] == "["
    at = _skip(text, at + 1) if many else at
    line, counted, number = 1, 0, 0
    while at < len(text) and not (many and text[at] == "]"):
        line, counted = line + text.count("\n", counted, at), at
        number += 1
        where = f"{name}, line {line}, element {number}" if many else f"{name}, line {line}"
        try:
            value, at = _DECODER.raw_decode(text, at)
        except json.JSONDecodeError as error:
            broken = f"{name}, line {error.lineno}"
            yield Line(error.lineno, None, InputError(f"not valid JSON at column {error.colno}", where=broken))
            return
        except (RecursionError, ValueError):
            yield Line(line, None, InputError("JSON is nested too deeply or holds an impossible number", where=where))
            return
        yield _parsed(value, parse, line, where)
        at = _skip(text, at)
        if not (many and text[at : at + 1] == ","):
            break
        at = _skip(text, at + 1)
    end = _skip(text, at + 1) if many and text[at : at + 1] == "]" else at
    if end < len(text) or (many and end == at):
        line = text.count("\n", 0, end) + 1
        message = "something stands after the JSON value" if end < len(text) else "the JSON array is not closed"
        yield Line(line, None, InputError(message, where=f"{name}, line {line}", remedy="is the file complete?"))


def _parsed(value: Any, parse: Callable[[Any, str], T], line: int, where: str) -> Line[T]:
    try:
        return Line(line, parse(value, where), None)
    except ForeshockError as error:
        error.where = error.where or where
        return Line(line, None, error)


def _refuse(_constant: str) -> NoReturn:
    raise ValueError("not a JSON number")


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at
