"""One-click corrections on a document's page; they go to the labeling queue."""

from __future__ import annotations

import uuid
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.deps import ServicesDep, may_correct, who_says
from api.pages.forms import Form
from api.pages.sessions import Visitor, page, please_sign_in
from core.entities import Label
from core.errors import Forbidden, InputError, NotFound
from labeling.corrections import Correction, CorrectionKind
from pipelines.keys.service import Caller
from pipelines.services import Services

router = APIRouter(include_in_schema=False)

Said = Annotated[str | None, Query(pattern="^(sent|refused)$")]
QUOTE_MAX = 10_000


def context_of(services: Services, visitor: Caller, source: str, document_id: str, said: str | None) -> dict[str, Any]:
    """What the page of a document shows of corrections."""
    return {
        "may_correct": may_correct(visitor),
        "corrections": services.labeling.corrections.pending(visitor.tenant_id, source, document_id),
        "correct_at": f"/correct/{quote(source, safe='')}/{quote(document_id, safe='')}",
        "labels": [label.value for label in Label],
        "said": said,
    }


@router.post("/correct/{source}/{document_id:path}")
def correct(
    request: Request, source: str, document_id: str, services: ServicesDep, visitor: Visitor, form: Form
) -> Response:
    """What a person says is wrong."""
    if visitor is None:
        return please_sign_in(request)
    back = f"/document/{quote(source, safe='')}/{quote(document_id, safe='')}"
    try:
        if not may_correct(visitor):
            raise Forbidden("this key may not correct")
        correction = _correction(form)
        services.labeling.corrections.correct(visitor.tenant_id, who_says(visitor), source, document_id, correction)
    except (Forbidden, NotFound) as error:
        return page(request, "nothing.html", {"what": error.message.capitalize()}, error.status)
    except InputError:
        return RedirectResponse(f"{back}?said=refused", status_code=303)
    return RedirectResponse(f"{back}?said=sent", status_code=303)


def _correction(form: dict[str, str]) -> Correction:
    try:
        return Correction(
            kind=CorrectionKind(form.get("kind", "")),
            signal_id=uuid.UUID(form["signal_id"]) if form.get("signal_id") else None,
            label=Label(form["label"]) if form.get("label") else None,
            quote=form.get("quote", "")[:QUOTE_MAX] or None,
            near=int(form.get("near") or 0),
        )
    except ValueError:
        raise InputError("this form is not one of ours", where="form") from None
