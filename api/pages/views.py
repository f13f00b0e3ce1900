"""The pages: all of them put together, and those of the portfolio, of themes and of a document.

They work without script. Who is not signed in sees the form instead (``api.pages.sessions``).
"""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from api.deps import Cursor, ServicesDep
from api.pages import (
    account,
    alerts,
    corrections,
    exports,
    labeling,
    quality,
    requests,
    search,
    sessions,
    settings,
    zones,
)
from api.pages.chosen import Chosen, ChosenAccounts
from api.pages.marked import marked
from api.pages.sessions import HERE, Visitor, nothing, page, please_sign_in
from core.entities import Label, QuietKind
from core.errors import NotFound
from pipelines.accounts.repository import Order

DRIVERS = tuple(part.value for part in (*Label, *QuietKind))
PARTS = (sessions, zones, account, alerts, exports, requests, search, quality, settings, labeling, corrections)
"""The pages that have files of their own."""

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


def configure(app: FastAPI) -> None:
    """Add the pages, their style sheets and scripts."""
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    for module in PARTS:
        app.include_router(module.router)
    app.include_router(router)


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
        return nothing(request, "No such document")
    marks = [*_stretch(found, len(shown["text"])), *shown["signals"]]
    context: dict[str, Any] = {"document": shown, "parts": marked(shown["text"], marks), "why": None}
    context |= corrections.context_of(services, visitor, source, document_id, said)
    if why in {uuid.UUID(signal["signal_id"]) for signal in shown["signals"]}:
        context["why"] = services.accounts.why(visitor.tenant_id, why, services.workspace.reader(visitor.tenant_id))
    return page(request, "document.html", context, scripts=True)


def _stretch(found: str | None, length: int) -> list[dict[str, Any]]:
    """What a search led to, as one more mark; nothing where the text is not as long (any more)."""
    if found is None:
        return []
    start, end = (int(part) for part in found.split("-"))
    return [{"label": "found", "start": start, "end": end}] if start < end <= length else []
