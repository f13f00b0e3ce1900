"""The SQL behind themes and timelines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, distinct, func, select, true
from sqlalchemy.orm import Session

from core.entities import Label
from core.tables import AccountRiskRow, AccountRow, DocumentRow, ReadingRow, RequestMentionRow, RequestRow, SignalRow
from pipelines.accounts.repository import AccountFilters, account_json, narrowed

STREAMED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Window:
    """Two stretches of equal length that meet in ``middle``: what is said now, and what was said before."""

    start: datetime
    middle: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Theme:
    """Something that several accounts speak of: mentions now and before, accounts and ARR behind it now."""

    name: str
    key: str
    mentions: int
    mentions_before: int
    accounts: int
    accounts_before: int
    arr_usd: float


def named_themes(
    session: Session, label: Label, attribute: str, filters: AccountFilters, best: ColumnElement[bool], window: Window,
    limit: int,
) -> list[Theme]:  # fmt: skip
    """Values of an attribute of a label's signals, e.g. the rivals that competitive mentions name; many or one each."""
    held = SignalRow.attributes[attribute]
    many = func.jsonb_typeof(held) == "array"
    values = func.jsonb_array_elements_text(case((many, held), else_=func.jsonb_build_array(held))).table_valued(
        "value"
    )
    signals = (
        select(SignalRow.account_id, SignalRow.occurred_at, values.c.value.cast(String).label("name"))
        .select_from(SignalRow)
        .join(values, true())
        .where(
            SignalRow.label == label.value,
            held.is_not(None),
            func.jsonb_typeof(held).in_(("array", "string")),
            SignalRow.occurred_at >= window.start,
            SignalRow.occurred_at < window.end,
        )
        .subquery()
    )
    # Spelled with capitals here and without there, it is one name.
    key = func.lower(signals.c.name)
    return _themes(session, signals, key, func.min(signals.c.name), filters, best, window, limit)


def request_themes(
    session: Session, filters: AccountFilters, best: ColumnElement[bool], window: Window, limit: int
) -> list[Theme]:
    """The same for canonical requests."""
    signals = (
        select(SignalRow.account_id, SignalRow.occurred_at, RequestRow.title, RequestRow.request_id)
        .join(RequestMentionRow, RequestMentionRow.signal_id == SignalRow.signal_id)
        .join(RequestRow, RequestRow.request_id == RequestMentionRow.request_id)
        .where(SignalRow.occurred_at >= window.start, SignalRow.occurred_at < window.end)
        .subquery()
    )
    key = signals.c.request_id.cast(String)
    return _themes(session, signals, key, func.min(signals.c.title), filters, best, window, limit)


def _themes(
    session: Session,
    signals: Any,
    key: ColumnElement[Any],
    name: ColumnElement[Any],
    filters: AccountFilters,
    best: ColumnElement[bool],
    window: Window,
    limit: int,
) -> list[Theme]:
    accounts = narrowed(
        select(AccountRow.account_id, func.coalesce(AccountRow.arr_usd, 0.0).label("arr_usd")), filters, best
    ).subquery()
    now = signals.c.occurred_at >= window.middle
    by_account = (
        select(
            key.label("key"),
            name.label("name"),
            accounts.c.account_id,
            func.max(accounts.c.arr_usd).label("arr_usd"),
            func.count().filter(now).label("now"),
            func.count().filter(~now).label("before"),
        )
        .select_from(signals.join(accounts, accounts.c.account_id == signals.c.account_id))
        .group_by(key, accounts.c.account_id)
        .subquery()
    )
    c = by_account.c
    found = select(
        c.key,
        func.min(c.name),
        func.sum(c.now),
        func.sum(c.before),
        func.count(distinct(c.account_id)).filter(c.now > 0),
        func.count(distinct(c.account_id)).filter(c.before > 0),
        func.coalesce(func.sum(c.arr_usd).filter(c.now > 0), 0.0),
    ).group_by(c.key)
    ranked = found.order_by(
        func.count(distinct(c.account_id)).filter(c.now > 0).desc(), func.sum(c.now).desc(), c.key
    ).limit(limit)
    return [
        Theme(str(name), str(key), int(now), int(before), accounts_now, accounts_before, float(arr))
        for key, name, now, before, accounts_now, accounts_before, arr in session.execute(ranked)
    ]


def documents_of(session: Session, account_id: str, until: datetime) -> list[tuple[DocumentRow, int | None]]:
    """An account's documents up to a moment with the number of sentences read, oldest first."""
    query = (
        select(DocumentRow, ReadingRow.sentences)
        .outerjoin(ReadingRow, ReadingRow.document_id == DocumentRow.document_id)
        .where(and_(DocumentRow.account_id == account_id, DocumentRow.occurred_at <= until))
        .order_by(DocumentRow.occurred_at, DocumentRow.document_id)
    )
    return [(row, sentences) for row, sentences in session.execute(query)]


def arrived(session: Session, account_id: str, since: datetime) -> int:
    """How many documents of an account came in after a moment."""
    query = select(func.count()).where(DocumentRow.account_id == account_id, DocumentRow.created_at > since)
    return session.scalar(query) or 0


def all_accounts(session: Session, filters: AccountFilters, best: ColumnElement[bool]) -> Iterator[dict[str, Any]]:
    """Every account that the filters let through, by id, a few in memory at a time."""
    query = narrowed(select(AccountRow, AccountRiskRow, best), filters, best).order_by(AccountRow.account_id)
    for account, risk, is_best in session.execute(query.execution_options(yield_per=STREAMED_AT_ONCE)):
        yield account_json(account, risk, is_best=is_best)
