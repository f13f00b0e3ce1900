"""The page of model versions: what serves, candidates beside it, what a promotion would change, and what was when.

Reviewers look, admins act. Everything is a plain form; what takes long is a job, and the page says how far it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.deps import Labeler, ServicesDep
from api.pages.forms import Form
from api.pages.labeling import Visitor
from api.pages.sessions import page, please_sign_in
from api.v1.models import job_shown
from core.errors import Forbidden, ForeshockError, InputError, NotFound, Unauthorized
from labeling.members import Role
from labeling.snapshots.service import snapshot_json
from pipelines.learn.jobs import JobKind
from pipelines.learn.service import Override
from pipelines.services import Services

router = APIRouter(prefix="/label/models", include_in_schema=False, default_response_class=HTMLResponse)

JOBS_SHOWN = 8
EVENTS_SHOWN = 20
SENTENCES_SHOWN = 50
_OVER = ("done", "failed", "cancelled")


@router.get("")
def versions(request: Request, services: ServicesDep, visitor: Visitor, said: str = "", problem: str = "") -> Response:
    """What serves, all versions, snapshots, work at hand, and what was in production when."""
    if isinstance(visitor, ForeshockError):
        return _refused(request, visitor)
    try:
        visitor.member.require(Role.REVIEWER)
    except Forbidden as error:
        return _refused(request, error)
    tenant, learning = visitor.tenant_id, services.learning
    context = {
        "overview": learning.models.overview(tenant),
        "waiting": learning.rereading.waiting(tenant),
        "snapshots": [snapshot_json(item) for item in services.labeling.snapshots.list(tenant, visitor.member)],
        "jobs": learning.jobs.page(tenant, limit=JOBS_SHOWN).items,
        "over": _OVER,
        "history": learning.models.history(tenant, limit=EVENTS_SHOWN).items,
        "shadow": learning.shadow.report(tenant),
        "admin": visitor.member.is_at_least(Role.ADMIN),
        "said": said[:500],
        "problem": problem[:2_000],
    }
    return page(request, "label_models.html", context)


@router.get("/{version}")
def version(
    request: Request, version: str, services: ServicesDep, visitor: Visitor, said: str = "", problem: str = ""
) -> Response:
    """One version: how it was made, how it compares, what it would change."""
    if isinstance(visitor, ForeshockError):
        return _refused(request, visitor)
    try:
        visitor.member.require(Role.REVIEWER)
        found = services.learning.models.one(visitor.tenant_id, version)
    except Forbidden as error:
        return _refused(request, error)
    except NotFound:
        return page(request, "nothing.html", {"what": "No such model version"}, 404)
    context = {
        "version": found,
        "serving": services.learning.models.overview(visitor.tenant_id)["serving"],
        "preview": _newest_preview(services, visitor, version),
        "admin": visitor.member.is_at_least(Role.ADMIN),
        "said": said[:500],
        "problem": problem[:2_000],
    }
    return page(request, "label_model.html", context)


def _newest_preview(services: Services, visitor: Labeler, version: str) -> dict[str, Any] | None:
    """The last preview of a version that was finished, with its words."""
    for job in services.learning.jobs.page(visitor.tenant_id, JobKind.PREVIEW, limit=50).items:
        if job["arguments"].get("version") == version and job["state"] == "done":
            shown = job_shown(services, visitor.tenant_id, job["job_id"])
            return dict(shown["result"]) | {"made_at": shown["finished_at"], "listed": SENTENCES_SHOWN}
    return None


@router.post("")
def act(request: Request, services: ServicesDep, visitor: Visitor, form: Form) -> Response:
    """What a form asks for; then the page it came from, with a word on what became of it."""
    if isinstance(visitor, ForeshockError):
        return _refused(request, visitor)
    name = form.get("version", "")
    try:
        do = _ACTIONS.get(form.get("do", ""))
        if do is None:
            raise InputError("this form is not one of ours", where="do")
        told = {"said": do(services, visitor, form)}
    except ForeshockError as error:
        told = {"problem": str(error)}
    place = f"/label/models/{quote(name, safe='')}" if name and form.get("back") == "version" else "/label/models"
    return RedirectResponse(f"{place}?{urlencode(told)}", status_code=303)


def _snapshot(services: Services, visitor: Labeler, form: dict[str, str]) -> str:
    made, fresh = services.labeling.snapshots.make(visitor.tenant_id, visitor.member, form.get("note") or None)
    return f"Snapshot {made.number} was made." if fresh else f"Nothing new was said since snapshot {made.number}."


def _train(services: Services, visitor: Labeler, form: dict[str, str]) -> str:
    started = services.learning.models.start_training(
        visitor.tenant_id, visitor.member, snapshot=_number(form, "snapshot"), full=form.get("full") == "on"
    )
    return _queued(services, visitor, started)


def _compare(services: Services, visitor: Labeler, form: dict[str, str]) -> str:
    started = services.learning.models.start_comparing(
        visitor.tenant_id, visitor.member, form.get("version", ""), snapshot=_number(form, "snapshot")
    )
    return _queued(services, visitor, started)


def _preview(services: Services, visitor: Labeler, form: dict[str, str]) -> str:
    started = services.learning.models.start_preview(visitor.tenant_id, visitor.member, form.get("version", ""))
    return _queued(services, visitor, started)


def _reread(services: Services, visitor: Labeler, form: dict[str, str]) -> str:
    return _queued(services, visitor, services.learning.models.start_rereading(visitor.tenant_id, visitor.member))


def _promote(services: Services, visitor: Labeler, form: dict[str, str]) -> str:
    reason = form.get("reason", "").strip()
    turned = services.learning.models.promote(
        visitor.tenant_id, visitor.member, form.get("version", ""), Override(reason) if reason else None
    )
    return f"{turned['serves']} is in production; past documents are being read anew (job {turned['job_id']})."


def _rollback(services: Services, visitor: Labeler, form: dict[str, str]) -> str:
    turned = services.learning.models.rollback(visitor.tenant_id, visitor.member, form.get("reason") or None)
    return f"{turned['serves']} is in production again; past documents are being read anew (job {turned['job_id']})."


def _challenge(services: Services, visitor: Labeler, form: dict[str, str]) -> str:
    version = form.get("version") or None
    services.learning.models.challenge(visitor.tenant_id, visitor.member, version)
    return f"{version} reads new documents beside what serves." if version else "Nothing reads beside any more."


def _cancel(services: Services, visitor: Labeler, form: dict[str, str]) -> str:
    visitor.member.require(Role.ADMIN)
    job = services.learning.jobs.cancel(visitor.tenant_id, _number(form, "job") or 0)
    return f"Job {job['job_id']} was cancelled."


_ACTIONS: dict[str, Callable[[Services, Labeler, dict[str, str]], str]] = {
    "snapshot": _snapshot,
    "train": _train,
    "compare": _compare,
    "preview": _preview,
    "reread": _reread,
    "promote": _promote,
    "rollback": _rollback,
    "challenge": _challenge,
    "cancel": _cancel,
}


def _queued(services: Services, visitor: Labeler, started: tuple[JobKind, dict[str, Any]]) -> str:
    kind, arguments = started
    job_id = services.learning.jobs.add(visitor.tenant_id, kind, arguments, visitor.member.person)
    return f"Begun as job {job_id}; come back to this page to see how far it is."


def _number(form: dict[str, str], name: str) -> int | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    if not text.isdecimal():
        raise InputError("must be a whole number", where=name)
    return int(text)


def _refused(request: Request, error: ForeshockError) -> Response:
    if isinstance(error, Unauthorized):
        return please_sign_in(request)
    return page(request, "nothing.html", {"what": error.message.capitalize()}, 403)
