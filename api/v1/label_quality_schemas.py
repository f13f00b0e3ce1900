"""What is said of the quality of labels."""

from __future__ import annotations

import uuid
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.v1.labeling_schemas import CommentOut, FullRecordOut, RecordOut, ReviewOut, Words
from labeling.adjudication import Reason
from labeling.consensus import Source
from labeling.contracts import SPANS_MAX, SpanIn
from labeling.quality.disputes import Decision


class MeasureOut(BaseModel):
    """A figure with its 95 % interval, or why there is none; `words` says it in any case."""

    value: float | None
    low: float | None
    high: float | None
    records: int = Field(description="How many records it is based on.")
    words: str = Field(examples=["agreement is good: 0.85 (0.82 to 0.90, 400 records)"])


class LabelAgreementOut(BaseModel):
    """One label, all people."""

    label: str
    same: float | None = Field(description="Share of the records in which all said the same.")
    marked: int = Field(description="How many answers gave the label.")
    alpha: MeasureOut
    f1: MeasureOut


class PersonAgreementOut(BaseModel):
    """One person against everybody else on the same records, one label."""

    person: str
    label: str
    alpha: MeasureOut
    f1: MeasureOut


class PairAgreementOut(BaseModel):
    """Two people, the labels of the report together."""

    first: str
    second: str
    alpha: MeasureOut
    f1: MeasureOut


class AgreementOut(BaseModel):
    """How far people agree. Intervals are drawn over accounts."""

    queue: str | None
    shared: int = Field(description="Records that two or more people judged.")
    why: str | None = Field(description="Why nothing can be said.")
    labels: list[LabelAgreementOut]
    people: list[PersonAgreementOut]
    pairs: list[PairAgreementOut]


class DisputeOut(BaseModel):
    """A record that people do not agree on, in short."""

    record_id: uuid.UUID
    source: str
    document_id: str
    account_id: str
    kind: str
    words: str = Field(description="How the passage begins.")
    agreement: float = Field(description="0: nothing in common; 1: all the same.")
    doubt: float = Field(description="How little the model of people can tell who is right; 1: nothing.")
    labels: list[str] = Field(description="What they differ over.")
    people: list[str]
    rushed: list[str] = Field(description="Who answered faster than the passage can be read.")


class SpokenSpanOut(BaseModel):
    """A labelled span with its words."""

    label: str
    start: int
    end: int
    text: str
    attributes: dict[str, Any]


class SideBySideOut(BaseModel):
    """One answer, and everybody who gave it."""

    people: list[str]
    annotation_ids: list[uuid.UUID]
    spans: list[SpokenSpanOut]
    seconds: list[float | None]
    rushed: list[str]
    comments: list[str]


class DisputedOut(RecordOut):
    """A record with its answers side by side, the most common one first."""

    labels: list[str] = Field(description="What may be said.")
    answers: list[SideBySideOut]
    decision: ReviewOut | None = Field(description="What a reviewer decided last.")
    reviews: list[ReviewOut]
    comments: list[CommentOut]


class DecisionIn(BaseModel):
    """What holds: spans (none: nothing there is a signal), or the answer that is right."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason = Field(description="Why people differed.")
    spans: list[SpanIn] | None = Field(None, max_length=SPANS_MAX)
    annotation_id: uuid.UUID | None = None
    comment: Words | None = None

    def entity(self) -> Decision:
        """The domain's view of it."""
        spans = None if self.spans is None else tuple(span.entity() for span in self.spans)
        return Decision(self.reason, spans, self.annotation_id, self.comment)


class AnswerOut(BaseModel):
    """What all together say of a record."""

    spans: list[SpanIn]
    source: Source = Field(description="`adjudicated`: a reviewer decided; `consensus`: the model of people did.")
    probabilities: dict[str, float] = Field(description="Of the labels that people differ over.")


class SettledOut(FullRecordOut):
    """A record with its answer, and everything that was said of it."""

    consensus: AnswerOut
