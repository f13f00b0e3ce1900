"""Silent gold tasks: who gets them and when, what they count, and that an annotator can't tell them from others."""

from __future__ import annotations

import uuid
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Conflict, Forbidden, NotFound
from labeling.archive import Review, Verdict
from labeling.members import ALL_QUEUES, Member, Role
from labeling.queues.numbers import NUMBERS, number_of, task_of
from labeling.records import LabelledSpan
from labeling.service import Nothing
from labeling.wire import annotation_json
from tests.labeling.conftest import ADMIN, ANA, BEN, CLEO, RITA, SKIPPED, handed, record, submitted

LABEL = "workaround"
GOLD_TEXT = "gold"


@pytest.fixture
def queue(labeling, tenant, make_queue, hand_clock):
    """Sixty records, three of which are gold by a file: their one label is over all of the text."""
    name = make_queue(*(f"w {at}" for at in range(57)))
    marked = [(record(f"{GOLD_TEXT} {at}", f"g-{at}"), [LabelledSpan(LABEL, 0, 6, {})]) for at in range(3)]
    assert labeling.gold.add(tenant, ADMIN, name, marked) == 3
    hand_clock.forward(seconds=1)
    return name


def is_gold(task):
    return task.view.record.text.startswith(GOLD_TEXT)


def work(labeling, tenant, member, queue, count, answer=lambda _text: submitted(seconds=5.0)):
    """Answer so many tasks; returns their texts."""
    texts = []
    for _ in range(count):
        task = handed(labeling, tenant, member, queue)
        texts.append(task.view.record.text)
        labeling.tasks.answer(tenant, member, task.task_id, answer(texts[-1]))
    return texts


def test_one_in_each_run_of_twenty_is_gold_and_never_twice_the_same(labeling, tenant, queue):
    texts = work(labeling, tenant, ANA, queue, 60)
    for run in range(3):
        assert sum(text.startswith(GOLD_TEXT) for text in texts[20 * run : 20 * run + 20]) == 1
    assert len(set(texts)) == 60
    assert isinstance(labeling.tasks.next(tenant, ANA, queue), Nothing)


def test_reviewers_know_gold_and_get_none(labeling, tenant, queue):
    reviewing = Member("rob", Role.REVIEWER, frozenset({ALL_QUEUES}))
    assert not any(text.startswith(GOLD_TEXT) for text in work(labeling, tenant, reviewing, queue, 57))
    assert isinstance(labeling.tasks.next(tenant, reviewing, queue), Nothing)


def test_counts_move_for_gold_as_for_any_other(labeling, tenant, queue):
    seen = labeling.queues.one(tenant, ANA, queue)
    assert (seen["records"], sum(seen["places"].values())) == (60, 63)
    for turn in range(60):
        task = handed(labeling, tenant, ANA, queue)
        held = labeling.queues.one(tenant, ANA, queue)["places"]
        assert (held["locked"], held["open"]) == (1, 60 - turn - 1)
        if turn == 3:
            labeling.tasks.release(tenant, ANA, task.task_id)
            assert labeling.queues.one(tenant, ANA, queue)["places"]["open"] == 60 - turn
            assert handed(labeling, tenant, ANA, queue).task_id == task.task_id, "given back, it comes again"
        receipt = labeling.tasks.answer(tenant, ANA, task.task_id, submitted())
        assert (receipt.beyond_overlap, receipt.copies, receipt.queue) == (False, 0, queue)
        places = labeling.queues.one(tenant, ANA, queue)["places"]
        assert places == {"open": 60 - turn - 1, "locked": 0, "done": turn + 1, "closed": 3, "set_aside": 0}


def first_gold(labeling, tenant, member, queue):
    while not is_gold(task := handed(labeling, tenant, member, queue)):
        labeling.tasks.answer(tenant, member, task.task_id, submitted())
    return task


def test_a_gold_task_is_skipped_undone_and_left_like_any_other(labeling, tenant, queue, hand_clock):
    task = first_gold(labeling, tenant, ANA, queue)
    hand_clock.forward(hours=1)
    again = handed(labeling, tenant, ANA, queue)
    assert again.task_id == task.task_id, "its lock ran out"
    with pytest.raises(NotFound):
        labeling.tasks.answer(tenant, BEN, task.task_id, submitted())
    before = labeling.queues.one(tenant, ANA, queue)["places"]
    labeling.tasks.answer(tenant, ANA, task.task_id, SKIPPED)
    after = labeling.queues.one(tenant, ANA, queue)["places"]
    assert (after["open"], after["locked"]) == (before["open"] + 1, before["locked"] - 1)
    other = handed(labeling, tenant, ANA, queue)
    assert other.task_id != task.task_id
    back = labeling.tasks.undo(tenant, ANA, queue)
    assert back.task_id == task.task_id
    labeling.tasks.answer(tenant, ANA, back.task_id, submitted((LABEL, 0, 6)))
    assert handed(labeling, tenant, ANA, queue).task_id == other.task_id


def test_how_people_do_on_gold(labeling, tenant, queue):
    work(labeling, tenant, ANA, queue, 60, lambda text: submitted(*[(LABEL, 0, 6)] * text.startswith("g"), seconds=9.0))
    (person,) = labeling.quality.people(tenant, RITA)
    assert (person["person"], person["answers"]) == ("ana", 60)
    assert {key: person["gold"][key] for key in ("tasks", "right", "missed", "wrong")} == {
        "tasks": 3, "right": 3, "missed": 0, "wrong": 0,
    }  # fmt: skip
    assert person["gold"]["verdict"] == "3 of 10 gold tasks done: too early to say"
    rows = labeling.gold.list(tenant, RITA, queue=queue, limit=2, cursor=None)
    rest = labeling.gold.list(tenant, RITA, queue=queue, limit=2, cursor=rows.next_cursor)
    assert [row["right"] for row in (*rows.items, *rest.items)] == [1, 1, 1]
    assert rest.next_cursor is None


def test_an_answer_given_before_a_record_was_gold_measures_nobody(labeling, tenant, make_queue, hand_clock):
    name = make_queue("one", "two", overlap=2, minimum_submitted=2)
    task = handed(labeling, tenant, ANA, name)
    labeling.tasks.answer(tenant, ANA, task.task_id, submitted((LABEL, 0, 3), seconds=0.1))
    record_id = uuid.UUID(task.view.record.record_id)
    hand_clock.forward(seconds=1)
    assert labeling.gold.mark(tenant, RITA, record_id) == (LabelledSpan(LABEL, 0, 3, {}),)
    (person,) = labeling.quality.people(tenant, RITA)
    assert person["gold"] is None
    assert (person["pace"]["rushed"], person["pace"]["rushed_records"][0]["words"]) == (1, "one")
    assert labeling.disputes.one(tenant, RITA, record_id)["decision"]["reason"] == "gold"
    places = labeling.queues.one(tenant, ADMIN, name)["places"]
    assert (places["closed"], places["open"]) == (1, 2), "the second place at it is not needed"
    hand_clock.forward(seconds=1)
    labeling.gold.unmark(tenant, RITA, record_id)
    assert labeling.gold.list(tenant, RITA, queue=None, limit=9, cursor=None).items == ()
    with pytest.raises(NotFound):
        labeling.gold.unmark(tenant, RITA, record_id)


def test_only_what_is_known_can_be_gold(labeling, tenant, make_queue):
    name = make_queue("one", overlap=4, minimum_submitted=4)
    task = handed(labeling, tenant, ANA, name)
    record_id = uuid.UUID(task.view.record.record_id)
    with pytest.raises(Conflict, match="nobody answered"):
        labeling.gold.mark(tenant, RITA, record_id)
    labeling.tasks.answer(tenant, ANA, task.task_id, submitted((LABEL, 0, 3)))
    said = labeling.tasks.answer(tenant, BEN, handed(labeling, tenant, BEN, name).task_id, submitted())
    with pytest.raises(Conflict, match="people differ"):
        labeling.gold.mark(tenant, RITA, record_id)
    wrong = uuid.UUID(annotation_json(said.annotation)["annotation_id"])
    labeling.archive.review(tenant, RITA, record_id, Review(Verdict.REJECTED, wrong, reason="missed"))
    assert len(labeling.gold.mark(tenant, RITA, record_id)) == 1
    with pytest.raises(Forbidden):
        labeling.gold.mark(tenant, ANA, record_id)


def test_what_three_people_agree_on_is_fit_for_gold(labeling, tenant, make_queue):
    name = make_queue("one", "two", overlap=3, minimum_submitted=3)
    for member in (ANA, BEN, CLEO):
        for _ in range(2):
            task = handed(labeling, tenant, member, name)
            differs = member is CLEO and task.view.record.text == "two"
            labeling.tasks.answer(tenant, member, task.task_id, submitted(*[] if differs else [(LABEL, 0, 3)]))
    (fit,) = labeling.gold.candidates(tenant, RITA)
    assert (fit["words"], fit["spans"][0]["label"]) == ("one", LABEL)
    labeling.gold.mark(tenant, RITA, uuid.UUID(fit["record_id"]))
    assert labeling.gold.candidates(tenant, RITA) == []


@given(st.integers(0, NUMBERS - 1), st.text(min_size=1, max_size=8))
def test_every_task_has_one_number_and_every_number_one_task(task_id, secret):
    number = number_of(task_id, secret)
    assert 0 <= number < NUMBERS
    assert task_of(number, secret) == task_id


def test_numbers_do_not_tell_which_task_came_later(labeling, tenant, queue):
    numbers = [number_of(at, "secret") for at in range(1_000)]
    ups = sum(first < second for first, second in pairwise(numbers))
    assert 450 < ups < 550
    with pytest.raises(ValueError, match="48 bits"):
        task_of(NUMBERS, "secret")
    with pytest.raises(NotFound):
        labeling.tasks.answer(tenant, ANA, NUMBERS + 1, submitted())
    with pytest.raises(NotFound):
        labeling.tasks.answer(tenant, ANA, 17, submitted())
