"""A workspace to label in: an admin, queues with records, a clock that tests own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from core.clock import Clock
from core.db import Store
from core.settings import Settings
from labeling.contracts import Incoming, incoming, parse_record
from labeling.members import ALL_QUEUES, Member, Role
from labeling.queues.rules import QueueRules, Strategy
from labeling.records import AnnotationState, LabelledSpan
from labeling.service import Answer, Handed
from labeling.services import Labeling
from nlp.extract import SignalReader
from pipelines.services import Services, open_services

ADMIN = Member("ada", Role.ADMIN)
ANA = Member("ana", Role.ANNOTATOR, frozenset({ALL_QUEUES}))
BEN = Member("ben", Role.ANNOTATOR, frozenset({ALL_QUEUES}))
CLEO = Member("cleo", Role.ANNOTATOR, frozenset({ALL_QUEUES}))
RITA = Member("rita", Role.REVIEWER, frozenset({ALL_QUEUES}))


@dataclass
class HandClock:
    """A clock that moves when told."""

    now: datetime = field(default_factory=lambda: datetime(2026, 3, 2, 12, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def hand_clock() -> HandClock:
    return HandClock()


@pytest.fixture
def services(settings: Settings, store: Store, reader: SignalReader, tenant: str, hand_clock: Clock) -> Services:
    """Services of a fresh tenant whose clock a test moves."""
    built = open_services(settings.model_copy(update={"tenant": tenant}), store=store, clock=hand_clock)
    built.workspace._base = reader
    return built


@pytest.fixture
def labeling(services: Services) -> Labeling:
    return services.labeling


@pytest.fixture
def make_queue(labeling: Labeling, tenant: str) -> Callable[..., str]:
    """Makes a queue of imported texts; returns its name."""

    def make(*texts: str, name: str = "work", strategy: Strategy = Strategy.IMPORTED, **rules: object) -> str:
        plain = {"title": name, "strategy": strategy, "biased": strategy is not Strategy.RANDOM}
        labeling.queues.put(tenant, ADMIN, name, QueueRules(**plain | rules))
        labeling.archive.add(tenant, ADMIN, name, [record(text, f"{name}-{at}") for at, text in enumerate(texts)])
        return name

    return make


def record(text: str, document_id: str, **more: object) -> Incoming:
    """A record to import, from a fixed day."""
    facts = {"text": text, "document_id": document_id, "occurred_at": "2026-03-01T09:00:00+00:00", **more}
    return incoming(parse_record(facts), datetime(2026, 3, 1, tzinfo=UTC))


def submitted(*spans: tuple[str, int, int], **more: object) -> Answer:
    """An answer with these labels."""
    return Answer(AnnotationState.SUBMITTED, tuple(LabelledSpan(*span, {}) for span in spans), **more)


SKIPPED = Answer(AnnotationState.SKIPPED, reason="can't tell")


def handed(labeling: Labeling, tenant: str, member: Member, name: str) -> Handed:
    """The next task, which there must be."""
    task = labeling.tasks.next(tenant, member, name)
    assert isinstance(task, Handed), task
    return task
