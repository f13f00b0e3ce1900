"""The page of reviewers on how good the labels are."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.deps import Labeler, ServicesDep
from api.pages.forms import Form
from api.pages.labeling import Visitor, refused
from api.pages.sessions import page
from core.errors import Forbidden, ForeshockError, NotFound
from labeling.annotators import GOLD_EVERY
from labeling.members import Role
from labeling.quality.issues import QUEUE as ISSUES
from labeling.quality.issues import issues_in_words
from pipelines.services import Services

router = APIRouter(prefix="/label", include_in_schema=False, default_response_class=HTMLResponse)

Chosen = Annotated[str, Query(max_length=120)]
GOLD_SHOWN, CANDIDATES_SHOWN, RUNS_SHOWN = 50, 10, 3


@router.get("/quality")
def label_quality(
    request: Request, services: ServicesDep, visitor: Visitor, queue: Chosen = "", label: Chosen = ""
) -> Response:
    """Agreement per label, person and pair, in words; how people work; gold."""
    if isinstance(visitor, ForeshockError):
        return refused(request, visitor)
    return _page(request, services, visitor, queue, label)


@router.post("/quality")
def act(request: Request, services: ServicesDep, visitor: Visitor, form: Form) -> Response:
    """Make a record gold, or gold no more; or have doubtful answers looked for."""
    if isinstance(visitor, ForeshockError):
        return refused(request, visitor)
    queue, gold = form.get("queue", ""), services.labeling.gold
    place = request.url_for("label_quality").include_query_params(queue=queue)
    try:
        if form.get("do") == "issues":
            services.labeling.issues.ask(visitor.tenant_id, visitor.member)
            return RedirectResponse(f"{place.path}?{place.query}#issues", status_code=303)
        record_id = uuid.UUID(form.get("record", ""))
        if form.get("do") == "mark":
            gold.mark(visitor.tenant_id, visitor.member, record_id)
        else:
            gold.unmark(visitor.tenant_id, visitor.member, record_id)
    except Forbidden as error:
        return refused(request, error)
    except (ForeshockError, ValueError) as error:
        said = str(error) if isinstance(error, ForeshockError) else "No such record."
        return _page(request, services, visitor, queue, "", error=said)
    return RedirectResponse(f"{place.path}?{place.query}#gold", status_code=303)


def _page(
    request: Request, services: Services, visitor: Labeler, queue: str, label: str, *, error: str | None = None
) -> Response:
    if not visitor.member.is_at_least(Role.REVIEWER):
        return refused(request, Forbidden("this page is for reviewers"))
    try:
        context = _context(services, visitor, queue or None, label) | {"error": error}
    except NotFound as absent:
        return page(request, "nothing.html", {"what": absent.message.capitalize()}, 404)
    return page(request, "label_quality.html", context, 422 if error else 200)


def _context(services: Services, visitor: Labeler, queue: str | None, label: str) -> dict[str, object]:
    labeling, tenant, member = services.labeling, visitor.tenant_id, visitor.member
    queues = labeling.queues.seen_by(tenant, member)
    return {
        "member": member,
        "queue": queue or "",
        "label": label,
        "queues": queues,
        "labels": sorted({name for rules in queues.values() for name in rules.labels}),
        "agreement": labeling.quality.agreement(tenant, member, queue=queue, labels=[label] if label else ()),
        "people": labeling.quality.people(tenant, member, queue=queue),
        "gold": labeling.gold.list(tenant, member, queue=queue, limit=GOLD_SHOWN, cursor=None),
        "candidates": labeling.gold.candidates(tenant, member, queue=queue)[:CANDIDATES_SHOWN],
        "every": GOLD_EVERY,
        "runs": labeling.issues.runs(tenant, member)[:RUNS_SHOWN],
        "issues_in_words": issues_in_words,
        "issues_queue": ISSUES in queues,
        "may_look": member.is_at_least(Role.ADMIN),
    }
