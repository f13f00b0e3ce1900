"""The SQL behind alerts."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, text, tuple_, update
from sqlalchemy.orm import Session

from core.entities import AlertState, Tier
from core.repository import Page, decode_cursor, encode_cursor
from core.tables import AccountRow, AlertEventRow, AlertRow

_LIST = "alerts"


@dataclass(frozen=True, slots=True)
class AlertFilters:
    """What the inbox can be narrowed to; without a state, all that are not resolved or held back."""

    state: AlertState | None = None
    owner: str | None = None
    account_id: str | None = None
    trigger: str | None = None
    tier: Tier | None = None
    overdue_on: date | None = None


def lock(session: Session) -> None:
    """One transaction of a tenant at a time raises or releases alerts, so that budgets hold."""
    session.execute(
        text(
            "select pg_advisory_xact_lock(hashtext('foreshock.alerts'), hashtext(current_setting('foreshock.tenant')))"
        )
    )


def live(session: Session, account_id: str) -> dict[str, AlertRow]:
    """The alerts of an account that are not resolved, by trigger; locked until the transaction ends."""
    query = select(AlertRow).where(AlertRow.account_id == account_id, AlertRow.state != AlertState.RESOLVED)
    return {row.trigger: row for row in session.scalars(query.order_by(AlertRow.alert_id).with_for_update())}


def watched(session: Session, account_ids: Sequence[str]) -> set[str]:
    """Of some accounts those that have an alert which is not resolved."""
    query = select(AlertRow.account_id).where(AlertRow.account_id.in_(account_ids))
    return set(session.scalars(query.where(AlertRow.state != AlertState.RESOLVED).distinct()))


def last_resolved(session: Session, account_id: str) -> dict[str, datetime]:
    """When the newest resolved alert of each trigger was resolved."""
    query = select(AlertRow.trigger, func.max(AlertRow.resolved_at)).where(
        AlertRow.account_id == account_id, AlertRow.state == AlertState.RESOLVED
    )
    return {trigger: moment for trigger, moment in session.execute(query.group_by(AlertRow.trigger)) if moment}


def raised_since(session: Session, owner: str | None, moment: datetime) -> int:
    """How many alerts an owner was given since a moment."""
    query = select(func.count()).select_from(AlertRow)
    same = AlertRow.owner == owner if owner is not None else AlertRow.owner.is_(None)
    return session.scalar(query.where(same, AlertRow.raised_at >= moment, AlertRow.state != AlertState.HELD)) or 0


def add(session: Session, values: dict[str, Any]) -> None:
    """Write a new alert."""
    session.execute(insert(AlertRow).values(**values))


def add_event(session: Session, row_of: uuid.UUID, tenant_id: str, at: datetime, what: str, by: str,
              reason: str | None = None) -> None:  # fmt: skip
    """Write down what happened."""
    session.execute(
        insert(AlertEventRow).values(tenant_id=tenant_id, alert_id=row_of, at=at, what=what, by=by, reason=reason)
    )


def one(session: Session, alert_id: uuid.UUID, *, lock_it: bool = False) -> tuple[AlertRow, AccountRow] | None:
    """An alert and its account."""
    query = select(AlertRow, AccountRow).join(AccountRow, AccountRow.account_id == AlertRow.account_id)
    query = query.where(AlertRow.alert_id == alert_id)
    found = session.execute(query.with_for_update(of=AlertRow) if lock_it else query).first()
    return (found[0], found[1]) if found else None


def events(session: Session, alert_id: uuid.UUID) -> list[AlertEventRow]:
    """What happened to an alert, in order."""
    query = select(AlertEventRow).where(AlertEventRow.alert_id == alert_id)
    return list(session.scalars(query.order_by(AlertEventRow.event_id)))


def page(
    session: Session, filters: AlertFilters, *, limit: int, cursor: str | None
) -> Page[tuple[AlertRow, str | None]]:
    """Alerts with the names of their accounts, the first due first."""
    query = select(AlertRow, AccountRow.name).join(AccountRow, AccountRow.account_id == AlertRow.account_id)
    if filters.state:
        query = query.where(AlertRow.state == filters.state)
    else:
        query = query.where(AlertRow.state.not_in([AlertState.RESOLVED, AlertState.HELD]))
    for column, wanted in (
        (AlertRow.owner, filters.owner),
        (AlertRow.account_id, filters.account_id),
        (AlertRow.trigger, filters.trigger),
        (AlertRow.tier, filters.tier),
    ):
        if wanted:
            query = query.where(column == wanted)
    if filters.overdue_on:
        query = query.where(AlertRow.due < filters.overdue_on)
    if cursor:
        due, key = decode_cursor(_LIST, cursor, (str, str))
        try:
            position = (date.fromisoformat(due), uuid.UUID(key))
        except ValueError:
            decode_cursor(_LIST, "", ())  # raises: not one of ours
            raise
        query = query.where(tuple_(AlertRow.due, AlertRow.alert_id) > tuple_(*position))
    rows = session.execute(query.order_by(AlertRow.due, AlertRow.alert_id).limit(limit + 1)).all()
    items = tuple((row, name) for row, name in rows[:limit])
    last = rows[limit - 1][0] if len(rows) > limit else None
    return Page(items, encode_cursor(_LIST, last.due.isoformat(), last.alert_id) if last else None)


def counts(session: Session) -> dict[str, int]:
    """How many alerts are in which state."""
    rows = session.execute(select(AlertRow.state, func.count()).group_by(AlertRow.state))
    found = {state: int(count) for state, count in rows}
    return {state.value: found.get(state.value, 0) for state in AlertState}


def snoozed_out(session: Session, today: date) -> list[AlertRow]:
    """Snoozed alerts whose time has come."""
    query = select(AlertRow).where(AlertRow.state == AlertState.SNOOZED, AlertRow.snoozed_until <= today)
    return list(session.scalars(query.order_by(AlertRow.alert_id).with_for_update()))


def overdue(session: Session, before: date) -> list[AlertRow]:
    """Alerts that were due before a day and nobody escalated yet."""
    states = (AlertState.OPEN, AlertState.ACKNOWLEDGED)
    query = select(AlertRow).where(AlertRow.state.in_(states), AlertRow.due < before, AlertRow.escalated_at.is_(None))
    return list(session.scalars(query.order_by(AlertRow.alert_id).with_for_update()))


def held(session: Session) -> list[AlertRow]:
    """Alerts that are held back, the weightiest first."""
    query = select(AlertRow).where(AlertRow.state == AlertState.HELD)
    return list(session.scalars(query.order_by(AlertRow.points.desc(), AlertRow.alert_id).with_for_update()))


def write(session: Session, alert_id: uuid.UUID, values: dict[str, Any]) -> None:
    """Change an alert."""
    session.execute(update(AlertRow).where(AlertRow.alert_id == alert_id).values(**values))


def judged(session: Session) -> Iterable[tuple[str, bool | None, int]]:
    """Resolved alerts by trigger and by what was said of their use."""
    query = select(AlertRow.trigger, AlertRow.useful, func.count()).where(AlertRow.state == AlertState.RESOLVED)
    rows = session.execute(query.group_by(AlertRow.trigger, AlertRow.useful).order_by(AlertRow.trigger))
    return [(trigger, useful, int(count)) for trigger, useful, count in rows]


def week_of(moment: datetime) -> datetime:
    """The Monday, at midnight UTC, on which the week of a moment begins."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def tenants(session: Session) -> list[str]:
    """Tenants with alerts that are not resolved."""
    return [str(row[0]) for row in session.execute(text("select * from foreshock_tenants_with_alerts()"))]
