"""Records and annotations as JSON, the same in API, files and store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labeling.records import Annotation, LabelledSpan, Record, Suggestion


def span_json(span: LabelledSpan) -> dict[str, Any]:
    """A labelled span."""
    return {"label": span.label, "start": span.start, "end": span.end, "attributes": dict(span.attributes)}


def spans_of(rows: Sequence[dict[str, Any]]) -> tuple[LabelledSpan, ...]:
    """Spans as they were stored."""
    return tuple(LabelledSpan(row["label"], row["start"], row["end"], row.get("attributes") or {}) for row in rows)


def suggestion_json(suggestion: Suggestion) -> dict[str, Any]:
    """What a reader thinks."""
    return {
        "spans": [span_json(span) for span in suggestion.spans],
        "scores": dict(suggestion.scores),
        "model_version": suggestion.model_version,
    }


def record_json(record: Record) -> dict[str, Any]:
    """A record with the text that it stands in."""
    return {
        "record_id": record.record_id,
        "document_id": record.document_id,
        "account_id": record.account_id,
        "kind": record.kind,
        "occurred_at": record.occurred_at.isoformat(),
        "text": record.text,
        "start": record.start,
        "end": record.end,
        "suggestion": suggestion_json(record.suggestion) if record.suggestion else None,
        "origin": record.origin,
    }


def annotation_json(annotation: Annotation) -> dict[str, Any]:
    """What somebody said."""
    return {
        "annotation_id": annotation.annotation_id,
        "record_id": annotation.record_id,
        "annotator": annotation.annotator,
        "state": annotation.state.value,
        "spans": [span_json(span) for span in annotation.spans],
        "guideline_version": annotation.guideline_version,
        "made_at": annotation.made_at.isoformat(),
        "seconds": annotation.seconds,
        "reason": annotation.reason,
        "comment": annotation.comment,
    }
