"""Accounts, their risk as of any date, and signals."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from api.deps import (
    DEFAULT_LIMIT,
    AccountFiltersDep,
    Cursor,
    FiltersDep,
    Limit,
    ReadCaller,
    ServicesDep,
    WriteCaller,
    zoned,
)
from api.problems import PROBLEMS
from api.v1.schemas import AccountList, AccountOut, ChangeOut, OneAccountOut, Page, RiskOut, StoredSignalOut, WhyOut
from pipelines.accounts.repository import Order

router = APIRouter(responses=PROBLEMS)


@router.get("/accounts", response_model=Page[AccountOut], tags=["accounts"])
def list_accounts(
    services: ServicesDep,
    caller: ReadCaller,
    filters: AccountFiltersDep,
    order: Annotated[Order, Query(description="By risk, or by how much it rose in thirty days.")] = Order.RISK,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> JSONResponse:
    """Accounts with their latest risk, the highest first."""
    page = services.accounts.ranked(caller.tenant_id, filters, order=order, limit=limit, cursor=cursor)
    return JSONResponse({"items": list(page.items), "next_cursor": page.next_cursor})


@router.put("/accounts", tags=["accounts"])
def put_accounts(body: AccountList, services: ServicesDep, caller: WriteCaller) -> dict[str, int]:
    """Write up to a thousand accounts as your list states them: tier, ARR, owner, renewal."""
    written = services.ingest.add_accounts(caller.tenant_id, [account.entity() for account in body.accounts])
    return {"written": written}


@router.get("/accounts/{account_id}", response_model=OneAccountOut, tags=["accounts"])
def get_account(account_id: str, services: ServicesDep, caller: ReadCaller) -> JSONResponse:
    """One account with its latest risk."""
    return JSONResponse(services.accounts.one(caller.tenant_id, account_id))


@router.get("/accounts/{account_id}/risk", response_model=RiskOut, tags=["accounts"])
def get_risk(
    account_id: str,
    services: ServicesDep,
    caller: ReadCaller,
    as_of: Annotated[datetime | None, Query(description="A moment or day; now by default.")] = None,
) -> JSONResponse:
    """The risk as of a date: every point with the sentence behind it, and what the policy asks for."""
    return JSONResponse(services.risk.report(caller.tenant_id, account_id, zoned(as_of)))


@router.get("/accounts/{account_id}/risk/change", response_model=ChangeOut, tags=["accounts"])
def get_risk_change(
    account_id: str,
    services: ServicesDep,
    caller: ReadCaller,
    since: Annotated[datetime, Query(description="A moment or day.")],
    until: Annotated[datetime | None, Query(description="A moment or day; now by default.")] = None,
) -> JSONResponse:
    """Why the risk changed between two dates: what faded, was resolved, was added. The steps sum to the difference."""
    start = zoned(since) or since
    return JSONResponse(services.risk.change(caller.tenant_id, account_id, start, zoned(until)))


@router.get("/signals/{signal_id}/why", response_model=WhyOut, tags=["signals"])
def explain_signal(signal_id: uuid.UUID, services: ServicesDep, caller: ReadCaller) -> JSONResponse:
    """What carried a signal: each word, and each sentence around it, hidden in turn and read again. Takes a moment."""
    reader = services.workspace.reader(caller.tenant_id)
    return JSONResponse(services.accounts.why(caller.tenant_id, signal_id, reader))


@router.get("/signals", response_model=Page[StoredSignalOut], tags=["signals"])
def list_signals(
    services: ServicesDep, caller: ReadCaller, filters: FiltersDep, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> JSONResponse:
    """Signals, the newest first."""
    page = services.accounts.signals(caller.tenant_id, filters, limit=limit, cursor=cursor)
    return JSONResponse({"items": list(page.items), "next_cursor": page.next_cursor})
