"""The page of reviewers on how good the labels are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from api.deps import Labeler, ServicesDep
from api.pages.labeling import Visitor, refused
from api.pages.sessions import page
from core.errors import Forbidden, ForeshockError, NotFound
from labeling.members import Role
from pipelines.services import Services

router = APIRouter(prefix="/label", include_in_schema=False, default_response_class=HTMLResponse)

Chosen = Annotated[str, Query(max_length=120)]
PEOPLE_SHOWN = 12


@router.get("/quality")
def quality(
    request: Request, services: ServicesDep, visitor: Visitor, queue: Chosen = "", label: Chosen = ""
) -> Response:
    """Agreement per label, person and pair, in words."""
    if isinstance(visitor, ForeshockError):
        return refused(request, visitor)
    if not visitor.member.is_at_least(Role.REVIEWER):
        return refused(request, Forbidden("this page is for reviewers"))
    try:
        return page(request, "label_quality.html", _context(services, visitor, queue or None, label))
    except NotFound as error:
        return page(request, "nothing.html", {"what": error.message}, 404)


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
    }
