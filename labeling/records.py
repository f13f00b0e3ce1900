"""What labeling speaks of: a passage to judge, what the reader suggests, and what people said of it.

    Record(document text, passage, suggestion) --judged by--> Annotation(spans, state, who, when, under which guideline)

Offsets are half-open ranges of Unicode code points into the text of the whole document, like everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class LabelledSpan:
    """One label over ``[start, end)`` of the document's text, with the attributes of that label."""

    label: str
    start: int
    end: int
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a model says of the passage; never counts as done. ``scores`` are probabilities by label."""

    spans: tuple[LabelledSpan, ...]
    scores: Mapping[str, float]
    model_version: str


class AnnotationState(StrEnum):
    """How far an annotator came with a record."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Annotation:
    """One person's judgement of one record; no spans and submitted: nothing is to be found there.

    ``seconds`` is how long it took, ``reason`` why it was skipped.
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
    """A passage ``[start, end)`` to judge, in the text of its whole document.

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
