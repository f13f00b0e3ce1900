"""The domain in plain, frozen types.

Everything that flows through the product is one of these; they hold no behaviour beyond what keeps them valid.

    Document --read--> ReadDocument(sentences, coverage) --classify--> Signal --aggregate--> AccountRisk

Offsets are half-open ranges of Unicode code points into ``Document.text`` exactly as it was delivered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What sort of text a document is; it decides how it is read."""

    MEETING_NOTE = "meeting_note"
    SUPPORT_TICKET = "support_ticket"
    EMAIL = "email"
    CALL_TRANSCRIPT = "call_transcript"


class Side(StrEnum):
    """Whose words they are: the customer's, ours, or not known."""

    ACCOUNT = "account"
    VENDOR = "vendor"
    UNKNOWN = "unknown"


class Label(StrEnum):
    """The four signals of the labelling standard."""

    COMPETITIVE_MENTION = "competitive_mention"
    VENDOR_CONSOLIDATION = "vendor_consolidation"
    WORKAROUND = "workaround"
    UNBUILT_FEATURE_REQUEST = "unbuilt_feature_request"


class Seniority(StrEnum):
    """How much a person decides, as far as a title shows."""

    EXECUTIVE = "executive"
    DIRECTOR = "director"
    MANAGER = "manager"
    INDIVIDUAL = "individual"
    UNKNOWN = "unknown"


class QuietKind(StrEnum):
    """Signals that stand in no sentence: read off who takes part, how often and how much."""

    SENIORITY_FALLING = "seniority_falling"
    FEWER_ATTENDEES = "fewer_attendees"
    REVIEWS_SHORTER = "reviews_shorter"
    REVIEWS_RARER = "reviews_rarer"
    CONTACT_SILENT = "contact_silent"
    FEWER_TOPICS = "fewer_topics"
    ONE_SIDED = "one_sided"
    STOPPED_ASKING = "stopped_asking"


class SkipReason(StrEnum):
    """Why a stretch of a document is not read for signals."""

    QUOTED_HISTORY = "quoted_history"
    FORWARDED = "forwarded"
    SIGNATURE = "signature"
    DISCLAIMER = "disclaimer"
    AUTO_REPLY = "auto_reply"
    MACRO = "macro"
    HEADER = "header"
    LOG_OR_CODE = "log_or_code"
    SPEAKER_LINE = "speaker_line"
    MARKUP = "markup"
    LANGUAGE = "language"
    BLANK = "blank"


class Tier(StrEnum):
    """How an account is served; policy depends on it."""

    STANDARD = "standard"
    BEST_CUSTOMER = "best_customer"


class OperatingPoint(StrEnum):
    """How sure the reader must be before a probability becomes a signal."""

    HIGH_PRECISION = "high_precision"
    BALANCED = "balanced"
    HIGH_RECALL = "high_recall"


class RequestStatus(StrEnum):
    """What becomes of a feature request."""

    OPEN = "open"
    PLANNED = "planned"
    SHIPPED = "shipped"
    DECLINED = "declined"


class AlertState(StrEnum):
    """Where an alert stands; one that is held back waits for room in its owner's week."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    HELD = "held"
    RESOLVED = "resolved"


class ReaderName(StrEnum):
    """The readers that are shipped."""

    FAST = "fast"
    ACCURATE = "accurate"


class RiskLevel(StrEnum):
    """The three levels an account can be at."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range ``[start, end)`` of code points."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: [{self.start}, {self.end})")

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, text: str) -> str:
        """The characters of ``text`` that this span covers."""
        return text[self.start : self.end]

    def overlap(self, other: Span) -> int:
        """How many characters both spans cover."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))


@dataclass(frozen=True, slots=True)
class Participant:
    """A person in a document: its author, an attendee, a correspondent."""

    name: str
    email: str | None = None
    title: str | None = None
    side: Side = Side.UNKNOWN


@dataclass(frozen=True, slots=True)
class Document:
    """One text as a source delivered it. ``occurred_at`` is always zoned."""

    id: str
    account_id: str
    kind: Kind
    occurred_at: datetime
    text: str
    source: str = "file"
    account_name: str | None = None
    title: str | None = None
    author: Participant | None = None
    participants: tuple[Participant, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """What makes an account one of the best, as far as its list says. NPS from 0 to 10, tenure in years."""

    strategic: bool = False
    active_reference: bool = False
    nps: float | None = None
    tenure_years: float | None = None
    customer_since: date | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A customer of the vendor. Money is in US dollars a year; ``tier`` is a person's word, where there is one."""

    id: str
    name: str | None = None
    tier: Tier | None = None
    arr_usd: float | None = None
    owner: str | None = None
    segment: str | None = None
    renewal_date: datetime | None = None
    standing: Standing = Standing()
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who said a sentence, as far as the document shows."""

    name: str | None
    side: Side


@dataclass(frozen=True, slots=True)
class Sentence:
    """A stretch of the delivered text that is read as one statement.

    ``span`` never includes leading or trailing white space. ``block`` numbers the paragraph, utterance, comment or
    bullet group it belongs to, so that context does not jump from one person's words to another's unseen.
    """

    span: Span
    speaker: Speaker
    block: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """A stretch that was not read, and why."""

    span: Span
    reason: SkipReason


@dataclass(frozen=True, slots=True)
class Coverage:
    """What became of every character of a document: ``read + sum(skipped.values()) == characters``."""

    characters: int
    read: int
    skipped: Mapping[SkipReason, int]
    language: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document taken apart: sentences in text order, and all that was skipped."""

    sentences: tuple[Sentence, ...]
    skipped: tuple[Skipped, ...]
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class Carrier:
    """A word of the evidence and its share, 0 to 1, in what pulled the decision up."""

    start: int
    end: int
    text: str
    share: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """What carried a decision, as computed by the reader and never made up afterwards.

    ``context`` is the stretch of the document that was read together with the evidence.
    """

    threshold: float
    words: tuple[Carrier, ...] = ()
    known_names: tuple[str, ...] = ()
    context: Span | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """One mention of one label, with the sentence as evidence: ``text == document.text[start:end]`` always."""

    label: Label
    start: int
    end: int
    text: str
    score: float
    attributes: Mapping[str, Any]
    explanation: Explanation
    model_version: str
    speaker: Speaker | None = None
