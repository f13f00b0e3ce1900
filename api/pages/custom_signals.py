"""Pages of a workspace's own signals: define one, see what it is worth, pick what to label next, serve or retire it."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.deps import Labeler, ServicesDep
from api.pages.forms import Form
from api.pages.labeling import Visitor, refused
from api.pages.sessions import page
from core.custom_labels import slug_of_label
from core.errors import Conflict, ForeshockError, InputError, NotFound
from labeling.custom import EXAMPLES_MIN, NEXT
from labeling.members import Role
from labeling.signals.definition import Definition
from pipelines.services import Services

router = APIRouter(prefix="/label/signals", include_in_schema=False, default_response_class=HTMLResponse)

_DONE = {
    "made": "Made. What it is worth by now stands below.",
    "fitted": "Fitted on all that was said by now.",
    "examples": "Taken, and fitted anew.",
    "active": "Serves. New documents are read for it at once, earlier ones in the background.",
    "retired": "Retired: what it had found is gone from every list. Its answers stay.",
    "none": "Nothing is left to pick: every sentence of the sample was asked for, or none is given.",
}
Done = Annotated[str | None, Query(pattern=f"^({'|'.join(_DONE)})$")]


@router.get("")
def signals(request: Request, services: ServicesDep, visitor: Visitor) -> Response:
    """All of them, and the form for a new one."""
    if isinstance(visitor, ForeshockError):
        return refused(request, visitor)
    return _list(request, services, visitor)


@router.post("")
def create(request: Request, services: ServicesDep, visitor: Visitor, form: Form) -> Response:
    """Define a signal."""
    if isinstance(visitor, ForeshockError):
        return refused(request, visitor)
    right, wrong = _lines(form.get("examples", "")), _lines(form.get("counterexamples", ""))
    definition = Definition(form.get("name", ""), form.get("description", ""), right, wrong)
    try:
        made = services.labeling.signals.create(visitor.tenant_id, visitor.member, definition)
    except (InputError, Conflict) as error:
        return _list(request, services, visitor, error=str(error), given=form)
    except ForeshockError as error:
        return page(request, "nothing.html", {"what": error.message.capitalize()}, error.status)
    return _to(made["slug"], "made")


def _list(
    request: Request,
    services: Services,
    visitor: Labeler,
    *,
    error: str | None = None,
    given: dict[str, str] | None = None,
) -> Response:
    context = {
        "signals": services.labeling.signals.all(visitor.tenant_id),
        "may_make": visitor.member.is_at_least(Role.ADMIN),
        "given": given or {},
        "error": error,
        "minimum": EXAMPLES_MIN,
    }
    return page(request, "label_signals.html", context, 422 if error else 200)


@router.get("/{slug}")
def signal(request: Request, slug: str, services: ServicesDep, visitor: Visitor, done: Done = None) -> Response:
    """One signal: what it is worth, what it would find, what was fitted before."""
    if isinstance(visitor, ForeshockError):
        return refused(request, visitor)
    return _one(request, services, visitor, slug, done=_DONE[done] if done else None)


@router.post("/{slug}")
def act(request: Request, slug: str, services: ServicesDep, visitor: Visitor, form: Form) -> Response:
    """Pick the next, check, fit, add examples, serve, retire."""
    if isinstance(visitor, ForeshockError):
        return refused(request, visitor)
    own, tenant, member = services.labeling.signals, visitor.tenant_id, visitor.member
    try:
        match form.get("action"):
            case "next" | "check" as action:
                put = own.next(tenant, member, slug, NEXT, check=action == "check")
                return _to(slug, "none") if not put.added else RedirectResponse(f"/label/{put.queue}", status_code=303)
            case "fit":
                own.estimate(tenant, slug)
                return _to(slug, "fitted")
            case "examples":
                right, wrong = _lines(form.get("examples", "")), _lines(form.get("counterexamples", ""))
                own.add_examples(tenant, member, slug, right, wrong)
                return _to(slug, "examples")
            case "activate":
                own.activate(tenant, member, slug)
                return _to(slug, "active")
            case "retire":
                own.retire(tenant, member, slug)
                return _to(slug, "retired")
        raise InputError("this form is not one of ours", where="action")
    except InputError as error:
        return _one(request, services, visitor, slug, error=str(error))
    except ForeshockError as error:
        return page(request, "nothing.html", {"what": error.message.capitalize()}, error.status)


def _one(
    request: Request,
    services: Services,
    visitor: Labeler,
    slug: str,
    *,
    done: str | None = None,
    error: str | None = None,
) -> Response:
    own = services.labeling.signals
    try:
        found = own.one(visitor.tenant_id, slug)
        likely = own.likeliest(visitor.tenant_id, slug)
    except NotFound as missing:
        return page(request, "nothing.html", {"what": missing.message.capitalize()}, 404)
    context = {
        "signal": found,
        "likely": likely,
        "may_make": visitor.member.is_at_least(Role.ADMIN),
        "may_pick": visitor.member.is_at_least(Role.REVIEWER),
        "count": NEXT,
        "done": done,
        "error": error,
    }
    return page(request, "label_signal.html", context, 422 if error else 200)


def _to(slug: str, done: str) -> Response:
    return RedirectResponse(f"/label/signals/{quote(slug, safe='')}?done={done}", status_code=303)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def own_names(services: Services, tenant_id: str, labels: set[str]) -> dict[str, dict[str, Any]]:
    """Names and colours of those of these labels that the workspace made itself; asks nothing where there is none."""
    if not any(slug_of_label(label) for label in labels):
        return {}
    known = services.labeling.signals.names(tenant_id)
    return {label: known[label] for label in labels if label in known}


def marks(services: Services, tenant_id: str, signals: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A document's signals with the class that marks each and the name that people read; the legend is made of them."""
    known = own_names(services, tenant_id, {signal["label"] for signal in signals})
    return [signal | _mark(signal["label"], known) for signal in signals]


def _mark(label: str, known: dict[str, dict[str, Any]]) -> dict[str, str]:
    if (own := known.get(label)) is not None:
        return {"mark": f"own c{own['colour']}", "name": own["name"]}
    return {"mark": label, "name": label.replace("_", " ").capitalize()}


def legend(signals: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Each mark of these once, with its name."""
    return [{"mark": mark, "name": name} for mark, name in dict.fromkeys((s["mark"], s["name"]) for s in signals)]
