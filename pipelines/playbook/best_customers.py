"""Who is a best customer: a person's word, else what the policy says of revenue, strategy, NPS and reference."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from core.entities import Account, Standing, Tier

DAYS_A_YEAR = 365.25
FEWEST_ACCOUNTS = 5
"""Of fewer accounts none is said to be among the top by revenue."""


class BestCustomerRule(BaseModel):
    """What makes an account one of the best; any of it does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    top_share_by_arr: float = Field(ge=0, le=0.5)
    strategic: bool
    active_reference: bool
    min_nps: float = Field(ge=0, le=10)
    min_tenure_years: float = Field(ge=0)
    """With ``min_nps``: an account that likes us and has done so for long."""


def revenue_bar(revenues: Iterable[float], rule: BestCustomerRule) -> float:
    """The ARR that the top share lies above; infinite where there are too few accounts to speak of a share."""
    known = sorted(revenues)
    if len(known) < FEWEST_ACCOUNTS or not rule.top_share_by_arr:
        return math.inf
    below = math.ceil(round(len(known) * (1 - rule.top_share_by_arr), 9))
    return known[below - 1]


def reasons(account: Account, rule: BestCustomerRule, bar: float, today: date) -> tuple[str, ...]:
    """Why the rule takes an account for one of the best, in words; nothing where it does not."""
    standing = account.standing
    found = []
    if account.arr_usd is not None and account.arr_usd > bar:
        found.append(f"top {rule.top_share_by_arr:.0%} by ARR")
    if rule.strategic and standing.strategic:
        found.append("strategic")
    if rule.active_reference and standing.active_reference:
        found.append("active reference")
    years = tenure(standing, today)
    if standing.nps is not None and standing.nps >= rule.min_nps and years >= rule.min_tenure_years:
        found.append(f"NPS {standing.nps:g} after {math.floor(years)} years")
    return tuple(found)


def tier_of(account: Account, rule: BestCustomerRule, bar: float, today: date) -> Tier:
    """How the account is served: as a person said, else by the rule."""
    if account.tier:
        return account.tier
    return Tier.BEST_CUSTOMER if reasons(account, rule, bar, today) else Tier.STANDARD


def tenure(standing: Standing, today: date) -> float:
    """For how many years they have been a customer; 0 where nothing is said."""
    if standing.customer_since:
        return max(0.0, (today - standing.customer_since).days / DAYS_A_YEAR)
    return standing.tenure_years or 0.0
