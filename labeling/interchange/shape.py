"""What all formats take and give: items, notes of what a format can't hold, and defaults for what a file leaves out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from core.entities import Kind
from core.errors import InputError
from labeling.records import Annotation, Record

NOTHING_KNOWN = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Item:
    """A record with what people said of it."""

    record: Record
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True, slots=True)
class Defaults:
    """What is taken where a file does not say it."""

    account_id: str = "imported"
    kind: str = Kind.MEETING_NOTE.value
    occurred_at: datetime = NOTHING_KNOWN
    annotator: str = "imported"
    guideline_version: str = ""
    origin: str = "imported"
    people: tuple[str, ...] = ()
    """Annotators by name, so that a format that knows people by a derived number gives the names back."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Items of a file in their order, what could not be taken over, and what was refused and where."""

    items: tuple[Item, ...]
    notes: tuple[str, ...]
    problems: tuple[InputError, ...]


@dataclass(frozen=True, slots=True)
class Dumped:
    """A file's content, and what of the items it can't hold."""

    content: bytes
    notes: tuple[str, ...]


@dataclass(slots=True)
class Notes:
    """Counts what a format can't hold; a note that comes a hundred times is said once, with its number."""

    _counts: Counter[str] = field(default_factory=Counter)

    def add(self, note: str, count: int = 1) -> None:
        """Remember a note."""
        if count:
            self._counts[note] += count

    def said(self) -> tuple[str, ...]:
        """All notes in the order in which they first came."""
        return tuple(f"{note} ({count:,} times)" if count > 1 else note for note, count in self._counts.items())
