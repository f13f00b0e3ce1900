"""The inbox of alerts: what is due, and the forms that say what became of it.

Forms change things, so they ask for a key that may write; the cookie is never sent from another site's page.
"""

from __future__ import annotations

import uuid
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.deps import Cursor, ServicesDep, who_says
from api.pages.search import address_of
from api.pages.sessions import Visitor, page, please_sign_in
from api.v1.alerts import by_key
from core.entities import AlertState
from core.errors import Forbidden, ForeshockError
from pipelines.alerts.repository import AlertFilters
from pipelines.keys.service import Scope

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Reason = Annotated[str, Form(max_length=2_000)]
Address = Annotated[str, Query(max_length=512)]


@router.get("/alerts")
def inbox(
    request: Request,
    services: ServicesDep,
    visitor: Visitor,
    state: Address = "",
    owner: Address = "",
    problem: Address = "",
    cursor: Cursor = None,
) -> Response:
    """Alerts, the first due first."""
    if visitor is None:
        return please_sign_in(request)
    tenant = visitor.tenant_id
    chosen = AlertState(state) if state in set(AlertState) else None
    found = services.alerts.inbox(tenant, AlertFilters(state=chosen, owner=owner or None), cursor=cursor)
    named = {item["document_id"] for alert in found.items for item in alert["evidence"] if "document_id" in item}
    news = services.news.unseen(tenant, owner or who_says(visitor)) if chosen is None else []
    context = {
        "alerts": found.items,
        "news": [search | {"link": address_of(search["text"], search["filters"])} for search in news],
        "sources": services.accounts.sources(tenant, named),
        "shown": {name: value for name, value in (("state", chosen), ("owner", owner)) if value},
        "next_cursor": found.next_cursor,
        "counts": services.alerts.counts(tenant),
        "quality": services.alerts.quality(tenant),
        "state": chosen.value if chosen else "",
        "owner": owner,
        "owners": services.accounts.choices(tenant)["owner"],
        "may_write": visitor.may(Scope.WRITE),
        "problem": problem,
    }
    return page(request, "alerts.html", context)


@router.post("/alerts/news")
def news_seen(
    request: Request, services: ServicesDep, visitor: Visitor, search_id: Annotated[uuid.UUID, Form()]
) -> Response:
    """Somebody has seen what a saved search found."""
    if visitor is None:
        return please_sign_in(request)
    if not visitor.may(Scope.WRITE):
        raise Forbidden("this key may only read")
    services.news.seen(visitor.tenant_id, search_id, who_says(visitor))
    return RedirectResponse("/alerts", status_code=303)


@router.post("/alerts/{alert_id}")
def act(
    alert_id: uuid.UUID,
    request: Request,
    services: ServicesDep,
    visitor: Visitor,
    do: Annotated[str, Form(max_length=20)],
    reason: Reason = "",
    until: Annotated[date | None, Form()] = None,
    useful: Annotated[str, Form(max_length=5)] = "",
    back: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """What the form says became of it; then the inbox again, with a word if it could not be done."""
    if visitor is None:
        return please_sign_in(request)
    tenant, by, words = visitor.tenant_id, by_key(visitor), reason.strip()
    problem = ""
    try:
        if not visitor.may(Scope.WRITE):
            raise Forbidden("this key may only read")
        if do == "acknowledge":
            services.alerts.acknowledge(tenant, alert_id, by, words or None)
        elif not words:
            problem = "say why in a few words"
        elif do == "snooze" and until:
            services.alerts.snooze(tenant, alert_id, by, until, words)
        elif do == "resolve":
            services.alerts.resolve(tenant, alert_id, by, words, {"yes": True, "no": False}.get(useful))
        elif do == "reopen":
            services.alerts.reopen(tenant, alert_id, by, words)
        else:
            problem = "until which day?" if do == "snooze" else "that can't be done to an alert"
    except ForeshockError as error:
        problem = error.message
    place = request.url_for("inbox").include_query_params(**({"state": back} if back in set(AlertState) else {}))
    shown = place.include_query_params(problem=problem) if problem else place
    return RedirectResponse(f"{shown.path}?{shown.query}" if shown.query else shown.path, status_code=303)
