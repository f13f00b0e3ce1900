"""The page of disputes: the worst first, answers side by side, and the reviewer's decision.

Everything works as a plain form; small modules add the keys (``static/label.js``, ``static/adjudicate.js``).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.deps import Labeler, ServicesDep
from api.pages.forms import Form
from api.pages.label_form import parts_of, rows_for, spans_of_form, window_of
from api.pages.labeling import Visitor, refused
from api.pages.sessions import page
from core.errors import Forbidden, ForeshockError, InputError, NotFound
from labeling.adjudication import Reason
from labeling.members import Role
from labeling.quality.disputes import Decision
from labeling.wire import spans_of
from pipelines.services import Services

router = APIRouter(prefix="/label", include_in_schema=False, default_response_class=HTMLResponse)

Chosen = Annotated[str, Query(max_length=120)]
OWN = "own"
LETTERS = "abcdefghijklm"
"""Keys of answers; `n`, `o`, `r` and `w` are commands."""
NEXT_SHOWN = 20
AROUND_ANSWERS = 160
COMMENT_MAX = 2_000


@router.get("/adjudicate")
def dispute(
    request: Request,
    services: ServicesDep,
    visitor: Visitor,
    queue: Chosen = "",
    label: Chosen = "",
    record: Annotated[uuid.UUID | None, Query()] = None,
    after: Annotated[str, Query(max_length=2_000)] = "",
    said: Annotated[str, Query(pattern="^(decided|)$")] = "",
) -> Response:
    """The worst dispute, or a record that is asked for."""
    stopped = _not_theirs(request, visitor)
    if stopped or isinstance(visitor, ForeshockError):
        return stopped or refused(request, Forbidden("this page is for reviewers"))
    try:
        context = _context(services, visitor, queue, label, record, after)
    except (NotFound, InputError) as error:
        return page(request, "nothing.html", {"what": error.message.capitalize()}, 404)
    return page(request, "label_adjudicate.html", context | {"said": said}, scripts=True)


@router.post("/adjudicate")
def decide(request: Request, services: ServicesDep, visitor: Visitor, form: Form) -> Response:
    """Take the decision down, and go on to the next."""
    stopped = _not_theirs(request, visitor)
    if stopped or isinstance(visitor, ForeshockError):
        return stopped or refused(request, Forbidden("this page is for reviewers"))
    queue, label = form.get("queue", ""), form.get("label", "")
    try:
        record = uuid.UUID(form.get("record", ""))
    except ValueError:
        return page(request, "nothing.html", {"what": "No such record"}, 404)
    try:
        services.labeling.disputes.decide(visitor.tenant_id, visitor.member, record, _decision(form))
        if form.get("action") == "gold":
            services.labeling.gold.mark(visitor.tenant_id, visitor.member, record)
    except NotFound as error:
        return page(request, "nothing.html", {"what": error.message.capitalize()}, 404)
    except InputError as error:
        context = _context(services, visitor, queue, label, record, "", form)
        return page(request, "label_adjudicate.html", context | {"error": str(error)}, 422, scripts=True)
    place = request.url_for("dispute").include_query_params(queue=queue, label=label, said="decided")
    return RedirectResponse(f"{place.path}?{place.query}", status_code=303)


def _not_theirs(request: Request, visitor: Labeler | ForeshockError) -> Response | None:
    if isinstance(visitor, ForeshockError):
        return refused(request, visitor)
    if not visitor.member.is_at_least(Role.REVIEWER):
        return refused(request, Forbidden("this page is for reviewers"))
    return None


def _decision(form: Mapping[str, str]) -> Decision:
    """What the form says.

    Raises:
        InputError: naming what is missing or can't be read.
    """
    if form.get("reason") not in set(Reason):
        raise InputError("say why people differed", where="reason")
    reason, comment = Reason(form["reason"]), form.get("comment", "").strip()[:COMMENT_MAX] or None
    take = form.get("take", "")
    if take == OWN:
        return Decision(reason, spans_of_form(form), None, comment)
    try:
        return Decision(reason, None, uuid.UUID(take), comment)
    except ValueError:
        raise InputError("choose an answer, or give your own", where="decision") from None


def _context(
    services: Services,
    visitor: Labeler,
    queue: str,
    label: str,
    record: uuid.UUID | None,
    after: str,
    form: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    labeling, tenant, member = services.labeling, visitor.tenant_id, visitor.member
    queues = labeling.queues.seen_by(tenant, member)
    disputes = labeling.disputes.list(
        tenant, member, queue=queue or None, label=label or None, limit=NEXT_SHOWN, cursor=after or None
    )
    context: dict[str, Any] = {
        "member": member,
        "queue": queue,
        "label": label,
        "queues": queues,
        "labels": sorted({name for rules in queues.values() for name in rules.labels}),
        "disputes": disputes.items,
        "more": disputes.next_cursor,
        "reasons": [reason.value for reason in Reason],
        "count": labeling.disputes.count(tenant, member, queue=queue or None, label=label or None),
        "item": None,
        "form": form or {},
    }
    chosen = record or (uuid.UUID(disputes.items[0]["record_id"]) if disputes.items else None)
    return context | _of_record(services, visitor, chosen, form) if chosen else context


def _of_record(
    services: Services, visitor: Labeler, record_id: uuid.UUID, form: Mapping[str, str] | None
) -> dict[str, Any]:
    found = services.labeling.disputes.one(visitor.tenant_id, visitor.member, record_id)
    text, start, end = found["text"], found["start"], found["end"]
    window, narrow = window_of(text, start, end), window_of(text, start, end, AROUND_ANSWERS)
    answers = [
        answer
        | {
            "letter": LETTERS[at] if at < len(LETTERS) else "",
            "parts": parts_of(narrow, [(span["label"], span["start"], span["end"]) for span in answer["spans"]]),
        }
        for at, answer in enumerate(found["answers"])
    ]
    held = found["decision"]["spans"] if found["decision"] else answers[0]["spans"] if answers else []
    spans = _typed(form) or spans_of(held)
    scores = found["suggestion"]["scores"] if found["suggestion"] else {}
    rows = rows_for(found["labels"], spans, start, end, scores)
    return {
        "item": found,
        "answers": answers,
        "rows": rows,
        "window": window,
        "parts": parts_of(window, [(row.label, row.start, row.end) for row in rows if row.on]),
        # No answer is chosen beforehand: whoever just presses Enter must not decide.
        "chosen": (form or {}).get("take") or ("" if answers else OWN),
    }


def _typed(form: Mapping[str, str] | None) -> Any:
    """What a refused form said itself, as far as it can be read."""
    try:
        return spans_of_form(form) if form else None
    except InputError:
        return None
