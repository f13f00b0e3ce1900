"""Snapshots of labels: frozen, hashed, parted by account. Admins of labeling make them, reviewers see them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from api.deps import LabelerDep, ServicesDep
from api.problems import PROBLEMS
from labeling.members import Role
from labeling.snapshots.service import NOTE_MAX, snapshot_json

router = APIRouter(prefix="/labeling/snapshots", responses=PROBLEMS, tags=["labeling"])


class SnapshotIn(BaseModel):
    """What to call it."""

    model_config = ConfigDict(extra="forbid")

    note: str | None = Field(None, max_length=NOTE_MAX, examples=["after the second week"])


class SplitOut(BaseModel):
    """How much there is of a split: passages, accounts, passages without a signal, and with each label."""

    items: int
    accounts: int
    empty: int
    positives: dict[str, int]


class CountsOut(BaseModel):
    """What is in a snapshot, and what was left out."""

    items: int
    documents: int
    accounts: int
    people: int
    splits: dict[str, SplitOut] = Field(
        description="`train`; `test`, the random sample in accounts that are never trained on; `reserve`, that in the "
        "others; `held_back`, what was picked in accounts for testing."
    )
    sources: dict[str, int] = Field(description="Where answers come from; unresolved ones were left out.")
    guidelines: dict[str, int] = Field(description="Answers by the version of the guideline.")
    notes: list[str]


class SnapshotOut(BaseModel):
    """A snapshot. The same labels have the same digest."""

    number: int = Field(examples=[3])
    snapshot_id: str
    digest: str = Field(description="SHA-256 over all items.")
    guideline_version: str
    counts: CountsOut
    note: str | None
    made_by: str
    made_at: datetime


class CheckedOut(BaseModel):
    """Whether every hash still holds."""

    whole: bool
    items: int
    forgotten: int = Field(description="Items whose document was deleted since.")
    changed: int


@router.get("", response_model=list[SnapshotOut])
def list_snapshots(services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """All snapshots, the newest first. Reviewers and admins."""
    found = services.labeling.snapshots.list(labeler.tenant_id, labeler.member)
    return JSONResponse([snapshot_json(snapshot) for snapshot in found])


@router.post("", response_model=SnapshotOut, status_code=201)
def make_snapshot(body: SnapshotIn, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """Freeze what people have said so far. 200 if the same labels were frozen before. Admins only."""
    snapshot, fresh = services.labeling.snapshots.make(labeler.tenant_id, labeler.member, body.note)
    return JSONResponse(snapshot_json(snapshot), status_code=201 if fresh else 200)


@router.get("/{number}", response_model=SnapshotOut)
def get_snapshot(number: int, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """One snapshot. Reviewers and admins."""
    labeler.member.require(Role.REVIEWER)
    return JSONResponse(snapshot_json(services.labeling.snapshots.one(labeler.tenant_id, number)))


@router.get("/{number}/check", response_model=CheckedOut)
def check_snapshot(number: int, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """Compute every hash anew. Reviewers and admins."""
    labeler.member.require(Role.REVIEWER)
    snapshot = services.labeling.snapshots.one(labeler.tenant_id, number)
    return JSONResponse(asdict(services.labeling.snapshots.check(labeler.tenant_id, snapshot)))


@router.get("/{number}/items", response_class=StreamingResponse)
def export_snapshot(number: int, services: ServicesDep, labeler: LabelerDep) -> StreamingResponse:
    """Its items as JSON Lines, each with its document, split and answer. Admins only."""
    labeler.member.require(Role.ADMIN)
    snapshot = services.labeling.snapshots.one(labeler.tenant_id, number)
    lines = services.labeling.snapshots.lines(labeler.tenant_id, labeler.member, snapshot)
    return StreamingResponse(_written(lines), media_type="application/x-ndjson")


def _written(lines: Iterator[dict[str, Any]]) -> Iterator[str]:
    return (json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
