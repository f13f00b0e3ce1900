"""The reader in service: what it is and what was measured of it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from api.deps import ReadCaller, ServicesDep
from api.problems import PROBLEMS
from core.entities import Label, OperatingPoint

router = APIRouter(responses=PROBLEMS)


class PointOut(BaseModel):
    """A threshold, and the precision and recall that sentences of vendors not trained on showed there."""

    threshold: float
    precision: float
    recall: float


class LabelQualityOut(BaseModel):
    """How a label's probabilities were fitted."""

    scale: float
    offset: float
    points: dict[OperatingPoint, PointOut]
    calibration_error: float
    sentences: int


class QualityCardOut(BaseModel):
    """What the reader can and can't do, by label."""

    version: str = Field(examples=["2026.11.2"])
    operating_point: OperatingPoint
    base: str = Field(examples=["all-MiniLM-L6-v2"])
    teacher: str | None
    corpus: dict[str, Any]
    labels: dict[Label, LabelQualityOut]
    measured: dict[str, Any]
    measured_version: str = Field(description="Of which version `measured` tells: the shipped one.")
    overlay: dict[str, Any] | None = Field(
        None, description="Of a version trained here: on which snapshot, and what became of each label."
    )


@router.get("/model", response_model=QualityCardOut, tags=["model"])
def get_quality_card(services: ServicesDep, caller: ReadCaller) -> JSONResponse:
    """The quality card: thresholds with their precision and recall, and what test vendors showed."""
    return JSONResponse(services.workspace.quality_card(caller.tenant_id))
