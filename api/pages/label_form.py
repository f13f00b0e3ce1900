"""The form of a task: one row for each label, with its span and what is asked of it; and back from form to answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.pages.marked import Part, marked
from core.errors import InputError
from labeling.attributes import Question, questions_of
from labeling.records import AnnotationState, LabelledSpan
from labeling.service import Answer, Handed

AROUND = 500
KEYS = "123456789"
LIST_SEPARATOR = ","
ROWS_MAX = 60


@dataclass(frozen=True, slots=True)
class Field:
    """An attribute's question with what was answered so far, as text."""

    question: Question
    value: str


@dataclass(frozen=True, slots=True)
class Row:
    """A label that may be said, with its span; ``suggested`` if it was filled in by no person."""

    index: int
    key: str
    label: str
    on: bool
    start: int
    end: int
    score: float | None
    suggested: bool
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """The passage with some of what stands around it; ``start`` is where in the document it begins."""

    start: int
    before: str
    passage: str
    after: str


def window_of(text: str, start: int, end: int, around: int = AROUND) -> Window:
    """The passage with up to so many characters on either side, cut between words."""
    low, high = max(0, start - around), min(len(text), end + around)
    while 0 < low < start and not text[low - 1].isspace():
        low += 1
    while end < high < len(text) and not text[high].isspace():
        high -= 1
    return Window(low, text[low:start], text[start:end], text[end:high])


def parts_of(window: Window, spans: Iterable[tuple[str, int, int]]) -> list[Part]:
    """The window cut where labelled spans begin and end; the passage itself is one without a label."""
    text = window.before + window.passage + window.after
    inside: list[dict[str, Any]] = [
        {"label": label, "start": max(0, start - window.start), "end": min(len(text), end - window.start)}
        for label, start, end in spans
        if start < window.start + len(text) and end > window.start
    ]
    passage = {"label": "", "start": len(window.before), "end": len(window.before) + len(window.passage)}
    return marked(text, [*inside, passage])


def rows_of(task: Handed, labels: Sequence[str], given: Sequence[LabelledSpan] | None = None) -> list[Row]:
    """A row for each span that is filled in, and one for each label that is not.

    Args:
        task: what is judged.
        labels: what may be said, in order.
        given: what a person filled in; else their draft, else the suggestion.
    """
    record = task.view.record
    spans = given if given is not None else task.draft.spans if task.draft else None
    suggested = spans is None
    if spans is None:
        spans = record.suggestion.spans if record.suggestion else ()
    scores = record.suggestion.scores if record.suggestion else {}
    return rows_for(labels, spans, record.start, record.end, scores, suggested=suggested)


def rows_for(
    labels: Sequence[str],
    spans: Sequence[LabelledSpan],
    start: int,
    end: int,
    scores: Mapping[str, float],
    *,
    suggested: bool = False,
) -> list[Row]:
    """A row for each span that is filled in, and one over the whole passage for each label that is not.

    Args:
        labels: what may be said, in order.
        spans: what is filled in.
        start: where the passage begins.
        end: where it ends.
        scores: what the reader thinks of each label.
        suggested: whether no person filled it in.
    """
    rows: list[Row] = []
    for label in labels:
        found = [span for span in spans if span.label == label]
        for span in found or [LabelledSpan(label, start, end, {})]:
            index = len(rows)
            fields = tuple(
                Field(question, _shown(span.attributes.get(question.key))) for question in questions_of(label)
            )
            key = KEYS[index] if index < len(KEYS) else ""
            on = bool(found)
            rows.append(Row(index, key, label, on, span.start, span.end, scores.get(label), on and suggested, fields))
    return rows


def answer_of(form: Mapping[str, str], state: AnnotationState) -> Answer:
    """What a posted form says.

    Raises:
        InputError: naming the field that can't be read.
    """
    return Answer(
        state=state,
        spans=spans_of_form(form) if state is not AnnotationState.SKIPPED else (),
        seconds=_number(form.get("seconds", ""), "seconds"),
        reason=(form.get("reason", "").strip() or "can't tell") if state is AnnotationState.SKIPPED else None,
        comment=form.get("comment", "").strip() or None,
        equal=form.get("equal") == "on",
    )


def spans_of_form(form: Mapping[str, str]) -> tuple[LabelledSpan, ...]:
    """The rows that are switched on.

    Raises:
        InputError: naming the field that can't be read.
    """
    spans = []
    for index in range(ROWS_MAX):
        label = form.get(f"label.{index}")
        if label is None:
            break
        if form.get(f"on.{index}") != "on":
            continue
        start, end = (_whole(form.get(f"{edge}.{index}", ""), f"{label}, {edge}") for edge in ("start", "end"))
        attributes = {}
        for question in questions_of(label):
            value = _read(question, form.get(f"{question.key}.{index}", "").strip(), f"{label}, {question.key}")
            if value is not None:
                attributes[question.key] = value
        spans.append(LabelledSpan(label, start, end, attributes))
    return tuple(spans)


def _read(question: Question, text: str, where: str) -> Any:
    """An attribute's value; ``None`` if nothing was said."""
    if not text:
        return None
    match question.kind:
        case "flag":
            return True
        case "number":
            return _number(text, where)
        case "list":
            return [part.strip() for part in text.split(LIST_SEPARATOR) if part.strip()]
        case "choice" | "text":
            return text


def _shown(value: Any) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "on"
    return f"{LIST_SEPARATOR} ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _whole(text: str, where: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise InputError("must be a whole number", where=where)
    return int(text)


def _number(text: str, where: str) -> float | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise InputError("must be a number", where=where) from None
