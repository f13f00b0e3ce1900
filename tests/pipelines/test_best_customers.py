"""Who is a best customer: a person's word first, else the rule; the filter of lists and the rule agree."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.entities import Account, Standing, Tier
from pipelines.accounts import tiers
from pipelines.accounts.repository import AccountFilters
from pipelines.playbook.best_customers import reasons, revenue_bar, tier_of
from pipelines.playbook.policy import default_policy

RULE = default_policy().best_customer
TODAY = date(2026, 6, 1)


def account(name="a", **facts):
    outer = {key: facts.pop(key) for key in ("tier", "arr_usd") if key in facts}
    return Account(name, standing=Standing(**facts), **outer)


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        ({"strategic": True}, ("strategic",)),
        ({"active_reference": True}, ("active reference",)),
        ({"nps": 8, "tenure_years": 2.5}, ("NPS 8 after 2 years",)),
        ({"nps": 9, "customer_since": date(2023, 1, 1)}, ("NPS 9 after 3 years",)),
        ({"nps": 9, "tenure_years": 9, "customer_since": date(2026, 1, 1)}, ()),
        ({"nps": 7.9, "tenure_years": 5}, ()),
        ({"nps": 10, "tenure_years": 1.9}, ()),
        ({"arr_usd": 101}, ("top 20% by ARR",)),
        ({"arr_usd": 100}, ()),
    ],
)
def test_what_makes_one_of_the_best(facts, wanted):
    assert reasons(account(**facts), RULE, 100.0, TODAY) == wanted


def test_a_persons_word_goes_before_the_rule():
    assert tier_of(account(strategic=True, tier=Tier.STANDARD), RULE, 0, TODAY) is Tier.STANDARD
    assert tier_of(account(tier=Tier.BEST_CUSTOMER), RULE, 1e9, TODAY) is Tier.BEST_CUSTOMER


@given(st.lists(st.floats(0, 1e9), max_size=60))
def test_never_more_than_the_share_lies_above_the_bar(revenues):
    bar = revenue_bar(revenues, RULE)
    assert sum(revenue > bar for revenue in revenues) <= RULE.top_share_by_arr * len(revenues)


def test_the_list_and_the_rule_say_the_same(services, tenant):
    accounts = [account(f"a{n}", arr_usd=float(n % 7) * 1_000, strategic=n % 9 == 0, active_reference=n % 11 == 0,
                        nps=float(n % 11), tenure_years=n % 5 / 1.5,
                        customer_since=date(2020 + n % 7, 1, 1) if n % 3 == 0 else None,
                        tier=[None, None, None, Tier.STANDARD, Tier.BEST_CUSTOMER][n % 5]) for n in range(60)]  # fmt: skip
    services.ingest.add_accounts(tenant, accounts)
    bar = revenue_bar([one.arr_usd for one in accounts], RULE)
    today = services.accounts.clock().date()
    with services.store.tenant(tenant) as session:
        assert tiers.revenue_bar(session, RULE) == bar
    wanted = {one.id for one in accounts if tier_of(one, RULE, bar, today) is Tier.BEST_CUSTOMER}
    page = services.accounts.ranked(tenant, AccountFilters(tier=Tier.BEST_CUSTOMER), limit=100)
    assert {item["account_id"] for item in page.items} == wanted
    assert 0 < len(wanted) < len(accounts)
    found = services.accounts.one(tenant, "a0")
    assert (found["tier"], found["tier_stated"], found["best_customer_because"][0]) == (
        "best_customer",
        False,
        "strategic",
    )
