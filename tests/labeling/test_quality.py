"""Quality over what is stored: agreement."""

from __future__ import annotations

import pytest

from core.errors import Forbidden, NotFound
from labeling.members import Member, Role
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
