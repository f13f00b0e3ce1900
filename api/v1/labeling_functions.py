"""Labeling functions: a file of them by version, and what they do."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from api.deps import LabelerDep, ServicesDep
from api.problems import PROBLEMS
from labeling.weak.file import FILE_MAX
from labeling.weak.service import SAMPLE_MAX

router = APIRouter(prefix="/labeling/functions", responses=PROBLEMS, tags=["labeling functions"])

_EXAMPLE = """[[function]]
name = "rebuilds it in a spreadsheet"
label = "workaround"
phrases = ["in Excel", "by hand"]
"""


class FunctionsIn(BaseModel):
    """The whole file, in TOML; `docs/labeling-functions.md` tells its form."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=FILE_MAX, examples=[_EXAMPLE])


class FunctionOut(BaseModel):
    """A function."""

    name: str
    label: str
    says: bool = Field(description="Whether what it finds carries the label, or does not.")
    finds: str = Field(examples=["phrases: in Excel, by hand"])
    where: dict[str, list[str]]
    line: int | None


class FunctionsOut(BaseModel):
    """The file as it is now; version 0 where nobody wrote one."""

    version: int
    text: str
    by: str | None
    created_at: str | None
    functions: list[FunctionOut]


class FunctionReportOut(BaseModel):
    """What one function does. Shares are of all sentences of the sample; `right` of `checked` are answered ones."""

    name: str
    label: str
    says: bool
    coverage: float
    overlaps: float = Field(description="Where others for the label speak as well.")
    conflicts: float = Field(description="Where others say the opposite.")
    checked: int
    right: int
    low: float = Field(description="Wilson's 95 % interval.")
    high: float
    trust: float = Field(description="How often the label model takes it to be right.")
    words: str


class LabelReportOut(BaseModel):
    """The functions for one label, and what they make together."""

    label: str
    functions: list[FunctionReportOut]
    coverage: float
    likely: int = Field(description="Sentences of the sample that carry the label more likely than not.")
    gold: int = Field(description="Answered passages.")
    gold_with_label: int
    missed: float | None = Field(description="Share of these that no function says yes to.")
    share: float | None = Field(
        description="Of all sentences with the label, by the random sample; nothing before 30 of it are answered."
    )
    examples: list[str]


class ReportOut(BaseModel):
    """What functions do over a sample."""

    version: int
    sentences: int
    of: int
    seconds: float
    labels: list[LabelReportOut]


@router.get("", response_model=FunctionsOut)
def get_functions(services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """The file as it is now."""
    return JSONResponse(services.labeling.functions.current(labeler.tenant_id))


@router.put("", response_model=FunctionsOut)
def put_functions(body: FunctionsIn, services: ServicesDep, labeler: LabelerDep) -> JSONResponse:
    """Write a new version; an error names line, function and field, and nothing is written then. Admins only."""
    return JSONResponse(services.labeling.functions.put(labeler.tenant_id, labeler.member, body.text))


@router.get("/report", response_model=ReportOut)
def get_report(
    services: ServicesDep,
    labeler: LabelerDep,
    sample: Annotated[
        int | None, Query(ge=1, le=SAMPLE_MAX, description="Sentences; as many as take about two seconds by default.")
    ] = None,
) -> JSONResponse:
    """Coverage, overlaps, conflicts, and how often each is right where people answered."""
    return JSONResponse(services.labeling.functions.report(labeler.tenant_id, sample))
