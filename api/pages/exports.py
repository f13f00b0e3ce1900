"""What a page shows as a file: every list under the filters of its address, as CSV or as JSON Lines."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from api.deps import ServicesDep
from api.pages import chart
from api.pages.account import course_moments
from api.pages.chosen import Chosen, ChosenAccounts
from api.pages.requests import ranked
from api.pages.sessions import Visitor, please_sign_in
from api.pages.times import Zone, end_of
from api.reasons import reason
from api.v1.portfolio import MEDIA_TYPES, export_accounts
from api.v1.search import SearchFiltersDep, Text
from core.entities import AlertState
from core.errors import Unauthorized
from core.repository import PAGE_MAX
from pipelines.alerts.repository import AlertFilters
from pipelines.keys.service import Caller
from pipelines.portfolio.exports import Format, Shape, written

router = APIRouter(prefix="/exports", include_in_schema=False)

Form = Annotated[Format, Query(alias="format")]
Row = dict[str, Any]
_LIST = "; "


def _who(visitor: Visitor) -> Caller:
    if visitor is None:
        raise Unauthorized("sign in first")
    return visitor


Who = Annotated[Caller, Depends(_who)]


@router.get("/accounts")
def accounts(
    request: Request,
    services: ServicesDep,
    visitor: Visitor,
    filters: ChosenAccounts,
    shape: Shape = Shape.PLAIN,
    form: Form = Format.CSV,
) -> Response:
    """The portfolio."""
    return please_sign_in(request) if visitor is None else export_accounts(services, visitor, filters, shape, form)


@router.get("/requests")
def requests(
    services: ServicesDep,
    who: Who,
    filters: ChosenAccounts,
    status: Chosen = "",
    account_id: Chosen = "",
    form: Form = Format.CSV,
) -> Response:
    """The ledger."""
    return _file("requests", ranked(services, who.tenant_id, filters, status, account_id), form)


@router.get("/requests/{request_id}")
def mentions(request_id: uuid.UUID, services: ServicesDep, who: Who, form: Form = Format.CSV) -> Response:
    """Every sentence that asks for a request."""
    found = services.requests.one(who.tenant_id, request_id)
    rows = [{"request_id": found["request_id"], "title": found["title"]} | mention for mention in found["mentions"]]
    return _file("request", rows, form)


@router.get("/alerts")
def alerts(
    services: ServicesDep, who: Who, state: Chosen = "", owner: Chosen = "", form: Form = Format.CSV
) -> Response:
    """The inbox; the words behind an alert one after the other."""
    filters = AlertFilters(state=AlertState(state) if state in set(AlertState) else None, owner=owner or None)

    def rows() -> Iterator[Row]:
        cursor = None
        while True:
            found = services.alerts.inbox(who.tenant_id, filters, limit=PAGE_MAX, cursor=cursor)
            for alert in found.items:
                said = [item.get("text") or f"{item['kind']} since {item['since']}" for item in alert["evidence"]]
                yield alert | {"evidence": " | ".join(said)}
            cursor = found.next_cursor
            if cursor is None:
                return

    return _file("alerts", rows(), form)


@router.get("/themes")
def themes(
    services: ServicesDep,
    who: Who,
    filters: ChosenAccounts,
    days: Annotated[int, Query(ge=1, le=730)] = 90,
    form: Form = Format.CSV,
) -> Response:
    """Rivals, platforms and requests across accounts."""
    found = services.portfolio.themes(who.tenant_id, filters, days=days)
    rows = [{"theme": kind} | row for kind in ("rivals", "platforms", "requests") for row in found[kind]]
    return _file("themes", rows, form)


@router.get("/search")
def search(services: ServicesDep, who: Who, filters: SearchFiltersDep, q: Text, form: Form = Format.CSV) -> Response:
    """A row for each sentence that a search found, the best documents first."""
    found = services.search.search(who.tenant_id, q, filters, limit=PAGE_MAX)
    rows = [
        {
            "account_id": item["account_id"],
            "account_name": item["account_name"],
            "source": item["document"]["source"],
            "document_id": item["document"]["id"],
            "kind": item["kind"],
            "title": item["title"],
            "occurred_at": item["occurred_at"],
            "speaker": sentence["speaker"]["name"],
            "start": sentence["start"],
            "end": sentence["end"],
            "text": sentence["text"],
            "signals": [signal["label"] for signal in sentence["signals"]],
            "why": reason(sentence["why"]),
        }
        for item in found.items
        for sentence in item["sentences"]
    ]
    return _file("search", rows, form)


AccountId = Annotated[str, Query(max_length=512)]
AsOf = Annotated[datetime, Query()]


@router.get("/course")
def course(
    services: ServicesDep, who: Who, zone: Zone, account_id: AccountId, as_of: AsOf, form: Form = Format.CSV
) -> Response:
    """The picture of an account's score."""
    moments = course_moments(end_of(as_of, zone))
    rows = chart.layers(services.risk.course(who.tenant_id, account_id, moments), account_id)
    flat = [
        {"account_id": account_id, "day": row["date"], "score": row["score"], "level": row["level"]} | row["points"]
        for row in rows
    ]
    return _file("score", flat, form)


@router.get("/people")
def people(
    services: ServicesDep, who: Who, zone: Zone, account_id: AccountId, as_of: AsOf, form: Form = Format.CSV
) -> Response:
    """Who of an account takes part."""
    rows = services.portfolio.people(who.tenant_id, account_id, end_of(as_of, zone))
    return _file("people", rows, form)


@router.get("/timeline")
def timeline(
    services: ServicesDep, who: Who, zone: Zone, account_id: AccountId, as_of: AsOf, form: Form = Format.CSV
) -> Response:
    """An account's documents with the score after each; in CSV a row for each signal, and one where there is none."""
    found = services.portfolio.timeline(who.tenant_id, account_id, end_of(as_of, zone))
    return _file("timeline", found if form is Format.JSONL else _by_signal(found), form)


def _by_signal(items: Iterable[Row]) -> Iterator[Row]:
    for item in items:
        document = {key: item[key] for key in ("kind", "title", "occurred_at", "score", "change")}
        signals: list[Row] = item["signals"] or [{}]
        for signal in signals:
            said = {key: signal.get(key) for key in ("label", "points", "speaker", "start", "end", "text")}
            yield {"source": item["document"]["source"], "document_id": item["document"]["id"]} | document | said


@router.get("/document")
def document(
    services: ServicesDep, who: Who, source: AccountId, document_id: Annotated[str, Query(max_length=512)]
) -> Response:
    """A document with its text and signals, as JSON."""
    found = services.accounts.document(who.tenant_id, source, document_id)
    return JSONResponse(found, headers=_named("document", "json"))


@router.get("/quality")
def quality(services: ServicesDep, who: Who) -> Response:
    """The quality card, as JSON."""
    return JSONResponse(services.workspace.quality_card(who.tenant_id), headers=_named("quality", "json"))


def _file(name: str, rows: Iterable[Mapping[str, Any]], form: Format) -> Response:
    flat = ({key: _cell(value, form) for key, value in row.items()} for row in rows)
    return StreamingResponse(written(flat, form), media_type=MEDIA_TYPES[form], headers=_named(name, form.value))


def _cell(value: Any, form: Format) -> Any:
    """In CSV a list is one cell."""
    if form is Format.CSV and isinstance(value, list | tuple):
        return _LIST.join(str(part) for part in value)
    return value


def _named(name: str, suffix: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="foreshock-{name}.{suffix}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
