"""Written statements of wishes, grouped by what they ask for: ``models/data/requests/<vendor>.jsonl``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

REQUESTS = Path(__file__).parent.parent / "data" / "requests"
TEST_SHARE = 3
"""Every third vendor, in the order of their names, measures and trains nothing."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A wish as somebody put it."""

    vendor: str
    request: str
    title: str
    text: str
    account: str
    day: int


def load_statements(folder: Path = REQUESTS) -> dict[str, list[Statement]]:
    """Statements by vendor, in the order in which they were made.

    Raises:
        ValueError: if a line lacks a field; the message names file and line.
    """
    found: dict[str, list[Statement]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        statements = []
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                row = json.loads(line)
                statements.append(
                    Statement(
                        path.stem, row["request"], row["title"], row["text"], row["account"], int(row["gap_days"])
                    )
                )
            except (KeyError, ValueError) as error:
                raise ValueError(f"{path.name}, line {number}: {error!r}") from error
        found[path.stem] = sorted(statements, key=lambda statement: (statement.day, statement.text))
    return found


def sides(vendors: list[str]) -> tuple[list[str], list[str]]:
    """Vendors to train on and vendors to measure with."""
    ordered = sorted(vendors)
    return [v for at, v in enumerate(ordered) if at % TEST_SHARE], ordered[::TEST_SHARE]
