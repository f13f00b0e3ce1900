"""The SQL behind the ledger."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from core.entities import Label, RequestStatus
from core.tables import AccountRow, DocumentRow, RequestMentionRow, RequestPinRow, RequestRow, SignalRow
from nlp.meaning import Array

_LOCK = 7_301


@dataclass(frozen=True, slots=True)
class Asked:
    """A signal that asks for something, with all that the ledger tells of it."""

    signal_id: uuid.UUID
    account_id: str
    source: str
    document_id: str
    occurred_at: datetime
    start: int
    end: int
    text: str
    attributes: dict[str, Any]
    speaker: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """A mention that is in the ledger."""

    signal_id: uuid.UUID
    request_id: uuid.UUID
    text: str
    vector: Array


def lock(session: Session) -> None:
    """One writer of a tenant's ledger at a time, until the transaction ends."""
    tenant = "hashtext(current_setting('foreshock.tenant'))"
    session.execute(text(f"select pg_advisory_xact_lock({_LOCK}, {tenant})"))


def unassigned(session: Session, limit: int) -> list[Asked]:
    """Signals that ask for something and are in no request yet, the oldest first."""
    return _asked(
        session,
        SignalRow.signal_id.not_in(select(RequestMentionRow.signal_id)),
        limit=limit,
    )


def _asked(session: Session, *conditions: Any, limit: int | None = None) -> list[Asked]:
    rows = session.execute(
        select(SignalRow, DocumentRow.source, DocumentRow.external_id)
        .join(DocumentRow, DocumentRow.document_id == SignalRow.document_id)
        .where(SignalRow.label == Label.UNBUILT_FEATURE_REQUEST.value, *conditions)
        .order_by(SignalRow.occurred_at, SignalRow.signal_id)
        .limit(limit)
    )
    return [
        Asked(
            row.signal_id, row.account_id, source, external, row.occurred_at, row.start, row.end, row.text,
            dict(row.attributes), row.speaker_name,
        )
        for row, source, external in rows
    ]  # fmt: skip


def known_mentions(session: Session) -> list[Known]:
    """All mentions in the ledger, in a fixed order."""
    rows = session.execute(
        select(RequestMentionRow, SignalRow.text)
        .join(SignalRow, SignalRow.signal_id == RequestMentionRow.signal_id)
        .order_by(RequestMentionRow.signal_id)
    )
    return [
        Known(row.signal_id, row.request_id, said, np.frombuffer(row.vector, dtype=np.float16).astype(np.float32))
        for row, said in rows
    ]


def pins(session: Session, signal_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Where a person put these signals."""
    rows = session.execute(
        select(RequestPinRow.signal_id, RequestPinRow.request_id).where(RequestPinRow.signal_id.in_(list(signal_ids)))
    )
    return {signal_id: request_id for signal_id, request_id in rows}


def write_pins(session: Session, tenant_id: str, signal_ids: Sequence[uuid.UUID], request_id: uuid.UUID) -> None:
    """Keep a person's word."""
    rows = [{"signal_id": signal_id, "tenant_id": tenant_id, "request_id": request_id} for signal_id in signal_ids]
    if rows:
        statement = upsert(RequestPinRow).values(rows)
        session.execute(statement.on_conflict_do_update(index_elements=["signal_id"], set_={"request_id": request_id}))


def pinned_to(session: Session, request_id: uuid.UUID) -> list[uuid.UUID]:
    """The signals that a person put there, those included whose text is not read at the moment."""
    query = select(RequestPinRow.signal_id).where(RequestPinRow.request_id == request_id)
    return list(session.scalars(query.order_by(RequestPinRow.signal_id)))


def add_request(session: Session, tenant_id: str, request_id: uuid.UUID, title: str) -> None:
    """Open a request; one of that id that is there already stays as it is."""
    values = {"request_id": request_id, "tenant_id": tenant_id, "title": title}
    session.execute(upsert(RequestRow).values(values).on_conflict_do_nothing())


def add_mentions(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Put signals into requests."""
    if rows:
        session.execute(insert(RequestMentionRow), list(rows))


def request(session: Session, request_id: uuid.UUID) -> RequestRow | None:
    """A request, or the one that it was merged into."""
    found = session.get(RequestRow, request_id)
    while found is not None and found.merged_into is not None:
        found = session.get(RequestRow, found.merged_into)
    return found


def change(session: Session, request_id: uuid.UUID, values: dict[str, Any]) -> None:
    """Set title or status."""
    session.execute(
        update(RequestRow).where(RequestRow.request_id == request_id).values(**values, updated_at=func.now())
    )


def move_all(session: Session, source: uuid.UUID, target: uuid.UUID) -> None:
    """All mentions and pins of one request to another, into which it is merged."""
    for table in (RequestMentionRow, RequestPinRow):
        session.execute(update(table).where(table.request_id == source).values(request_id=target))
    session.execute(
        update(RequestRow).where(RequestRow.request_id == source).values(merged_into=target, updated_at=func.now())
    )


def part(session: Session, request_id: uuid.UUID) -> None:
    """A request that was merged stands for itself again."""
    session.execute(
        update(RequestRow).where(RequestRow.request_id == request_id).values(merged_into=None, updated_at=func.now())
    )


def move(session: Session, signal_ids: Sequence[uuid.UUID], target: uuid.UUID) -> None:
    """Some mentions to another request."""
    session.execute(
        update(RequestMentionRow).where(RequestMentionRow.signal_id.in_(signal_ids)).values(request_id=target)
    )


def drop_empty(session: Session) -> None:
    """Requests that nobody asks for any more, nobody named and nothing was merged into."""
    asked = select(RequestMentionRow.request_id).union(select(RequestPinRow.request_id))
    merged = select(RequestRow.merged_into).where(RequestRow.merged_into.is_not(None))
    session.execute(
        delete(RequestRow).where(
            RequestRow.request_id.not_in(asked),
            RequestRow.request_id.not_in(merged),
            RequestRow.merged_into.is_(None),
            RequestRow.status == RequestStatus.OPEN.value,
        )
    )


def live_requests(session: Session) -> list[RequestRow]:
    """All that were not merged into others, in the order in which they were opened."""
    return list(
        session.scalars(
            select(RequestRow)
            .where(RequestRow.merged_into.is_(None))
            .order_by(RequestRow.created_at, RequestRow.request_id)
        )
    )


def mentions_of(session: Session, account_id: str | None = None) -> list[tuple[uuid.UUID, Asked]]:
    """All mentions in requests, of one account where it is given, in order of time."""
    conditions = [SignalRow.account_id == account_id] if account_id else []
    asked = _asked(session, SignalRow.signal_id.in_(select(RequestMentionRow.signal_id)), *conditions)
    rows = session.execute(select(RequestMentionRow.signal_id, RequestMentionRow.request_id))
    places = {signal_id: request_id for signal_id, request_id in rows}
    return [(places[item.signal_id], item) for item in asked]


def revenue(session: Session) -> dict[str, float]:
    """ARR by account, where it is known."""
    rows = session.execute(select(AccountRow.account_id, AccountRow.arr_usd).where(AccountRow.arr_usd.is_not(None)))
    return {account_id: float(arr or 0.0) for account_id, arr in rows}


def workarounds(session: Session) -> set[tuple[str, int, int]]:
    """Document and span of every workaround."""
    rows = session.execute(
        select(DocumentRow.external_id, SignalRow.start, SignalRow.end)
        .join(DocumentRow, DocumentRow.document_id == SignalRow.document_id)
        .where(SignalRow.label == Label.WORKAROUND.value)
    )
    return {(external, start, end) for external, start, end in rows}
