"""What all repositories share: keyset pages and their cursors.

A cursor names the last row seen, by its sort key; pages stay right while rows arrive, and cost the same at any depth.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from core.errors import CursorError

PAGE_DEFAULT = 50
PAGE_MAX = 200

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and the cursor of the next page if there is one."""

    items: tuple[T, ...]
    next_cursor: str | None


def encode_cursor(list_name: str, *key: Any) -> str:
    """A cursor after the row with this sort key. It belongs to one list only."""
    payload = json.dumps([list_name, *key], separators=(",", ":"), default=str)
    return base64.urlsafe_b64encode(payload.encode()).decode().rstrip("=")


def decode_cursor(list_name: str, cursor: str, kinds: Sequence[type]) -> tuple[Any, ...]:
    """The sort key in a cursor, each part of the kind it must have.

    Raises:
        CursorError: if it is not one that ``encode_cursor`` gave out for this list.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise _foreign() from None
    if not isinstance(parts, list) or len(parts) != len(kinds) + 1 or parts[0] != list_name:
        raise _foreign()
    for part, kind in zip(parts[1:], kinds, strict=True):
        allowed = (int, float) if kind is float else (kind,)
        if not isinstance(part, allowed) or isinstance(part, bool):
            raise _foreign()
    return tuple(parts[1:])


def _foreign() -> CursorError:
    return CursorError("this is not a cursor of this list", where="cursor", remedy="start again without a cursor")
