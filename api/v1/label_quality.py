"""Quality of labels: how far people agree, and what they differ over. For reviewers, over the queues given to them."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from api.deps import DEFAULT_LIMIT, Cursor, LabelerDep, Limit, ServicesDep
from api.problems import PROBLEMS
from api.v1.label_quality_schemas import (
    AgreementOut,
    CandidateOut,
    DecisionIn,
    DisputedOut,
    DisputeOut,
    GoldIn,
    GoldMarkedOut,
    GoldOut,
    IssueRunOut,
    IssuesIn,
    PersonOut,
    SettledOut,
)
from api.v1.schemas import Page
from labeling.contracts import LABEL_MAX
from labeling.wire import span_json

router = APIRouter(prefix="/labeling", responses=PROBLEMS, tags=["labeling"])

QueueName = Annotated[str | None, Query(max_length=63, description="Only this queue; all of yours by default.")]
Labels = Annotated[
    list[Annotated[str, Query(max_length=LABEL_MAX)]] | None,
    Query(alias="label", max_length=20, description="Only these; may be repeated."),
]


@router.get("/agreement", response_model=AgreementOut)
def get_agreement(
    services: ServicesDep, labeler: LabelerDep, queue: QueueName = None, labels: Labels = None
) -> JSONResponse:
    """Krippendorff's alpha and F1 per label, person and pair of people, with 95 % intervals and in words."""
    found = services.labeling.quality.agreement(labeler.tenant_id, labeler.member, queue=queue, labels=labels or ())
    return JSONResponse(found)


@router.get("/disputes", response_model=Page[DisputeOut])
def list_disputes(
    services: ServicesDep,
    labeler: LabelerDep,
    queue: QueueName = None,
    label: Annotated[str | None, Query(max_length=LABEL_MAX, description="Only where they differ over it.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> JSONResponse:
    """Records over which people differ and nobody decided, the worst first."""
    page = services.labeling.disputes.list(
        labeler.tenant_id, labeler.member, queue=queue, label=label, limit=limit, cursor=cursor
    )
    return JSONResponse({"items": list(page.items), "next_cursor": page.next_cursor})


@router.get("/disputes/{record_id}", response_model=DisputedOut)
def get_dispute(record_id: uuid.UUID, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """A record with its answers side by side; any record of your queues, also one that nobody disputes."""
    return JSONResponse(services.labeling.disputes.one(labeler.tenant_id, labeler.member, record_id))


@router.post("/disputes/{record_id}/decision", status_code=204)
def decide(record_id: uuid.UUID, body: DecisionIn, services: ServicesDep, labeler: LabelerDep) -> Response:
    """Say what holds, and why people differed. It outranks everybody in consensus and training; places at it close."""
    services.labeling.disputes.decide(labeler.tenant_id, labeler.member, record_id, body.entity())
    return Response(status_code=204)


@router.get("/consensus", response_model=Page[SettledOut])
def list_answers(
    services: ServicesDep,
    labeler: LabelerDep,
    queue: QueueName = None,
    unresolved: Annotated[bool, Query(description="Also those of which nobody can tell who is right.")] = False,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> JSONResponse:
    """One answer for each record that was judged, by Dawid and Skene's model of people, with who said what."""
    page = services.labeling.consensus.page(
        labeler.tenant_id, labeler.member, queue=queue, unresolved=unresolved, limit=limit, cursor=cursor
    )
    return JSONResponse({"items": list(page.items), "next_cursor": page.next_cursor})


@router.get("/people", response_model=list[PersonOut])
def list_people(services: ServicesDep, labeler: LabelerDep, queue: QueueName = None) -> JSONResponse:
    """How each person works: how much, how fast, which answers were rushed, and how they do on silent gold tasks."""
    return JSONResponse(services.labeling.quality.people(labeler.tenant_id, labeler.member, queue=queue))


@router.get("/gold", response_model=Page[GoldOut])
def list_gold(
    services: ServicesDep,
    labeler: LabelerDep,
    queue: QueueName = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> JSONResponse:
    """Gold records, the newest first. Annotators are given one in twenty tasks from these and can't tell which."""
    page = services.labeling.gold.list(labeler.tenant_id, labeler.member, queue=queue, limit=limit, cursor=cursor)
    return JSONResponse({"items": list(page.items), "next_cursor": page.next_cursor})


@router.get("/gold/candidates", response_model=list[CandidateOut])
def list_gold_candidates(services: ServicesDep, labeler: LabelerDep, queue: QueueName = None) -> JSONResponse:
    """Records that three or more people answered alike, fit to become gold."""
    return JSONResponse(services.labeling.gold.candidates(labeler.tenant_id, labeler.member, queue=queue))


@router.put("/gold/{record_id}", response_model=GoldMarkedOut)
def mark_gold(record_id: uuid.UUID, body: GoldIn, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """Let a record measure people from now on; it is your decision on the record as well."""
    spans = None if body.spans is None else [span.entity() for span in body.spans]
    found = services.labeling.gold.mark(labeler.tenant_id, labeler.member, record_id, spans, body.reason)
    return JSONResponse({"record_id": str(record_id), "spans": [span_json(span) for span in found]})


@router.delete("/gold/{record_id}", status_code=204)
def unmark_gold(record_id: uuid.UUID, services: ServicesDep, labeler: LabelerDep) -> Response:
    """Let a record measure nobody any more; what was decided of it stays."""
    services.labeling.gold.unmark(labeler.tenant_id, labeler.member, record_id)
    return Response(status_code=204)


@router.post("/issues", response_model=IssueRunOut, status_code=202)
def look_for_issues(body: IssuesIn, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """Ask a worker to look for answers that are probably wrong; they go to the queue `issues`. Admins only."""
    return JSONResponse(services.labeling.issues.ask(labeler.tenant_id, labeler.member, body.size), status_code=202)


@router.get("/issues", response_model=list[IssueRunOut])
def list_issue_runs(services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """The last searches, the newest first."""
    return JSONResponse(services.labeling.issues.runs(labeler.tenant_id, labeler.member))
