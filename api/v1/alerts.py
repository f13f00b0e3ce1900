"""Alerts: what is due, for whom, and what became of it."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, StringConstraints

from api.deps import DEFAULT_LIMIT, Cursor, Limit, ReadCaller, ServicesDep, WriteCaller
from api.problems import PROBLEMS
from api.v1.schemas import Page
from core.entities import AlertState, Tier
from pipelines.alerts.repository import AlertFilters
from pipelines.keys.service import Caller
from pipelines.playbook.policy import Trigger

router = APIRouter(responses=PROBLEMS, tags=["alerts"])

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]


class AlertOut(BaseModel):
    """Something to do for an account. ``owner`` looks after the account, ``role`` is who must act."""

    alert_id: uuid.UUID
    account_id: str
    account_name: str | None
    tier: Tier
    trigger: Trigger
    state: AlertState
    points: float = Field(description="What stands behind it now; 0 when the policy would not ask for it any more.")
    action: str
    owner: str | None
    role: str
    due: date
    overdue: bool
    evidence: list[dict[str, Any]]
    newest_evidence: str
    policy_version: str
    raised_at: str
    snoozed_until: date | None
    escalated_at: str | None
    escalated_to: str | None
    resolved_at: str | None
    useful: bool | None


class AlertEventOut(BaseModel):
    """Something that happened to an alert."""

    at: str
    what: str
    by: str
    reason: str | None


class AlertDetailOut(AlertOut):
    """An alert with all that happened to it."""

    history: list[AlertEventOut]


class IntervalOut(BaseModel):
    """Bounds at 95 %."""

    low: float
    high: float


class AlertQualityOut(BaseModel):
    """How often a trigger was right, as far as people said."""

    trigger: Trigger
    resolved: int
    judged: int
    useful: int
    precision: float | None
    interval: IntervalOut | None


class AcknowledgeIn(BaseModel):
    """Somebody takes it up."""

    reason: Reason | None = None


class SnoozeIn(BaseModel):
    """Until when it is left alone, and why."""

    until: date
    reason: Reason


class ResolveIn(BaseModel):
    """What became of it, and whether it was right to raise it."""

    reason: Reason
    useful: bool | None = None


class ReopenIn(BaseModel):
    """Why it was not done with."""

    reason: Reason


@router.get("/alerts", response_model=Page[AlertOut])
def list_alerts(
    services: ServicesDep,
    caller: ReadCaller,
    state: Annotated[
        AlertState | None, Query(description="Without it, all that are neither resolved nor held back.")
    ] = None,
    owner: Annotated[str | None, Query(max_length=512)] = None,
    account_id: Annotated[str | None, Query(max_length=256)] = None,
    trigger: Trigger | None = None,
    tier: Tier | None = None,
    overdue: Annotated[bool, Query(description="Only what was due before today.")] = False,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> JSONResponse:
    """Alerts, the first due first. `state=held` lists what was kept back from a full week."""
    today = services.alerts.clock().date() if overdue else None
    filters = AlertFilters(state, owner, account_id, trigger.value if trigger else None, tier, today)
    page = services.alerts.inbox(caller.tenant_id, filters, limit=limit, cursor=cursor)
    return JSONResponse({"items": list(page.items), "next_cursor": page.next_cursor})


@router.get("/alerts/quality", response_model=list[AlertQualityOut])
def alert_quality(services: ServicesDep, caller: ReadCaller) -> JSONResponse:
    """How often each trigger was right to raise an alert, by what was said when they were resolved."""
    return JSONResponse(services.alerts.quality(caller.tenant_id))


@router.get("/alerts/{alert_id}", response_model=AlertDetailOut)
def get_alert(alert_id: uuid.UUID, services: ServicesDep, caller: ReadCaller) -> JSONResponse:
    """One alert with all that happened to it."""
    return JSONResponse(services.alerts.one(caller.tenant_id, alert_id))


@router.post("/alerts/{alert_id}/acknowledge", response_model=AlertDetailOut)
def acknowledge_alert(
    alert_id: uuid.UUID, body: AcknowledgeIn, services: ServicesDep, caller: WriteCaller
) -> JSONResponse:
    """Take it up."""
    return JSONResponse(services.alerts.acknowledge(caller.tenant_id, alert_id, by_key(caller), body.reason))


@router.post("/alerts/{alert_id}/snooze", response_model=AlertDetailOut)
def snooze_alert(alert_id: uuid.UUID, body: SnoozeIn, services: ServicesDep, caller: WriteCaller) -> JSONResponse:
    """Leave it alone until a day."""
    found = services.alerts.snooze(caller.tenant_id, alert_id, by_key(caller), body.until, body.reason)
    return JSONResponse(found)


@router.post("/alerts/{alert_id}/resolve", response_model=AlertDetailOut)
def resolve_alert(alert_id: uuid.UUID, body: ResolveIn, services: ServicesDep, caller: WriteCaller) -> JSONResponse:
    """It is done with; say whether it was right to raise it, and the quality of each trigger is known."""
    found = services.alerts.resolve(caller.tenant_id, alert_id, by_key(caller), body.reason, body.useful)
    return JSONResponse(found)


@router.post("/alerts/{alert_id}/reopen", response_model=AlertDetailOut)
def reopen_alert(alert_id: uuid.UUID, body: ReopenIn, services: ServicesDep, caller: WriteCaller) -> JSONResponse:
    """It was not done with after all."""
    return JSONResponse(services.alerts.reopen(caller.tenant_id, alert_id, by_key(caller), body.reason))


def by_key(caller: Caller) -> str:
    """How histories name whoever acts through a key."""
    return f"key {caller.key_id}"
