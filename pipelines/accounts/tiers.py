"""Tiers over the store: the rule of ``pipelines.playbook.best_customers``, for one account and as a filter of lists."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from core.entities import Account, Standing, Tier
from core.tables import AccountRow
from pipelines.playbook import best_customers
from pipelines.playbook.best_customers import DAYS_A_YEAR, FEWEST_ACCOUNTS, BestCustomerRule


def account_of(row: AccountRow) -> Account:
    """A stored account as the domain sees it."""
    renewal = datetime.combine(row.renewal_date, time(), UTC) if row.renewal_date else None
    standing = Standing(row.strategic, row.active_reference, row.nps, row.tenure_years, row.customer_since)
    return Account(
        row.account_id,
        row.name,
        Tier(row.tier) if row.tier else None,
        row.arr_usd,
        row.owner,
        row.segment,
        renewal,
        standing,
        row.attributes,
    )


def revenue_bar(session: Session, rule: BestCustomerRule) -> float:
    """The ARR that the tenant's top share lies above; infinite where too few accounts have one."""
    if not rule.top_share_by_arr:
        return math.inf
    below = func.percentile_disc(1 - rule.top_share_by_arr).within_group(AccountRow.arr_usd)
    known, bar = session.execute(select(func.count(AccountRow.arr_usd), below)).one()
    return float(bar) if known >= FEWEST_ACCOUNTS else math.inf


def tier_of(session: Session, row: AccountRow, rule: BestCustomerRule, today: date) -> Tier:
    """How the account is served."""
    return (
        Tier(row.tier) if row.tier else best_customers.tier_of(account_of(row), rule, revenue_bar(session, rule), today)
    )


def is_best(rule: BestCustomerRule, bar: float, today: date) -> ColumnElement[bool]:
    """The same as a condition on ``AccountRow``."""
    since = today - timedelta(days=math.ceil(rule.min_tenure_years * DAYS_A_YEAR))
    long_enough = case(
        (AccountRow.customer_since.is_not(None), AccountRow.customer_since <= since),
        else_=func.coalesce(AccountRow.tenure_years, 0) >= rule.min_tenure_years,
    )
    loyal = and_(func.coalesce(AccountRow.nps, -1) >= rule.min_nps, long_enough)
    reasons: list[ColumnElement[bool]] = [loyal]
    if math.isfinite(bar):
        reasons.append(func.coalesce(AccountRow.arr_usd, -1) > bar)
    if rule.strategic:
        reasons.append(AccountRow.strategic.is_(True))
    if rule.active_reference:
        reasons.append(AccountRow.active_reference.is_(True))
    return case((AccountRow.tier.is_not(None), AccountRow.tier == Tier.BEST_CUSTOMER), else_=or_(*reasons))


def best_condition(session: Session, rule: BestCustomerRule, today: date) -> ColumnElement[bool]:
    """``is_best`` with the bar of the session's tenant."""
    return is_best(rule, revenue_bar(session, rule), today)
