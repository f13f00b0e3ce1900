"""How signals of a workspace's own are called: ``custom:<slug>``, beside the four of the labelling standard."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import StringConstraints

PREFIX = "custom:"
SLUG_MAX = 40
SLUG_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
LABEL_PATTERN = r"^custom:[a-z0-9]+(-[a-z0-9]+)*$"

CustomLabel = Annotated[str, StringConstraints(pattern=LABEL_PATTERN, max_length=len(PREFIX) + SLUG_MAX)]
"""A label of a workspace's own, as JSON and queries carry it."""


def slug_of(name: str) -> str:
    """A name as part of an address: ``Price talk!`` becomes ``price-talk``; empty if no letter of it can stay."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:SLUG_MAX].strip("-")


def label_of(slug: str) -> str:
    """The label of a signal."""
    return PREFIX + slug


def slug_of_label(label: str) -> str | None:
    """Which signal a label is of; ``None`` for one of the four."""
    return label.removeprefix(PREFIX) if is_custom(label) else None


def is_custom(label: str) -> bool:
    """Whether a label is a workspace's own."""
    return label.startswith(PREFIX)
