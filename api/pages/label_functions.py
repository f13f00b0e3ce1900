"""The page of labeling functions: a form for one, the whole file in TOML, and what they do."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.deps import Labeler, ServicesDep
from api.pages.forms import Form
from api.pages.labeling import Visitor, refused
from api.pages.sessions import page
from core.entities import Kind, Label, Side
from core.errors import ForeshockError, InputError
from labeling.members import Role
from labeling.weak.file import NEAR
from pipelines.services import Services

router = APIRouter(prefix="/label/functions", include_in_schema=False, default_response_class=HTMLResponse)

FINDERS = {
    "phrases": "any of these phrases, one a line",
    "pattern": "a pattern, in RE2's syntax",
    "names": "names of the workspace: product, rival, suite, own; one a line",
    "examples": "something like these sentences, one a line",
    "where": "nothing: the facts below are enough",
}
Done = Annotated[str | None, Query(pattern="^(kept|added)$")]


@router.get("")
def functions(request: Request, services: ServicesDep, visitor: Visitor, done: Done = None) -> Response:
    """The functions that there are, with what they do."""
    if isinstance(visitor, ForeshockError):
        return refused(request, visitor)
    return _shown(request, services, visitor, done=done)


@router.post("")
def write(request: Request, services: ServicesDep, visitor: Visitor, form: Form) -> Response:
    """Keep the whole file, or add one function."""
    if isinstance(visitor, ForeshockError):
        return refused(request, visitor)
    kept, tenant, member = services.labeling.functions, visitor.tenant_id, visitor.member
    adding = form.get("action") == "add"
    try:
        if adding:
            kept.append(tenant, member, _row(form))
        else:
            kept.put(tenant, member, form.get("text", ""))
    except InputError as error:
        text = None if adding else form.get("text", "")
        return _shown(request, services, visitor, error=str(error), text=text, form=form if adding else None)
    except ForeshockError as error:
        return page(request, "nothing.html", {"what": error.message.capitalize()}, error.status)
    return RedirectResponse(f"/label/functions?done={'added' if adding else 'kept'}", status_code=303)


def _row(form: dict[str, str]) -> dict[str, Any]:
    """The form as a function of the file; what is wrong with it, the file's reader says."""
    finder, lines = form.get("finder", ""), [line.strip() for line in form.get("what", "").splitlines() if line.strip()]
    row: dict[str, Any] = {"name": form.get("name", "").strip(), "label": form.get("label", "")}
    if form.get("says") == "no":
        row["says"] = False
    if finder == "pattern":
        row["pattern"] = form.get("what", "").strip()
    elif finder in FINDERS and finder != "where":
        row[finder] = lines
    if finder == "examples":
        try:
            row["at_least"] = float(form.get("at_least") or NEAR)
        except ValueError:
            raise InputError("must be a number", where="at_least") from None
    where = {fact: [form[fact]] for fact in ("kind", "side") if form.get(fact)}
    return row | ({"where": where} if where else {})


def _shown(
    request: Request,
    services: Services,
    visitor: Labeler,
    *,
    done: str | None = None,
    error: str | None = None,
    text: str | None = None,
    form: dict[str, str] | None = None,
) -> Response:
    tenant = visitor.tenant_id
    found = services.labeling.functions.current(tenant)
    names = services.labeling.signals.names(tenant)
    context = {
        "functions": found,
        "report": services.labeling.functions.report(tenant) if found["version"] else None,
        "text": found["text"] if text is None else text,
        "form": form or {},
        "labels": {label.value: label.value.replace("_", " ").capitalize() for label in Label}
        | {label: own["name"] for label, own in names.items()},
        "finders": FINDERS,
        "kinds": [kind.value for kind in Kind],
        "sides": [side.value for side in Side],
        "near": NEAR,
        "may_write": visitor.member.is_at_least(Role.ADMIN),
        "done": {"kept": "Kept.", "added": "Added at the end of the file.", None: None}[done],
        "error": error,
    }
    return page(request, "label_functions.html", context, 422 if error else 200)
