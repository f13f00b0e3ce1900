"""What labeling speaks of, in plain frozen types: a record to judge, what the reader suggests, what people say.

All offsets are half-open ranges of Unicode code points into ``Record.text``, the whole document as it was delivered.
Nothing here is ever changed: who thinks anew makes a new annotation, and the newest of each person holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class LabelledSpan:
    """One label over ``text[start:end]``, with what the standard asks to be told of it."""

    label: str
    start: int
    end: int
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a reader, or a person in passing, thinks; it never counts as done.

    ``scores`` are calibrated probabilities by label, of labels without a span as well.
    """

    spans: tuple[LabelledSpan, ...]
    scores: Mapping[str, float]
    model_version: str


class AnnotationState(StrEnum):
    """How far an annotator is with a record."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Annotation:
    """What one person said of one record at one moment; no spans means that nothing there is a signal.

    ``seconds`` is the time spent on it, where it is known; ``reason`` says why a record was skipped.
    """

    annotation_id: str
    record_id: str
    annotator: str
    state: AnnotationState
    spans: tuple[LabelledSpan, ...]
    guideline_version: str
    made_at: datetime
    seconds: float | None
    reason: str | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class Record:
    """A passage to judge, ``text[start:end]``, in its whole document.

    ``origin`` is the queue or strategy that it came from; ``random`` is the unbiased sample.
    """

    record_id: str
    document_id: str
    account_id: str
    kind: str
    occurred_at: datetime
    text: str
    start: int
    end: int
    suggestion: Suggestion | None
    origin: str
