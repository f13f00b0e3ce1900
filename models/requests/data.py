"""Written statements of wishes, grouped by what they ask for: ``models/data/requests/<vendor>.jsonl``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

REQUESTS = Path(__file__).parent.parent / "data" / "requests"
OBLIQUE = frozenset(
    {
        "bellgrid", "benchquill", "brewledger", "castfold", "clausemill", "dockwarden", "fleetmarrow", "gridlantern",
        "keyhollow", "lingoferry", "plotwright", "roadhearth", "steeplekeep", "tallyfern", "vetharbor",
    }
)  # fmt: skip
"""Their statements were written so that the same wish shares as few words as can be; the others' as people ask."""
TEST_VENDORS = frozenset(
    {
        "bellgrid", "clausemill", "tallyfern",
        "clinicvale", "docharbor", "fieldcrest", "gatherfold", "insightmere", "signvault", "spendwell",
    }
)  # fmt: skip
"""Measure and train nothing."""


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
    """Vendors to train on and vendors to measure with, each in order."""
    ordered = sorted(vendors)
    return [v for v in ordered if v not in TEST_VENDORS], [v for v in ordered if v in TEST_VENDORS]
