"""What may come in as JSON: spans, records with what was said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.contracts import ID_MAX, NAME_MAX, describe
from core.entities import Kind
from core.errors import InputError
from core.ids import digest
from labeling.members import PERSON_MAX
from labeling.records import Annotation, AnnotationState, LabelledSpan, Record, Suggestion

COMMENT_MAX = 2_000
LABEL_MAX = 120
SPANS_MAX = 50
_ID_LENGTH = 16
Given = TypeVar("Given", bound="RecordIn")


class SpanIn(BaseModel):
    """One label over `text[start:end]`, in Unicode code points."""

    model_config = ConfigDict(extra="forbid")

    label: str = Field(min_length=1, max_length=LABEL_MAX, examples=["workaround"])
    start: int = Field(ge=0, examples=[35])
    end: int = Field(ge=1, examples=[92])
    attributes: dict[str, Any] = Field(default_factory=dict, examples=[{"means": "spreadsheet"}])

    def entity(self) -> LabelledSpan:
        """The domain's view of it."""
        return LabelledSpan(self.label, self.start, self.end, self.attributes)


class SuggestionIn(BaseModel):
    """What a reader thinks."""

    model_config = ConfigDict(extra="ignore")

    spans: list[SpanIn] = Field(default_factory=list, max_length=SPANS_MAX)
    scores: dict[str, float] = Field(default_factory=dict)
    model_version: str = Field("unknown", max_length=NAME_MAX)


class AnnotationIn(BaseModel):
    """What somebody said."""

    model_config = ConfigDict(extra="ignore")

    annotation_id: str | None = Field(None, max_length=ID_MAX)
    annotator: str = Field(min_length=1, max_length=PERSON_MAX, examples=["dana"])
    state: AnnotationState = AnnotationState.SUBMITTED
    spans: list[SpanIn] = Field(default_factory=list, max_length=SPANS_MAX)
    guideline_version: str = Field("unknown", max_length=NAME_MAX)
    made_at: AwareDatetime | None = None
    seconds: float | None = Field(None, ge=0)
    reason: str | None = Field(None, max_length=COMMENT_MAX)
    comment: str | None = Field(None, max_length=COMMENT_MAX)


class RecordIn(BaseModel):
    """A record of a file. Only the text is required; without a passage the whole text is to be judged."""

    model_config = ConfigDict(extra="ignore")

    source: str = Field("import", min_length=1, max_length=64)
    document_id: str | None = Field(None, min_length=1, max_length=ID_MAX, examples=["zendesk-4711"])
    account_id: str = Field("imported", min_length=1, max_length=ID_MAX)
    kind: Kind = Kind.EMAIL
    occurred_at: AwareDatetime | None = None
    title: str | None = None
    text: str = Field(min_length=1)
    start: int = Field(0, ge=0)
    end: int | None = Field(None, ge=1)
    suggestion: SuggestionIn | None = None
    origin: str = Field("imported", max_length=64)
    annotations: list[AnnotationIn] = Field(default_factory=list, max_length=1_000)

    @model_validator(mode="after")
    def _inside(self) -> RecordIn:
        size = len(self.text)
        if "\x00" in self.text:
            raise ValueError("text holds a NUL")
        if not self.start < (self.end or size) <= size:
            raise ValueError(f"start and end must be a stretch of the text's {size} characters")
        spans = [*(self.suggestion.spans if self.suggestion else []), *(s for a in self.annotations for s in a.spans)]
        if any(not span.start < span.end <= size for span in spans):
            raise ValueError(f"a span must be a stretch of the text's {size} characters")
        return self


class GoldRecordIn(RecordIn):
    """A record whose answer is known: what is to be found in it, be it nothing."""

    gold: list[SpanIn] = Field(max_length=SPANS_MAX)

    @model_validator(mode="after")
    def _found_inside(self) -> GoldRecordIn:
        if any(not span.start < span.end <= len(self.text) for span in self.gold):
            raise ValueError(f"a span must be a stretch of the text's {len(self.text)} characters")
        return self


def parse_record(data: Any, *, where: str | None = None) -> RecordIn:
    """A record from decoded JSON.

    Raises:
        InputError: naming every field that is wrong.
    """
    return _parsed(RecordIn, data, where)


def parse_gold(data: Any, *, where: str | None = None) -> GoldRecordIn:
    """The same with what is to be found in it.

    Raises:
        InputError: naming every field that is wrong.
    """
    return _parsed(GoldRecordIn, data, where)


def _parsed(model: type[Given], data: Any, where: str | None) -> Given:
    if not isinstance(data, Mapping):
        raise InputError(f"expected a JSON object, got {type(data).__name__}", where=where)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InputError(describe(error), where=where, remedy="see docs/labeling.md") from None


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record from elsewhere with what was said of it; the store gives the record its own id."""

    record: Record
    annotations: Sequence[Annotation] = ()
    source: str = "import"
    title: str | None = None


def incoming(given: RecordIn, now: datetime) -> Incoming:
    """The domain's view of a record and of what was said of it."""
    name = given.document_id or digest(given.text)[:_ID_LENGTH]
    suggestion = given.suggestion
    record = Record(
        record_id="",
        document_id=name,
        account_id=given.account_id,
        kind=given.kind.value,
        occurred_at=given.occurred_at or now,
        text=given.text,
        start=given.start,
        end=given.end or len(given.text),
        suggestion=Suggestion(
            tuple(span.entity() for span in suggestion.spans), suggestion.scores, suggestion.model_version
        )
        if suggestion
        else None,
        origin=given.origin,
    )
    said = [_annotation(item, at, now) for at, item in enumerate(given.annotations)]
    return Incoming(record, said, given.source, given.title)


def _annotation(said: AnnotationIn, at: int, now: datetime) -> Annotation:
    return Annotation(
        annotation_id=said.annotation_id or f"{said.annotator}:{at}",
        record_id="",
        annotator=said.annotator,
        state=said.state,
        spans=tuple(span.entity() for span in said.spans),
        guideline_version=said.guideline_version,
        made_at=said.made_at or now,
        seconds=said.seconds,
        reason=said.reason,
        comment=said.comment,
    )
