"""What labeling takes and answers with."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from core.entities import Label
from labeling.archive import Review, Verdict
from labeling.contracts import COMMENT_MAX, SPANS_MAX, SpanIn
from labeling.corrections import Correction, CorrectionKind
from labeling.members import ALL_QUEUES, PERSON_MAX, Role
from labeling.queues.rules import LOCK_SECONDS, OVERLAP_MAX, QueueRules, Strategy
from labeling.queues.service import DOCUMENTS_MAX, FILL_MAX, Place
from labeling.records import AnnotationState
from labeling.service import Answer

PLACES_MAX = 500
RECORDS_MAX = 1_000

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=COMMENT_MAX)]


class GuidelineOut(BaseModel):
    """The labelling standard, in Markdown."""

    version: str = Field(examples=["1"])
    text: str


class MemberIn(BaseModel):
    """What a person is."""

    role: Role = Role.ANNOTATOR
    queues: list[str] = Field(
        default_factory=list, max_length=200, description="Queues that they see; `*` is all.", examples=[[ALL_QUEUES]]
    )


class MemberOut(MemberIn):
    """A member."""

    person: str = Field(examples=["dana"])


class QueueIn(BaseModel):
    """The rules of a queue."""

    model_config = ConfigDict(extra="forbid")

    title: str | None = Field(None, min_length=1, max_length=200)
    strategy: Strategy = Field(description="Where its records come from; for good.", examples=["abstain"])
    biased: bool | None = Field(None, description="Whether its records were picked; all but a random sample are.")
    overlap: int = Field(1, ge=1, le=OVERLAP_MAX, description="How many people are given each record.")
    minimum_submitted: int | None = Field(
        None, ge=1, le=OVERLAP_MAX, description="Answers from which on a record is done; the overlap by default."
    )
    lock_seconds: int = Field(LOCK_SECONDS, ge=1, le=86_400, description="For how long a record is one person's alone.")
    random_share: float | None = Field(
        None, ge=0, le=0.9, description="Share of the tasks here that come from the random sample."
    )
    masked: bool = Field(False, description="Whether names and addresses are covered for annotators.")
    paused: bool = False
    labels: list[str] | None = Field(None, min_length=1, max_length=20, description="What may be said.")

    def rules(self) -> QueueRules:
        """The domain's view of it."""
        usual = QueueRules.of(self.strategy)
        return QueueRules(
            title=self.title or usual.title,
            strategy=self.strategy,
            biased=usual.biased if self.biased is None else self.biased,
            overlap=self.overlap,
            minimum_submitted=self.minimum_submitted or self.overlap,
            lock_seconds=self.lock_seconds,
            random_share=usual.random_share if self.random_share is None else self.random_share,
            masked=self.masked,
            paused=self.paused,
            labels=tuple(self.labels) if self.labels else usual.labels,
        )


class PlacesOut(BaseModel):
    """Places at records: one for each person that a record is to be given to."""

    open: int
    locked: int
    done: int
    closed: int = Field(description="Not needed any more, since enough people had answered.")
    set_aside: int = Field(description="Skipped by so many that a reviewer must look.")


class QueueOut(BaseModel):
    """A queue and how far it is."""

    queue: str
    title: str
    strategy: Strategy
    biased: bool
    overlap: int
    minimum_submitted: int
    lock_seconds: int
    random_share: float
    masked: bool
    paused: bool
    labels: list[str]
    records: int
    places: PlacesOut
    mine: int = Field(description="Places that you filled.")


class FillIn(BaseModel):
    """How much to look for."""

    size: int = Field(100, ge=1, le=FILL_MAX, description="Records to add at most.")
    documents: int = Field(200, ge=1, le=DOCUMENTS_MAX, description="Documents to read anew, the newest first.")
    seed: int = Field(0, ge=0, le=2**31, description="Of the random draw.")


class FilledOut(BaseModel):
    """What became of it."""

    added: int
    documents: int
    found: int = Field(description="Sentences that could have been added.")
    near_duplicates: int = Field(description="Of these, left out since they say the same as a chosen one.")
    random_added: int = Field(description="Records that the random sample got beside them.")


class PlaceIn(BaseModel):
    """A stretch of a stored document."""

    source: str = Field("file", max_length=64)
    document_id: str = Field(min_length=1, max_length=256)
    start: int = Field(ge=0)
    end: int = Field(ge=1)
    reason: str = Field("", max_length=300, examples=["found by “unhappy about approvals”"])

    def entity(self) -> Place:
        """The domain's view of it."""
        return Place(self.source, self.document_id, self.start, self.end, self.reason)


class PlacesIn(BaseModel):
    """Stretches to be judged, in this order."""

    places: list[PlaceIn] = Field(min_length=1, max_length=PLACES_MAX)


class RecordsIn(BaseModel):
    """Records of a file, each as `GET /v1/labeling/records` gives them; only `text` is required."""

    records: list[dict[str, Any]] = Field(min_length=1, max_length=RECORDS_MAX)


class ImportedOut(BaseModel):
    """How much of it was new."""

    records: int
    annotations: int


class SuggestionOut(BaseModel):
    """What the reader thinks, or what a person said in passing; it counts as nothing."""

    spans: list[SpanIn]
    scores: dict[str, float]
    model_version: str


class SpeakerOut(BaseModel):
    """Whose words they are."""

    name: str | None
    side: str


class RecordOut(BaseModel):
    """A passage to judge, `text[start:end]`, in its whole document."""

    record_id: uuid.UUID
    document_id: str
    source: str
    account_id: str
    kind: str
    occurred_at: datetime
    title: str | None
    text: str
    start: int
    end: int
    speaker: SpeakerOut
    suggestion: SuggestionOut | None
    suggested_by: str | None
    origin: str = Field(description="`random` is the unbiased sample.")


class AnnotationOut(BaseModel):
    """What somebody said."""

    annotation_id: uuid.UUID
    record_id: uuid.UUID
    annotator: str
    state: AnnotationState
    spans: list[SpanIn]
    guideline_version: str
    made_at: datetime
    seconds: float | None
    reason: str | None
    comment: str | None


class ReviewOut(BaseModel):
    """What a reviewer made of it."""

    review_id: uuid.UUID
    annotation_id: uuid.UUID | None
    reviewer: str
    verdict: Verdict
    spans: list[SpanIn] | None
    reason: str | None
    comment: str | None
    made_at: datetime


class CommentOut(BaseModel):
    """A remark."""

    person: str
    text: str
    made_at: datetime


class FullRecordOut(RecordOut):
    """A record with all that was said of it."""

    annotations: list[AnnotationOut]
    reviews: list[ReviewOut]
    comments: list[CommentOut]


class TaskOut(BaseModel):
    """A task in your hand until `lock_until`."""

    task_id: int = Field(description="Names the task and tells nothing else.", examples=[157_807_796_602_033])
    queue: str = Field(description="`random` where it is your share of the random sample.")
    reason: str = Field(description="Why you are asked.", examples=["workaround at 0.41: too close to call"])
    lock_until: datetime
    record: RecordOut
    explanation: dict[str, Any] = Field(description="What carried the reader's decision, by label.")
    draft: AnnotationOut | None
    equal: int = Field(description="So many others read the same; answer with `equal` to answer them too.")
    masked: bool


class NextOut(BaseModel):
    """The next task, or why there is none."""

    task: TaskOut | None
    why: str | None = Field(examples=["All of them have as many answers as they need."])


class AnswerIn(BaseModel):
    """What you say of a record. No spans says that nothing there is a signal."""

    model_config = ConfigDict(extra="forbid")

    spans: list[SpanIn] = Field(default_factory=list, max_length=SPANS_MAX)
    seconds: float | None = Field(None, ge=0, le=86_400, description="Time spent; measured if absent.")
    comment: Words | None = None

    def answer(self, state: AnnotationState, *, equal: bool = False) -> Answer:
        """The domain's view of it."""
        spans = tuple(span.entity() for span in self.spans)
        return Answer(state, spans, self.seconds, None, self.comment, equal)


class SubmitIn(AnswerIn):
    """An answer that counts."""

    equal: bool = Field(False, description="Answer all records that read the same.")


class SkipIn(BaseModel):
    """Why you can't tell."""

    reason: Words = Field(examples=["the sentence is cut off"])
    seconds: float | None = Field(None, ge=0, le=86_400)


class ReceiptOut(BaseModel):
    """What was written down."""

    annotation: AnnotationOut
    queue: str
    copies: int = Field(description="Equal sentences that were answered with it.")
    beyond_overlap: bool = Field(description="Others had taken all places meanwhile; it counts all the same.")


class CommentIn(BaseModel):
    """A remark."""

    text: Words


class ReviewIn(BaseModel):
    """A reviewer's decision on an answer, or, resolved, on the record."""

    verdict: Verdict
    annotation_id: uuid.UUID | None = None
    spans: list[SpanIn] | None = Field(None, max_length=SPANS_MAX, description="What holds, where it is resolved.")
    reason: Words | None = None
    comment: Words | None = None

    def entity(self) -> Review:
        """The domain's view of it."""
        spans = None if self.spans is None else tuple(span.entity() for span in self.spans)
        return Review(self.verdict, self.annotation_id, spans, self.reason, self.comment)


class CorrectionIn(BaseModel):
    """What is wrong with a document's signals. A place is given by offsets, or by quoting the words."""

    source: str = Field("file", max_length=64)
    document_id: str = Field(min_length=1, max_length=256)
    kind: CorrectionKind
    signal_id: uuid.UUID | None = None
    label: Label | None = None
    start: int | None = Field(None, ge=0)
    end: int | None = Field(None, ge=1)
    quote: str | None = Field(None, max_length=10_000)
    near: int = Field(0, ge=0)
    comment: Words | None = None

    def entity(self) -> Correction:
        """The domain's view of it."""
        return Correction(
            self.kind, self.signal_id, self.label, self.start, self.end, self.quote, self.near, self.comment
        )


class CorrectedOut(BaseModel):
    """Where it went: a labeler will confirm it or not."""

    record_id: uuid.UUID
    queue: str
    start: int
    end: int
    spans: list[SpanIn]


PersonName = Annotated[str, StringConstraints(min_length=1, max_length=PERSON_MAX)]
