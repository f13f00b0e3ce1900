"""The page of one document: its text as delivered, what was marked in it and why, what was passed over and why."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from api.deps import ServicesDep
from api.pages import corrections, custom_signals
from api.pages.attributes import in_words
from api.pages.marked import marked
from api.pages.sessions import Visitor, nothing, page, please_sign_in
from core.custom_labels import is_custom
from core.entities import SkipReason
from core.errors import NotFound

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

WHY = {
    SkipReason.QUOTED_HISTORY: "quoted from an earlier message, where it was read",
    SkipReason.FORWARDED: "forwarded from somebody else",
    SkipReason.SIGNATURE: "a signature",
    SkipReason.DISCLAIMER: "a disclaimer",
    SkipReason.AUTO_REPLY: "an automatic reply",
    SkipReason.MACRO: "a canned text",
    SkipReason.HEADER: "a header",
    SkipReason.LOG_OR_CODE: "a log or code",
    SkipReason.SPEAKER_LINE: "says who speaks",
    SkipReason.MARKUP: "markup",
    SkipReason.LANGUAGE: "not English",
    SkipReason.BLANK: "blank",
}
"""Why a stretch was not read, in words."""
_UNSEEN = (SkipReason.BLANK,)


@router.get("/document/{source}/{document_id:path}")
def document(
    source: str,
    document_id: str,
    request: Request,
    services: ServicesDep,
    visitor: Visitor,
    why: Annotated[uuid.UUID | None, Query()] = None,
    found: Annotated[str | None, Query(pattern=r"^\d{1,9}-\d{1,9}$")] = None,
    said: corrections.Said = None,
) -> Response:
    """``why`` asks what carried a signal, ``found`` marks a stretch."""
    if visitor is None:
        return please_sign_in(request)
    tenant = visitor.tenant_id
    try:
        shown = services.accounts.document(tenant, source, document_id)
        _, workspace = services.workspace.current(tenant)
        skipped = services.accounts.passed_over(tenant, source, document_id, workspace)
    except NotFound:
        return nothing(request, "No such document")
    shown["signals"] = custom_signals.marks(services, tenant, shown["signals"])
    passed = [_passed(item) for item in skipped if item.reason not in _UNSEEN]
    marks = [*_stretch(found, len(shown["text"])), *shown["signals"], *passed]
    context: dict[str, Any] = {
        "document": shown,
        "parts": marked(shown["text"], marks),
        "legend": custom_signals.legend(shown["signals"]),
        "told": {signal["signal_id"]: in_words(signal["label"], signal["attributes"]) for signal in shown["signals"]},
        "passed": _reasons(shown["coverage"]),
        "why": None,
    }
    context |= corrections.context_of(services, visitor, source, document_id, said)
    if why in {uuid.UUID(signal["signal_id"]) for signal in shown["signals"] if not is_custom(signal["label"])}:
        context["why"] = services.accounts.why(tenant, why, services.workspace.reader(tenant))
    return page(request, "document.html", context, scripts=True)


def _passed(item: Any) -> dict[str, Any]:
    return {"start": item.span.start, "end": item.span.end, "passed": WHY[item.reason], "reason": item.reason.value}


def _reasons(coverage: Mapping[str, Any] | None) -> list[tuple[str, int]]:
    """Why how many characters were not read, the most first."""
    skipped = coverage["skipped"] if coverage else {}
    told = ((WHY[SkipReason(reason)], count) for reason, count in skipped.items() if reason not in _UNSEEN)
    return sorted(told, key=lambda row: -row[1])


def _stretch(found: str | None, length: int) -> list[dict[str, Any]]:
    """What a search led to, as one more mark; nothing where the text is not as long (any more)."""
    if found is None:
        return []
    start, end = (int(part) for part in found.split("-"))
    here = {"label": "found", "mark": "found", "name": "found", "start": start, "end": end}
    return [here] if start < end <= length else []
