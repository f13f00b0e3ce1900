"""The page of search: a question, filters in the address, sentences with the words that matched and the reason."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError

from api.deps import Cursor, ServicesDep
from api.pages.marked import Part, marked
from api.pages.sessions import Visitor, page, please_sign_in
from api.reasons import reason
from api.v1.search import FiltersIn
from core.contracts import describe
from core.entities import Kind, Label, Side, Tier
from core.errors import Forbidden, ForeshockError, InputError
from pipelines.keys.service import Caller, Scope
from pipelines.search.filters import SearchFilters
from pipelines.search.saved import NAME_MAX
from pipelines.search.service import TEXT_MAX
from pipelines.services import Services

RESULTS = 10
CHOICES = {
    "kind": [kind.value for kind in Kind],
    "label": [label.value for label in Label],
    "side": [side.value for side in Side],
    "tier": [tier.value for tier in Tier],
}

Sent = Annotated[str, Form(max_length=TEXT_MAX)]
router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@dataclass(frozen=True, slots=True)
class Shown:
    """A sentence for the page: cut where words matched, with its reason in a line and where it leads."""

    parts: list[Part]
    why: str
    link: str
    like: str
    sentence: Mapping[str, Any]


@router.get("/search")
def search(
    request: Request,
    services: ServicesDep,
    visitor: Visitor,
    q: Annotated[str, Query()] = "",
    like: Annotated[str | None, Query(pattern="^[0-9a-f]{16}$")] = None,
    cursor: Cursor = None,
) -> Response:
    """Results of ``q`` under the filters of the address, or sentences ``like`` one."""
    if visitor is None:
        return please_sign_in(request)
    given = {name: request.query_params.get(name, "").strip() for name in FiltersIn.model_fields}
    given = {name: value for name, value in given.items() if value}
    context: dict[str, Any] = {
        "q": q, "given": given, "choices": CHOICES, "asked": bool(q.strip() or like), "like": like, "items": (),
        "next": None, "error": None, "text_max": TEXT_MAX, "name_max": NAME_MAX, "may_save": visitor.may(Scope.WRITE),
        "owners": services.accounts.choices(visitor.tenant_id)["owner"],
        "saved": [row | {"link": address_of(row["text"], row["filters"])}
                  for row in services.saved_searches.all(visitor.tenant_id)],
        "waiting": services.reindex.waiting(visitor.tenant_id),
        "shown": dict(given) | {"q": q},
    }  # fmt: skip
    status = 200
    try:
        context |= _results(services, visitor, q, like, given, cursor)
    except ForeshockError as error:
        context["error"], status = error.message, error.status
    return page(request, "search.html", context, status=status)


def sent_filters(
    account_id: Sent = "",
    tier: Sent = "",
    owner: Sent = "",
    kind: Sent = "",
    side: Sent = "",
    speaker: Sent = "",
    label: Sent = "",
    since: Sent = "",
    until: Sent = "",
) -> dict[str, str]:
    """The filters of a form; what is empty is not set."""
    sent = {
        "account_id": account_id, "tier": tier, "owner": owner, "kind": kind, "side": side, "speaker": speaker,
        "label": label, "since": since, "until": until,
    }  # fmt: skip
    return {name: value for name, value in sent.items() if value}


@router.post("/search/save")
def save(
    request: Request,
    services: ServicesDep,
    visitor: Visitor,
    given: Annotated[dict[str, str], Depends(sent_filters)],
    q: Sent = "",
    name: Sent = "",
    alert: Sent = "",
) -> Response:
    """Keep the search of the form."""
    if visitor is None:
        return please_sign_in(request)
    _may_write(visitor)
    called = (name.strip() or q)[:NAME_MAX]
    services.saved_searches.save(
        visitor.tenant_id, called, q, _filters(given), alert=bool(alert), person=visitor.person
    )
    return RedirectResponse(address_of(q, given), status_code=303)


@router.post("/search/forget")
def forget(
    request: Request, services: ServicesDep, visitor: Visitor, search_id: Annotated[uuid.UUID, Form()]
) -> Response:
    """Forget a saved search."""
    if visitor is None:
        return please_sign_in(request)
    _may_write(visitor)
    services.saved_searches.delete(visitor.tenant_id, search_id)
    return RedirectResponse("/search", status_code=303)


def _results(
    services: Services, visitor: Caller, q: str, like: str | None, given: dict[str, str], cursor: str | None
) -> dict[str, Any]:
    filters = _filters(given)
    if like:
        found = services.search.similar(visitor.tenant_id, int(like, 16), filters, limit=RESULTS)
        return {"items": [_shown(item, given) for item in found]}
    if not q.strip():
        return {}
    results = services.search.search(visitor.tenant_id, q, filters, limit=RESULTS, cursor=cursor)
    following = address_of(q, given | {"cursor": results.next_cursor}) if results.next_cursor else None
    return {"items": [_shown(item, given) for item in results.items], "next": following}


def _filters(given: Mapping[str, str]) -> SearchFilters:
    try:
        return FiltersIn.model_validate(given).filters()
    except ValidationError as error:
        raise InputError(describe(error)) from None


def _shown(item: dict[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    document = item["document"]
    place = f"/document/{quote(document['source'], safe='')}/{quote(document['id'], safe='')}"
    sentences = []
    for sentence in item["sentences"]:
        offset = sentence["start"]
        marks = [{"start": mark["start"] - offset, "end": mark["end"] - offset} for mark in sentence["marks"]]
        link = f"{place}?found={offset}-{sentence['end']}#found"
        like = address_of("", dict(given) | {"like": sentence["sentence_id"]})
        sentences.append(Shown(marked(sentence["text"], marks), reason(sentence["why"]), link, like, sentence))
    return item | {"place": place, "sentences": sentences}


def address_of(q: str, given: Mapping[str, Any]) -> str:
    """Where a search is shown."""
    return "/search?" + urlencode(({"q": q} if q else {}) | dict(given))


def _may_write(visitor: Caller) -> None:
    if not visitor.may(Scope.WRITE):
        raise Forbidden("this key may not write", remedy="use a key with the scope 'write'")
