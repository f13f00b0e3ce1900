"""What is said of the quality of labels."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.v1.labeling_schemas import CommentOut, FullRecordOut, RecordOut, ReviewOut, Words
from labeling.adjudication import Reason
from labeling.consensus import Source
from labeling.contracts import SPANS_MAX, SpanIn
from labeling.quality.disputes import Decision
from labeling.quality.issues import SIZE, SIZE_MAX


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
    """How far people agree. Intervals are drawn over accounts, where there are ten; else over documents, or records."""

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


class RushedOut(BaseModel):
    """A record that was answered faster than it can be read."""

    record_id: uuid.UUID
    words: str


class PaceOut(BaseModel):
    """How fast somebody works."""

    timed: int = Field(description="Answers whose time is known.")
    median_seconds: float
    hourly: int
    words: str = Field(examples=["7.4 s a decision (486 an hour); 2 of 120 faster than the passage can be read"])
    rushed: int
    rushed_records: list[RushedOut] = Field(description="The first twenty of them.")


class GoldScoreOut(BaseModel):
    """How somebody did on gold, with Wilson's 95 % interval of the share that is right."""

    tasks: int
    right: int
    missed: int = Field(description="Spans that were not found.")
    wrong: int = Field(description="Spans that are none.")
    low: float
    high: float
    verdict: str = Field(examples=["4 of 10 gold tasks done: too early to say"])


class SkillOut(BaseModel):
    """What the model of people says of somebody and a label; from three people on."""

    label: str
    finds: float = Field(description="Share of the true ones that they mark.")
    leaves: float = Field(description="Share of the others that they leave alone.")


class PersonOut(BaseModel):
    """How a person works."""

    person: str
    answers: int
    rejected: int
    pace: PaceOut | None
    gold: GoldScoreOut | None = Field(description="Only answers given since a record is gold.")
    labels: list[SkillOut]


class GoldIn(BaseModel):
    """What is to be found; by default what was decided, or what all who answered agree on."""

    model_config = ConfigDict(extra="forbid")

    spans: list[SpanIn] | None = Field(None, max_length=SPANS_MAX)
    reason: Words | None = None


class GoldMarkedOut(BaseModel):
    """What is to be found in it from now on."""

    record_id: uuid.UUID
    spans: list[SpanIn]


class CandidateOut(GoldMarkedOut):
    """A record that three or more people answered alike."""

    words: str


class GoldOut(CandidateOut):
    """A gold record."""

    document_id: str
    account_id: str
    person: str = Field(description="Who made it gold.")
    reason: str | None
    since: datetime
    answers: int = Field(description="Answers since then.")
    right: int


class IssuesIn(BaseModel):
    """How much to look for."""

    size: int = Field(SIZE, ge=1, le=SIZE_MAX, description="Records to put into the queue at most.")


class IssuesFoundOut(BaseModel):
    """What a search found."""

    records: int = Field(description="Records whose answer was looked at.")
    sentences: int
    found: int = Field(description="Records with a doubtful answer.")
    added: int = Field(description="Of these, new in the queue `issues`.")
    notes: list[str] = Field(description="Labels of which nothing can be said, and why.")


class IssueRunOut(BaseModel):
    """A search for answers that are probably wrong."""

    run_id: uuid.UUID
    state: str = Field(examples=["waiting"], description="`waiting`, `running`, `done` or `failed`.")
    person: str
    size: int
    asked_at: datetime
    finished_at: datetime | None
    result: IssuesFoundOut | None
    error: str | None
