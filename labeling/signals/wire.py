"""A workspace's own signals as JSON, the same in API, pages and CLI."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.custom_labels import label_of
from core.tables_custom import CustomExampleRow, CustomHeadRow, CustomSignalRow


def signal_json(
    row: CustomSignalRow, examples: Sequence[CustomExampleRow], newest: CustomHeadRow | None
) -> dict[str, Any]:
    """A definition with the newest estimate."""
    return {
        "slug": row.slug,
        "label": label_of(row.slug),
        "name": row.name,
        "description": row.description,
        "colour": row.colour,
        "state": row.state,
        "serving": row.serving if row.state == "active" else None,
        "made_by": row.made_by,
        "created_at": row.created_at.isoformat(),
        "examples": [example.text for example in examples if example.carries],
        "counterexamples": [example.text for example in examples if not example.carries],
        "estimate": head_json(newest) if newest else None,
        "why_no_estimate": None,
    }


def head_json(row: CustomHeadRow) -> dict[str, Any]:
    """A fitted version with what it is worth."""
    return {"version": row.version, "made_at": row.made_at.isoformat(), "reader": row.vectors_version} | {
        key: row.quality[key]
        for key in (
            "words", "found", "positives", "false", "negatives", "f1", "typed", "answered", "given", "drawn", "seconds",
        )
    }  # fmt: skip
