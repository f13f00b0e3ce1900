"""Prodigy JSONL: one line per answer, spans with offsets, ``answer`` accept, reject or ignore.

Prodigy keeps every key of a task that it does not know, so what it has no place for lies under ``foreshock``.
Binary and choice tasks of its text classification are read as well.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from core.contracts import read_json_lines
from core.errors import InputError
from labeling.interchange.fields import Fields
from labeling.interchange.parts import (
    annotation_from,
    annotation_json,
    facts_of,
    few_enough,
    in_code_points,
    json_lines,
    record_of,
    span_of,
    suggestion_from,
    suggestion_json,
)
from labeling.interchange.shape import Defaults, Dumped, Item, Loaded, Notes
from labeling.records import Annotation, AnnotationState, LabelledSpan, Record

OURS = "foreshock"
_ANSWER = {AnnotationState.SUBMITTED: "accept", AnnotationState.SKIPPED: "ignore"}
_ANSWERS = ("accept", "reject", "ignore")


def dump(items: Iterable[Item]) -> Dumped:
    """One line per annotation; a record without one gives a task that is still to be answered."""
    notes = Notes()
    return Dumped(json_lines(row for item in items for row in _rows(item, notes)), notes.said())


def _rows(item: Item, notes: Notes) -> list[dict[str, Any]]:
    record = item.record
    facts: dict[str, Any] = {"record": facts_of(record)}
    if record.suggestion:
        facts["suggestion"] = suggestion_json(record.suggestion)
    meta = {"account": record.account_id, "kind": record.kind, "passage": f"{record.start}-{record.end}"}
    if not item.annotations:
        spans = record.suggestion.spans if record.suggestion else ()
        return [{"text": record.text, "spans": [_span(span) for span in spans], "meta": meta, OURS: facts}]
    rows = []
    for annotation in item.annotations:
        row = {
            "text": record.text,
            "spans": [_span(span) for span in annotation.spans],
            "meta": meta,
            "_annotator_id": annotation.annotator,
            "_session_id": annotation.annotator,
            "_timestamp": int(annotation.made_at.timestamp()),
            OURS: facts | {"annotation": annotation_json(annotation)},
        }
        if annotation.state is AnnotationState.DRAFT:
            notes.add("Prodigy has no drafts: such a line has no answer and will be asked again")
        else:
            row["answer"] = _ANSWER[annotation.state]
        rows.append(row)
    return rows


def _span(span: LabelledSpan) -> dict[str, Any]:
    return {"start": span.start, "end": span.end, "label": span.label, "attributes": dict(span.attributes)}


@dataclass(slots=True)
class _Open:
    """A record whose lines are still coming; ``labels`` are binary answers by annotator."""

    record: Record
    annotations: list[Annotation] = field(default_factory=list)
    accepted: dict[str, list[str]] = field(default_factory=dict)


def load(content: bytes, defaults: Defaults, name: str) -> Loaded:
    """All answers of a file, those to one text together."""
    notes = Notes()
    found: dict[str, _Open] = {}
    problems: list[InputError] = []
    for line in read_json_lines(io.BytesIO(content), _fields, name=name):
        try:
            if line.value is None:
                raise line.error or InputError("holds nothing")
            _take(line.value, found, defaults, notes)
        except InputError as error:
            problems.append(error)
    items = [Item(open_.record, tuple(_closed(open_, defaults))) for open_ in found.values()]
    return Loaded(tuple(items), notes.said(), tuple(problems))


def _fields(data: Any, where: str) -> Fields:
    return Fields(data, where)


def _take(fields: Fields, found: dict[str, _Open], defaults: Defaults, notes: Notes) -> None:
    text = fields.text("text", longest=None)
    ours = fields.object(OURS)
    suggestion = suggestion_from(ours.data["suggestion"], text, ours.where) if ours.has("suggestion") else None
    record = record_of(ours.object("record"), text, suggestion, defaults)
    spans = _spans(fields, text, notes)
    answer = fields.data.get("answer")
    if answer not in (None, *_ANSWERS):
        raise fields.wrong("answer", "one of " + ", ".join(_ANSWERS))
    open_ = found.setdefault(record.record_id, _Open(record))
    if open_.record.text != text:
        raise InputError("has another text than an earlier line of the same record", where=fields.where)
    annotator = fields.text("_annotator_id", fields.text("_session_id", defaults.annotator))
    if answer is None and not ours.has("annotation"):
        return
    if fields.has("label") or fields.has("options"):
        _take_labels(fields, answer, open_.accepted.setdefault(annotator, []), notes)
        return
    stated = {"annotator": annotator, "made_at": _moment(fields)} | dict(ours.object("annotation").data)
    if answer is not None:
        stated["state"] = (AnnotationState.SUBMITTED if answer == "accept" else AnnotationState.SKIPPED).value
    if answer == "reject":
        notes.add("rejected spans are taken as skipped: what would be right is not said")
        stated["reason"] = stated.get("reason") or "the suggested spans were rejected"
    number = len(open_.annotations) + 1
    open_.annotations.append(annotation_from(Fields(stated, fields.where), record, spans, defaults, number))


def _take_labels(fields: Fields, answer: Any, accepted: list[str], notes: Notes) -> None:
    """Answers about the text as a whole: one label, or a choice of several."""
    if answer == "ignore":
        notes.add("ignored questions about a single label are left out")
    elif fields.has("options"):
        accepted += [str(choice) for choice in fields.array("accept")] if answer == "accept" else []
    else:
        notes.add("answers about one label each are joined; a label that nobody asked about counts as absent")
        accepted += [fields.text("label")] if answer == "accept" else []


def _closed(open_: _Open, defaults: Defaults) -> Iterable[Annotation]:
    yield from open_.annotations
    record = open_.record
    for annotator, labels in open_.accepted.items():
        spans = tuple(
            span_of(label, record.start, record.end, record.text, record.record_id) for label in dict.fromkeys(labels)
        )
        yield annotation_from(Fields({"annotator": annotator}, record.record_id), record, spans, defaults)


def _spans(fields: Fields, text: str, notes: Notes) -> tuple[LabelledSpan, ...]:
    spans = []
    for number, row in enumerate(few_enough(fields.array("spans"), fields.where), 1):
        span = Fields(row, f"{fields.where}, span {number}")
        quoted = span.data.get("text")
        place = in_code_points(
            text, span.whole("start"), span.whole("end"), quoted if isinstance(quoted, str) else None
        )
        if place is None:
            raise InputError("start and end don't fit the words that the span quotes", where=span.where)
        if place != (span.whole("start"), span.whole("end")):
            notes.add("offsets counted in UTF-16 units were turned into code points")
        attributes = span.object("attributes").data
        if not isinstance(attributes, Mapping):
            raise span.wrong("attributes", "an object")
        spans.append(span_of(span.data.get("label"), *place, text, span.where, attributes))
    return tuple(spans)


def _moment(fields: Fields) -> str | None:
    seconds = fields.number("_timestamp")
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        raise fields.wrong("_timestamp", "seconds since 1970") from None
