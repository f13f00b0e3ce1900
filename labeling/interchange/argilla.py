"""Argilla: records with suggestions and responses, as ``dataset.records.to_json`` of its package writes them.

Questions: ``signals`` (spans of the field ``text``), and the texts ``attributes``, ``reason`` and ``comment``. What the
REST interface of the server returns (lists of suggestions and responses) is read as well.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.errors import InputError
from core.ids import derived_id
from labeling.interchange.arrays import read_elements
from labeling.interchange.fields import Fields
from labeling.interchange.parts import (
    annotation_id,
    attributes_from,
    attributes_text,
    facts_of,
    few_enough,
    record_of,
    scores_of,
    span_of,
)
from labeling.interchange.shape import Defaults, Dumped, Item, Loaded, Notes
from labeling.records import Annotation, AnnotationState, LabelledSpan, Record, Suggestion

SIGNALS, ATTRIBUTES, REASON, COMMENT = "signals", "attributes", "reason", "comment"
SCORE = "score_"
"""Before a label in the metadata: a number to filter and sort by."""
_STATUS = {
    AnnotationState.SUBMITTED: "submitted",
    AnnotationState.DRAFT: "draft",
    AnnotationState.SKIPPED: "discarded",
}
_STATE = {status: state for state, status in _STATUS.items()}

Answers = dict[str, Any]


def user_of(annotator: str) -> str:
    """The UUID by which Argilla knows an annotator: the name itself where it is one, else derived from it."""
    try:
        return str(uuid.UUID(annotator))
    except ValueError:
        return str(derived_id("argilla-user", annotator))


def dump(items: Iterable[Item]) -> Dumped:
    """Records for ``dataset.records.from_json``."""
    notes = Notes()
    records = [_record(item, notes) for item in items]
    return Dumped(json.dumps(records, ensure_ascii=False, indent=1).encode("utf-8"), notes.said())


def load(content: bytes, defaults: Defaults, name: str) -> Loaded:
    """Records as the package or the server's REST interface writes them."""
    notes = Notes()
    people = {user_of(person): person for person in defaults.people}

    def parse(data: Any, where: str) -> list[Item]:
        # A page of the REST interface wraps its records.
        rows = data["items"] if isinstance(data, dict) and isinstance(data.get("items"), list) else [data]
        return [_item(row, defaults, people, where, notes) for row in rows]

    lines = list(read_elements(content, parse, name=name))
    problems = tuple(line.error for line in lines if isinstance(line.error, InputError))
    return Loaded(tuple(item for line in lines for item in line.value or ()), notes.said(), problems)


def _record(item: Item, notes: Notes) -> dict[str, Any]:
    record = item.record
    suggestion = record.suggestion
    metadata: dict[str, Any] = facts_of(record)
    metadata |= {f"{SCORE}{label}": score for label, score in suggestion.scores.items()} if suggestion else {}
    responses: dict[str, list[dict[str, Any]]] = {}
    for annotation in item.annotations:
        if user_of(annotation.annotator) != annotation.annotator:
            notes.add(
                "Argilla knows people by UUID; names became derived ones, which an import turns back if told them"
            )
        notes.add("Argilla's file keeps of an annotation no id, time, seconds and no version of the guideline")
        for question, value in _answers(annotation).items():
            responses.setdefault(question, []).append(
                {
                    "value": value,
                    "user_id": user_of(annotation.annotator),
                    "status": _STATUS[annotation.state],
                }
            )
    if any(annotation.state is not AnnotationState.SUBMITTED for annotation in item.annotations):
        notes.add("Argilla's own file export leaves out which responses are drafts or discarded")
    return {
        "id": record.record_id,
        "fields": {"text": record.text},
        "metadata": metadata,
        "suggestions": _suggestions(suggestion) if suggestion else {},
        "responses": responses,
        "vectors": {},
    }


def _answers(annotation: Annotation) -> Answers:
    spans = annotation.spans
    answers: Answers = {
        SIGNALS: [_plain(span) for span in spans],
        ATTRIBUTES: _attributes(spans),
        REASON: annotation.reason,
        COMMENT: annotation.comment,
    }
    return {question: value for question, value in answers.items() if value is not None}


def _suggestions(suggestion: Suggestion) -> dict[str, Any]:
    agent = suggestion.model_version
    scores = [suggestion.scores.get(span.label, 0.0) for span in suggestion.spans]
    found = {SIGNALS: {"value": [_plain(span) for span in suggestion.spans], "score": scores, "agent": agent}}
    attributes = _attributes(suggestion.spans)
    if attributes:
        found[ATTRIBUTES] = {"value": attributes, "score": None, "agent": agent}
    return found


def _plain(span: LabelledSpan) -> dict[str, Any]:
    return {"label": span.label, "start": span.start, "end": span.end}


def _key(span: LabelledSpan) -> str:
    return f"{span.start}-{span.end} {span.label}"


def _attributes(spans: Iterable[LabelledSpan]) -> str | None:
    """Attributes of all spans as one text: a person can read and change it."""
    found = {_key(span): dict(span.attributes) for span in spans if span.attributes}
    return attributes_text(found) if found else None


@dataclass(frozen=True, slots=True)
class _Answered:
    """What one person answered; ``row`` is there where the server says when."""

    user: str
    state: AnnotationState
    answers: Answers
    row: Fields | None = None


def _item(data: Any, defaults: Defaults, people: Mapping[str, str], where: str, notes: Notes) -> Item:
    fields = Fields(data, where)
    metadata = fields.object("metadata")
    text = fields.object("fields").text("text", longest=None)
    named = dict(metadata.data)
    for key in ("external_id", "id"):
        if "record_id" not in named and isinstance(fields.data.get(key), str):
            named["record_id"] = fields.data[key]
    bare = record_of(Fields(named, where), text, None, defaults)
    record = replace(bare, suggestion=_suggestion(fields, metadata, bare, notes))
    found = []
    for number, answered in enumerate(_by_person(fields, notes), 1):
        place = f"{where}, response {number}"
        about = Fields(answered.answers, place)
        person = people.get(answered.user, answered.user) or defaults.annotator
        row = answered.row or Fields({}, place)
        found.append(
            Annotation(
                annotation_id=row.text("id", annotation_id(record.record_id, person, number)),
                record_id=record.record_id,
                annotator=person,
                state=answered.state,
                spans=_spans(answered.answers, record, place, notes),
                guideline_version=defaults.guideline_version,
                made_at=row.moment("updated_at", record.occurred_at),
                seconds=None,
                reason=about.text_or_none(REASON),
                comment=about.text_or_none(COMMENT),
            )
        )
    return Item(record, tuple(found))


def _suggestion(fields: Fields, metadata: Fields, record: Record, notes: Notes) -> Suggestion | None:
    where = f"{fields.where}, suggestions"
    rows = fields.data.get("suggestions")
    if isinstance(rows, Mapping):
        rows = [{**Fields(value, where).data, "question_name": question} for question, value in rows.items()]
    if not rows:
        return None
    answers: Answers = {}
    agent = ""
    for row in _objects({"suggestions": rows}, "suggestions", where):
        answers[_question(row.data.get("question_name"), row.data.get("value"))] = row.data.get("value")
        agent = row.text("agent", agent)
    scores = {key.removeprefix(SCORE): value for key, value in metadata.data.items() if key.startswith(SCORE)}
    return Suggestion(_spans(answers, record, where, notes), scores_of(scores, where), agent)


def _question(name: Any, value: Any) -> str:
    """Which of our questions it is: by name, or, as the server sends only numbers of questions, by what it holds."""
    if name in (SIGNALS, ATTRIBUTES, REASON, COMMENT):
        return str(name)
    return SIGNALS if isinstance(value, list) else str(name or COMMENT)


def _objects(data: Mapping[str, Any], name: str, where: str) -> Iterator[Fields]:
    return (Fields(row, where) for row in Fields(data, where).array(name))


def _by_person(fields: Fields, notes: Notes) -> Iterator[_Answered]:
    if isinstance(fields.data.get("responses"), list):
        yield from (_of_server(row, notes) for row in _objects(fields.data, "responses", f"{fields.where}, responses"))
        return
    questions = fields.object("responses")
    found: dict[str, _Answered] = {}
    for question in questions.data:
        for row in _objects(questions.data, question, f"{questions.where}, {question}"):
            user = row.text("user_id", "")
            answered = found.setdefault(user, _Answered(user, _state(row, notes), {}))
            answered.answers[_question(question, row.data.get("value"))] = row.data.get("value")
    yield from found.values()


def _of_server(row: Fields, notes: Notes) -> _Answered:
    values = row.object("values")
    answers = {}
    for question, answer in values.data.items():
        value = Fields(answer, values.where).data.get("value")
        answers[_question(question, value)] = value
    return _Answered(row.text("user_id", ""), _state(row, notes), answers, row)


def _state(row: Fields, notes: Notes) -> AnnotationState:
    if not row.has("status"):
        notes.add("a response without a status is taken as submitted")
        return AnnotationState.SUBMITTED
    status = row.text("status")
    if status not in _STATE:
        raise row.wrong("status", "one of " + ", ".join(_STATE))
    return _STATE[status]


def _spans(answers: Answers, record: Record, where: str, notes: Notes) -> tuple[LabelledSpan, ...]:
    given = Fields(answers, where)
    attributes = attributes_from(given.text_or_none(ATTRIBUTES), where)
    spans = []
    for row in few_enough(given.array(SIGNALS), where):
        if isinstance(row, str):
            spans.append(span_of(row, record.start, record.end, record.text, where))
            continue
        get = Fields(row, where).data.get
        bare = span_of(get("label"), get("start"), get("end"), record.text, where)
        known = Fields(attributes.pop(_key(bare), {}), where).data
        spans.append(replace(bare, attributes=dict(known)))
    notes.add("attributes of spans that are not marked any more are left out", len(attributes))
    return tuple(spans)
