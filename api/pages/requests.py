"""The ledger of requests: the list, and one request with what may be done to it. Every step can be undone there."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.deps import ServicesDep, who_says
from api.pages.chosen import Chosen, ChosenAccounts
from api.pages.forms import FormLists
from api.pages.sessions import Visitor, nothing, page, please_sign_in
from api.v1.requests import accounts_asking
from core.entities import RequestStatus
from core.errors import Forbidden, ForeshockError, InputError, NotFound
from pipelines.accounts.repository import AccountFilters
from pipelines.keys.service import Caller, Scope
from pipelines.requests.service import TITLE_MAX
from pipelines.services import Services

router = APIRouter(prefix="/requests", include_in_schema=False, default_response_class=HTMLResponse)

STATUSES = [status.value for status in RequestStatus]
SAID = {
    "changed": "Changed.",
    "merged": "Merged. The history below takes it back.",
    "split": "Split off. The history below takes it back.",
    "undone": "Undone.",
}
Said = Annotated[str, Query(max_length=20)]


@router.get("")
def ledger(
    request: Request,
    services: ServicesDep,
    visitor: Visitor,
    filters: ChosenAccounts,
    status: Chosen = "",
    account_id: Chosen = "",
) -> Response:
    """What accounts ask for, those with the most revenue behind them first."""
    if visitor is None:
        return please_sign_in(request)
    return _ledger(request, services, visitor, filters, status, account_id)


def _ledger(
    request: Request,
    services: Services,
    visitor: Caller,
    filters: AccountFilters = AccountFilters(),  # noqa: B008  frozen
    status: str = "",
    account_id: str = "",
    problem: str = "",
) -> Response:
    tenant = visitor.tenant_id
    chosen = {"status": status if status in STATUSES else "", "account_id": account_id.strip()} | asdict(filters)
    context = {
        "requests": ranked(services, tenant, filters, status, account_id),
        "chosen": {name: value for name, value in chosen.items() if value},
        "choices": services.accounts.choices(tenant) | {"status": STATUSES},
        "may_write": visitor.may(Scope.WRITE),
        "problem": problem,
    }
    return page(request, "requests.html", context, 422 if problem else 200)


def ranked(
    services: Services, tenant_id: str, filters: AccountFilters, status: str, account_id: str
) -> list[dict[str, Any]]:
    """The ledger under the filters of an address."""
    accounts = accounts_asking(services, tenant_id, filters, account_id.strip() or None)
    return services.requests.ranked(tenant_id, RequestStatus(status) if status in STATUSES else None, accounts)


@router.post("/merge")
def merge_chosen(request: Request, services: ServicesDep, visitor: Visitor, form: FormLists) -> Response:
    """The chosen requests become one: the first of the list that was chosen."""
    if visitor is None:
        return please_sign_in(request)
    try:
        _may_write(visitor)
        chosen = _ids(form, "request")
        if len(chosen) < 2:
            raise InputError("choose two requests or more")
        for other in chosen[1:]:
            services.requests.merge(visitor.tenant_id, other, chosen[0], by=who_says(visitor))
    except ForeshockError as error:
        return _ledger(request, services, visitor, problem=error.message)
    return RedirectResponse(f"/requests/{chosen[0]}?said=merged", status_code=303)


@router.get("/{request_id}")
def one(request_id: uuid.UUID, request: Request, services: ServicesDep, visitor: Visitor, said: Said = "") -> Response:
    """One request: who asks for it in which words, what is like it, what was done to it."""
    if visitor is None:
        return please_sign_in(request)
    return _one(request, services, visitor, request_id, said=SAID.get(said, ""))


def _one(
    request: Request, services: Services, visitor: Caller, request_id: uuid.UUID, *, said: str = "", problem: str = ""
) -> Response:
    tenant = visitor.tenant_id
    try:
        found = services.requests.one(tenant, request_id)
    except NotFound:
        return nothing(request, "No such request")
    if found["request_id"] != str(request_id):
        return RedirectResponse(f"/requests/{found['request_id']}", status_code=303)
    others = [row for row in services.requests.ranked(tenant) if row["request_id"] != found["request_id"]]
    context = {
        "wish": found,
        "alike": services.requests.alike(tenant, request_id),
        "others": sorted(others, key=lambda row: str(row["title"]).casefold()),
        "statuses": STATUSES,
        "title_max": TITLE_MAX,
        "may_write": visitor.may(Scope.WRITE),
        "said": said,
        "problem": problem,
    }
    return page(request, "request.html", context, 422 if problem else 200)


@router.post("/{request_id}")
def act(request_id: uuid.UUID, request: Request, services: ServicesDep, visitor: Visitor, form: FormLists) -> Response:
    """What the form asks for: another title or status, a merge, a split, a step taken back."""
    if visitor is None:
        return please_sign_in(request)
    do = _one_of(form, "do")
    try:
        _may_write(visitor)
        if do not in _DEEDS:
            raise InputError("that can't be done to a request")
        where = _DEEDS[do](services, visitor, request_id, form)
    except NotFound as error:
        return nothing(request, error.message.capitalize())
    except ForeshockError as error:
        return _one(request, services, visitor, request_id, problem=error.message)
    done = {"change": "changed", "merge": "merged", "split": "split", "undo": "undone"}[do]
    return RedirectResponse(f"/requests/{where}?said={done}", status_code=303)


_Lists = dict[str, list[str]]


def _change(services: Services, visitor: Caller, request_id: uuid.UUID, form: _Lists) -> str:
    title, status = _one_of(form, "title"), _one_of(form, "status")
    if status not in STATUSES:
        raise InputError("that is no status")
    _check_title(title)
    by = who_says(visitor)
    found = services.requests.change(visitor.tenant_id, request_id, title=title, status=RequestStatus(status), by=by)
    return str(found["request_id"])


def _merge(services: Services, visitor: Caller, request_id: uuid.UUID, form: _Lists) -> str:
    into = _ids(form, "into")
    if not into:
        raise InputError("choose the request that it becomes part of")
    return str(services.requests.merge(visitor.tenant_id, request_id, into[0], by=who_says(visitor))["request_id"])


def _split(services: Services, visitor: Caller, request_id: uuid.UUID, form: _Lists) -> str:
    title, signals = _one_of(form, "new_title"), _ids(form, "mention")
    if not signals:
        raise InputError("choose the sentences that ask for something else")
    _check_title(title)
    by = who_says(visitor)
    return str(services.requests.split(visitor.tenant_id, request_id, signals, title, by=by)["request_id"])


def _undo(services: Services, visitor: Caller, request_id: uuid.UUID, form: _Lists) -> str:
    step = _one_of(form, "event_id")
    if not step.isdecimal():
        raise InputError("that is no step of the history")
    return str(services.requests.undo(visitor.tenant_id, request_id, int(step), by=who_says(visitor))["request_id"])


_DEEDS: dict[str, Callable[[Services, Caller, uuid.UUID, _Lists], str]] = {
    "change": _change,
    "merge": _merge,
    "split": _split,
    "undo": _undo,
}


def _check_title(title: str) -> None:
    if not 0 < len(title) <= TITLE_MAX:
        raise InputError(f"a title has 1 to {TITLE_MAX} characters")


def _may_write(visitor: Caller) -> None:
    if not visitor.may(Scope.WRITE):
        raise Forbidden("this key may only read")


def _one_of(form: _Lists, name: str) -> str:
    return " ".join((form.get(name) or [""])[-1].split())


def _ids(form: _Lists, name: str) -> list[uuid.UUID]:
    try:
        return [uuid.UUID(value) for value in form.get(name, ())]
    except ValueError:
        raise InputError("this form is not one of ours") from None
