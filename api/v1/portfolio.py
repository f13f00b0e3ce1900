"""Across accounts: themes, files for other systems; and the timeline of one account."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field

from api.deps import AccountFiltersDep, ReadCaller, ServicesDep, zoned
from api.problems import PROBLEMS
from api.v1.schemas import DocumentRefOut, SaidOut
from core.entities import Kind, Label, RiskLevel, Seniority
from pipelines.portfolio.exports import Format, Shape

router = APIRouter(responses=PROBLEMS)

MEDIA_TYPES = {Format.CSV: "text/csv; charset=utf-8", Format.JSONL: "application/jsonl; charset=utf-8"}


class ThemeOut(BaseModel):
    """Something that accounts speak of, now and in the stretch before."""

    name: str
    key: str
    accounts: int
    accounts_before: int
    mentions: int
    mentions_before: int
    arr_usd: float = Field(description="ARR of the accounts that speak of it now.")
    trend: Literal["new", "rising", "steady", "falling"]


class ThemesOut(BaseModel):
    """What accounts speak of, most accounts first."""

    since: str
    until: str
    rivals: list[ThemeOut]
    platforms: list[ThemeOut]
    requests: list[ThemeOut]


class TimelineSignalOut(SaidOut):
    """A signal, and its points on the day of its document."""

    label: Label
    points: float


class TimelineOut(BaseModel):
    """A document of an account, what it said, and the score after it."""

    document: DocumentRefOut
    kind: Kind
    title: str | None
    occurred_at: str
    sentences: int | None
    score: float
    change: float
    signals: list[TimelineSignalOut]


@router.get("/themes", response_model=ThemesOut, tags=["portfolio"])
def get_themes(
    services: ServicesDep,
    caller: ReadCaller,
    filters: AccountFiltersDep,
    days: Annotated[int, Query(ge=1, le=730, description="How far back; compared with as many days before.")] = 90,
    until: Annotated[datetime | None, Query(description="A moment or day; now by default.")] = None,
) -> JSONResponse:
    """Rivals, platforms and requests across accounts: how many speak of each, rising or falling, the ARR behind."""
    return JSONResponse(services.portfolio.themes(caller.tenant_id, filters, days=days, until=zoned(until)))


@router.get("/accounts/{account_id}/timeline", response_model=list[TimelineOut], tags=["accounts"])
def get_timeline(
    account_id: str,
    services: ServicesDep,
    caller: ReadCaller,
    until: Annotated[datetime | None, Query(description="A moment or day; now by default.")] = None,
) -> JSONResponse:
    """An account's documents in order, each with its signals and the score after it."""
    found: list[dict[str, Any]] = services.portfolio.timeline(caller.tenant_id, account_id, zoned(until))
    return JSONResponse(found)


class CoursePartOut(BaseModel):
    """A part of a score, and the newest sentence behind it where it is a label's."""

    name: str
    points: float
    newest: SaidOut | None


class CourseOut(BaseModel):
    """A score and its parts as of one moment."""

    as_of: str
    score: float
    level: RiskLevel
    parts: list[CoursePartOut]


class PersonOut(BaseModel):
    """Somebody of an account; `chance` says how often an accident would look like their silence."""

    name: str
    title: str | None
    seniority: Seniority
    documents: int
    first_seen: str
    last_seen: str
    signals: int = Field(description="How many of them they voiced.")
    silent_since: str | None
    chance: float | None


@router.get("/accounts/{account_id}/risk/course", response_model=list[CourseOut], tags=["accounts"])
def get_course(
    account_id: str,
    services: ServicesDep,
    caller: ReadCaller,
    until: Annotated[datetime | None, Query(description="A moment or day; now by default.")] = None,
    steps: Annotated[int, Query(ge=1, le=60)] = 20,
    days: Annotated[int, Query(ge=1, le=365, description="Days between two steps.")] = 14,
) -> JSONResponse:
    """The score and its parts as of several moments up to one, as they were known then."""
    end = zoned(until) or services.risk.clock()
    moments = [end - timedelta(days=days) * step for step in reversed(range(steps))]
    return JSONResponse(services.risk.course(caller.tenant_id, account_id, moments))


@router.get("/accounts/{account_id}/people", response_model=list[PersonOut], tags=["accounts"])
def get_people(
    account_id: str,
    services: ServicesDep,
    caller: ReadCaller,
    until: Annotated[datetime | None, Query(description="A moment or day; now by default.")] = None,
) -> JSONResponse:
    """Who of an account takes part: how senior, since when, and who went silent."""
    return JSONResponse(services.portfolio.people(caller.tenant_id, account_id, zoned(until)))


@router.get("/exports/accounts", tags=["portfolio"], response_class=StreamingResponse)
def export_accounts(
    services: ServicesDep,
    caller: ReadCaller,
    filters: AccountFiltersDep,
    shape: Annotated[Shape, Query(description="Whose fields.")] = Shape.PLAIN,
    form: Annotated[Format, Query(alias="format")] = Format.JSONL,
) -> StreamingResponse:
    """All accounts as a file in the fields of Gainsight, ChurnZero, Vitally or Planhat, or plain."""
    lines = services.portfolio.export(caller.tenant_id, filters, shape, form)
    name = f"foreshock-accounts-{shape.value}.{form.value}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(lines, media_type=MEDIA_TYPES[form], headers=headers)
