"""Records, annotations, suggestions and spans from untrusted values, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from core.entities import Kind
from core.errors import InputError
from core.ids import derived_id
from labeling.interchange.fields import Fields, check_characters
from labeling.interchange.shape import Defaults
from labeling.records import Annotation, AnnotationState, LabelledSpan, Record, Suggestion

LABEL_MAX = 128
SPANS_MAX = 1_000
ATTRIBUTES_MAX = 10_000
"""Characters of the attributes of one span, as JSON."""


def record_of(fields: Fields, text: str, suggestion: Suggestion | None, defaults: Defaults) -> Record:
    """A record from its facts; the passage is the whole text where none is given.

    Raises:
        InputError: if a fact has the wrong type, or the passage does not lie in the text.
    """
    start, end = fields.whole("start", 0), fields.whole("end", len(text))
    if not 0 <= start <= end <= len(text):
        raise fields.wrong("start, end", f"a passage within the {len(text):,} characters of the text")
    record_id = fields.text("record_id", str(derived_id("record", text, start, end)))
    return Record(
        record_id=record_id,
        document_id=fields.text("document_id", record_id),
        account_id=fields.text("account_id", defaults.account_id),
        kind=_kind(fields, defaults),
        occurred_at=fields.moment("occurred_at", defaults.occurred_at),
        text=text,
        start=start,
        end=end,
        suggestion=suggestion,
        origin=fields.text("origin", defaults.origin),
    )


def _kind(fields: Fields, defaults: Defaults) -> str:
    kind = fields.text("kind", defaults.kind)
    if kind not in {known.value for known in Kind}:
        raise fields.wrong("kind", "one of " + ", ".join(known.value for known in Kind))
    return kind


def facts_of(record: Record) -> dict[str, Any]:
    """What is known of a record besides its text and its suggestion; ``record_of`` reads it back."""
    return {
        "record_id": record.record_id,
        "document_id": record.document_id,
        "account_id": record.account_id,
        "kind": record.kind,
        "occurred_at": record.occurred_at.isoformat(),
        "start": record.start,
        "end": record.end,
        "origin": record.origin,
    }


def span_of(
    label: Any, start: Any, end: Any, text: str, where: str, attributes: Mapping[str, Any] | None = None
) -> LabelledSpan:
    """A span, checked against the text.

    Raises:
        InputError: if it is no span of the text, or the label is none.
    """
    if not isinstance(label, str) or not 0 < len(label) <= LABEL_MAX:
        raise InputError(f"a label must be a string of 1 to {LABEL_MAX} characters", where=where)
    check_characters(label, where, "label")
    if isinstance(start, bool) or isinstance(end, bool) or not isinstance(start, int) or not isinstance(end, int):
        raise InputError("start and end of a span must be whole numbers", where=where)
    if not 0 <= start < end <= len(text):
        raise InputError(f"span [{start}, {end}) does not lie in the text of {len(text):,} characters", where=where)
    return LabelledSpan(label, start, end, checked_attributes(attributes or {}, where))


def checked_attributes(attributes: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The same attributes.

    Raises:
        InputError: if they are too long, or hold what can't be stored.
    """
    try:
        written = json.dumps(dict(attributes), ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError):
        raise InputError("attributes hold an impossible number or are nested too deeply", where=where) from None
    if len(written) > ATTRIBUTES_MAX:
        raise InputError(f"attributes are longer than {ATTRIBUTES_MAX:,} characters", where=where)
    if "\\u0000" in written:
        raise InputError("attributes hold a NUL", where=where, remedy="remove it at the source")
    check_characters(written, where, "attributes")
    return dict(attributes)


def few_enough(spans: list[Any], where: str) -> list[Any]:
    """The same list.

    Raises:
        InputError: if it is longer than a person would mark.
    """
    if len(spans) > SPANS_MAX:
        raise InputError(f"{len(spans):,} spans, at most {SPANS_MAX:,} are taken", where=where)
    return spans


def in_code_points(text: str, start: int, end: int, quoted: str | None) -> tuple[int, int] | None:
    """Offsets as we count them: browsers count an emoji as two, and only the quoted words tell.

    Returns:
        The offsets in code points, or nothing where the quote fits neither way of counting.
    """
    if quoted is None or text[start:end] == quoted:
        return start, end
    units = text.encode("utf-16-le")
    before = units[: 2 * start].decode("utf-16-le", "ignore")
    inside = units[2 * start : 2 * end].decode("utf-16-le", "ignore")
    return (len(before), len(before) + len(inside)) if inside == quoted else None


def scores_of(data: Any, where: str) -> dict[str, float]:
    """Probabilities by label.

    Raises:
        InputError: if one is no probability.
    """
    fields = Fields(data, where)
    found = {}
    for label in fields.data:
        score = fields.number(label)
        if score is None or not 0 <= score <= 1:
            raise fields.wrong("scores", "probabilities from 0 to 1")
        found[str(label)] = score
    return found


def attributes_text(attributes: Mapping[str, Any]) -> str:
    """Attributes as one line of JSON, for formats that only hold strings."""
    return json.dumps(dict(attributes), ensure_ascii=False, sort_keys=True)


def attributes_from(text: str | None, where: str) -> dict[str, Any]:
    """Attributes from one line of JSON.

    Raises:
        InputError: if it is no JSON object.
    """
    if not text:
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError("attributes must be a JSON object", where=where) from None
    return checked_attributes(Fields(value, where).data, where)


def annotation_json(annotation: Annotation) -> dict[str, Any]:
    """An annotation as JSON, without its spans; ``annotation_from`` reads it back."""
    return {
        "annotation_id": annotation.annotation_id,
        "annotator": annotation.annotator,
        "state": annotation.state.value,
        "guideline_version": annotation.guideline_version,
        "made_at": annotation.made_at.isoformat(),
        "seconds": annotation.seconds,
        "reason": annotation.reason,
        "comment": annotation.comment,
    }


def annotation_from(
    fields: Fields, record: Record, spans: tuple[LabelledSpan, ...], defaults: Defaults, number: int = 1
) -> Annotation:
    """An annotation from our own JSON form of it; what is missing is taken from ``defaults``.

    Raises:
        InputError: naming the field that is wrong.
    """
    states = [state.value for state in AnnotationState]
    state = fields.text("state", AnnotationState.SUBMITTED.value)
    if state not in states:
        raise fields.wrong("state", "one of " + ", ".join(states))
    annotator = fields.text("annotator", defaults.annotator)
    return Annotation(
        annotation_id=fields.text("annotation_id", annotation_id(record.record_id, annotator, number)),
        record_id=record.record_id,
        annotator=annotator,
        state=AnnotationState(state),
        spans=spans,
        guideline_version=fields.text("guideline_version", defaults.guideline_version),
        made_at=fields.moment("made_at", record.occurred_at),
        seconds=fields.seconds("seconds"),
        reason=fields.text_or_none("reason"),
        comment=fields.text_or_none("comment"),
    )


def annotation_id(record_id: str, annotator: str, number: int) -> str:
    """The id of an annotation that a file leaves nameless; the same file gives the same id again."""
    return str(derived_id("annotation", record_id, annotator, number))


def json_lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """JSON Lines, in UTF-8."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8")


def span_json(span: LabelledSpan) -> dict[str, Any]:
    """A span as JSON; ``spans_from`` reads it back."""
    return {"label": span.label, "start": span.start, "end": span.end, "attributes": dict(span.attributes)}


def spans_from(rows: list[Any], text: str, where: str) -> tuple[LabelledSpan, ...]:
    """Spans from JSON objects.

    Raises:
        InputError: naming the one that is wrong.
    """
    found = []
    for number, row in enumerate(few_enough(rows, where), 1):
        fields = Fields(row, f"{where}, span {number}")
        attributes = fields.data.get("attributes")
        if isinstance(attributes, str):
            attributes = attributes_from(attributes, fields.where)
        known = Fields(attributes or {}, fields.where).data
        get = fields.data.get
        found.append(span_of(get("label"), get("start"), get("end"), text, fields.where, known))
    return tuple(found)


def suggestion_from(data: Any, text: str, where: str) -> Suggestion:
    """A suggestion from our own JSON form of it."""
    fields = Fields(data, where)
    return Suggestion(
        spans=spans_from(fields.array("spans"), text, where),
        scores=scores_of(fields.data.get("scores") or {}, where),
        model_version=fields.text("model_version", ""),
    )


def suggestion_json(suggestion: Suggestion) -> dict[str, Any]:
    """A suggestion as JSON; ``suggestion_from`` reads it back."""
    return {
        "spans": [span_json(span) for span in suggestion.spans],
        "scores": dict(suggestion.scores),
        "model_version": suggestion.model_version,
    }
