"""Model versions: train, compare, preview, promote, roll back; what was in production when; the challenger.

Whoever may read sees them; admins of labeling change them. What takes longer than a request is a job.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from api.deps import DEFAULT_LIMIT, Cursor, Labeler, LabelerDep, Limit, ReadCaller, ServicesDep
from api.problems import PROBLEMS
from api.v1.models_schemas import (
    ChallengeIn,
    CompareIn,
    ComparisonOut,
    EventOut,
    JobOut,
    PreviewIn,
    PromoteIn,
    RollbackIn,
    ShadowOut,
    TrainIn,
    TurnOut,
    VersionOut,
    VersionsOut,
)
from api.v1.schemas import Page
from labeling.members import Role
from pipelines.learn.jobs import JobKind
from pipelines.learn.service import Override
from pipelines.services import Services

router = APIRouter(prefix="/models", responses=PROBLEMS, tags=["models"])


@router.get("", response_model=VersionsOut)
def list_versions(services: ServicesDep, caller: ReadCaller) -> JSONResponse:
    """What serves, and all versions, the newest first."""
    return JSONResponse(services.learning.models.overview(caller.tenant_id))


@router.post("/train", response_model=JobOut, status_code=202)
def train(body: TrainIn, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """Train a candidate on a snapshot: heads in seconds to minutes, or the whole reader. Admins only."""
    started = services.learning.models.start_training(
        labeler.tenant_id, labeler.member, snapshot=body.snapshot, full=body.full, epochs=body.epochs
    )
    return _queued(services, labeler, started)


@router.post("/reread", response_model=JobOut, status_code=202)
def reread(services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """Bring all accounts to what serves; after a promotion that begins by itself. Admins only."""
    return _queued(services, labeler, services.learning.models.start_rereading(labeler.tenant_id, labeler.member))


@router.post("/rollback", response_model=TurnOut)
def rollback(body: RollbackIn, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """Put what served before back into production. Admins only."""
    return JSONResponse(services.learning.models.rollback(labeler.tenant_id, labeler.member, body.reason))


@router.get("/history", response_model=Page[EventOut])
def history(
    services: ServicesDep, caller: ReadCaller, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> JSONResponse:
    """What was in production when, and who said so, the newest first."""
    page = services.learning.models.history(caller.tenant_id, limit=limit, cursor=cursor)
    return JSONResponse({"items": list(page.items), "next_cursor": page.next_cursor})


@router.get("/comparisons", response_model=Page[ComparisonOut])
def list_comparisons(
    services: ServicesDep,
    caller: ReadCaller,
    candidate: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> JSONResponse:
    """Comparisons, the newest first."""
    page = services.learning.models.comparisons(caller.tenant_id, candidate, limit=limit, cursor=cursor)
    return JSONResponse({"items": list(page.items), "next_cursor": page.next_cursor})


@router.get("/shadow", response_model=ShadowOut)
def shadow(services: ServicesDep, caller: ReadCaller) -> JSONResponse:
    """How far the challenger agrees with the champion on what came in; what it finds is never served."""
    return JSONResponse(services.learning.shadow.report(caller.tenant_id))


@router.put("/challenger")
def challenge(body: ChallengeIn, services: ServicesDep, labeler: LabelerDep) -> dict[str, str | None]:
    """Let a version read new documents beside the champion, or end that. Admins only."""
    return services.learning.models.challenge(labeler.tenant_id, labeler.member, body.version)


@router.get("/jobs", response_model=Page[JobOut])
def list_jobs(
    services: ServicesDep,
    labeler: LabelerDep,
    kind: JobKind | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> JSONResponse:
    """Work in the background, the newest first. Reviewers and admins."""
    labeler.member.require(Role.REVIEWER)
    page = services.learning.jobs.page(labeler.tenant_id, kind, limit=limit, cursor=cursor)
    return JSONResponse({"items": list(page.items), "next_cursor": page.next_cursor})


@router.get("/jobs/{job_id}", response_model=JobOut)
def get_job(job_id: int, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """One job: how far it is, and what came out. Reviewers and admins."""
    labeler.member.require(Role.REVIEWER)
    return JSONResponse(job_shown(services, labeler.tenant_id, job_id))


@router.post("/jobs/{job_id}/cancel", response_model=JobOut)
def cancel_job(job_id: int, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """Let a job be. What a re-reading has done stays; another goes on from there. Admins only."""
    labeler.member.require(Role.ADMIN)
    return JSONResponse(services.learning.jobs.cancel(labeler.tenant_id, job_id))


@router.get("/{version}", response_model=VersionOut)
def get_version(version: str, services: ServicesDep, caller: ReadCaller) -> JSONResponse:
    """One version, with its last comparison with what serves."""
    return JSONResponse(services.learning.models.one(caller.tenant_id, version))


@router.post("/{version}/compare", response_model=JobOut, status_code=202)
def compare(version: str, body: CompareIn, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """Compare a version with what serves, on a frozen test set that neither was trained on. Admins only."""
    started = services.learning.models.start_comparing(
        labeler.tenant_id, labeler.member, version, snapshot=body.snapshot
    )
    return _queued(services, labeler, started)


@router.post("/{version}/preview", response_model=JobOut, status_code=202)
def preview(version: str, body: PreviewIn, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """What a promotion would change on past documents: signals, and levels of accounts. Admins only."""
    started = services.learning.models.start_preview(
        labeler.tenant_id, labeler.member, version, documents=body.documents
    )
    return _queued(services, labeler, started)


@router.post("/{version}/promote", response_model=TurnOut)
def promote(version: str, body: PromoteIn, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """Put a version into production. 409 with the reasons where the gate refuses it. Admins only."""
    override = Override(body.override_reason) if body.override_reason else None
    return JSONResponse(services.learning.models.promote(labeler.tenant_id, labeler.member, version, override))


def job_shown(services: Services, tenant_id: str, job_id: int) -> dict[str, Any]:
    """A job as it goes out; a preview with the words of its signals."""
    job = services.learning.jobs.one(tenant_id, job_id)
    if job["kind"] == JobKind.PREVIEW.value and job["result"]:
        job["result"] = services.learning.previews.shown(tenant_id, job["result"])
    return job


def _queued(services: Services, labeler: Labeler, started: tuple[JobKind, dict[str, Any]]) -> JSONResponse:
    kind, arguments = started
    job_id = services.learning.jobs.add(labeler.tenant_id, kind, arguments, labeler.member.person)
    return JSONResponse(services.learning.jobs.one(labeler.tenant_id, job_id), status_code=202)
