"""Signing in: an API key in a cookie that scripts can't read, and pages that carry the headers to go with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Cookie, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.templating import Jinja2Templates

from api.deps import ServicesDep
from api.pages import times
from api.pages.direction import closed
from core.errors import ForeshockError, Unauthorized
from pipelines.keys.service import Caller, Scope

HERE = Path(__file__).parent
COOKIE = "foreshock_key"
_COOKIE_SECONDS = 12 * 3600
_POLICY = (
    "default-src 'self'; img-src 'self' data:; script-src {scripts}; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)

templates = Jinja2Templates(HERE / "templates")
templates.env.finalize = closed
templates.env.filters |= {"day": times.day, "minute": times.minute}
router = APIRouter(include_in_schema=False)

KeyCookie = Annotated[str | None, Cookie(alias=COOKIE)]


def reader_of_pages(services: ServicesDep, key: KeyCookie = None) -> Caller | None:
    """Who looks at a page; ``None`` where nobody is signed in."""
    try:
        return signed_in(services, key)
    except Unauthorized:
        return None


Visitor = Annotated[Caller | None, Depends(reader_of_pages)]


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
        signed_in(services, key)
    except ForeshockError:
        response.set_cookie(COOKIE, "refused", max_age=5, httponly=True, samesite="strict")
        return response
    response.set_cookie(COOKIE, key, max_age=_COOKIE_SECONDS, httponly=True, samesite="strict")
    response.headers["Cache-Control"] = "no-store"
    return response


def signed_in(services: Any, key: str | None) -> Caller:
    """Whose key it is.

    Raises:
        Unauthorized: if it is nobody's, or may not read.
    """
    caller: Caller = services.keys.authenticate(key or "")
    if not caller.may(Scope.READ):
        raise Unauthorized("this key may not read")
    return caller


def please_sign_in(request: Request) -> Response:
    """The form, with a word if a key was refused."""
    failed = COOKIE in request.cookies
    return page(request, "login.html", {"failed": failed}, status=401 if failed else 200)


def nothing(request: Request, what: str) -> Response:
    """That there is no such thing, in words."""
    return page(request, "nothing.html", {"what": what}, status=404)


def page(
    request: Request, template: str, context: dict[str, Any], status: int = 200, *, scripts: bool = False
) -> Response:
    """A page; templates escape everything, and the policy forbids inline scripts and foreign hosts.

    With ``scripts`` our own static modules may run; without, none, but for the one that tells an unknown zone.
    """
    asks_zone = times.COOKIE not in request.cookies
    zone = times.zone_name(request)
    headers = {
        "Content-Security-Policy": _POLICY.format(scripts="'self'" if scripts or asks_zone else "'none'"),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    context = {"zone": zone, "asks_zone": asks_zone} | context
    with times.shown_in(zone):
        return templates.TemplateResponse(request, template, context, status_code=status, headers=headers)
