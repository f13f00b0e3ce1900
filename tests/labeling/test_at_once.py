"""Twenty people at once: no task goes to two of them unless that is wanted, and no answer is lost."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import Conflict, StoreUnavailable
from labeling.members import ALL_QUEUES, Member, Role
from labeling.service import Nothing
from tests.labeling.conftest import ADMIN, SKIPPED, submitted

PEOPLE = [Member(f"p{at:02}", Role.ANNOTATOR, frozenset({ALL_QUEUES})) for at in range(20)]
TEXTS = [f"sentence {at}" for at in range(40)]


def steadily(call):
    """Ask again while the store is too busy, as every client must."""
    while True:
        try:
            return call()
        except StoreUnavailable:
            continue


def work(labeling, tenant, queue, member, barrier, answer):
    """Answer until nothing is left; returns the records in the order in which they were handed out."""
    barrier.wait()
    seen = []
    while not isinstance(task := steadily(lambda: labeling.tasks.next(tenant, member, queue)), Nothing):
        seen.append(task.view.record.record_id)
        said, task_id = answer(len(seen)), task.task_id
        steadily(lambda said=said, task_id=task_id: labeling.tasks.answer(tenant, member, task_id, said))
    return seen


@pytest.mark.parametrize(("overlap", "minimum"), [(1, 1), (3, 3)])
def test_every_record_gets_as_many_answers_as_wanted_from_as_many_people(
    labeling, tenant, make_queue, overlap, minimum
):
    queue = make_queue(*TEXTS, overlap=overlap, minimum_submitted=minimum)
    barrier = threading.Barrier(len(PEOPLE))
    with ThreadPoolExecutor(len(PEOPLE)) as pool:
        handed_out = list(
            pool.map(lambda member: work(labeling, tenant, queue, member, barrier, lambda _: submitted()), PEOPLE)
        )
    for seen in handed_out:
        assert len(seen) == len(set(seen)), "nobody gets a record twice"
    times = Counter(record_id for seen in handed_out for record_id in seen)
    assert len(times) == len(TEXTS)
    assert set(times.values()) == {overlap}
    lines = list(labeling.archive.lines(tenant, ADMIN, history=True))
    assert [len(line["annotations"]) for line in lines] == [overlap] * len(TEXTS)
    assert all(len({item["annotator"] for item in line["annotations"]}) == overlap for line in lines)
    places = labeling.queues.one(tenant, ADMIN, queue)["places"]
    assert places == {"open": 0, "locked": 0, "done": overlap * len(TEXTS), "closed": 0, "set_aside": 0}


def test_skips_undos_and_equal_sentences_at_once_lose_nothing(labeling, tenant, make_queue):
    queue = make_queue(*TEXTS[:20], *["the same"] * 20)
    barrier = threading.Barrier(len(PEOPLE))

    def answers(member):
        def answer(turn):
            return SKIPPED if turn == 2 and member.person < "p03" else submitted(equal=True)

        return answer

    def person(member):
        seen = work(labeling, tenant, queue, member, barrier, answers(member))
        if seen and member.person >= "p10":
            try:
                back = steadily(lambda: labeling.tasks.undo(tenant, member, queue))
            except Conflict:
                return seen  # others were quicker at it: the decision stands
            steadily(lambda: labeling.tasks.answer(tenant, member, back.task_id, submitted(equal=True)))
        return seen

    with ThreadPoolExecutor(len(PEOPLE)) as pool:
        list(pool.map(person, PEOPLE))
    submitted_by = defaultdict(set)
    for line in labeling.archive.lines(tenant, ADMIN):
        for item in line["annotations"]:
            if item["state"] == "submitted":
                submitted_by[line["record_id"]].add(item["annotator"])
    assert len(submitted_by) == 40, "each record has somebody's answer"
    places = labeling.queues.one(tenant, ADMIN, queue)["places"]
    assert (places["open"], places["locked"]) == (0, 0)
