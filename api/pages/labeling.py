"""The pages of people who label: their queues, and one task after the other.

Everything works as plain forms; a small module adds the keys (``static/label.js``).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from markdown_it import MarkdownIt
from markupsafe import Markup

from api.deps import Labeler, ServicesDep, labeler_of
from api.pages.forms import Form
from api.pages.label_form import answer_of, parts_of, rows_of, spans_of_form, window_of
from api.pages.sessions import KeyCookie, page, please_sign_in
from core.custom_labels import slug_of_label
from core.errors import Conflict, Forbidden, ForeshockError, InputError, NotFound, Unauthorized
from labeling.guideline import guideline
from labeling.members import Role
from labeling.queues.rules import TITLES, Strategy
from labeling.records import AnnotationState, LabelledSpan, Suggestion
from labeling.service import Handed, Nothing, masked_view
from pipelines.keys.service import Scope
from pipelines.services import Services

router = APIRouter(prefix="/label", include_in_schema=False, default_response_class=HTMLResponse)

_STATES = {
    "submit": AnnotationState.SUBMITTED,
    "skip": AnnotationState.SKIPPED,
    "draft": AnnotationState.DRAFT,
}
FILLS = (Strategy.ABSTAIN, Strategy.DIVERSE, Strategy.DISAGREEMENT, Strategy.RANDOM)
FILL_SIZE, FILL_DOCUMENTS = 50, 100


def _visitor(services: ServicesDep, key: KeyCookie = None) -> Labeler | ForeshockError:
    """Who labels; or why the one who looks at the page does not."""
    try:
        caller = services.keys.authenticate(key or "")
        if not caller.may(Scope.LABEL):
            return Forbidden("this key is not for labeling")
        return labeler_of(services, caller)
    except (Unauthorized, Forbidden) as error:
        return error


Visitor = Annotated[Labeler | ForeshockError, Depends(_visitor)]


@router.get("")
def queues(request: Request, services: ServicesDep, visitor: Visitor) -> Response:
    """The queues given to a person, how far they are, and how fast the person is."""
    if isinstance(visitor, ForeshockError):
        return refused(request, visitor)
    return _queues(request, services, visitor)


@router.post("/{queue}/fill")
def fill(request: Request, queue: str, services: ServicesDep, visitor: Visitor, form: Form) -> Response:
    """Look for sentences worth judging."""
    if isinstance(visitor, ForeshockError):
        return refused(request, visitor)
    try:
        size = int(form.get("size", FILL_SIZE))
        filled = services.labeling.queues.fill(visitor.tenant_id, visitor.member, queue, size, documents=FILL_DOCUMENTS)
    except ValueError:
        return _queues(request, services, visitor, error="How many must be a whole number.")
    except ForeshockError as error:
        return _queues(request, services, visitor, error=str(error))
    said = f"{filled.added} added of {filled.found} found in {filled.documents} documents"
    said += f", {filled.near_duplicates} left out as near-duplicates" if filled.near_duplicates else ""
    said += f"; {filled.random_added} more drawn at random" if filled.random_added else ""
    return _queues(request, services, visitor, done=f"{said}.")


def _queues(
    request: Request, services: Services, visitor: Labeler, *, done: str | None = None, error: str | None = None
) -> Response:
    found = services.labeling.queues.overview(visitor.tenant_id, visitor.member)
    admin = visitor.member.is_at_least(Role.ADMIN)
    names = {row["queue"] for row in found}
    context = {
        "member": visitor.member,
        "queues": found,
        "pace": services.labeling.tasks.pace(visitor.tenant_id, visitor.member),
        "fills": [name.value for name in FILLS] if admin else [],
        "missing": [name.value for name in FILLS if name.value not in names] if admin else [],
        "titles": {name.value: TITLES[name] for name in FILLS},
        "size": FILL_SIZE,
        "done": done,
        "error": error,
    }
    return page(request, "label_queues.html", context, 422 if error else 200)


@router.get("/{queue}")
def task(
    request: Request,
    queue: str,
    services: ServicesDep,
    visitor: Visitor,
    masked: bool = False,
    said: Annotated[str | None, Query(pattern="^(submit|skip|draft|undo)$")] = None,
    copies: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> Response:
    """The task in a person's hand."""
    if isinstance(visitor, ForeshockError):
        return refused(request, visitor)
    try:
        return _task(request, services, visitor, queue, masked=masked, said=said, copies=copies)
    except NotFound:
        return page(request, "nothing.html", {"what": "No such queue, or not given to you"}, 404)


@router.post("/{queue}")
def say(request: Request, queue: str, services: ServicesDep, visitor: Visitor, form: Form) -> Response:
    """What a person says of their task: submitted, skipped, kept as a draft; or their last word taken back."""
    if isinstance(visitor, ForeshockError):
        return refused(request, visitor)
    action, masked = form.get("action", "submit"), form.get("masked") == "1"
    spans: Sequence[LabelledSpan] | None = None
    try:
        if action == "undo":
            services.labeling.tasks.undo(visitor.tenant_id, visitor.member, queue)
            return _on(queue, action, 0, masked)
        if action not in _STATES or not form.get("task", "").isdecimal():
            raise InputError("this form is not one of ours", where="action")
        spans = spans_of_form(form)
        answer = answer_of(form, _STATES[action])
        receipt = services.labeling.tasks.answer(visitor.tenant_id, visitor.member, int(form["task"]), answer)
    except NotFound as error:
        return page(request, "nothing.html", {"what": error.message}, 404)
    except (InputError, Conflict) as error:
        return _task(request, services, visitor, queue, masked=masked, error=str(error), spans=spans)
    return _on(queue, action, receipt.copies, masked)


def _on(queue: str, said: str, copies: int, masked: bool) -> Response:
    query = f"?said={said}" + (f"&copies={copies}" if copies else "") + ("&masked=true" if masked else "")
    return RedirectResponse(f"/label/{queue}{query}", status_code=303)


def _task(
    request: Request,
    services: Services,
    visitor: Labeler,
    queue: str,
    *,
    masked: bool,
    said: str | None = None,
    copies: int = 0,
    error: str | None = None,
    spans: Sequence[LabelledSpan] | None = None,
) -> Response:
    tenant, member = visitor.tenant_id, visitor.member
    found = services.labeling.tasks.next(tenant, member, queue)
    rules = services.labeling.queues.one(tenant, member, queue)
    context: dict[str, Any] = {
        "queue": rules,
        "pace": services.labeling.tasks.pace(tenant, member),
        "guideline": _guideline(),
        "guideline_version": guideline().version,
        "said": said,
        "copies": copies,
        "error": error,
        "masked": masked,
        "why": found.why if isinstance(found, Nothing) else None,
        "own": {},
    }
    slug = slug_of_label(rules["labels"][0])
    if slug is not None:
        context["about"] = services.labeling.signals.about(tenant, slug)
        context["own"] = {rules["labels"][0]: context["about"]}
    if isinstance(found, Handed):
        context |= _of_task(services, visitor, found, rules, masked, spans)
    return page(request, "label_task.html", context, 422 if error else 200, scripts=True)


def _of_task(
    services: Services,
    visitor: Labeler,
    task: Handed,
    rules: Mapping[str, Any],
    masked: bool,
    spans: Sequence[LabelledSpan] | None,
) -> dict[str, Any]:
    view = masked_view(task.view) if masked and not task.masked else task.view
    rows = rows_of(task, rules["labels"], spans)
    record = view.record
    window = window_of(record.text, record.start, record.end)
    record_id = uuid.UUID(view.record.record_id)
    return {
        "task": task,
        "view": view,
        "rows": rows,
        "window": window,
        "parts": parts_of(window, ((row.label, row.start, row.end) for row in rows if row.on)),
        "covered": masked or task.masked,
        "comments": services.labeling.archive.comments(visitor.tenant_id, visitor.member, record_id),
        "suggestion": view.record.suggestion,
        "author": _author(view.record.suggestion),
        "sample": task.queue == Strategy.RANDOM.value,
    }


def _author(suggestion: Suggestion | None) -> str:
    """Whose thoughts are filled in, in words."""
    name, _, version = (suggestion.model_version if suggestion else "").partition("@")
    if name == "functions":
        return f"labeling functions, version {version}"
    return f"version {version} of this signal" if slug_of_label(name) else f"the reader {name}"


@lru_cache(maxsize=1)
def _guideline() -> Markup:
    """The standard as HTML; raw HTML in it would be shown as text."""
    return Markup(MarkdownIt("commonmark", {"html": False}).enable("table").render(guideline().text))


def refused(request: Request, error: ForeshockError) -> Response:
    """Why somebody does not see the pages of labeling: to sign in, or not to label."""
    if isinstance(error, Unauthorized):
        return please_sign_in(request)
    return page(request, "nothing.html", {"what": error.message.capitalize()}, 403)
