"""Quality over what is stored: agreement, disputes and decisions."""

from __future__ import annotations

import uuid

import pytest

from core.errors import Forbidden, InputError, NotFound
from labeling.adjudication import Reason
from labeling.archive import Review, Verdict
from labeling.members import Member, Role
from labeling.quality.disputes import Decision
from labeling.records import LabelledSpan
from labeling.service import Nothing
from tests.labeling.conftest import ADMIN, ANA, BEN, CLEO, RITA, handed, submitted

LABEL = "workaround"


def answer_all(labeling, tenant, queue, said):
    """Everybody answers everything in the queue; ``said`` gives the spans by person and text."""
    for member, spans in said.items():
        while not hasattr(found := labeling.tasks.next(tenant, member, queue), "why"):
            text = found.view.record.text
            labeling.tasks.answer(tenant, member, found.task_id, submitted(*spans(text), seconds=5.0))


def whole(*texts):
    """Marks these texts as a whole, and no other."""
    return lambda text: [(LABEL, 0, len(text))] if text in texts else []


@pytest.fixture
def judged(labeling, tenant, make_queue):
    """Four records that Ana and Ben judged; they differ over one."""
    queue = make_queue("one", "two", "three", "four", overlap=2, minimum_submitted=2)
    answer_all(labeling, tenant, queue, {ANA: whole("one", "two"), BEN: whole("one")})
    return queue


def test_agreement_of_stored_answers_in_figures_and_words(labeling, tenant, judged):
    found = labeling.quality.agreement(tenant, RITA)
    assert (found["shared"], found["why"]) == (4, None)
    (label,) = found["labels"]
    assert (label["label"], label["same"], label["marked"]) == (LABEL, 0.75, 3)
    assert label["alpha"]["value"] == pytest.approx(8 / 15, abs=1e-4)
    assert label["f1"]["value"] == pytest.approx(2 / 3, abs=1e-4)
    assert label["f1"]["low"] < label["f1"]["value"], "one account, and yet an interval"
    assert label["alpha"]["words"].startswith("agreement is weak, the guideline needs clearer cases: 0.53")
    assert [(row["first"], row["second"]) for row in found["pairs"]] == [("ana", "ben")]
    assert {row["person"] for row in found["people"]} == {"ana", "ben"}
    (absent,) = labeling.quality.agreement(tenant, RITA, labels=["competitive_mention"])["labels"]
    assert absent["alpha"]["value"] is None
    assert "cannot be computed, because everybody gave it to no record" in absent["alpha"]["words"]


def test_what_was_copied_is_no_judgement_of_its_own(labeling, tenant, make_queue):
    queue = make_queue("same", "same", "same", overlap=2, minimum_submitted=2)
    for member in (ANA, BEN):
        labeling.tasks.answer(
            tenant, member, handed(labeling, tenant, member, queue).task_id, submitted((LABEL, 0, 4), equal=True)
        )
    assert labeling.quality.agreement(tenant, RITA)["shared"] == 1


def test_reviewers_look_at_their_own_queues_only(labeling, tenant, judged, make_queue):
    other = Member("olga", Role.REVIEWER, frozenset({make_queue("five", name="other")}))
    assert labeling.quality.agreement(tenant, other)["why"].endswith("because no record was judged by two people")
    assert labeling.quality.agreement(tenant, ADMIN, queue=judged)["shared"] == 4
    with pytest.raises(NotFound):
        labeling.quality.agreement(tenant, other, queue=judged)
    with pytest.raises(Forbidden):
        labeling.quality.agreement(tenant, CLEO)


def disputes(labeling, tenant, member=RITA, **more):
    asked = {"queue": None, "label": None, "limit": 50, "cursor": None} | more
    return labeling.disputes.list(tenant, member, **asked)


def test_what_people_differ_over_is_listed_the_worst_first_page_by_page(labeling, tenant, make_queue):
    queue = make_queue("one two", "three four", "five six", overlap=2, minimum_submitted=2)
    answer_all(labeling, tenant, queue, {
        ANA: lambda text: [(LABEL, 0, 3), ("competitive_mention", 4, len(text))] if text == "one two" else
        whole("three four")(text),
        BEN: lambda text: [(LABEL, 0, 3)] if text == "one two" else [],
    })  # fmt: skip
    first = disputes(labeling, tenant, limit=1)
    (worst,) = first.items
    assert (worst["words"], worst["agreement"], worst["labels"]) == ("three four", 0.0, [LABEL])
    assert worst["people"] == ["ana", "ben"]
    second = disputes(labeling, tenant, limit=1, cursor=first.next_cursor)
    assert [row["words"] for row in second.items] == ["one two"]
    assert (second.items[0]["labels"], second.next_cursor) == (["competitive_mention"], None)
    assert labeling.disputes.count(tenant, RITA) == 2
    assert [row["words"] for row in disputes(labeling, tenant, label=LABEL).items] == ["three four"]
    with pytest.raises(Forbidden):
        disputes(labeling, tenant, ANA)


def test_answers_stand_side_by_side_and_a_decision_ends_it(labeling, tenant, make_queue, hand_clock):
    queue = make_queue("one", overlap=4, minimum_submitted=4)
    people = {ANA: whole("one"), BEN: whole(), CLEO: whole("one")}
    answer_all(labeling, tenant, queue, people)
    record_id = uuid.UUID(disputes(labeling, tenant).items[0]["record_id"])
    found = labeling.disputes.one(tenant, RITA, record_id)
    assert [answer["people"] for answer in found["answers"]] == [["ana", "cleo"], ["ben"]]
    assert found["answers"][0]["spans"][0]["text"] == "one"
    assert (found["decision"], LABEL in found["labels"]) == (None, True)
    with pytest.raises(InputError, match="either spans"):
        labeling.disputes.decide(tenant, RITA, record_id, Decision(Reason.OTHER))
    with pytest.raises(NotFound):
        labeling.disputes.decide(tenant, RITA, record_id, Decision(Reason.OTHER, None, uuid.uuid4()))
    with pytest.raises(Forbidden):
        labeling.disputes.decide(tenant, ANA, record_id, Decision(Reason.OTHER, ()))
    right = uuid.UUID(found["answers"][1]["annotation_ids"][0])
    labeling.disputes.decide(tenant, RITA, record_id, Decision(Reason.GUIDELINE_GAP, None, right, "see 4.2"))
    decision = labeling.disputes.one(tenant, RITA, record_id)["decision"]
    assert (decision["reviewer"], decision["reason"], decision["spans"]) == ("rita", "guideline_gap", [])
    assert disputes(labeling, tenant).items == ()
    nothing = labeling.tasks.next(tenant, ADMIN, queue)
    assert isinstance(nothing, Nothing), "nobody is asked any more"
    assert labeling.queues.one(tenant, ADMIN, queue)["places"]["closed"] == 1
    own = (LabelledSpan("competitive_mention", 0, 2, {}),)
    hand_clock.forward(seconds=1)
    labeling.disputes.decide(tenant, RITA, record_id, Decision(Reason.EDGE_CASE, own))
    assert labeling.disputes.one(tenant, RITA, record_id)["decision"]["spans"][0]["end"] == 2, "the last one holds"


def test_a_rejected_answer_is_in_no_dispute(labeling, tenant, judged):
    record_id = uuid.UUID(disputes(labeling, tenant).items[0]["record_id"])
    wrong = uuid.UUID(labeling.disputes.one(tenant, RITA, record_id)["answers"][0]["annotation_ids"][0])
    labeling.archive.review(tenant, RITA, record_id, Review(Verdict.REJECTED, wrong, reason="no gap named"))
    assert disputes(labeling, tenant).items == ()
    assert len(labeling.disputes.one(tenant, RITA, record_id)["answers"]) == 1
    assert labeling.quality.agreement(tenant, RITA)["shared"] == 4, "agreement is about people: it counts"


def answers(labeling, tenant, **more):
    return {line["text"]: line for line in labeling.consensus.lines(tenant, RITA, **more)}


def test_the_export_of_answers_keeps_who_said_what(labeling, tenant, make_queue):
    queue = make_queue(*(f"w {at}" for at in range(12)), "odd", overlap=3, minimum_submitted=3)
    marked = [f"w {at}" for at in range(0, 12, 2)]
    answer_all(
        labeling, tenant, queue, {ANA: whole(*marked, "odd"), BEN: whole(*marked), CLEO: whole(*marked[1:], "odd")}
    )
    found = answers(labeling, tenant)
    assert found["w 2"]["consensus"]["source"] == "unanimous"
    assert found["w 0"]["consensus"]["source"] == "consensus"
    assert found["w 0"]["consensus"]["probabilities"][LABEL] > 0.9
    assert [span["label"] for span in found["w 0"]["consensus"]["spans"]] == [LABEL]
    assert {said["annotator"]: len(said["spans"]) for said in found["w 0"]["annotations"]} == {
        "ana": 1, "ben": 1, "cleo": 0,
    }  # fmt: skip
    record_id = uuid.UUID(found["w 0"]["record_id"])
    labeling.disputes.decide(tenant, RITA, record_id, Decision(Reason.ANNOTATOR_ERROR, ()))
    decided = answers(labeling, tenant)["w 0"]
    assert (decided["consensus"]["source"], decided["consensus"]["spans"]) == ("adjudicated", [])
    assert len(decided["annotations"]) == 3
    together = {record.text: (answer.source, len(said)) for record, answer, said in labeling.consensus.material(tenant)}
    assert together["w 0"] == ("adjudicated", 3)
    assert len(together) == 13


def test_what_nobody_can_tell_is_left_out_unless_asked_for(labeling, tenant, judged):
    assert set(answers(labeling, tenant)) == {"one", "three", "four"}
    everything = answers(labeling, tenant, unresolved=True)
    assert everything["two"]["consensus"] == {"spans": [], "source": "unresolved", "probabilities": {LABEL: 0.5}}
    record_id = uuid.UUID(everything["two"]["record_id"])
    for said in everything["two"]["annotations"]:
        wrong = Review(Verdict.REJECTED, uuid.UUID(said["annotation_id"]), reason="no")
        labeling.archive.review(tenant, RITA, record_id, wrong)
    assert "two" not in answers(labeling, tenant, unresolved=True), "rejected answers are none"
    labeling.disputes.decide(tenant, RITA, record_id, Decision(Reason.OTHER, ()))
    assert answers(labeling, tenant)["two"]["consensus"]["source"] == "adjudicated"


def test_pages_of_answers(labeling, tenant, judged):
    first = labeling.consensus.page(tenant, RITA, queue=judged, unresolved=True, limit=3, cursor=None)
    rest = labeling.consensus.page(tenant, RITA, queue=judged, unresolved=True, limit=3, cursor=first.next_cursor)
    assert (len(first.items), len(rest.items), rest.next_cursor) == (3, 1, None)
    assert len({item["record_id"] for item in (*first.items, *rest.items)}) == 4
    with pytest.raises(Forbidden):
        labeling.consensus.page(tenant, ANA, queue=judged, unresolved=True, limit=3, cursor=None)
