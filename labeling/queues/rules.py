"""What a queue is: where its records come from, and how many people see each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.entities import Label
from core.errors import InputError
from core.tables_labeling import LabelQueueRow

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
RESERVED = frozenset({"adjudicate", "functions", "models", "quality", "signals"})
"""Pages stand beside those of queues."""
LOCK_SECONDS = 900
RANDOM_SHARE = 0.2
OVERLAP_MAX = 20
LABELS_MAX = 20


class Strategy(StrEnum):
    """Where the records of a queue come from. Only ``random`` can measure anything; all others picked."""

    CORRECTIONS = "corrections"
    ABSTAIN = "abstain"
    DISAGREEMENT = "disagreement"
    DIVERSE = "diverse"
    RANDOM = "random"
    SEARCH = "search"
    IMPORTED = "imported"
    ISSUES = "issues"
    WEAK = "weak"
    CUSTOM = "custom"


TITLES = {
    Strategy.CORRECTIONS: "Corrections from pages",
    Strategy.ABSTAIN: "Unsure: between the thresholds",
    Strategy.DISAGREEMENT: "The two readers disagree",
    Strategy.DIVERSE: "Unsure, and each unlike the others",
    Strategy.RANDOM: "Random sample",
    Strategy.SEARCH: "Found by search",
    Strategy.IMPORTED: "Imported",
    Strategy.ISSUES: "A second look: probably wrong",
    Strategy.WEAK: "Labeling functions say so",
    Strategy.CUSTOM: "A signal of your own",
}
CUSTOM_QUEUE = "signal-"


@dataclass(frozen=True, slots=True)
class QueueRules:
    """How a queue works.

    Attributes:
        title: what people see.
        strategy: where its records come from.
        biased: whether what is in it was picked; such records never measure a reader.
        overlap: how many people are given each record.
        minimum_submitted: from how many answers on a record is done and leaves the queue.
        lock_seconds: for how long a record is one person's alone.
        random_share: this share of the tasks handed out here comes from the random sample.
        masked: whether names and addresses are covered for annotators.
        paused: nothing is handed out.
        labels: what may be said.
    """

    title: str
    strategy: Strategy
    biased: bool
    overlap: int = 1
    minimum_submitted: int = 1
    lock_seconds: int = LOCK_SECONDS
    random_share: float = 0.0
    masked: bool = False
    paused: bool = False
    labels: tuple[str, ...] = tuple(label.value for label in Label)

    def __post_init__(self) -> None:
        if not 1 <= self.overlap <= OVERLAP_MAX:
            raise InputError(f"must be 1 to {OVERLAP_MAX}", where="overlap")
        if not 1 <= self.minimum_submitted <= self.overlap:
            raise InputError("must be 1 to the overlap", where="minimum_submitted")
        if not 0 <= self.random_share <= 0.9:
            raise InputError("must be 0 to 0.9", where="random_share")
        if self.strategy is Strategy.RANDOM and self.biased:
            raise InputError("a random sample is not biased", where="biased")
        if not 0 < len(self.labels) <= LABELS_MAX:
            raise InputError(f"must be 1 to {LABELS_MAX} labels", where="labels")

    @classmethod
    def of(cls, strategy: Strategy) -> QueueRules:
        """The rules that a queue of this strategy begins with."""
        drawn = strategy in {Strategy.ABSTAIN, Strategy.DISAGREEMENT, Strategy.DIVERSE, Strategy.WEAK}
        return cls(
            title=TITLES[strategy],
            strategy=strategy,
            biased=strategy is not Strategy.RANDOM,
            random_share=RANDOM_SHARE if drawn else 0.0,
        )

    def values(self) -> dict[str, Any]:
        """The columns."""
        return {
            "title": self.title,
            "strategy": self.strategy.value,
            "biased": self.biased,
            "overlap": self.overlap,
            "minimum_submitted": self.minimum_submitted,
            "lock_seconds": self.lock_seconds,
            "random_share": self.random_share,
            "masked": self.masked,
            "paused": self.paused,
            "labels": list(self.labels),
        }


def rules_of(row: LabelQueueRow) -> QueueRules:
    """A stored queue's rules."""
    return QueueRules(
        title=row.title,
        strategy=Strategy(row.strategy),
        biased=row.biased,
        overlap=row.overlap,
        minimum_submitted=row.minimum_submitted,
        lock_seconds=row.lock_seconds,
        random_share=row.random_share,
        masked=row.masked,
        paused=row.paused,
        labels=tuple(str(label) for label in row.labels),
    )


def checked_name(name: str) -> str:
    """A queue's name, fit for an address.

    Raises:
        InputError: if it is not.
    """
    if name in RESERVED:
        raise InputError(f"{name!r} is the name of a page", where="queue", remedy="take another")
    if not NAME.fullmatch(name):
        raise InputError("a name has up to 63 of a-z, 0-9, - and _", where="queue", remedy="such as renewals-2026")
    return name


def queue_of_signal(slug: str) -> str:
    """The queue that asks for a signal of a workspace's own."""
    return CUSTOM_QUEUE + slug


def asked_in(row: LabelQueueRow) -> str:
    """Names a queue whose question is another than that of all others; empty for those that ask for the standard."""
    return row.queue if row.strategy == Strategy.CUSTOM.value else ""


def random_turn(share: float, own: int, drawn: int) -> bool:
    """Whether the next task comes from the random sample, so that its share among a person's decisions stays level."""
    return share > 0 and drawn + 1 <= share * (own + drawn + 1)


def random_for(share: float, own: int) -> int:
    """How many random records stand beside ``own`` picked ones."""
    return round(own * share / (1 - share)) if share else 0
