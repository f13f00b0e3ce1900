"""Filters as a form sends them in an address: what is empty or unknown narrows nothing."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from core.entities import RiskLevel, Tier
from pipelines.accounts.repository import AccountFilters

Chosen = Annotated[str, Query(max_length=512)]


def chosen_accounts(
    level: Chosen = "",
    tier: Chosen = "",
    owner: Chosen = "",
    segment: Chosen = "",
    driver: Chosen = "",
) -> AccountFilters:
    """What a list of accounts is narrowed to."""
    return AccountFilters(
        level if level in set(RiskLevel) else None,
        Tier(tier) if tier in set(Tier) else None,
        owner or None,
        segment or None,
        driver or None,
    )


ChosenAccounts = Annotated[AccountFilters, Depends(chosen_accounts)]
