"""The pages: accounts by risk, one account, one document with its signals, the ledger of requests.

They only read, and work without script. Who is not signed in sees the form instead (``api.pages.sessions``).
"""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from api.deps import Cursor, ServicesDep, zoned
from api.pages import alerts, corrections, labeling, models, search, sessions
from api.pages.marked import marked
from api.pages.sessions import HERE, Visitor, page, please_sign_in
from api.v1.portfolio import export_accounts
from core.entities import Label, QuietKind, RiskLevel, Tier
from core.errors import NotFound
from core.repository import PAGE_MAX
from pipelines.accounts.repository import AccountFilters, Filters, Order
from pipelines.portfolio.exports import Format, Shape

DRIVERS = tuple(part.value for part in (*Label, *QuietKind))
HISTORY_STEP, HISTORY_STEPS = timedelta(days=14), 20
CHANGE_SINCE = timedelta(days=30)
STEPS_SHOWN = 6

Chosen = Annotated[str, Query(max_length=512)]

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


def configure(app: FastAPI) -> None:
    """Add the pages and their style sheet."""
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.include_router(sessions.router)
    app.include_router(alerts.router)
    app.include_router(search.router)
    app.include_router(models.router)  # before that of queues, which takes any name
    app.include_router(labeling.router)
    app.include_router(corrections.router)
    app.include_router(router)


def chosen_accounts(
    level: Chosen = "",
    tier: Chosen = "",
    owner: Chosen = "",
    segment: Chosen = "",
    driver: Chosen = "",
) -> AccountFilters:
    """Filters as a form sends them: what is empty or unknown narrows nothing."""
    return AccountFilters(
        level if level in set(RiskLevel) else None,
        Tier(tier) if tier in set(Tier) else None,
        owner or None,
        segment or None,
        driver or None,
    )


ChosenAccounts = Annotated[AccountFilters, Depends(chosen_accounts)]


@router.get("/")
def start(
    request: Request,
    services: ServicesDep,
    visitor: Visitor,
    filters: ChosenAccounts,
    order: Chosen = "",
    cursor: Cursor = None,
) -> Response:
    """The portfolio: accounts by risk or by how much it rose, narrowed by what stands in the address."""
    if visitor is None:
        return please_sign_in(request)
    tenant = visitor.tenant_id
    ranked_by = Order(order) if order in set(Order) else Order.RISK
    found = services.accounts.ranked(tenant, filters, order=ranked_by, limit=50, cursor=cursor)
    chosen = asdict(filters) | {"order": ranked_by.value if ranked_by is not Order.RISK else None}
    context = {
        "accounts": found.items,
        "next_cursor": found.next_cursor,
        "counts": services.accounts.counts(tenant),
        "waiting": sum(services.accounts.open_jobs(tenant).values()),
        "chosen": {name: value for name, value in chosen.items() if value},
        "choices": services.accounts.choices(tenant) | {"driver": DRIVERS},
        "due": services.alerts.counts(tenant)["open"],
    }
    return page(request, "start.html", context)


@router.get("/exports/accounts")
def export(
    request: Request,
    services: ServicesDep,
    visitor: Visitor,
    filters: ChosenAccounts,
    shape: Shape = Shape.PLAIN,
    form: Annotated[Format, Query(alias="format")] = Format.CSV,
) -> Response:
    """What the list shows, as a file."""
    return please_sign_in(request) if visitor is None else export_accounts(services, visitor, filters, shape, form)


@router.get("/themes")
def themes(
    request: Request,
    services: ServicesDep,
    visitor: Visitor,
    filters: ChosenAccounts,
    days: Annotated[int, Query(ge=1, le=730)] = 90,
) -> Response:
    """Rivals, platforms and requests across accounts."""
    if visitor is None:
        return please_sign_in(request)
    context = {
        "themes": services.portfolio.themes(visitor.tenant_id, filters, days=days),
        "days": days,
        "chosen": asdict(filters),
        "choices": services.accounts.choices(visitor.tenant_id),
    }
    return page(request, "themes.html", context)


@router.get("/account/{account_id:path}")
def account(
    account_id: str,
    request: Request,
    services: ServicesDep,
    visitor: Visitor,
    as_of: Annotated[datetime | None, Query()] = None,
) -> Response:
    """What shifted, who said what, what is due; as of any date."""
    if visitor is None:
        return please_sign_in(request)
    tenant = visitor.tenant_id
    try:
        found = services.accounts.one(tenant, account_id)
    except NotFound:
        return _nothing(request, "No such account")
    documents = services.accounts.documents(tenant, Filters(account_id=account_id), limit=PAGE_MAX).items
    newest = max((datetime.fromisoformat(document["occurred_at"]) for document in documents), default=None)
    moment = zoned(as_of) or (newest + timedelta(days=1) if newest else services.risk.clock())
    moments = [moment - HISTORY_STEP * step for step in reversed(range(HISTORY_STEPS))]
    change = services.risk.change(tenant, account_id, moment - CHANGE_SINCE, moment)
    steps = sorted(change["steps"], key=lambda step: -abs(step["points"]))
    context = {
        "account": found,
        "risk": services.risk.report(tenant, account_id, moment),
        "change": change,
        "steps": steps[:STEPS_SHOWN],
        "smaller_steps": steps[STEPS_SHOWN:],
        "history": services.risk.history(tenant, account_id, moments),
        "requests": services.requests.of_account(tenant, account_id),
        "documents": documents,
        "sources": {document["id"]: document["source"] for document in documents},
    }
    return page(request, "account.html", context)


@router.get("/document/{source}/{document_id:path}")
def document(
    source: str,
    document_id: str,
    request: Request,
    services: ServicesDep,
    visitor: Visitor,
    why: Annotated[uuid.UUID | None, Query()] = None,
    found: Annotated[str | None, Query(pattern=r"^\d{1,9}-\d{1,9}$")] = None,
    said: corrections.Said = None,
) -> Response:
    """A text as it was delivered, its signals marked; ``why`` asks what carried one, ``found`` marks a stretch."""
    if visitor is None:
        return please_sign_in(request)
    try:
        shown = services.accounts.document(visitor.tenant_id, source, document_id)
    except NotFound:
        return _nothing(request, "No such document")
    marks = [*_stretch(found, len(shown["text"])), *shown["signals"]]
    context: dict[str, Any] = {"document": shown, "parts": marked(shown["text"], marks), "why": None}
    context |= corrections.context_of(services, visitor, source, document_id, said)
    if why in {uuid.UUID(signal["signal_id"]) for signal in shown["signals"]}:
        context["why"] = services.accounts.why(visitor.tenant_id, why, services.workspace.reader(visitor.tenant_id))
    return page(request, "document.html", context, scripts=True)


@router.get("/requests")
def requests(request: Request, services: ServicesDep, visitor: Visitor) -> Response:
    """What accounts ask for, those with the most revenue behind them first."""
    if visitor is None:
        return please_sign_in(request)
    return page(request, "requests.html", {"requests": services.requests.ranked(visitor.tenant_id)})


def _stretch(found: str | None, length: int) -> list[dict[str, Any]]:
    """What a search led to, as one more mark; nothing where the text is not as long (any more)."""
    if found is None:
        return []
    start, end = (int(part) for part in found.split("-"))
    return [{"label": "found", "start": start, "end": end}] if start < end <= length else []


def _nothing(request: Request, what: str) -> Response:
    return page(request, "nothing.html", {"what": what}, status=404)
