"""The page of one account: the score and its course, what changed since the last visit, who speaks, what is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from api.deps import ServicesDep, who_says, zoned
from api.pages import chart
from api.pages.sessions import Visitor, nothing, page, please_sign_in
from api.pages.times import Zone, day, end_of, shown_in
from core.errors import NotFound
from pipelines.alerts.repository import AlertFilters
from pipelines.keys.service import Caller
from pipelines.risk.words import in_words
from pipelines.services import Services

COURSE_STEP, COURSE_STEPS = timedelta(days=14), 20
CHANGE_SINCE = timedelta(days=30)
SENTENCES_SHOWN = 6
DOCUMENTS_SHOWN = 12
SAME = 0.005
"""Points that differ by less are the same."""

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/account/{account_id:path}")
def account(
    account_id: str,
    request: Request,
    services: ServicesDep,
    visitor: Visitor,
    zone: Zone,
    as_of: Annotated[datetime | None, Query()] = None,
) -> Response:
    """What shifted, who said what, what is due; as of any day."""
    if visitor is None:
        return please_sign_in(request)
    try:
        found = services.accounts.one(visitor.tenant_id, account_id)
    except NotFound:
        return nothing(request, "No such account")
    moment = end_of(as_of, zone) if as_of else _latest(services, found)
    with shown_in(zone):
        context = _context(services, visitor, found, moment, asked=as_of is not None)
    return page(request, "account.html", context, scripts=True)


def _latest(services: Services, found: Mapping[str, Any]) -> datetime:
    """The moment of the risk that lists show, so that both say the same; now, where nothing was read yet."""
    return datetime.fromisoformat(found["risk"]["as_of"]) if found["risk"] else services.risk.clock()


def _context(
    services: Services, visitor: Caller, found: dict[str, Any], moment: datetime, *, asked: bool
) -> dict[str, Any]:
    tenant, account_id = visitor.tenant_id, found["account_id"]
    risk = services.risk.report(tenant, account_id, moment)
    documents = services.portfolio.timeline(tenant, account_id, moment)
    return {
        "account": found,
        "risk": risk,
        "alerts": {row["trigger"]: row for row in _alerts(services, tenant, account_id)},
        "people": services.portfolio.people(tenant, account_id, moment),
        "requests": services.requests.of_account(tenant, account_id),
        "documents": documents[::-1],
        "documents_shown": DOCUMENTS_SHOWN,
        "sources": {item["document"]["id"]: item["document"]["source"] for item in documents},
        "changed": _changed(services, visitor, risk, moment, asked=asked),
        "sentences_shown": SENTENCES_SHOWN,
        "asked": asked,
    } | _course(services, tenant, account_id, moment, documents)


def _alerts(services: Services, tenant: str, account_id: str) -> tuple[dict[str, Any], ...]:
    return services.alerts.inbox(tenant, AlertFilters(account_id=account_id)).items


def _course(
    services: Services, tenant: str, account_id: str, moment: datetime, documents: list[dict[str, Any]]
) -> dict[str, Any]:
    moments = course_moments(moment)
    levels = services.playbook.parameters_of(tenant).levels
    rows = chart.layers(services.risk.course(tenant, account_id, moments), account_id, levels.driver)
    first = documents[0]["occurred_at"] if documents else moment.isoformat()
    layers = chart.present(rows)
    return {
        "course": rows,
        "layers": layers,
        "titles": chart.TITLES,
        "picture": chart.drawn(rows, {"medium": levels.medium, "high": levels.high}, moment) if layers else None,
        "earliest": day(first),
        "latest": day(max(moment, services.risk.clock())),
        "earlier": day(moment - COURSE_STEP),
        "later": day(moment + COURSE_STEP) if moment + COURSE_STEP <= services.risk.clock() else None,
    }


def course_moments(moment: datetime) -> list[datetime]:
    """The moments of the picture, the last one that of the page."""
    return [moment - COURSE_STEP * step for step in reversed(range(COURSE_STEPS))]


def _changed(
    services: Services, visitor: Caller, risk: dict[str, Any], moment: datetime, *, asked: bool
) -> dict[str, Any]:
    """What changed since the last visit; since a month ago on the first one, and before any other day."""
    tenant, account_id = visitor.tenant_id, risk["account_id"]
    seen = {"as_of": risk["as_of"], "score": risk["score"], "level": risk["level"]}
    visit = None if asked else services.visits.look(tenant, who_says(visitor), account_id, seen)
    since = datetime.fromisoformat(visit.seen["as_of"]) if visit else moment - CHANGE_SINCE
    change = services.risk.change(tenant, account_id, min(zoned(since) or since, moment), moment)
    then = visit.seen["score"] if visit else change["before"]["score"]
    late = round(change["before"]["score"] - then, 2)
    return {
        "visit": visit,
        "since": change["before"]["as_of"],
        "then": then,
        "now": risk["score"],
        "difference": round(risk["score"] - then, 2),
        "sentences": in_words(change),
        "late": late if abs(late) >= SAME else 0.0,
        "arrived": services.portfolio.arrived(tenant, account_id, visit.at) if visit else None,
    }
