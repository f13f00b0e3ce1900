"""What version 1 answers with. Requests use the contracts in ``core.contracts``."""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, Field

from api.problems import Problem
from core.contracts import AccountIn
from core.custom_labels import CustomLabel
from core.entities import Kind, Label, QuietKind, RiskLevel, Seniority, Side, Tier
from pipelines.ingest.service import BATCH_MAX
from pipelines.playbook.policy import Trigger

EXTRACT_BATCH_MAX = 100

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T]
    next_cursor: str | None = Field(None, description="Ask for the next page with `?cursor=`; absent on the last.")


class Receipt(BaseModel):
    """What became of one document."""

    source: str = Field(examples=["zendesk"])
    id: str = Field(examples=["zendesk-4711"])
    outcome: Literal["created", "updated", "unchanged", "rejected"]
    revision: int | None = Field(None, examples=[1])
    problem: Problem | None = None


class Batch(BaseModel):
    """Up to a thousand documents. Each is judged by itself: a bad one does not keep the others out."""

    documents: list[Any] = Field(min_length=1, max_length=BATCH_MAX)


class BatchReceipt(BaseModel):
    """One receipt per document, in the order sent."""

    results: list[Receipt]


class ExtractBatch(BaseModel):
    """Up to a hundred documents to read on the spot; nothing is stored."""

    documents: list[Any] = Field(min_length=1, max_length=EXTRACT_BATCH_MAX)


class AccountList(BaseModel):
    """Up to a thousand accounts."""

    accounts: list[AccountIn] = Field(min_length=1, max_length=BATCH_MAX)


class SpeakerOut(BaseModel):
    """Who said it, as far as the document shows."""

    name: str | None
    side: Side


class WordOut(BaseModel):
    """A word and its share in the decision."""

    start: int
    end: int
    text: str
    share: float


class ContextOut(BaseModel):
    """The stretch that was read together with the evidence."""

    start: int
    end: int


class ExplanationOut(BaseModel):
    """What carried the decision."""

    threshold: float
    words: list[WordOut]
    known_names: list[str]
    context: ContextOut | None


class SignalOut(BaseModel):
    """One mention of one label: `text == document.text[start:end]`, in Unicode code points.

    The score is a calibrated probability; of a signal of your own, `custom:…`, it is how sure its head is.
    """

    label: Label | CustomLabel
    start: int = Field(examples=[0])
    end: int = Field(examples=[67])
    text: str = Field(examples=["Our new CFO wants every team to defend its subscriptions by March."])
    score: float = Field(examples=[0.93])
    speaker: SpeakerOut | None
    attributes: dict[str, Any] = Field(examples=[{"direction": "away_from_us", "driver": "finance"}])
    explanation: ExplanationOut
    model_version: str


class CoverageOut(BaseModel):
    """What was read and what was skipped, in characters."""

    characters: int
    read: int
    skipped: dict[str, int]
    language: str | None
    notes: list[str]


class ReadCoverageOut(CoverageOut):
    """Coverage with the number of sentences read."""

    sentences: int


class ExtractionOut(BaseModel):
    """What one document says."""

    id: str
    account_id: str
    signals: list[SignalOut]
    coverage: ReadCoverageOut


class ExtractionBatchOut(BaseModel):
    """One result per document, in the order sent: an extraction, or a problem under `problem`."""

    results: list[ExtractionOut | dict[str, Any]]


class DocumentRefOut(BaseModel):
    """Names a document."""

    source: str
    id: str


class StoredSignalOut(SignalOut):
    """A signal with where it comes from."""

    signal_id: str
    document: DocumentRefOut
    account_id: str
    kind: Kind
    occurred_at: str


class SaidOut(BaseModel):
    """A sentence of a document, and who said it when."""

    document_id: str
    start: int
    end: int
    text: str
    occurred_at: str
    speaker: str | None
    attributes: dict[str, Any]


class EvidenceOut(SaidOut):
    """A sentence behind a driver, and its points."""

    points: float


class DriverOut(BaseModel):
    """What raises the risk: a label, or the name of a combination."""

    label: str = Field(examples=["vendor_consolidation"])
    contribution: float
    trend: Literal["new", "rising", "steady", "falling"]
    evidence: list[EvidenceOut]


class ContributionOut(BaseModel):
    """A named part of the score; all of them sum to it."""

    name: str
    points: float


class IntervalOut(BaseModel):
    """Bounds of the score at 90 %, given how sure the reader was of each signal."""

    low: float
    high: float


class HiddenOut(BaseModel):
    """A part of the text, and by how much the probability falls when it is hidden."""

    start: int
    end: int
    text: str
    drop: float


class WhyOut(BaseModel):
    """What carried a signal, strongest first."""

    signal_id: str
    label: Label
    probability: float
    words: list[HiddenOut]
    context: list[HiddenOut]


class ContactOut(BaseModel):
    """A person of the account."""

    name: str
    title: str | None
    seniority: Seniority


class QuietOut(BaseModel):
    """Something that became less: since when, from how much to how much, and how often chance would look so."""

    kind: QuietKind
    since: str
    chance: float = Field(ge=0, le=1)
    before: float
    after: float
    contact: ContactOut | None
    documents: list[str]


class ActionOut(BaseModel):
    """What the policy asks for; ``driver`` is what asks, a label or something that became less."""

    driver: Trigger
    action: str
    owner: str
    due: str


class RiskOut(BaseModel):
    """The risk of an account as of a moment."""

    account_id: str
    as_of: str
    level: RiskLevel
    held_since: str | None = Field(default=None, description="Set where the level is kept from an earlier day")
    score: float = Field(ge=0, le=100)
    interval: IntervalOut
    drivers: list[DriverOut]
    combinations: list[DriverOut]
    quiet_signals: list[QuietOut]
    contributions: list[ContributionOut]
    recommended_actions: list[ActionOut]
    documents: int
    parameters_version: str


class RiskSummaryOut(BaseModel):
    """A risk in a line."""

    as_of: str
    level: RiskLevel
    score: float


class StepOut(BaseModel):
    """A part of a change: what faded, was resolved by good news, was added, or was crowded by what was added."""

    kind: Literal["faded", "resolved", "added", "crowded"]
    name: str
    points: float
    evidence: SaidOut | None


class ChangeOut(BaseModel):
    """Why a score changed between two moments; the points of the steps sum to the difference."""

    account_id: str
    before: RiskSummaryOut
    after: RiskSummaryOut
    difference: float
    steps: list[StepOut]


class AccountOut(BaseModel):
    """An account with its latest risk; `risk` is empty until a document of it was read."""

    account_id: str
    account_name: str | None
    tier: Tier
    tier_stated: bool = Field(description="Whether your list said so; else the policy did.")
    arr_usd: float | None
    owner: str | None
    segment: str | None
    renewal_date: str | None
    strategic: bool
    active_reference: bool
    nps: float | None
    tenure_years: float | None
    customer_since: str | None
    metadata: dict[str, Any]
    change: float | None = Field(description="Points gained over the thirty days before the risk was computed.")
    history: list[float] = Field(description="Scores every thirty days up to the latest.")
    risk: RiskOut | None


class OneAccountOut(AccountOut):
    """An account, and why the policy takes it for one of the best."""

    best_customer_because: list[str]


class DocumentOut(BaseModel):
    """A stored document, without its text."""

    source: str
    id: str
    account_id: str
    kind: Kind
    occurred_at: str
    title: str | None
    revision: int
    status: Literal["waiting", "read"]
    coverage: CoverageOut | None
    signal_count: int


class FullDocumentOut(DocumentOut):
    """A stored document with its text and signals."""

    text: str
    metadata: dict[str, Any]
    author: dict[str, Any] | None
    participants: list[dict[str, Any]]
    signals: list[StoredSignalOut]
