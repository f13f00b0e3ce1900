"""Quality of labels: how far people agree. For reviewers, over the queues given to them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from api.deps import LabelerDep, ServicesDep
from api.problems import PROBLEMS
from api.v1.label_quality_schemas import AgreementOut
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
