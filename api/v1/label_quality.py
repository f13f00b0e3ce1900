"""Quality of labels: how far people agree, and what they differ over. For reviewers, over the queues given to them."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from api.deps import DEFAULT_LIMIT, Cursor, LabelerDep, Limit, ServicesDep
from api.problems import PROBLEMS
from api.v1.label_quality_schemas import AgreementOut, DecisionIn, DisputedOut, DisputeOut, SettledOut
from api.v1.schemas import Page
from labeling.contracts import LABEL_MAX

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
