"""What the endpoints of model versions take and answer with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from core.entities import OperatingPoint
from pipelines.learn.jobs import JobKind
from pipelines.learn.preview import DOCUMENTS, DOCUMENTS_MAX
from pipelines.learn.service import EPOCHS_MAX, REASON_MAX, REASON_MIN

VERSION = "2026.11.4+heads.3"


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TrainIn(_In):
    """What to train on, and how much of the reader."""

    snapshot: int | None = Field(None, description="Its number; the newest by default.", examples=[3])
    full: bool = Field(False, description="The whole reader: hours, and needs the training packages.")
    epochs: int | None = Field(None, ge=1, le=EPOCHS_MAX, description="Of full training.")


class CompareIn(_In):
    """On whose test set."""

    snapshot: int | None = Field(None, description="Its number; the newest by default.")


class PreviewIn(_In):
    """On how much of the past."""

    documents: int = Field(DOCUMENTS, ge=1, le=DOCUMENTS_MAX)


class PromoteIn(_In):
    """Why the gate is overridden, if it is. The name is that of the key's person."""

    override_reason: str | None = Field(
        None, min_length=REASON_MIN, max_length=REASON_MAX, examples=["The test set is still small; reviewed by hand."]
    )


class RollbackIn(_In):
    """Why, if it is to be remembered."""

    reason: str | None = Field(None, max_length=REASON_MAX)


class ChallengeIn(_In):
    """Which version reads new documents beside the champion."""

    version: str | None = Field(description="Nothing ends it.", examples=[VERSION])


class GainOut(BaseModel):
    """F1 of both, the difference, and its 95 % interval."""

    name: str = Field(examples=["workaround"])
    champion: float
    candidate: float
    difference: float
    low: float
    high: float
    mentions: int
    words: str


class TestSetOut(BaseModel):
    """How much was judged."""

    passages: int
    documents: int
    accounts: int


class ComparisonOut(BaseModel):
    """Candidate against champion, and the verdict."""

    comparison_id: str
    snapshot: int | None
    champion: str
    candidate: str
    promote: bool
    words: str = Field(examples=["The candidate may not be promoted: the gain is not sure: …"])
    reasons: list[str]
    overall: GainOut
    labels: list[GainOut]
    slices: list[GainOut]
    margin: float = Field(description="By how much F1 of a label may fall.")
    test_set: TestSetOut
    operating_point: OperatingPoint
    made_by: str
    made_at: datetime


class VersionOut(BaseModel):
    """A version. Of the shipped reader only its name is told here; `GET /v1/model` tells more."""

    version: str = Field(examples=[VERSION])
    kind: str = Field(description="`heads`, `full` or `shipped`.")
    accounts: int = Field(description="How many accounts its signals are served of.")
    base_version: str | None = None
    parent: str | None = Field(None, description="What served when it was trained.")
    snapshot: int | None = None
    digest: str | None = None
    figures: dict[str, Any] | None = Field(None, description="What became of each label, and what it was learned from.")
    made_by: str | None = None
    made_at: datetime | None = None
    comparison: ComparisonOut | None = Field(None, description="The last one with what serves now.")


class VersionsOut(BaseModel):
    """What serves, and all there is."""

    serving: str
    champion: str = Field(description="What was promoted; the same as `serving`, unless that can't serve here.")
    out_of_service: str | None = Field(description="Why it can't.")
    challenger: str | None
    accounts_by_version: dict[str, int]
    versions: list[VersionOut]


class ProgressOut(BaseModel):
    """How far a job is."""

    done: int
    total: int | None
    doing: str | None


class JobOut(BaseModel):
    """Work in the background."""

    job_id: int
    kind: JobKind
    arguments: dict[str, Any]
    state: str = Field(description="`queued`, `running`, `done`, `failed` or `cancelled`.")
    progress: ProgressOut
    result: dict[str, Any] | None = Field(description="By kind: a version, a comparison, a preview, a count.")
    error: str | None
    made_by: str
    created_at: datetime
    finished_at: datetime | None


class TurnOut(BaseModel):
    """What was put into production, and the job that brings past documents to it."""

    action: str
    serves: str
    before: str
    overridden: bool
    reason: str | None
    person: str
    at: datetime
    job_id: int


class EventOut(BaseModel):
    """What an alias stood for from a moment on."""

    event_id: int
    alias: str
    action: str
    version: str | None
    before: str | None
    comparison_id: str | None
    overridden: bool
    reason: str | None
    person: str
    at: datetime


class AgreementOut(BaseModel):
    """Signals of a label that both find, or one alone; `agreement` is the share of the first."""

    both: int
    only_champion: int
    only_challenger: int
    agreement: float | None


class ShadowOut(BaseModel):
    """How far the challenger agrees on what came in."""

    challenger: str | None
    champion: str
    since: datetime | None
    documents: int
    waiting: int
    labels: dict[str, AgreementOut]
    differences: list[dict[str, Any]]
