"""The ledger of feature requests."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, StringConstraints

from api.deps import AccountFiltersDep, ReadCaller, ServicesDep, WriteCaller, who_says
from api.problems import PROBLEMS
from core.entities import RequestStatus
from pipelines.accounts.repository import AccountFilters
from pipelines.requests.service import TITLE_MAX
from pipelines.services import Services

router = APIRouter(responses=PROBLEMS, tags=["requests"])

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TITLE_MAX)]


class RequestOut(BaseModel):
    """A canonical request: who asks for it, since when, and what is at stake."""

    request_id: uuid.UUID
    title: str
    status: RequestStatus
    accounts: int
    account_ids: list[str]
    arr_usd: float = Field(description="Revenue a year of the accounts that ask for it.")
    times_asked: int
    first_asked: str
    last_asked: str
    age_days: int
    criticality: str | None
    gave_up: int = Field(description="In how many mentions somebody says that they stopped asking.")
    workarounds: int = Field(description="In how many mentions somebody says how they live without it.")


class RequestMentionOut(BaseModel):
    """A sentence that asks for it."""

    signal_id: uuid.UUID
    account_id: str
    source: str
    document_id: str
    start: int
    end: int
    text: str
    occurred_at: str
    speaker: str | None


class RequestStepOut(BaseModel):
    """Something that a person did to a request; `before` and `after` where title or status changed."""

    event_id: int
    at: str
    by: str | None
    what: Literal["changed", "merged", "split", "undone"]
    request_id: uuid.UUID
    request: str | None = Field(description="Its title now.")
    other_id: uuid.UUID | None = Field(description="What it became part of, or what was split off.")
    other: str | None
    before: dict[str, str] | None
    after: dict[str, str] | None
    mentions: int
    undone: bool


class RequestDetailOut(RequestOut):
    """A request with every mention of it, and all that was done to it, the newest first."""

    mentions: list[RequestMentionOut]
    history: list[RequestStepOut]


class AlikeOut(BaseModel):
    """A request that means something near to another."""

    request_id: uuid.UUID
    title: str
    likeness: float = Field(description="Cosine of their meanings, at most 1.")


class RequestChange(BaseModel):
    """What may be set."""

    title: Title | None = None
    status: RequestStatus | None = None


class MergeIn(BaseModel):
    """The request that lives on."""

    into: uuid.UUID


class SplitIn(BaseModel):
    """Mentions that become a request of their own."""

    signal_ids: list[uuid.UUID] = Field(min_length=1, max_length=1_000)
    title: Title


class UndoIn(BaseModel):
    """The step to take back, as the history names it."""

    event_id: int = Field(ge=1)


@router.get("/requests", response_model=list[RequestOut])
def list_requests(
    services: ServicesDep,
    caller: ReadCaller,
    filters: AccountFiltersDep,
    status: Annotated[RequestStatus | None, Query()] = None,
    account_id: Annotated[str | None, Query(max_length=256)] = None,
) -> JSONResponse:
    """All requests, or those of some accounts; those with the most revenue behind them first."""
    accounts = accounts_asking(services, caller.tenant_id, filters, account_id)
    return JSONResponse(services.requests.ranked(caller.tenant_id, status, accounts))


def accounts_asking(
    services: Services, tenant_id: str, filters: AccountFilters, account_id: str | None
) -> frozenset[str] | None:
    """The accounts that filters name; ``None`` where none is set."""
    if account_id:
        return frozenset({account_id})
    return services.accounts.ids(tenant_id, filters) if filters != AccountFilters() else None


@router.get("/requests/{request_id}", response_model=RequestDetailOut)
def get_request(request_id: uuid.UUID, services: ServicesDep, caller: ReadCaller) -> JSONResponse:
    """One request with every mention; the id of one that was merged leads to the other."""
    return JSONResponse(services.requests.one(caller.tenant_id, request_id))


@router.patch("/requests/{request_id}", response_model=RequestDetailOut)
def change_request(
    request_id: uuid.UUID, body: RequestChange, services: ServicesDep, caller: WriteCaller
) -> JSONResponse:
    """Name a request, or say what becomes of it."""
    found = services.requests.change(
        caller.tenant_id, request_id, title=body.title, status=body.status, by=who_says(caller)
    )
    return JSONResponse(found)


@router.get("/requests/{request_id}/alike", response_model=list[AlikeOut])
def list_alike(request_id: uuid.UUID, services: ServicesDep, caller: ReadCaller) -> JSONResponse:
    """Other requests that mean something near to this one: what may have to be merged."""
    return JSONResponse(services.requests.alike(caller.tenant_id, request_id))


@router.post("/requests/{request_id}/undo", response_model=RequestDetailOut)
def undo_step(request_id: uuid.UUID, body: UndoIn, services: ServicesDep, caller: WriteCaller) -> JSONResponse:
    """Take back a step of the history: a merge, a split, a title or a status."""
    found = services.requests.undo(caller.tenant_id, request_id, body.event_id, by=who_says(caller))
    return JSONResponse(found)


@router.post("/requests/{request_id}/merge", response_model=RequestDetailOut)
def merge_request(request_id: uuid.UUID, body: MergeIn, services: ServicesDep, caller: WriteCaller) -> JSONResponse:
    """Make a request part of another; its id leads there from now on, and later mentions too."""
    return JSONResponse(services.requests.merge(caller.tenant_id, request_id, body.into, by=who_says(caller)))


@router.post("/requests/{request_id}/split", response_model=RequestDetailOut, status_code=201)
def split_request(request_id: uuid.UUID, body: SplitIn, services: ServicesDep, caller: WriteCaller) -> JSONResponse:
    """Make some mentions a request of their own; returns the new one."""
    found: dict[str, Any] = services.requests.split(
        caller.tenant_id, request_id, body.signal_ids, body.title, by=who_says(caller)
    )
    return JSONResponse(found, status_code=201)


@router.get("/accounts/{account_id}/requests", response_model=list[RequestOut])
def list_account_requests(account_id: str, services: ServicesDep, caller: ReadCaller) -> JSONResponse:
    """What one account asks for, the longest waiting first; counts are this account's."""
    services.accounts.one(caller.tenant_id, account_id)
    return JSONResponse(services.requests.of_account(caller.tenant_id, account_id))
