"""doccano JSONL: one line per annotation, ``label`` as ``[start, end, name]``; other columns are kept as its metadata.

Spans stand under ``label`` or, in projects of several kinds, ``entities``; names alone (``label`` or ``cats``) are
labels of the whole text.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from core.contracts import read_json_lines
from core.errors import InputError
from labeling.interchange.fields import Fields
from labeling.interchange.parts import (
    annotation_from,
    annotation_json,
    facts_of,
    few_enough,
    json_lines,
    record_of,
    scores_of,
    span_of,
)
from labeling.interchange.shape import Defaults, Dumped, Item, Loaded, Notes
from labeling.records import Annotation, LabelledSpan, Record, Suggestion

COMMENTS = "Comments"
_SCORE, _MODEL = "score_", "model_version"


def dump(items: Iterable[Item]) -> Dumped:
    """One line per annotation; what doccano has no place for stands in further columns, which it keeps."""
    notes = Notes()
    return Dumped(json_lines(row for item in items for row in _rows(item, notes)), notes.said())


def _rows(item: Item, notes: Notes) -> list[dict[str, Any]]:
    record = item.record
    shared: dict[str, Any] = {"text": record.text, **facts_of(record)}
    if record.suggestion:
        notes.add("doccano has no suggestions: their spans are left out, scores are kept as columns")
        shared[_MODEL] = record.suggestion.model_version
        shared |= {f"{_SCORE}{label}": score for label, score in record.suggestion.scores.items()}
    if not item.annotations:
        return [shared | {"label": []}]
    rows = []
    for annotation in item.annotations:
        if any(span.attributes for span in annotation.spans):
            notes.add("doccano has no attributes of spans: they are left out")
        columns = {key: value for key, value in annotation_json(annotation).items() if value is not None}
        rows.append(shared | columns | {"label": [[span.start, span.end, span.label] for span in annotation.spans]})
    return rows


def load(content: bytes, defaults: Defaults, name: str) -> Loaded:
    """All lines of a file; those of one record together."""
    notes = Notes()
    records: dict[str, Record] = {}
    annotations: dict[str, list[Annotation]] = {}
    problems: list[InputError] = []
    for line in read_json_lines(io.BytesIO(content), lambda data, where: Fields(data, where), name=name):
        try:
            if line.value is None:
                raise line.error or InputError("holds nothing")
            record = _record(line.value, defaults)
            before = annotations.setdefault(record.record_id, [])
            found = _annotation(line.value, record, defaults, len(before) + 1, notes)
            if records.setdefault(record.record_id, record).text != record.text:
                raise InputError("has another text than an earlier line of the same record", where=line.value.where)
            before += [found] if found else []
        except InputError as error:
            problems.append(error)
    items = [Item(record, tuple(annotations[key])) for key, record in records.items()]
    return Loaded(tuple(items), notes.said(), tuple(problems))


def _record(fields: Fields, defaults: Defaults) -> Record:
    text = fields.text("text", longest=None)
    scores = {key.removeprefix(_SCORE): value for key, value in fields.data.items() if key.startswith(_SCORE)}
    suggestion = Suggestion((), scores_of(scores, fields.where), fields.text(_MODEL)) if fields.has(_MODEL) else None
    named = dict(fields.data)
    if "record_id" not in named and fields.has("id"):
        named["record_id"] = str(fields.data["id"])
    return record_of(Fields(named, fields.where), text, suggestion, defaults)


def _annotation(fields: Fields, record: Record, defaults: Defaults, number: int, notes: Notes) -> Annotation | None:
    spans = _spans(fields, record, notes)
    if not spans and not fields.has("annotation_id"):
        notes.add("lines without a label count as not yet annotated")
        return None
    stated = dict(fields.data)
    comments = fields.array(COMMENTS)
    if comments and "comment" not in stated:
        stated["comment"] = "\n".join(str(comment) for comment in comments)
    return annotation_from(Fields(stated, fields.where), record, spans, defaults, number)


def _spans(fields: Fields, record: Record, notes: Notes) -> tuple[LabelledSpan, ...]:
    if fields.has("relations") and fields.array("relations"):
        notes.add("relations between spans are left out")
    rows = [row for key in ("label", "labels", "entities", "cats") for row in _listed(fields, key)]
    return tuple(_span(row, record, f"{fields.where}, label {number}") for number, row in enumerate(rows, 1))


def _listed(fields: Fields, key: str) -> list[Any]:
    value = fields.data.get(key)
    return few_enough([value] if isinstance(value, str) and value else fields.array(key) if value else [], fields.where)


def _span(row: Any, record: Record, where: str) -> LabelledSpan:
    if isinstance(row, str):
        return span_of(row, record.start, record.end, record.text, where)
    if isinstance(row, list) and len(row) == 3:
        return span_of(row[2], row[0], row[1], record.text, where)
    if isinstance(row, dict):
        # Exports with relations give every span a number, and its places by name.
        return span_of(row.get("label"), row.get("start_offset"), row.get("end_offset"), record.text, where)
    raise InputError("a label must be a name or [start, end, name]", where=where)
