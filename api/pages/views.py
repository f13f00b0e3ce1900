"""The start page: accounts by risk, and the way to the API docs.

A browser signs in with an API key once (``/login?key=…``, as ``foreshock serve`` prints it); the key then lives in a
cookie that scripts can't read. Templates escape everything; the policy below forbids inline scripts and foreign hosts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Cookie, FastAPI, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

from api.deps import Cursor, ServicesDep
from core.errors import ForeshockError, Unauthorized
from pipelines.keys.service import Caller, Scope

HERE = Path(__file__).parent
COOKIE = "foreshock_key"
_COOKIE_SECONDS = 12 * 3600
_POLICY = "default-src 'self'; script-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

templates = Jinja2Templates(HERE / "templates")
router = APIRouter(include_in_schema=False)

KeyCookie = Annotated[str | None, Cookie(alias=COOKIE)]


def configure(app: FastAPI) -> None:
    """Add the pages and their style sheet."""
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.include_router(router)


@router.get("/", response_class=HTMLResponse)
def start(request: Request, services: ServicesDep, key: KeyCookie = None, cursor: Cursor = None) -> Response:
    """Accounts by risk."""
    try:
        caller = _signed_in(services, key)
    except Unauthorized:
        return _page(request, "login.html", {"failed": key is not None}, status=401 if key else 200)
    page = services.accounts.by_risk(caller.tenant_id, limit=50, cursor=cursor)
    context = {
        "accounts": page.items,
        "next_cursor": page.next_cursor,
        "counts": services.accounts.counts(caller.tenant_id),
        "waiting": sum(services.accounts.open_jobs(caller.tenant_id).values()),
        "tenant": caller.tenant_id,
    }
    return _page(request, "start.html", context)


@router.get("/login")
def login(services: ServicesDep, key: str = "") -> Response:
    """Sign in by link, as ``foreshock serve`` prints it."""
    return _sign_in(services, key)


@router.post("/login")
def login_form(services: ServicesDep, key: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Sign in by form."""
    return _sign_in(services, key.strip())


@router.post("/logout")
def logout() -> Response:
    """Forget the key."""
    response = RedirectResponse("/", status_code=303)
    response.delete_cookie(COOKIE)
    return response


def _sign_in(services: Any, key: str) -> Response:
    response = RedirectResponse("/", status_code=303)
    try:
        _signed_in(services, key)
    except ForeshockError:
        response.set_cookie(COOKIE, "refused", max_age=5, httponly=True, samesite="strict")
        return response
    response.set_cookie(COOKIE, key, max_age=_COOKIE_SECONDS, httponly=True, samesite="strict")
    response.headers["Cache-Control"] = "no-store"
    return response


def _signed_in(services: Any, key: str | None) -> Caller:
    caller: Caller = services.keys.authenticate(key or "")
    if not caller.may(Scope.READ):
        raise Unauthorized("this key may not read")
    return caller


def _page(request: Request, template: str, context: dict[str, Any], status: int = 200) -> Response:
    headers = {
        "Content-Security-Policy": _POLICY,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return templates.TemplateResponse(request, template, context, status_code=status, headers=headers)
