"""Names what customers wrote: every value that comes out of a document stands under ``untrusted_…``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

UNTRUSTED = frozenset(
    {"text", "title", "name", "account_name", "speaker", "attributes", "contact", "known_names", "asked", "found"}
)
"""Keys of values that come from documents or lists of accounts; names of people can hold anything too."""


def marked(found: Mapping[str, Any]) -> dict[str, Any]:
    """The same JSON object, with such keys renamed at any depth."""
    return {(f"untrusted_{key}" if key in UNTRUSTED else key): _inside(value) for key, value in found.items()}


def _inside(value: Any) -> Any:
    if isinstance(value, Mapping):
        return marked(value)
    if isinstance(value, list | tuple):
        return [_inside(item) for item in value]
    return value
