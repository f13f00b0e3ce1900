"""Handing out and answering: nobody is asked twice, nothing that was said is lost or changed."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from core.errors import Conflict, InputError, NotFound
from labeling.members import Member, Role
from labeling.queues.rules import Strategy
from labeling.records import AnnotationState, LabelledSpan
from labeling.service import Answer, Nothing
from tests.labeling.conftest import ADMIN, ANA, BEN, CLEO, RITA, SKIPPED, handed, record, submitted

LABEL = "workaround"


def said(labeling, tenant, **more):
    return [item for line in labeling.archive.lines(tenant, ADMIN, **more) for item in line["annotations"]]


def test_a_task_stays_in_hand_until_it_is_answered_and_goes_to_one_person_only(labeling, tenant, make_queue):
    queue = make_queue("one", "two")
    first = handed(labeling, tenant, ANA, queue)
    assert handed(labeling, tenant, ANA, queue).task_id == first.task_id
    assert handed(labeling, tenant, BEN, queue).task_id != first.task_id
    labeling.tasks.answer(tenant, ANA, first.task_id, submitted((LABEL, 0, 3)))
    empty = labeling.tasks.next(tenant, ANA, queue)
    assert isinstance(empty, Nothing)
    assert "1 place is in others' hands; the first lock ends in 15 minutes" in empty.why


def test_a_lock_runs_out_and_the_late_answer_is_kept_all_the_same(labeling, tenant, make_queue, hand_clock):
    queue = make_queue("one", lock_seconds=60)
    first = handed(labeling, tenant, ANA, queue)
    hand_clock.forward(seconds=59)
    assert isinstance(labeling.tasks.next(tenant, BEN, queue), Nothing)
    hand_clock.forward(seconds=2)
    assert handed(labeling, tenant, BEN, queue).task_id == first.task_id
    late = labeling.tasks.answer(tenant, ANA, first.task_id, submitted((LABEL, 0, 3)))
    assert late.beyond_overlap
    labeling.tasks.answer(tenant, BEN, first.task_id, submitted())
    assert {item["annotator"]: len(item["spans"]) for item in said(labeling, tenant)} == {"ana": 1, "ben": 0}


def test_an_overlap_asks_different_people_and_the_minimum_ends_it(labeling, tenant, make_queue):
    queue = make_queue("one", overlap=3, minimum_submitted=2)
    tasks = [handed(labeling, tenant, member, queue) for member in (ANA, BEN)]
    assert len({task.task_id for task in tasks}) == 2
    assert len({task.view.record.record_id for task in tasks}) == 1
    for member, task in zip((ANA, BEN), tasks, strict=True):
        labeling.tasks.answer(tenant, member, task.task_id, submitted())
        assert isinstance(labeling.tasks.next(tenant, member, queue), Nothing)
    done = labeling.tasks.next(tenant, CLEO, queue)
    assert isinstance(done, Nothing)
    assert "as many answers as they need" in done.why


def test_a_higher_overlap_asks_about_what_is_done(labeling, tenant, make_queue):
    queue = make_queue("one")
    labeling.tasks.answer(tenant, ANA, handed(labeling, tenant, ANA, queue).task_id, submitted())
    assert isinstance(labeling.tasks.next(tenant, BEN, queue), Nothing)
    make_queue(name=queue, overlap=2, minimum_submitted=2)
    assert isinstance(labeling.tasks.next(tenant, ANA, queue), Nothing)
    assert handed(labeling, tenant, BEN, queue).view.record.text == "one"


def test_the_same_answer_twice_is_written_once_and_another_beside_it(labeling, tenant, make_queue):
    queue = make_queue("one")
    task = handed(labeling, tenant, ANA, queue)
    first = labeling.tasks.answer(tenant, ANA, task.task_id, submitted((LABEL, 0, 3)))
    assert labeling.tasks.answer(tenant, ANA, task.task_id, submitted((LABEL, 0, 3))).annotation == first.annotation
    labeling.tasks.answer(tenant, ANA, task.task_id, submitted())
    assert [len(item["spans"]) for item in said(labeling, tenant, history=True)] == [1, 0]
    assert [len(item["spans"]) for item in said(labeling, tenant)] == [0]


@pytest.mark.parametrize("statement", ["update {} set tenant_id = tenant_id", "delete from {}"])
@pytest.mark.parametrize(
    "table",
    ["label_annotations", "label_suggestions", "label_reviews", "label_comments", "label_records", "label_texts"],
)
def test_the_application_can_not_change_what_was_said(store, tenant, statement, table):
    with pytest.raises(ProgrammingError, match="permission denied"), store.tenant(tenant) as session:
        session.execute(text(statement.format(table)))


def test_a_skip_is_asked_of_others_and_three_set_a_record_aside(labeling, tenant, make_queue):
    queue = make_queue("one")
    for member in (ANA, BEN, CLEO):
        task = handed(labeling, tenant, member, queue)
        labeling.tasks.answer(tenant, member, task.task_id, SKIPPED)
        assert isinstance(labeling.tasks.next(tenant, member, queue), Nothing)
    dora = labeling.tasks.next(tenant, Member("dora", Role.ANNOTATOR, frozenset({queue})), queue)
    assert isinstance(dora, Nothing)
    assert "set aside for a reviewer" in dora.why
    with pytest.raises(InputError, match="for a reason"):
        labeling.tasks.answer(tenant, ANA, task.task_id, Answer(AnnotationState.SKIPPED))


def test_undo_brings_decisions_back_one_by_one_as_drafts(labeling, tenant, make_queue, hand_clock):
    queue = make_queue("one", "two", "three")
    tasks = []
    for answer in (submitted((LABEL, 0, 3)), SKIPPED):
        tasks.append(handed(labeling, tenant, ANA, queue))
        labeling.tasks.answer(tenant, ANA, tasks[-1].task_id, answer)
        hand_clock.forward(seconds=5)
    third = handed(labeling, tenant, ANA, queue)
    back = labeling.tasks.undo(tenant, ANA, queue)
    assert (back.task_id, back.draft.reason) == (tasks[1].task_id, "taken back")
    hand_clock.forward(seconds=1)
    back = labeling.tasks.undo(tenant, ANA, queue)
    assert back.task_id == tasks[0].task_id
    assert back.draft.spans == (LabelledSpan(LABEL, 0, 3, {}),)
    assert handed(labeling, tenant, ANA, queue).task_id == tasks[0].task_id
    with pytest.raises(Conflict):
        labeling.tasks.undo(tenant, ANA, queue)
    for expected in (tasks[0], tasks[1], third):
        task = handed(labeling, tenant, ANA, queue)
        assert task.task_id == expected.task_id
        labeling.tasks.answer(tenant, ANA, task.task_id, submitted())
    assert len(said(labeling, tenant)) == 3
    assert len(said(labeling, tenant, history=True)) == 7


def test_undo_opens_a_record_that_the_answer_had_closed(labeling, tenant, make_queue):
    queue = make_queue("one", overlap=2, minimum_submitted=1)
    labeling.tasks.answer(tenant, ANA, handed(labeling, tenant, ANA, queue).task_id, submitted())
    assert isinstance(labeling.tasks.next(tenant, BEN, queue), Nothing)
    labeling.tasks.undo(tenant, ANA, queue)
    assert handed(labeling, tenant, BEN, queue).view.record.text == "one"


def test_a_draft_is_kept_and_is_no_answer(labeling, tenant, make_queue):
    queue = make_queue("one")
    task = handed(labeling, tenant, ANA, queue)
    labeling.tasks.answer(tenant, ANA, task.task_id, Answer(AnnotationState.DRAFT, (LabelledSpan(LABEL, 0, 2, {}),)))
    again = handed(labeling, tenant, ANA, queue)
    assert again.draft.spans[0].end == 2
    assert labeling.queues.one(tenant, ANA, queue)["places"]["done"] == 0


def test_equal_sentences_are_answered_at_once_and_taken_back_at_once(labeling, tenant, make_queue):
    same = "We keep a sheet."
    queue = make_queue(same, "else")
    labeling.archive.add(
        tenant, ADMIN, queue, [record(f"Hi. {same}", "d", start=4, end=20), record(f"{same} Bye.", "e", end=16)]
    )
    make_queue(name="sample", strategy=Strategy.RANDOM)
    labeling.archive.add(tenant, ADMIN, "sample", [record(same, "r")])
    task = handed(labeling, tenant, ANA, queue)
    assert task.equal == 2
    receipt = labeling.tasks.answer(tenant, ANA, task.task_id, submitted((LABEL, 3, 16), equal=True))
    assert receipt.copies == 2
    spans = {line["document_id"]: line["annotations"][0]["spans"][0] for line in labeling.archive.lines(tenant, ADMIN)
             if line["annotations"]}  # fmt: skip
    assert {key: (span["start"], span["end"]) for key, span in spans.items()} == {
        "work-0": (3, 16), "d": (7, 20), "e": (3, 16),
    }  # fmt: skip
    assert handed(labeling, tenant, ANA, "sample").view.record.text == same, "the random sample is judged by itself"
    labeling.tasks.undo(tenant, ANA, queue)
    assert [item["state"] for item in said(labeling, tenant)] == ["draft"] * 3
    assert handed(labeling, tenant, ANA, queue).equal == 2


def test_a_span_beyond_the_passage_is_not_copied(labeling, tenant, make_queue):
    queue = make_queue("else")
    labeling.archive.add(tenant, ADMIN, queue, [record("A. B.", f"d-{at}", end=2) for at in range(2)])
    labeling.tasks.answer(tenant, ANA, handed(labeling, tenant, ANA, queue).task_id, submitted())
    task = handed(labeling, tenant, ANA, queue)
    with pytest.raises(InputError, match="beyond the passage"):
        labeling.tasks.answer(tenant, ANA, task.task_id, submitted((LABEL, 0, 5), equal=True))
    assert len(said(labeling, tenant)) == 1, "what fails leaves nothing behind"


def test_a_share_of_the_work_is_the_random_sample(labeling, tenant, make_queue):
    make_queue(*(f"r {at}" for at in range(10)), name="random", strategy=Strategy.RANDOM)
    queue = make_queue(*(f"w {at}" for at in range(30)), random_share=0.2)
    only_work = Member("wes", Role.ANNOTATOR, frozenset({queue}))
    came_from = []
    for _ in range(20):
        task = handed(labeling, tenant, only_work, queue)
        came_from.append(task.queue)
        labeling.tasks.answer(tenant, only_work, task.task_id, submitted())
    assert came_from.count("random") == 4
    assert "random" in came_from[:5]
    back = labeling.tasks.undo(tenant, only_work, queue)
    assert back.queue == came_from[-1]


@pytest.mark.parametrize(
    ("answer", "where"),
    [
        (submitted(("praise", 0, 3)), "spans[0]"),
        (submitted((LABEL, 0, 4)), "spans[0]"),
        (submitted((LABEL, 2, 2)), "spans[0]"),
        (submitted((LABEL, 0, 3), (LABEL, 0, 3)), "spans[1]"),
        (
            Answer(AnnotationState.SUBMITTED, (LabelledSpan(LABEL, 0, 3, {"means": "magic"}),)),
            "spans[0].attributes.means",
        ),
        (Answer(AnnotationState.SUBMITTED, (LabelledSpan(LABEL, 0, 3, {"mood": 1}),)), "spans[0].attributes.mood"),
    ],
)
def test_an_answer_that_can_not_be_is_refused_with_its_place(labeling, tenant, make_queue, answer, where):
    task = handed(labeling, tenant, ANA, make_queue("one"))
    with pytest.raises(InputError) as refused:
        labeling.tasks.answer(tenant, ANA, task.task_id, answer)
    assert refused.value.where == where


def test_a_queue_that_was_not_given_is_as_if_there_were_none(labeling, tenant, make_queue):
    queue = make_queue("one")
    stranger = Member("sam", Role.REVIEWER, frozenset({"other"}))
    task = handed(labeling, tenant, ANA, queue)
    for call in (
        lambda: labeling.tasks.next(tenant, stranger, queue),
        lambda: labeling.tasks.answer(tenant, stranger, task.task_id, submitted()),
        lambda: labeling.archive.page(tenant, stranger, queue=queue, history=False, limit=5, cursor=None),
        lambda: labeling.tasks.next("t-else", ANA, queue),
    ):
        with pytest.raises(NotFound):
            call()
    assert labeling.queues.overview(tenant, stranger) == []


def test_why_a_queue_is_empty_is_said(labeling, tenant, make_queue):
    queue = make_queue(name="new")
    assert "`foreshock label import` fills it" in labeling.tasks.next(tenant, ANA, queue).why
    queue = make_queue("one", "two", overlap=2, minimum_submitted=2)
    labeling.tasks.answer(tenant, ANA, handed(labeling, tenant, ANA, queue).task_id, submitted())
    labeling.tasks.answer(tenant, ANA, handed(labeling, tenant, ANA, queue).task_id, SKIPPED)
    why = labeling.tasks.next(tenant, ANA, queue).why
    assert "It holds 2 records; you have answered 1." in why
    assert "3 places wait for other people" in why
    assert "You skipped 1 record" in why
    make_queue(name=queue, overlap=2, paused=True)
    assert labeling.tasks.next(tenant, RITA, queue).why == "The queue is paused."


def test_pace_is_the_usual_decision_an_hour(labeling, tenant, make_queue, hand_clock):
    queue = make_queue("one", "two", "three")
    assert labeling.tasks.pace(tenant, ANA).per_hour is None
    for seconds in (9, 12, 200):
        task = handed(labeling, tenant, ANA, queue)
        hand_clock.forward(seconds=seconds)
        labeling.tasks.answer(tenant, ANA, task.task_id, submitted())
    pace = labeling.tasks.pace(tenant, ANA)
    assert (pace.decisions, pace.per_hour) == (3, 300)
