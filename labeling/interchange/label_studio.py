"""Label Studio: tasks with annotations, drafts and predictions, as its JSON export and import have them.

A span is a region of the control ``signal``, with a text area ``attributes`` on the same region; ``comment``,
``reason`` and ``guideline`` are text areas of the task. ``labeling_interface`` is the project that goes with it.
Label Studio counts offsets in code points since its frontend 1.4, before that in UTF-16 units; both are read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from xml.sax.saxutils import quoteattr

from core.errors import InputError
from labeling.interchange.arrays import read_elements
from labeling.interchange.fields import Fields
from labeling.interchange.parts import (
    annotation_id,
    attributes_from,
    attributes_text,
    facts_of,
    few_enough,
    in_code_points,
    record_of,
    scores_of,
    span_of,
)
from labeling.interchange.shape import Defaults, Dumped, Item, Loaded, Notes
from labeling.records import Annotation, AnnotationState, LabelledSpan, Record, Suggestion

SIGNAL, ATTRIBUTES, COMMENT, REASON, GUIDELINE = "signal", "attributes", "comment", "reason", "guideline"
TEXT = "text"
_ABOUT = (COMMENT, REASON, GUIDELINE)

Region = dict[str, Any]


def labeling_interface(labels: Sequence[str]) -> str:
    """The XML of a Label Studio project for these labels; what is exported fits into it."""
    choices = "".join(f"\n    <Label value={quoteattr(label)}/>" for label in labels)
    areas = "".join(f'\n  <TextArea name="{name}" toName="{TEXT}" maxSubmissions="1"/>' for name in _ABOUT)
    return (
        f"<View>\n"
        f'  <Labels name="{SIGNAL}" toName="{TEXT}" choice="multiple">{choices}\n  </Labels>\n'
        f'  <Text name="{TEXT}" value="$text" granularity="word"/>\n'
        f'  <TextArea name="{ATTRIBUTES}" toName="{TEXT}" perRegion="true" maxSubmissions="1"/>{areas}\n'
        f"</View>\n"
    )


def dump(items: Iterable[Item]) -> Dumped:
    """Tasks for the import of Label Studio."""
    notes = Notes()
    tasks = [_task(item, notes) for item in items]
    return Dumped(json.dumps(tasks, ensure_ascii=False, indent=1).encode("utf-8"), notes.said())


def load(content: bytes, defaults: Defaults, name: str) -> Loaded:
    """Tasks as the JSON export of Label Studio has them, one array or a single task."""
    notes = Notes()
    lines = list(read_elements(content, lambda task, where: item_of(task, defaults, where, notes), name=name))
    problems = tuple(line.error for line in lines if isinstance(line.error, InputError))
    return Loaded(tuple(line.value for line in lines if line.value), notes.said(), problems)


def _task(item: Item, notes: Notes) -> dict[str, Any]:
    record = item.record
    done = [annotation for annotation in item.annotations if annotation.state is not AnnotationState.DRAFT]
    drafts = [annotation for annotation in item.annotations if annotation.state is AnnotationState.DRAFT]
    if done:
        notes.add("Label Studio gives annotations ids of its own and the time of the import", len(done))
    unknown = sum("@" not in annotation.annotator for annotation in item.annotations)
    notes.add("Label Studio knows annotators by email; one without is refused or becomes who imports", unknown)
    task: dict[str, Any] = {
        "data": {"text": record.text, **facts_of(record), "passage": record.text[record.start : record.end]},
        "annotations": [_annotation(annotation, record.text) for annotation in done],
        "predictions": [],
    }
    if drafts:
        task["drafts"] = [_draft(draft, record.text) for draft in drafts]
    if record.suggestion:
        task["data"]["scores"] = dict(record.suggestion.scores)
        task["predictions"] = [prediction_of(record.suggestion, record.text)]
    return task


def prediction_of(suggestion: Suggestion, text: str) -> dict[str, Any]:
    """A suggestion as Label Studio takes predictions; its score is the largest of its spans'."""
    result = [
        region | {"score": suggestion.scores[span.label]} if span.label in suggestion.scores else region
        for at, span in enumerate(suggestion.spans)
        for region in _regions(span, at, text)
    ]
    scores = [suggestion.scores[span.label] for span in suggestion.spans if span.label in suggestion.scores]
    score = max(scores, default=max(suggestion.scores.values(), default=0.0))
    return {"model_version": suggestion.model_version, "score": score, "result": result}


def _annotation(annotation: Annotation, text: str) -> dict[str, Any]:
    # An import takes an annotation that does not say ``ground_truth`` for ground truth.
    return {
        "unique_id": annotation.annotation_id,
        "completed_by": {"email": annotation.annotator},
        "was_cancelled": annotation.state is AnnotationState.SKIPPED,
        "ground_truth": False,
        "lead_time": annotation.seconds,
        "created_at": annotation.made_at.isoformat(),
        "result": _result(annotation, text),
    }


def _draft(draft: Annotation, text: str) -> dict[str, Any]:
    return {
        "unique_id": draft.annotation_id,
        "user": draft.annotator,
        "lead_time": draft.seconds,
        "created_at": draft.made_at.isoformat(),
        "result": _result(draft, text),
    }


def _result(annotation: Annotation, text: str) -> list[Region]:
    regions = [region for at, span in enumerate(annotation.spans) for region in _regions(span, at, text)]
    about = {COMMENT: annotation.comment, REASON: annotation.reason, GUIDELINE: annotation.guideline_version or None}
    for name, value in about.items():
        if value is not None:
            regions.append(
                {"id": name, "from_name": name, "to_name": TEXT, "type": "textarea", "value": {"text": [value]}}
            )
    return regions


def _regions(span: LabelledSpan, at: int, text: str) -> list[Region]:
    place = {"start": span.start, "end": span.end}
    shared = {"id": f"span-{at + 1}", "to_name": TEXT}
    value = {**place, "text": text[span.start : span.end], "labels": [span.label]}
    regions: list[Region] = [{**shared, "from_name": SIGNAL, "type": "labels", "value": value}]
    if span.attributes:
        words = {**place, "text": [attributes_text(span.attributes)]}
        regions.append({**shared, "from_name": ATTRIBUTES, "type": "textarea", "value": words})
    return regions


def item_of(task: Any, defaults: Defaults, where: str, notes: Notes) -> Item:
    """A task with its annotations.

    Raises:
        InputError: naming the field that is wrong.
    """
    fields = Fields(task, where)
    if not fields.has("data"):
        raise InputError("a task needs data", where=where, remedy="export as JSON, not as JSON-MIN or CSV")
    data = fields.object("data")
    text = data.text("text", longest=None)
    record = record_of(data, text, _suggestion(fields, data, text, notes), defaults)
    found = [
        _read(Fields(row, f"{where}, annotation {number}"), record, defaults, number, notes)
        for number, row in enumerate(fields.array("annotations"), 1)
    ]
    drafts = [
        _read(Fields(row, f"{where}, draft {number}"), record, defaults, len(found) + number, notes, draft=True)
        for number, row in enumerate(fields.array("drafts"), 1)
    ]
    return Item(record, (*found, *drafts))


def _suggestion(task: Fields, data: Fields, text: str, notes: Notes) -> Suggestion | None:
    predictions = task.array("predictions")
    if not predictions:
        return None
    notes.add("only the newest prediction of a task is taken", len(predictions) - 1)
    fields = Fields(predictions[-1], f"{task.where}, prediction {len(predictions)}")
    rows = fields.array("result")
    spans, _ = _spans_of(rows, text, fields.where, notes)
    scores = scores_of(data.data.get("scores") or {}, fields.where)
    for row in rows:
        value = row.get("value") if isinstance(row, Mapping) else None
        if isinstance(value, Mapping) and "score" in row and isinstance(value.get("labels"), list):
            score = Fields(row, fields.where).number("score", 0.0)
            scores |= {str(label): score or 0.0 for label in value["labels"] if label not in scores}
    return Suggestion(spans, scores, fields.text("model_version", ""))


def _read(
    fields: Fields, record: Record, defaults: Defaults, number: int, notes: Notes, *, draft: bool = False
) -> Annotation:
    spans, about = _spans_of(fields.array("result"), record.text, fields.where, notes, record)
    skipped = AnnotationState.SKIPPED if fields.data.get("was_cancelled") is True else AnnotationState.SUBMITTED
    annotator = _person(fields, "user" if draft else "completed_by", defaults)
    return Annotation(
        annotation_id=_name(fields) or annotation_id(record.record_id, annotator, number),
        record_id=record.record_id,
        annotator=annotator,
        state=AnnotationState.DRAFT if draft else skipped,
        spans=spans,
        guideline_version=about.get(GUIDELINE, defaults.guideline_version),
        made_at=fields.moment("created_at", record.occurred_at),
        seconds=fields.seconds("lead_time"),
        reason=about.get(REASON),
        comment=about.get(COMMENT),
    )


def _name(fields: Fields) -> str | None:
    for key in ("unique_id", "id"):
        value = fields.data.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return str(value)
    return None


def _person(fields: Fields, key: str, defaults: Defaults) -> str:
    """Exports name people by number, by email, or with all that is known of them."""
    value = fields.data.get(key)
    if isinstance(value, Mapping):
        value = value.get("email") or value.get("id")
    if value is None or isinstance(value, bool):
        return defaults.annotator
    if not isinstance(value, str | int):
        raise fields.wrong(key, "an email or a number")
    return str(value)


def _spans_of(
    rows: list[Any], text: str, where: str, notes: Notes, record: Record | None = None
) -> tuple[tuple[LabelledSpan, ...], dict[str, str]]:
    """Spans, and what the text areas of the task say, by their name.

    ``record`` is given where labels of the whole task are to be taken as labels of its passage.
    """
    spans: dict[str, list[LabelledSpan]] = {}
    about: dict[str, str] = {}
    attributes: dict[str, dict[str, Any]] = {}
    for number, row in enumerate(few_enough(rows, where), 1):
        fields = Fields(row, f"{where}, region {number}")
        value = fields.object("value")
        region = str(fields.data.get("id", number))
        kind, name = fields.data.get("type"), fields.data.get("from_name")
        if kind == "labels":
            spans.setdefault(region, []).extend(_labelled(value, text, fields.where, notes))
        elif kind == "choices" and record and not value.has("start"):
            spans.setdefault(region, []).extend(_chosen(value, record, fields.where))
        elif kind == "textarea" and name == ATTRIBUTES:
            attributes[region] = attributes_from("".join(_strings(value, "text")), fields.where)
        elif kind == "textarea" and name in _ABOUT:
            about[name] = "\n".join(_strings(value, "text"))
        else:
            notes.add("regions that are neither labels nor choices are left out")
    _lay(spans, attributes, notes)
    return tuple(span for found in spans.values() for span in found), about


def _labelled(value: Fields, text: str, where: str, notes: Notes) -> list[LabelledSpan]:
    start, end = value.whole("start"), value.whole("end")
    quoted = value.data.get("text")
    place = in_code_points(text, start, end, quoted if isinstance(quoted, str) else None)
    if place is None:
        raise InputError("start and end don't fit the words that the region quotes", where=where)
    if place != (start, end):
        notes.add("offsets counted in UTF-16 units were turned into code points")
    return [span_of(label, *place, text, where) for label in _strings(value, "labels")]


def _chosen(value: Fields, record: Record, where: str) -> list[LabelledSpan]:
    return [span_of(label, record.start, record.end, record.text, where) for label in _strings(value, "choices")]


def _lay(spans: dict[str, list[LabelledSpan]], attributes: dict[str, dict[str, Any]], notes: Notes) -> None:
    for region, found in attributes.items():
        marked = spans.get(region)
        if not marked:
            notes.add("attributes of a region without a label are left out")
            continue
        if len(marked) > 1:
            notes.add("attributes of a region with several labels are given to its first label")
        marked[0] = replace(marked[0], attributes=found)


def _strings(value: Fields, name: str) -> list[str]:
    found = value.data.get(name)
    found = [found] if isinstance(found, str) else found
    if not isinstance(found, list) or not all(isinstance(word, str) for word in found):
        raise value.wrong(name, "a list of strings")
    return found
