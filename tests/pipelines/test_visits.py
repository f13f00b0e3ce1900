"""Who comes back to an account learns what changed since; to load a page again is not to come back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.entities import Account, QuietKind
from pipelines.accounts.visits import SAME_VISIT, VisitService
from pipelines.risk.words import in_words
from tests.factories import NOON

FIRST, SECOND, THIRD = ({"score": score, "as_of": NOON.isoformat()} for score in (10.0, 20.0, 30.0))


class Hands:
    now = NOON

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Hands()


@pytest.fixture
def look(services, tenant, clock):
    services.ingest.add_accounts(tenant, [Account("acme"), Account("bolt")])
    visits = VisitService(services.store, clock)
    return lambda seen, person="Leonie", account="acme": visits.look(tenant, person, account, seen)


def test_the_visit_before_is_remembered(look, clock):
    assert look(FIRST) is None
    clock.now += timedelta(days=3)
    before = look(SECOND)
    assert (before.at, before.seen) == (NOON, FIRST)
    clock.now += SAME_VISIT
    assert look(THIRD).seen == FIRST  # the same visit still
    clock.now += timedelta(days=1)
    assert look(FIRST).seen == THIRD


def test_visits_are_a_persons_and_an_accounts(look, clock):
    look(FIRST)
    clock.now += timedelta(days=1)
    assert look(SECOND, person="Tom") is None
    assert look(SECOND, account="bolt") is None
    assert look(SECOND).seen == FIRST


def test_a_change_in_words_sums_to_the_difference():
    said = {"document_id": "d-1"}
    steps = [
        {"kind": "faded", "name": "workaround", "points": -1.2, "evidence": said},
        {"kind": "faded", "name": "workaround", "points": -0.3, "evidence": said},
        {"kind": "faded", "name": "competitive_mention", "points": -0.4, "evidence": said},
        {"kind": "resolved", "name": "workaround", "points": -2.0, "evidence": said},
        {"kind": "added", "name": "competitive_mention", "points": 9.0, "evidence": said},
        {"kind": "crowded", "name": "consolidation_and_rival", "points": 3.0, "evidence": None},
        {"kind": "added", "name": "workaround_and_gave_up", "points": 0.7, "evidence": said},
        {"kind": "added", "name": "workaround_and_gave_up", "points": 0.7, "evidence": said},
        {"kind": "crowded", "name": "bounds", "points": -0.2, "evidence": None},
        {"kind": "crowded", "name": QuietKind.CONTACT_SILENT, "points": 4.0, "evidence": None},
        {"kind": "crowded", "name": "workaround", "points": -0.5, "evidence": said},
    ]
    told = in_words({"steps": steps})
    assert sum(item["points"] for item in told) == pytest.approx(sum(step["points"] for step in steps))
    assert [item["text"] for item in told] == [
        "New: competitive mention",
        "Contact silent: weighs more",
        "Consolidation and rival: what was said before counts more beside what is new",
        "Good news took from what was said of workaround",
        "What was said before of workaround faded; nothing new was said of it",
        "New together: workaround and gave up",
        "Workaround: what was said before gives way to what is new",
        "What was said before of competitive mention faded",
        "What would lie beyond 100 is not counted",
    ]
    assert told[0]["evidence"] == said
    assert in_words({"steps": []}) == []
