"""Alerts: one for each account and trigger, within its owner's week, until somebody says what became of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from core.entities import Account, AlertState, Tier
from core.errors import Conflict, InputError, NotFound
from core.ids import new_id
from pipelines.alerts.repository import AlertFilters, week_of
from pipelines.alerts.service import AlertService
from pipelines.playbook.policy import Cause, RecommendedAction, Trigger, default_policy
from pipelines.playbook.service import Configured
from pipelines.risk import repository as risk_repository
from tests.factories import NOON, make_signal


class Hands:
    """A clock that the test moves."""

    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Hands()


@pytest.fixture
def alerts(services, clock):
    return AlertService(services.store, services.playbook, clock)


@pytest.fixture
def ask(services, tenant, alerts, clock):
    """What the policy asks of an account, now."""

    def raise_for(account_id="acme", *triggers, tier=Tier.STANDARD, points=20.0, newest=None, owner="Leonie"):
        services.ingest.add_accounts(tenant, [Account(account_id, owner=owner)])
        said = make_signal(occurred_at=newest or clock.now)
        actions = [
            RecommendedAction(Cause(trigger, points, newest or clock.now, (said,)), "Call", "CSM", 7, NOON.date())
            for trigger in triggers
        ]
        policy = services.playbook.policy_of(tenant)
        with services.store.tenant(tenant) as session:
            row = risk_repository.lock_accounts(session, [account_id])[account_id]
            alerts.update(session, tenant, row, tier, actions, policy)
        return alerts.inbox(tenant, AlertFilters(account_id=account_id)).items

    return raise_for


RIVAL, CUT = Trigger.COMPETITIVE_MENTION, Trigger.VENDOR_CONSOLIDATION


def test_an_alert_names_evidence_owner_and_due_day(ask):
    (alert,) = ask("acme", RIVAL)
    assert (alert["state"], alert["owner"], alert["role"]) == ("open", "Leonie", "CSM")
    assert alert["due"] == (NOON + timedelta(days=7)).date().isoformat()
    assert alert["evidence"][0]["text"] == "0123456789"


def test_the_same_again_strengthens_what_is_there(ask, alerts, tenant, clock):
    (first,) = ask("acme", RIVAL)
    clock.now += timedelta(days=3)
    (again,) = ask("acme", RIVAL, points=35.0)
    assert (again["alert_id"], again["points"], again["due"]) == (first["alert_id"], 35.0, first["due"])
    history = alerts.one(tenant, first["alert_id"])["history"]
    assert [event["what"] for event in history] == ["raised", "more evidence"]


def test_what_is_not_asked_for_any_more_stays_but_says_so(ask):
    ask("acme", RIVAL)
    (alert,) = ask("acme")
    assert (alert["state"], alert["points"]) == ("open", 0.0)


def test_a_full_week_holds_back_the_rest_and_the_next_one_brings_the_weightiest_first(
    ask, alerts, services, tenant, clock
):
    config = default_policy().model_dump(mode="json")
    config["alerts"]["weekly_budget"] = 2
    services.playbook.replace(tenant, Configured.POLICY, config)
    for number, points in enumerate((20.0, 30.0, 10.0, 40.0)):
        ask(f"a{number}", RIVAL, points=points)
    ask("best", RIVAL, tier=Tier.BEST_CUSTOMER)
    ask("others", RIVAL, owner="Ben")
    held = alerts.inbox(tenant, AlertFilters(state=AlertState.HELD)).items
    assert {alert["account_id"] for alert in held} == {"a2", "a3"}
    assert alerts.sweep(tenant)["released"] == 0
    clock.now = week_of(clock.now) + timedelta(days=7)
    assert alerts.sweep(tenant)["released"] == 2
    config["alerts"]["weekly_budget"] = 1
    services.playbook.replace(tenant, Configured.POLICY, config)
    ask("b0", RIVAL, points=5.0)
    ask("b1", RIVAL, points=50.0)
    clock.now += timedelta(days=7)
    assert alerts.sweep(tenant)["released"] == 1
    (still,) = alerts.inbox(tenant, AlertFilters(state=AlertState.HELD)).items
    assert still["account_id"] == "b0"


def test_after_it_was_resolved_silence_until_something_new_is_said(ask, alerts, tenant, clock):
    (alert,) = ask("acme", RIVAL)
    done = alerts.resolve(tenant, alert["alert_id"], "me", "they stay", useful=True)
    assert (done["state"], done["useful"]) == ("resolved", True)
    clock.now += timedelta(days=5)
    assert ask("acme", RIVAL) == (), "cooling down"
    clock.now += timedelta(days=30)
    assert ask("acme", RIVAL, newest=NOON - timedelta(days=1)) == (), "nothing new was said"
    (fresh,) = ask("acme", RIVAL)
    assert fresh["alert_id"] != alert["alert_id"]
    with pytest.raises(Conflict):
        alerts.reopen(tenant, alert["alert_id"], "me", "wrong one")


def test_snoozed_alerts_wake_and_late_ones_go_up(ask, alerts, tenant, clock):
    (alert,) = ask("acme", RIVAL)
    (other,) = ask("bolt", CUT)
    with pytest.raises(InputError):
        alerts.snooze(tenant, alert["alert_id"], "me", NOON.date(), "today is no day to come")
    alerts.snooze(tenant, alert["alert_id"], "me", (NOON + timedelta(days=20)).date(), "they are on leave")
    clock.now += timedelta(days=10)
    assert alerts.sweep(tenant) == {"woken": 0, "released": 0, "escalated": 1}
    assert alerts.one(tenant, other["alert_id"])["escalated_to"] == "Head of customer success"
    clock.now += timedelta(days=10)
    assert alerts.sweep(tenant)["woken"] == 1
    assert alerts.one(tenant, alert["alert_id"])["state"] == "open"


def test_a_resolved_alert_takes_no_more_orders_until_it_is_reopened(ask, alerts, tenant):
    (alert,) = ask("acme", RIVAL)
    alerts.resolve(tenant, alert["alert_id"], "me", "done")
    with pytest.raises(Conflict):
        alerts.acknowledge(tenant, alert["alert_id"], "me")
    back = alerts.reopen(tenant, alert["alert_id"], "me", "it was not")
    assert (back["state"], back["history"][-1]["reason"]) == ("open", "it was not")
    with pytest.raises(NotFound):
        alerts.one(tenant, new_id())


def test_precision_is_what_people_said(ask, alerts, tenant):
    for number in range(4):
        (alert,) = ask(f"a{number}", RIVAL)
        alerts.resolve(tenant, alert["alert_id"], "me", "looked", useful=[True, True, False, None][number])
    (row,) = alerts.quality(tenant)
    assert (row["resolved"], row["judged"], row["useful"], row["precision"]) == (4, 3, 2, 0.6667)
    assert row["interval"]["low"] < 0.6667 < row["interval"]["high"]


def test_a_better_tier_asks_for_more_and_sooner(ask, alerts, tenant, clock):
    (alert,) = ask("acme", RIVAL)
    clock.now += timedelta(days=1)
    (now,) = ask("acme", RIVAL, tier=Tier.BEST_CUSTOMER)
    assert now["tier"] == "best_customer"
    assert now["due"] <= alert["due"]


def test_history_can_only_be_added_to(ask, services, tenant):
    ask("acme", RIVAL)
    for statement in ("update alert_events set what = 'nothing'", "delete from alert_events"):
        with pytest.raises(ProgrammingError, match="permission denied"), services.store.tenant(tenant) as session:
            session.execute(text(statement))


def test_another_tenant_sees_nothing(ask, alerts):
    ask("acme", RIVAL)
    assert alerts.inbox("somebody-else", AlertFilters()).items == ()


def test_a_week_begins_on_monday():
    assert week_of(datetime.fromisoformat("2026-03-08T23:59:00+00:00")).date().isoformat() == "2026-03-02"
