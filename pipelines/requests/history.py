"""What people did to requests, and how it is undone. A step is undone by a further step; none is ever taken out."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from core.errors import Conflict, NotFound
from core.tables import RequestEventRow, RequestPinRow, RequestRow
from pipelines.requests import repository
from pipelines.wire import moment

What = Literal["changed", "merged", "split", "undone"]
_CHANGED_SINCE = "it was changed again since"


def record(
    session: Session,
    tenant_id: str,
    request_id: uuid.UUID,
    what: What,
    at: datetime,
    by: str | None,
    detail: Mapping[str, Any],
    other_id: uuid.UUID | None = None,
) -> None:
    """Write down a step, with all that undoing it needs."""
    session.execute(
        insert(RequestEventRow).values(
            tenant_id=tenant_id, request_id=request_id, other_id=other_id, at=at, what=what, by=by, detail=dict(detail)
        )
    )


def of_request(session: Session, request_id: uuid.UUID) -> list[dict[str, Any]]:
    """All steps that touched a request, the newest first; ``undone`` where a later one took it back."""
    mine = or_(RequestEventRow.request_id == request_id, RequestEventRow.other_id == request_id)
    rows = list(session.scalars(select(RequestEventRow).where(mine).order_by(RequestEventRow.event_id.desc())))
    taken_back = {row.detail["event_id"] for row in rows if row.what == "undone"}
    names = {row.request_id: row.title for row in _requests(session, rows)}
    return [
        {
            "event_id": row.event_id,
            "at": moment(row.at),
            "by": row.by,
            "what": row.what,
            "request_id": str(row.request_id),
            "request": names.get(row.request_id),
            "other_id": str(row.other_id) if row.other_id else None,
            "other": names.get(row.other_id) if row.other_id else None,
            "before": row.detail.get("before"),
            "after": row.detail.get("after"),
            "mentions": len(row.detail.get("signals", ())),
            "undone": row.event_id in taken_back,
        }
        for row in rows
    ]


def _requests(session: Session, events: Sequence[RequestEventRow]) -> list[RequestRow]:
    wanted = {row.request_id for row in events} | {row.other_id for row in events if row.other_id}
    return list(session.scalars(select(RequestRow).where(RequestRow.request_id.in_(wanted)))) if wanted else []


def undo(session: Session, tenant_id: str, request_id: uuid.UUID, event_id: int, at: datetime, by: str | None) -> None:
    """Take back a step of a request.

    Raises:
        NotFound: if the request has no such step.
        Conflict: if it was taken back before, or what came later stands in the way.
    """
    step = session.get(RequestEventRow, event_id)
    if step is None or request_id not in (step.request_id, step.other_id) or step.what == "undone":
        raise NotFound("no such step of this request", where=f"event {event_id}")
    undone = {row["event_id"] for row in of_request(session, request_id) if row["undone"]}
    if event_id in undone:
        raise Conflict("it is undone already", where=f"event {event_id}")
    match step.what:
        case "changed":
            _change_back(session, step)
        case "merged":
            _part(session, tenant_id, step)
        case _:
            _join(session, step)
    record(session, tenant_id, step.request_id, "undone", at, by, {"event_id": event_id}, step.other_id)


def _change_back(session: Session, step: RequestEventRow) -> None:
    row = session.get_one(RequestRow, step.request_id)
    if any(getattr(row, name) != value for name, value in step.detail["after"].items()):
        raise Conflict(_CHANGED_SINCE, where=f"event {step.event_id}")
    repository.change(session, row.request_id, step.detail["before"])


def _part(session: Session, tenant_id: str, step: RequestEventRow) -> None:
    """Of a merge: what was the one's goes back to it, wherever the other has gone since."""
    source = session.get_one(RequestRow, step.request_id)
    target = repository.request(session, source.request_id)
    if source.merged_into is None or target is None:
        raise Conflict(_CHANGED_SINCE, where=f"event {step.event_id}")
    signals = [uuid.UUID(signal_id) for signal_id in step.detail["signals"]]
    there = {asked.signal_id for at, asked in repository.mentions_of(session) if at == target.request_id}
    repository.part(session, source.request_id)
    repository.move(session, [signal_id for signal_id in signals if signal_id in there], source.request_id)
    session.execute(
        update(RequestPinRow)
        .where(RequestPinRow.signal_id.in_(signals), RequestPinRow.request_id == target.request_id)
        .values(request_id=source.request_id)
    )


def _join(session: Session, step: RequestEventRow) -> None:
    """Of a split: the part becomes one with the rest again, as it is now."""
    assert step.other_id is not None
    rest, part = repository.request(session, step.request_id), session.get_one(RequestRow, step.other_id)
    if rest is None or part.merged_into is not None or rest.request_id == part.request_id:
        raise Conflict(_CHANGED_SINCE, where=f"event {step.event_id}")
    repository.move_all(session, part.request_id, rest.request_id)
