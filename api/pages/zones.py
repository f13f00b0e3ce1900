"""The page where somebody says in which zone times are written."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.pages import times
from api.pages.forms import Form
from api.pages.sessions import page

router = APIRouter(prefix="/times", include_in_schema=False, default_response_class=HTMLResponse)

_YEAR_SECONDS = 365 * 24 * 3600


@router.get("")
def choose(request: Request) -> Response:
    """The zones to choose from."""
    return page(request, "times.html", {"zones": times.zones()})


@router.post("")
def chosen(request: Request, form: Form) -> Response:
    """Keep a zone for a year, or ask the browser again from now on."""
    name = form.get("zone", "")
    response = RedirectResponse("/times", status_code=303)
    if name in times.available_names():
        response.set_cookie(times.COOKIE, quote(name, safe=""), max_age=_YEAR_SECONDS, samesite="strict")
    else:
        response.delete_cookie(times.COOKIE)
    return response
