"""Identifiers and digests."""

from __future__ import annotations

import hashlib
import json
import secrets
import uuid
from typing import Any

_NAMESPACE = uuid.UUID("6c1bb1a6-2f0e-5d43-9d6a-0f7e55a3c001")


def new_id() -> uuid.UUID:
    """A random identifier for a row that has no natural one."""
    return uuid.UUID(bytes=secrets.token_bytes(16), version=4)


def derived_id(*parts: object) -> uuid.UUID:
    """The same parts always give the same identifier, so that work done twice writes one row."""
    return uuid.uuid5(_NAMESPACE, json.dumps([str(part) for part in parts]))


def digest(value: str | bytes) -> str:
    """SHA-256 in hexadecimal."""
    data = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
    return hashlib.sha256(data).hexdigest()


def digest_json(value: Any) -> str:
    """SHA-256 of a JSON value, independent of the order of keys."""
    return digest(json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str))
