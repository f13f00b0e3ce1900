"""A text cut where signals begin and end, for a page that marks them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of text with the signals over it, and those of them that begin here."""

    text: str
    signals: tuple[dict[str, Any], ...]
    begins: tuple[dict[str, Any], ...]


def marked(text: str, signals: Sequence[dict[str, Any]]) -> list[Part]:
    """All of the text, in order; signals may overlap."""
    bounds = sorted({0, len(text), *(signal["start"] for signal in signals), *(signal["end"] for signal in signals)})
    return [
        Part(
            text[start:end],
            tuple(signal for signal in signals if signal["start"] < end and start < signal["end"]),
            tuple(signal for signal in signals if signal["start"] == start),
        )
        for start, end in itertools.pairwise(bounds)
    ]
