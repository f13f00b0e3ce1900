"""Labeling functions as JSON, and as TOML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from labeling.weak.functions import LabelingFunction, Names, Pattern, Phrases, Similar
from labeling.weak.report import FunctionReport


def function_json(function: LabelingFunction, line: int | None) -> dict[str, Any]:
    """A function: what it says of which label, by what it finds, and where it stands in the file."""
    return {
        "name": function.name,
        "label": function.label,
        "says": function.says,
        "finds": _finds(function),
        "where": {fact: sorted(values) for fact, values in function.where.items()},
        "line": line,
    }


def _finds(function: LabelingFunction) -> str:
    match function.finder:
        case Phrases(phrases):
            return f"phrases: {', '.join(phrases[:5])}{' …' * (len(phrases) > 5)}"
        case Pattern(expression):
            return f"pattern: {expression}"
        case Names(roles, _):
            return f"names: {', '.join(sorted(roles))}"
        case Similar(examples, at_least, _):
            return f"like {len(examples)} example{'s' * (len(examples) != 1)}, cosine from {at_least:.2f} on"
    return "facts alone"


def report_json(row: FunctionReport, learned: float) -> dict[str, Any]:
    """A function's row of the report; ``trust`` is how often the label model takes it to be right."""
    return {
        "name": row.name,
        "label": row.label,
        "says": row.says,
        "coverage": round(row.coverage, 5),
        "overlaps": round(row.overlaps, 5),
        "conflicts": round(row.conflicts, 5),
        "checked": row.checked,
        "right": row.right,
        "low": round(row.low, 4),
        "high": round(row.high, 4),
        "trust": round(learned, 4),
        "words": row.words,
    }


def function_toml(row: Mapping[str, Any]) -> str:
    """A function as a block of the file. Values are strings, true or false, numbers, lists of strings, or a table."""
    lines = ["[[function]]"]
    lines += [f"{key} = {_value(value)}" for key, value in row.items() if value is not None]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_string(key)} = {_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(_string(item) for item in value) + "]"
    return json.dumps(value) if isinstance(value, bool | int | float) else _string(value)


def _string(text: str) -> str:
    # JSON writes strings as TOML reads them, but for this one character.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
