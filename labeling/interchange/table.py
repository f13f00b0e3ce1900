"""CSV for spreadsheets: one row for a record, one for a suggestion or an annotation, one for each span of these.

A cell that a spreadsheet would take for a formula gets an apostrophe in front, which reading takes away again. Any
other CSV with the columns ``text`` and ``label`` (several joined by ``#``) is read as labels of whole texts.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import InputError
from labeling.interchange.fields import Fields
from labeling.interchange.parts import (
    annotation_from,
    annotation_json,
    attributes_from,
    attributes_text,
    facts_of,
    record_of,
    scores_of,
    span_of,
)
from labeling.interchange.shape import Defaults, Dumped, Item, Loaded, Notes
from labeling.records import Annotation, LabelledSpan, Record, Suggestion

RECORD, SUGGESTION, ANNOTATION = "record", "suggestion", "annotation"
SUGGESTED_SPAN, SPAN = "suggested_span", "span"
_FACTS = ("record_id", "document_id", "account_id", "kind", "occurred_at", "start", "end", "origin", "text")
_PERSON = ("annotation_id", "annotator", "state", "guideline_version", "made_at", "seconds", "reason", "comment")
_MODEL = ("model_version", "scores")
_SPAN = ("label", "span_start", "span_end", "span_text", "attributes")
COLUMNS = ("row", *_FACTS, *_PERSON, *_MODEL, *_SPAN)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
CELL_MAX = 50_000_000

Row = dict[str, Any]


def dump(items: Iterable[Item]) -> Dumped:
    """A table that opens in a spreadsheet; UTF-8 with a mark, which Excel wants."""
    notes = Notes()
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    for item in items:
        empty = sum("" in (annotation.reason, annotation.comment) for annotation in item.annotations)
        notes.add("CSV does not tell an empty reason or comment from none", empty)
        for row in _rows(item):
            writer.writerow({name: _safe(value) for name, value in row.items()})
    return Dumped(out.getvalue().encode("utf-8-sig"), notes.said())


def _rows(item: Item) -> Iterator[Row]:
    record = item.record
    key = {"record_id": record.record_id}
    yield {"row": RECORD, **facts_of(record), "text": record.text}
    suggestion = record.suggestion
    if suggestion:
        scores = json.dumps(dict(suggestion.scores), ensure_ascii=False)
        yield {"row": SUGGESTION, **key, "model_version": suggestion.model_version, "scores": scores}
        yield from ({"row": SUGGESTED_SPAN, **key, **_span(span, record.text)} for span in suggestion.spans)
    for annotation in item.annotations:
        yield {"row": ANNOTATION, **key, **annotation_json(annotation)}
        named = {**key, "annotation_id": annotation.annotation_id}
        yield from ({"row": SPAN, **named, **_span(span, record.text)} for span in annotation.spans)


def _span(span: LabelledSpan, text: str) -> Row:
    return {
        "label": span.label,
        "span_start": span.start,
        "span_end": span.end,
        "span_text": text[span.start : span.end],
        "attributes": attributes_text(span.attributes) if span.attributes else "",
    }


def _safe(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


@dataclass(slots=True)
class _Open:
    """A record whose rows are still coming."""

    facts: Fields
    suggestion: Fields | None = None
    suggested: list[LabelledSpan] = field(default_factory=list)
    annotations: dict[str, tuple[Fields, list[LabelledSpan]]] = field(default_factory=dict)


def load(content: bytes, defaults: Defaults, name: str) -> Loaded:
    """Our own table, or a plain one of texts and labels."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = InputError("is not UTF-8", where=f"{name}, line {line}", remedy="save it as CSV UTF-8")
        return Loaded((), (), (problem,))
    before = csv.field_size_limit(CELL_MAX)
    try:
        return _load(text, defaults, name)
    finally:
        csv.field_size_limit(before)


def _load(text: str, defaults: Defaults, name: str) -> Loaded:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    problems: list[InputError] = []
    notes = Notes()
    columns: list[str] = []
    own: dict[str, _Open] = {}
    plain: list[Item] = []
    try:
        columns = list(reader.fieldnames or ())
        if "text" not in columns:
            return Loaded((), (), (InputError("needs a column named text", where=f"{name}, line 1"),))
        for row in reader:
            where = f"{name}, line {reader.line_num}"
            try:
                if None in row or None in row.values():
                    raise InputError(f"has another number of cells than the {len(columns)} columns", where=where)
                if "row" in columns:
                    _take(_cells(row, where), own)
                else:
                    plain.append(_plain(_cells(row, where), defaults, notes))
            except InputError as error:
                problems.append(error)
    except csv.Error as error:
        # ``line_num`` is the last line of the last row that could be read.
        problems.append(InputError(f"not valid CSV: {error}", where=f"{name}, line {reader.line_num + 1}"))
    items = [item for open_ in own.values() for item in _closed(open_, defaults, problems)]
    return Loaded((*items, *plain), notes.said(), tuple(problems))


def _cells(row: Mapping[str, str], where: str) -> Fields:
    """Cells that hold something, each as the type that its column has."""
    found: Row = {}
    for column, cell in row.items():
        value = cell[1:] if "row" in row and cell.startswith("'") else cell
        if column in ("start", "end", "span_start", "span_end") and value:
            try:
                found[column] = int(value)
            except ValueError:
                raise InputError(f"{column} must be a whole number", where=where) from None
        elif column == "seconds" and value:
            try:
                found[column] = float(value)
            except ValueError:
                raise InputError(f"{column} must be a number", where=where) from None
        elif value or column == "text":
            found[column] = value
    return Fields(found, where)


def _take(fields: Fields, found: dict[str, _Open]) -> None:
    kind, key = fields.text("row"), fields.text("record_id")
    if kind == RECORD:
        if key in found:
            raise InputError("stands for a record that an earlier line holds", where=fields.where)
        found[key] = _Open(fields)
        return
    open_ = found.get(key)
    if open_ is None:
        raise InputError("belongs to a record that no earlier line holds", where=fields.where)
    text = open_.facts.text("text", longest=None)
    if kind == SUGGESTION:
        open_.suggestion = fields
    elif kind == ANNOTATION:
        open_.annotations[fields.text("annotation_id")] = (fields, [])
    elif kind == SUGGESTED_SPAN:
        open_.suggested.append(_read_span(fields, text))
    elif kind == SPAN:
        marked = open_.annotations.get(fields.text("annotation_id"))
        if marked is None:
            raise InputError("belongs to an annotation that no earlier line holds", where=fields.where)
        marked[1].append(_read_span(fields, text))
    else:
        kinds = ", ".join((RECORD, SUGGESTION, SUGGESTED_SPAN, ANNOTATION, SPAN))
        raise fields.wrong("row", f"one of {kinds}")


def _read_span(fields: Fields, text: str) -> LabelledSpan:
    attributes = attributes_from(fields.text_or_none("attributes"), fields.where)
    get = fields.data.get
    return span_of(get("label"), get("span_start"), get("span_end"), text, fields.where, attributes)


def _closed(open_: _Open, defaults: Defaults, problems: list[InputError]) -> Iterator[Item]:
    """The record with its annotations; one that is wrong is left out, a wrong record with all that is its."""
    try:
        suggestion = _suggestion(open_)
        record = record_of(open_.facts, open_.facts.text("text", longest=None), suggestion, defaults)
    except InputError as error:
        problems.append(error)
        return
    annotations: list[Annotation] = []
    for fields, spans in open_.annotations.values():
        try:
            annotations.append(annotation_from(fields, record, tuple(spans), defaults))
        except InputError as error:
            problems.append(error)
    yield Item(record, tuple(annotations))


def _suggestion(open_: _Open) -> Suggestion | None:
    fields = open_.suggestion
    if fields is None:
        return None
    scores = attributes_from(fields.text_or_none("scores"), fields.where)
    return Suggestion(tuple(open_.suggested), scores_of(scores, fields.where), fields.text("model_version", ""))


def _plain(fields: Fields, defaults: Defaults, notes: Notes) -> Item:
    named = {key: value for key, value in fields.data.items() if key in _FACTS}
    record: Record = record_of(Fields(named, fields.where), fields.text("text", longest=None), None, defaults)
    labels = [label for label in fields.text("label", "", longest=None).split("#") if label]
    if not labels:
        notes.add("rows without a label count as not yet annotated")
        return Item(record)
    spans = tuple(span_of(label, record.start, record.end, record.text, fields.where) for label in labels)
    return Item(record, (annotation_from(Fields(dict(fields.data), fields.where), record, spans, defaults),))
