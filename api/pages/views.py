"""The pages: all of them put together, and those of the portfolio and of themes.

They work without script. Who is not signed in sees the form instead (``api.pages.sessions``).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from api.deps import Cursor, ServicesDep, who_says
from api.pages import (
    account,
    adjudication,
    alerts,
    corrections,
    custom_signals,
    document,
    exports,
    label_functions,
    label_quality,
    labeling,
    models,
    quality,
    requests,
    search,
    sessions,
    settings,
    zones,
)
from api.pages.chosen import Chosen, ChosenAccounts
from api.pages.sessions import HERE, Visitor, page, please_sign_in
from core.entities import Label, QuietKind
from pipelines.accounts.repository import Order

DRIVERS = tuple(part.value for part in (*Label, *QuietKind))
PARTS = (
    sessions,
    zones,
    account,
    document,
    alerts,
    exports,
    requests,
    search,
    quality,
    settings,
    # Before the pages of queues, whose names come from people.
    label_quality,
    adjudication,
    custom_signals,
    label_functions,
    models,
    labeling,
    corrections,
)
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
        "news": services.news.count(tenant, who_says(visitor)),
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
        "shown": {name: value for name, value in asdict(filters).items() if value} | {"days": days},
        "choices": services.accounts.choices(visitor.tenant_id),
    }
    return page(request, "themes.html", context)
