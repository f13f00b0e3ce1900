"""Snapshots: parted by account, the random sample apart, hashed, and never changed."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from core.errors import Forbidden, InputError, NotFound
from labeling.archive import Review, Verdict
from labeling.queues.rules import QueueRules, Strategy
from labeling.records import LabelledSpan
from labeling.snapshots.content import Split, is_for_testing
from labeling.snapshots.service import snapshot_json
from tests.factories import make_document
from tests.labeling.conftest import ADMIN, ANA, BEN, CLEO, RITA, handed, record, submitted

TRAINED = [name for name in map("acc-{}".format, range(40)) if not is_for_testing(name)]
TESTED = [name for name in map("acc-{}".format, range(40)) if is_for_testing(name)]


@pytest.fixture
def judged(labeling, tenant):
    """Puts records into a queue of a strategy and answers each with these labels."""

    def judge(strategy, *rows, people=(ANA,), **rules):
        name = f"q-{strategy.value}"
        usual = {"title": name, "strategy": strategy, "biased": strategy is not Strategy.RANDOM}
        labeling.queues.put(
            tenant,
            ADMIN,
            name,
            QueueRules(**usual | {"overlap": len(people), "minimum_submitted": len(people), **rules}),
        )
        given = [record(words, f"{account}-{words}", account_id=account) for account, words, _ in rows]
        labeling.archive.add(tenant, ADMIN, name, given)
        said = {words: labels for _, words, labels in rows}
        for person in people:
            for _ in rows:
                task = handed(labeling, tenant, person, name)
                words = task.view.record.text
                labeling.tasks.answer(
                    tenant, person, task.task_id, submitted(*((label, 0, len(words)) for label in said[words]))
                )
        return name

    return judge


def test_accounts_are_parted_and_the_random_sample_is_the_test_set(labeling, tenant, judged):
    assert 8 < len(TESTED) < 32
    judged(Strategy.IMPORTED, (TRAINED[0], "Picked one.", ["workaround"]), (TESTED[0], "Picked two.", []))
    judged(Strategy.RANDOM, (TRAINED[1], "Drawn one.", []), (TESTED[1], "Drawn two.", ["workaround"]))
    snapshot, fresh = labeling.snapshots.make(tenant, ADMIN, "first")
    assert fresh
    lines = {line["text"]: line for line in labeling.snapshots.lines(tenant, ADMIN, snapshot)}
    assert {words: line["split"] for words, line in lines.items()} == {
        "Picked one.": "train",
        "Picked two.": "held_back",
        "Drawn one.": "reserve",
        "Drawn two.": "test",
    }
    assert lines["Drawn two."]["spans"][0]["label"] == "workaround"
    assert snapshot.counts["splits"]["test"] == {
        "items": 1,
        "accounts": 1,
        "empty": 0,
        "positives": {"workaround": 1},
    }
    told = snapshot_json(snapshot)
    assert (told["number"], told["note"], told["made_by"]) == (1, "first", "ada")
    assert told["counts"]["guidelines"] == {told["guideline_version"]: 4}


def test_the_same_labels_are_the_same_snapshot_and_more_are_another(labeling, tenant, judged):
    judged(Strategy.IMPORTED, (TRAINED[0], "One.", ["workaround"]))
    first, _ = labeling.snapshots.make(tenant, ADMIN)
    again, fresh = labeling.snapshots.make(tenant, ADMIN)
    assert (again, fresh) == (first, False)
    before = list(labeling.snapshots.lines(tenant, ADMIN, first))
    judged(Strategy.SEARCH, (TRAINED[0], "Two.", []))
    second, fresh = labeling.snapshots.make(tenant, ADMIN)
    assert fresh
    assert (second.number, second.digest != first.digest) == (2, True)
    assert list(labeling.snapshots.lines(tenant, ADMIN, first)) == before
    assert labeling.snapshots.one(tenant) == second
    assert labeling.snapshots.list(tenant, RITA) == [second, first]


def test_what_people_differ_over_is_left_out_until_a_reviewer_says_what_holds(labeling, tenant, judged, services):
    name = judged(Strategy.IMPORTED, (TRAINED[0], "Agreed.", ["workaround"]), people=(ANA, BEN))
    labeling.archive.add(tenant, ADMIN, name, [record("Disputed.", "d-9", account_id=TRAINED[1])])
    for person, labels in ((ANA, ["workaround"]), (BEN, [])):
        task = handed(labeling, tenant, person, name)
        labeling.tasks.answer(tenant, person, task.task_id, submitted(*((label, 0, 9) for label in labels)))
    snapshot, _ = labeling.snapshots.make(tenant, ADMIN)
    assert [line["text"] for line in labeling.snapshots.lines(tenant, ADMIN, snapshot)] == ["Agreed."]
    assert snapshot.counts["sources"] == {"unanimous": 1, "unresolved": 1}
    assert "nobody can tell who errs" in snapshot.counts["notes"][0]
    record_id = uuid.UUID(
        next(r["record_id"] for r in labeling.archive.lines(tenant, ADMIN) if r["text"] == "Disputed.")
    )
    resolved = Review(Verdict.RESOLVED, spans=(LabelledSpan("unbuilt_feature_request", 0, 9, {}),), reason="clear")
    labeling.archive.review(tenant, RITA, record_id, resolved)
    after, _ = labeling.snapshots.make(tenant, ADMIN)
    lines = {line["text"]: line for line in labeling.snapshots.lines(tenant, ADMIN, after)}
    assert (lines["Disputed."]["source"], lines["Disputed."]["spans"][0]["label"]) == (
        "adjudicated",
        "unbuilt_feature_request",
    )


def test_a_rejected_answer_does_not_count(labeling, tenant, judged):
    judged(Strategy.IMPORTED, (TRAINED[0], "Kept.", []), (TRAINED[0], "Rejected.", ["workaround"]))
    (row,) = [row for row in labeling.archive.lines(tenant, ADMIN) if row["text"] == "Rejected."]
    review = Review(Verdict.REJECTED, uuid.UUID(row["annotations"][0]["annotation_id"]), reason="no")
    labeling.archive.review(tenant, RITA, uuid.UUID(row["record_id"]), review)
    snapshot, _ = labeling.snapshots.make(tenant, ADMIN)
    assert [line["text"] for line in labeling.snapshots.lines(tenant, ADMIN, snapshot)] == ["Kept."]


def test_silence_counts_only_where_the_queue_asked(labeling, tenant, judged):
    judged(Strategy.IMPORTED, (TRAINED[0], "One.", []), labels=("workaround",))
    snapshot, _ = labeling.snapshots.make(tenant, ADMIN)
    assert next(labeling.snapshots.lines(tenant, ADMIN, snapshot))["labels"] == ["workaround"]


def test_what_reads_like_the_test_set_is_not_trained_on(labeling, tenant, judged):
    judged(Strategy.IMPORTED, (TRAINED[0], "A template.", []), (TRAINED[0], "Something else.", []))
    judged(Strategy.RANDOM, (TESTED[0], "A template.", []))
    snapshot, _ = labeling.snapshots.make(tenant, ADMIN)
    material = labeling.snapshots.material(tenant, snapshot)
    assert [len(material.of(split)) for split in (Split.TRAIN, Split.TEST, Split.HELD_BACK)] == [1, 1, 1]


def test_a_deleted_document_is_forgotten_and_the_snapshot_can_still_be_checked(labeling, tenant, services, judged):
    services.ingest.add(tenant, [make_document("Stored words.", id="s-1", account_id=TRAINED[0])])
    labeling.queues.put(tenant, ADMIN, "work", QueueRules("work", Strategy.IMPORTED, biased=True))
    row = record("Stored words.", "s-1", account_id=TRAINED[0], source="file")
    labeling.archive.add(tenant, ADMIN, "work", [row])
    labeling.tasks.answer(tenant, ANA, handed(labeling, tenant, ANA, "work").task_id, submitted())
    judged(Strategy.SEARCH, (TRAINED[0], "Other words.", []))
    snapshot, _ = labeling.snapshots.make(tenant, ADMIN)
    lines = {line["text"]: line for line in labeling.snapshots.lines(tenant, ADMIN, snapshot)}
    assert lines["Stored words."]["document"]["author"]["name"] == "Dana Whitfield"
    assert labeling.snapshots.check(tenant, snapshot).forgotten == 0
    services.ingest.remove(tenant, "file", "s-1")
    checked = labeling.snapshots.check(tenant, snapshot)
    assert (checked.whole, checked.items, checked.forgotten, checked.changed) == (True, 2, 1, 0)
    assert [line["text"] for line in labeling.snapshots.lines(tenant, ADMIN, snapshot)] == ["Other words."]


def test_nobody_can_change_a_snapshot(labeling, tenant, services, judged):
    judged(Strategy.IMPORTED, (TRAINED[0], "One.", ["workaround"]))
    labeling.snapshots.make(tenant, ADMIN)
    for statement in (
        "update label_snapshot_items set split = 'test'",
        "delete from label_snapshots",
        "update label_snapshot_texts set document = '{}'",
        "delete from model_events",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), services.store.tenant(tenant) as session:
            session.execute(text(statement))


def test_who_may_and_what_there_must_be(labeling, tenant):
    with pytest.raises(InputError, match="nobody has submitted"):
        labeling.snapshots.make(tenant, ADMIN)
    with pytest.raises(Forbidden):
        labeling.snapshots.make(tenant, CLEO)
    with pytest.raises(NotFound, match="no snapshot yet"):
        labeling.snapshots.one(tenant)
    with pytest.raises(InputError, match="300 characters"):
        labeling.snapshots.make(tenant, ADMIN, "x" * 301)
