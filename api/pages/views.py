"""The pages: accounts by risk, one account, one document with its signals, the ledger of requests.

They only read, and work without script. Who is not signed in sees the form instead (``api.pages.sessions``).
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from api.deps import Cursor, ServicesDep, zoned
from api.pages import corrections, labeling, sessions
from api.pages.marked import marked
from api.pages.sessions import HERE, Visitor, page, please_sign_in
from core.errors import NotFound
from core.repository import PAGE_MAX
from pipelines.accounts.repository import Filters

HISTORY_STEP, HISTORY_STEPS = timedelta(days=14), 20
CHANGE_SINCE = timedelta(days=30)
STEPS_SHOWN = 6

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


def configure(app: FastAPI) -> None:
    """Add the pages and their style sheet."""
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.include_router(sessions.router)
    app.include_router(labeling.router)
    app.include_router(corrections.router)
    app.include_router(router)


@router.get("/")
def start(request: Request, services: ServicesDep, visitor: Visitor, cursor: Cursor = None) -> Response:
    """Accounts by risk."""
    if visitor is None:
        return please_sign_in(request)
    found = services.accounts.by_risk(visitor.tenant_id, limit=50, cursor=cursor)
    context = {
        "accounts": found.items,
        "next_cursor": found.next_cursor,
        "counts": services.accounts.counts(visitor.tenant_id),
        "waiting": sum(services.accounts.open_jobs(visitor.tenant_id).values()),
    }
    return page(request, "start.html", context)


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
    said: corrections.Said = None,
) -> Response:
    """A text as it was delivered, its signals marked; ``why`` asks what carried one of them."""
    if visitor is None:
        return please_sign_in(request)
    try:
        found = services.accounts.document(visitor.tenant_id, source, document_id)
    except NotFound:
        return _nothing(request, "No such document")
    context: dict[str, Any] = {"document": found, "parts": marked(found["text"], found["signals"]), "why": None}
    context |= corrections.context_of(services, visitor, source, document_id, said)
    if why in {uuid.UUID(signal["signal_id"]) for signal in found["signals"]}:
        context["why"] = services.accounts.why(visitor.tenant_id, why, services.workspace.reader(visitor.tenant_id))
    return page(request, "document.html", context, scripts=True)


@router.get("/requests")
def requests(request: Request, services: ServicesDep, visitor: Visitor) -> Response:
    """What accounts ask for, those with the most revenue behind them first."""
    if visitor is None:
        return please_sign_in(request)
    return page(request, "requests.html", {"requests": services.requests.ranked(visitor.tenant_id)})


def _nothing(request: Request, what: str) -> Response:
    return page(request, "nothing.html", {"what": what}, status=404)
