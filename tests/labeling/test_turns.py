"""The search for the next task begins where the last one ended, and yet misses nothing that becomes free before it."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from labeling.queues import repository as tasks
from labeling.queues import service as queues
from labeling.queues.turns import Turns, begin_at, turns_of
from labeling.service import Nothing
from tests.labeling.conftest import ADMIN, ANA, BEN, SKIPPED, handed, record, submitted


def start_of(store, tenant, queue, person):
    with store.tenant(tenant) as session:
        query = text("select from_priority from label_turns where queue = :queue and person = :person")
        return session.scalar(query, {"queue": queue, "person": person})


def text_of(labeling, tenant, member, queue):
    return handed(labeling, tenant, member, queue).view.record.text


def work(labeling, tenant, member, queue, count):
    for _ in range(count):
        task = handed(labeling, tenant, member, queue)
        labeling.tasks.answer(tenant, member, task.task_id, submitted())


@pytest.fixture
def halfway(labeling, tenant, make_queue):
    """Eight records for two people each; Ana has answered four."""
    queue = make_queue(*(f"w {at}" for at in range(8)), overlap=2, minimum_submitted=2)
    work(labeling, tenant, ANA, queue, 4)
    return queue


def test_the_search_begins_where_the_last_one_ended(labeling, tenant, store, halfway):
    assert start_of(store, tenant, halfway, "ana") == 3.0
    assert text_of(labeling, tenant, ANA, halfway) == "w 4"
    assert text_of(labeling, tenant, BEN, halfway) == "w 0"
    with store.tenant(tenant) as session:
        assert turns_of(session, halfway, "ana") == Turns(own=5)
        assert turns_of(session, halfway, "zoe") == Turns()


def test_what_comes_before_it_is_found(labeling, tenant, store, halfway):
    work(labeling, tenant, ANA, halfway, 1)
    with store.tenant(tenant) as session:
        row = tasks.queue(session, tenant, halfway)
        (record_id,) = labeling.archive.add(tenant, ADMIN, halfway, [record("urgent", "u")]).ids
        session.execute(text("delete from label_tasks where record_id = :id"), {"id": record_id})
        tasks.add_tasks(session, row, [(record_id, -1.0, "urgent")])
    assert text_of(labeling, tenant, ANA, halfway) == "urgent"


def test_what_others_give_back_is_found(labeling, tenant, make_queue):
    queue = make_queue(*(f"w {at}" for at in range(6)))
    first = handed(labeling, tenant, BEN, queue)
    work(labeling, tenant, ANA, queue, 3)
    labeling.tasks.answer(tenant, BEN, first.task_id, SKIPPED)
    assert text_of(labeling, tenant, ANA, queue) == "w 0"


def test_what_somebody_left_lying_is_found_when_its_lock_runs_out(labeling, tenant, make_queue, hand_clock):
    queue = make_queue(*(f"w {at}" for at in range(6)), lock_seconds=60)
    handed(labeling, tenant, BEN, queue)
    work(labeling, tenant, ANA, queue, 3)
    hand_clock.forward(seconds=61)
    assert text_of(labeling, tenant, ANA, queue) == "w 0"


def test_a_rejected_answer_and_a_raised_overlap_are_found(labeling, tenant, make_queue):
    queue = make_queue("w 0", "w 1", "w 2")
    work(labeling, tenant, ANA, queue, 1)
    work(labeling, tenant, BEN, queue, 1)
    make_queue(name=queue, overlap=2, minimum_submitted=2)
    assert text_of(labeling, tenant, BEN, queue) == "w 0"


def test_where_nothing_is_left_everything_is_looked_at(labeling, tenant, store, halfway):
    work(labeling, tenant, BEN, halfway, 4)
    with store.tenant(tenant) as session:
        begin_at(session, tenant, halfway, "zoe", (99.0, 0))
    zoe = ANA.__class__("zoe", ANA.role, ANA.queues)
    assert text_of(labeling, tenant, zoe, halfway) == "w 4"
    work(labeling, tenant, ANA, halfway, 4)
    assert isinstance(labeling.tasks.next(tenant, ANA, halfway), Nothing)


def test_figures_of_a_large_queue_may_be_some_seconds_old(labeling, tenant, halfway, monkeypatch, hand_clock):
    monkeypatch.setattr(queues, "LARGE", 8)
    before = labeling.queues.one(tenant, ANA, halfway)
    work(labeling, tenant, ANA, halfway, 1)
    after = labeling.queues.one(tenant, ANA, halfway)
    assert (after["places"], after["mine"]) == (before["places"], before["mine"] + 1)
    hand_clock.forward(seconds=11)
    assert labeling.queues.one(tenant, ANA, halfway)["places"]["done"] == before["places"]["done"] + 1
