"""The SQL behind account pages. All lists are keyset-paged."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.orm import Session

from core.entities import Tier
from core.repository import Page, decode_cursor, encode_cursor
from core.tables import AccountRiskRow, AccountRow, DocumentRow, JobRow, ReadingRow, SignalRow


@dataclass(frozen=True, slots=True)
class Filters:
    """What lists of documents and signals can be narrowed to."""

    account_id: str | None = None
    kind: str | None = None
    label: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    minimum_score: float | None = None


@dataclass(frozen=True, slots=True)
class AccountFilters:
    """What the list of accounts can be narrowed to; ``driver`` is a part of the score, as its contributions name it."""

    level: str | None = None
    tier: Tier | None = None
    owner: str | None = None
    segment: str | None = None
    driver: str | None = None


class Order(StrEnum):
    """How accounts are ranked."""

    RISK = "risk"
    CHANGE = "change"


_SORT_KEYS = {
    Order.RISK: func.coalesce(AccountRiskRow.score, 0.0),
    Order.CHANGE: func.coalesce(AccountRiskRow.change, 0.0),
}


def accounts_ranked(
    session: Session,
    filters: AccountFilters,
    best: ColumnElement[bool],
    *,
    order: Order,
    limit: int,
    cursor: str | None,
) -> Page[dict[str, Any]]:
    """Accounts, the highest risk or the greatest rise first; those without any reading count as 0.

    Args:
        session: of the tenant.
        filters: what to narrow to.
        best: the condition of a best customer.
        order: what ranks.
        limit: rows of a page.
        cursor: where the page before ended.
    """
    key = _SORT_KEYS[order]
    query = narrowed(select(AccountRow.account_id, key.label("key"), best.label("best")), filters, best)
    list_name = f"accounts by {order}"
    if cursor:
        last_value, last_id = decode_cursor(list_name, cursor, (float, str))
        query = query.where(tuple_(-key, AccountRow.account_id) > tuple_(-last_value, last_id))
    # Rows are wide: which ones stand on the page is found first, and only those are read.
    found = query.order_by(-key, AccountRow.account_id).limit(limit + 1).subquery()
    whole = select(AccountRow, AccountRiskRow, found.c.key, found.c.best).join(
        found, found.c.account_id == AccountRow.account_id
    )
    whole = whole.outerjoin(AccountRiskRow, AccountRiskRow.account_id == AccountRow.account_id)
    rows = session.execute(whole.order_by(-found.c.key, AccountRow.account_id)).all()
    items = tuple(account_json(account, risk, is_best=is_best) for account, risk, _, is_best in rows[:limit])
    more = len(rows) > limit
    after = encode_cursor(list_name, rows[limit - 1][2], rows[limit - 1][0].account_id) if more else None
    return Page(items, after)


def narrowed(
    query: Select[*tuple[Any, ...]], filters: AccountFilters, best: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    """A query of accounts and their latest risk, narrowed to what the filters say."""
    query = query.outerjoin(AccountRiskRow, AccountRiskRow.account_id == AccountRow.account_id)
    if filters.level:
        query = query.where(func.coalesce(AccountRiskRow.level, "low") == filters.level)
    if filters.tier:
        query = query.where(best if filters.tier is Tier.BEST_CUSTOMER else ~best)
    if filters.owner:
        query = query.where(AccountRow.owner == filters.owner)
    if filters.segment:
        query = query.where(AccountRow.segment == filters.segment)
    if filters.driver:
        query = query.where(AccountRiskRow.drivers.contains([filters.driver]))
    return query


def account(session: Session, account_id: str, best: ColumnElement[bool]) -> dict[str, Any] | None:
    """One account with its latest risk."""
    row = session.execute(
        select(AccountRow, AccountRiskRow, best)
        .outerjoin(AccountRiskRow, AccountRiskRow.account_id == AccountRow.account_id)
        .where(AccountRow.account_id == account_id)
    ).first()
    return account_json(row[0], row[1], is_best=row[2]) if row else None


def exists(session: Session, account_id: str) -> bool:
    """Whether there is an account of that id."""
    return session.scalar(select(AccountRow.account_id).where(AccountRow.account_id == account_id)) is not None


def signals(session: Session, filters: Filters, *, limit: int, cursor: str | None) -> Page[dict[str, Any]]:
    """Signals, the newest first."""
    joined = select(SignalRow, DocumentRow.source, DocumentRow.external_id).join(
        DocumentRow, DocumentRow.document_id == SignalRow.document_id
    )
    query = _narrow(joined, filters, SignalRow)
    if filters.label:
        query = query.where(SignalRow.label == filters.label)
    if filters.minimum_score is not None:
        query = query.where(SignalRow.score >= filters.minimum_score)
    if cursor:
        query = query.where(_after("signals", cursor, SignalRow.occurred_at, SignalRow.signal_id))
    order = (SignalRow.occurred_at.desc(), SignalRow.signal_id.desc())
    rows = session.execute(query.order_by(*order).limit(limit + 1)).all()
    items = tuple(signal_json(row, source, external_id) for row, source, external_id in rows[:limit])
    last = rows[limit - 1][0] if len(rows) > limit else None
    return Page(items, encode_cursor("signals", last.occurred_at.isoformat(), last.signal_id) if last else None)


def documents(session: Session, filters: Filters, *, limit: int, cursor: str | None) -> Page[dict[str, Any]]:
    """Documents without their texts, the newest first."""
    query = _narrow(_documents(), filters, DocumentRow)
    if filters.label:
        marked = select(SignalRow.document_id).where(SignalRow.label == filters.label)
        query = query.where(DocumentRow.document_id.in_(marked))
    if cursor:
        query = query.where(_after("documents", cursor, DocumentRow.occurred_at, DocumentRow.document_id))
    order = (DocumentRow.occurred_at.desc(), DocumentRow.document_id.desc())
    rows = session.execute(query.order_by(*order).limit(limit + 1)).all()
    items = tuple(_document(*row) for row in rows[:limit])
    last = rows[limit - 1][0] if len(rows) > limit else None
    return Page(items, encode_cursor("documents", last.occurred_at.isoformat(), last.document_id) if last else None)


def document(session: Session, source: str, external_id: str) -> dict[str, Any] | None:
    """One document with its text and signals."""
    row = session.execute(
        _documents().where(DocumentRow.source == source, DocumentRow.external_id == external_id)
    ).first()
    if row is None:
        return None
    found = session.scalars(
        select(SignalRow).where(SignalRow.document_id == row[0].document_id).order_by(SignalRow.start, SignalRow.label)
    )
    full = _document(*row) | {"text": row[0].text, "metadata": row[0].attributes}
    full |= {"author": row[0].author, "participants": row[0].participants}
    return full | {"signals": [signal_json(signal, source, external_id) for signal in found]}


def sources(session: Session, external_ids: Collection[str]) -> dict[str, str]:
    """The sources of documents by their ids."""
    query = select(DocumentRow.external_id, DocumentRow.source).where(DocumentRow.external_id.in_(external_ids))
    return {external_id: source for external_id, source in session.execute(query.order_by(DocumentRow.source.desc()))}


def document_row(session: Session, source: str, external_id: str) -> DocumentRow | None:
    """A document as it is stored."""
    query = select(DocumentRow).where(DocumentRow.source == source, DocumentRow.external_id == external_id)
    return session.scalars(query).first()


def signal_place(session: Session, signal_id: uuid.UUID) -> tuple[SignalRow, DocumentRow] | None:
    """A signal and the document that it stands in."""
    found = session.execute(
        select(SignalRow, DocumentRow)
        .join(DocumentRow, DocumentRow.document_id == SignalRow.document_id)
        .where(SignalRow.signal_id == signal_id)
    ).first()
    return (found[0], found[1]) if found else None


def owners(session: Session) -> list[str]:
    """Everybody who looks after an account."""
    query = select(AccountRow.owner).where(AccountRow.owner.is_not(None)).distinct()
    return sorted(owner for owner in session.scalars(query) if owner)


def segments(session: Session) -> list[str]:
    """All segments that accounts are in."""
    query = select(AccountRow.segment).where(AccountRow.segment.is_not(None)).distinct()
    return sorted(segment for segment in session.scalars(query) if segment)


def counts(session: Session) -> Mapping[str, int]:
    """How much there is, for overviews."""
    return {
        name: session.scalar(select(func.count()).select_from(table)) or 0
        for name, table in (("accounts", AccountRow), ("documents", DocumentRow), ("signals", SignalRow))
    }


def open_jobs(session: Session) -> Mapping[str, int]:
    """How many jobs are in which state, done ones left out."""
    rows = session.execute(select(JobRow.state, func.count()).where(JobRow.state != "done").group_by(JobRow.state))
    return {state: int(count) for state, count in rows}


def signal_json(row: SignalRow, source: str, external_id: str) -> dict[str, Any]:
    """A stored signal as lists show it."""
    return {
        "signal_id": str(row.signal_id),
        "document": {"source": source, "id": external_id},
        "account_id": row.account_id,
        "kind": row.kind,
        "occurred_at": row.occurred_at.isoformat(),
        "label": row.label,
        "start": row.start,
        "end": row.end,
        "text": row.text,
        "score": row.score,
        "speaker": {"name": row.speaker_name, "side": row.side},
        "attributes": row.attributes,
        "explanation": row.explanation,
        "model_version": row.model_version,
    }


def _documents() -> Select[Any]:
    found = select(func.count()).where(SignalRow.document_id == DocumentRow.document_id).scalar_subquery()
    return select(DocumentRow, ReadingRow, found).outerjoin(
        ReadingRow, ReadingRow.document_id == DocumentRow.document_id
    )


def _narrow(
    query: Select[*tuple[Any, ...]], filters: Filters, table: type[SignalRow] | type[DocumentRow]
) -> Select[*tuple[Any, ...]]:
    if filters.account_id:
        query = query.where(table.account_id == filters.account_id)
    if filters.kind:
        query = query.where(table.kind == filters.kind)
    if filters.since:
        query = query.where(table.occurred_at >= filters.since)
    if filters.until:
        query = query.where(table.occurred_at < filters.until)
    return query


def _after(list_name: str, cursor: str, time: Any, key: Any) -> ColumnElement[bool]:
    last_time, last_key = decode_cursor(list_name, cursor, (str, str))
    try:
        position = (datetime.fromisoformat(last_time), uuid.UUID(last_key))
    except ValueError:
        decode_cursor(list_name, "", ())  # raises: not one of ours
        raise
    return tuple_(time, key) < tuple_(*position)


def account_json(row: AccountRow, risk: AccountRiskRow | None, *, is_best: bool) -> dict[str, Any]:
    """A stored account as lists show it."""
    return {
        "account_id": row.account_id,
        "account_name": row.name,
        "tier": (Tier.BEST_CUSTOMER if is_best else Tier.STANDARD).value,
        "tier_stated": row.tier is not None,
        "arr_usd": row.arr_usd,
        "owner": row.owner,
        "segment": row.segment,
        "renewal_date": row.renewal_date.isoformat() if row.renewal_date else None,
        "strategic": row.strategic,
        "active_reference": row.active_reference,
        "nps": row.nps,
        "tenure_years": row.tenure_years,
        "customer_since": row.customer_since.isoformat() if row.customer_since else None,
        "metadata": row.attributes,
        "change": risk.change if risk else None,
        "history": risk.history if risk else [],
        "risk": risk.detail if risk else None,
    }


def _document(row: DocumentRow, reading: ReadingRow | None, found: int) -> dict[str, Any]:
    return {
        "source": row.source,
        "id": row.external_id,
        "account_id": row.account_id,
        "kind": row.kind,
        "occurred_at": row.occurred_at.isoformat(),
        "title": row.title,
        "revision": row.revision,
        "status": "read" if reading and reading.revision == row.revision else "waiting",
        "coverage": reading.coverage if reading else None,
        "signal_count": found,
    }
