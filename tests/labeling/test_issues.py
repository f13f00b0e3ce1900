"""The label-issue finder over stored answers: planted errors come into the queue, each with its reason."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from core.entities import Document, Span
from core.errors import Forbidden
from labeling.adjudication import Reason
from labeling.quality.disputes import Decision
from labeling.quality.issue_rows import Judged, carries
from labeling.quality.issues import LEASE
from labeling.records import LabelledSpan
from labeling.service import Nothing
from models.vectors import ReadSentences
from nlp.outputs import LABELS
from nlp.reading.reader import read
from nlp.reading.sides import OwnSide
from pipelines.jobs.worker import Worker
from tests.labeling.conftest import ADMIN, ANA, BEN, RITA, handed, submitted

LABEL = "workaround"
COLUMN = [label.value for label in LABELS].index(LABEL)
WRONG = 7
"""The text whose answer is turned over."""


class Vectors:
    """Vectors in which the first number tells whether a sentence speaks of Excel, and logits that know it as well."""

    def __init__(self):
        self.fail = None

    def read(self, document: Document) -> ReadSentences | None:
        if self.fail:
            raise self.fail
        sentences = read(document, OwnSide()).sentences
        chance = np.random.default_rng(len(document.text) + ord(document.id[-1]))
        features = chance.normal(0, 0.1, (len(sentences), 4)).astype(np.float32)
        features[:, 0] = ["Excel" in sentence.span.of(document.text) for sentence in sentences]
        logits = np.full((len(sentences), len(LABELS)), -4.0, dtype=np.float32)
        logits[:, COLUMN] = np.where(features[:, 0] > 0, 3.0, -3.0) + chance.normal(0, 0.3, len(sentences))
        return ReadSentences(document, sentences, features, logits)


@pytest.fixture
def vectors():
    return Vectors()


@pytest.fixture
def issues(labeling, vectors):
    return replace(labeling.issues, reader_for=lambda _tenant: vectors)


@pytest.fixture
def answered(labeling, tenant, make_queue):
    """Forty texts, half of which speak of Excel; Ana marks these, but for one that she misses."""
    texts = [f"We still do number {at} in {'Excel' if at % 2 else 'the app'} every week." for at in range(40)]
    queue = make_queue(*texts)
    for _ in texts:
        task = handed(labeling, tenant, ANA, queue)
        text = task.view.record.text
        found = "Excel" in text and text != texts[WRONG]
        labeling.tasks.answer(tenant, ANA, task.task_id, submitted(*[(LABEL, 0, len(text))] * found))
    return texts


def test_what_was_answered_wrong_gets_a_second_look_also_by_who_answered(labeling, issues, tenant, answered):
    found = issues.find(tenant, 5)
    assert (found["records"], found["sentences"], found["added"]) == (40, 40, found["found"])
    assert any(note.startswith("competitive_mention: too few sentences") for note in found["notes"])
    task = handed(labeling, tenant, ANA, "issues")
    assert task.view.record.text == answered[WRONG]
    assert task.reason.startswith("is not marked as workaround, expected with a probability of")
    labeling.tasks.answer(tenant, ANA, task.task_id, submitted((LABEL, 0, 5)))
    rest = labeling.tasks.next(tenant, ANA, "issues")
    assert isinstance(rest, Nothing) == (found["found"] == 1)
    assert issues.find(tenant, 5)["added"] == 0, "each record is asked about once"


def test_a_second_opinion_makes_a_dispute(labeling, issues, tenant, answered):
    issues.find(tenant, 1)
    task = handed(labeling, tenant, BEN, "issues")
    labeling.tasks.answer(tenant, BEN, task.task_id, submitted((LABEL, 0, 5)))
    page = labeling.disputes.list(tenant, RITA, queue="issues", label=None, limit=5, cursor=None)
    assert [row["words"] for row in page.items] == [answered[WRONG]]
    assert labeling.queues.one(tenant, BEN, "issues")["places"]["done"] == 1


def test_what_a_reviewer_decided_teaches_and_is_not_doubted(labeling, issues, tenant, answered):
    lines = labeling.archive.lines(tenant, ADMIN)
    wrong = next(line for line in lines if line["text"] == answered[WRONG])
    labeling.disputes.decide(tenant, RITA, uuid.UUID(wrong["record_id"]), Decision(Reason.EDGE_CASE, ()))
    found = issues.find(tenant, 40)
    texts = [line["text"] for line in labeling.archive.lines(tenant, ADMIN, queue="issues")]
    assert answered[WRONG] not in texts
    assert found["records"] == 40


def test_a_search_is_asked_for_and_worked_off(labeling, issues, tenant, answered):
    with pytest.raises(Forbidden):
        issues.ask(tenant, RITA)
    asked = issues.ask(tenant, ADMIN, 3)
    assert asked["state"] == "waiting"
    assert issues.ask(tenant, ADMIN)["run_id"] == asked["run_id"], "one at a time"
    while issues.work():
        pass
    (done,) = issues.runs(tenant, RITA)
    assert (done["state"], done["result"]["records"], done["error"]) == ("done", 40, None)
    with pytest.raises(Forbidden):
        issues.runs(tenant, ANA)


def test_a_search_that_fails_says_so_and_one_whose_worker_was_lost_is_done_anew(
    issues, vectors, tenant, answered, hand_clock, store
):
    issues.ask(tenant, ADMIN)
    vectors.fail = RuntimeError("the text of a customer")
    while issues.work():
        pass
    failed = issues.runs(tenant, ADMIN)[0]
    assert (failed["state"], failed["error"]) == ("failed", "it failed (RuntimeError)")
    vectors.fail = KeyboardInterrupt()
    hand_clock.forward(seconds=1)
    issues.ask(tenant, ADMIN)
    with pytest.raises(KeyboardInterrupt):
        issues.work()
    vectors.fail = None
    assert issues.runs(tenant, ADMIN)[0]["state"] == "running"
    hand_clock.forward(seconds=(LEASE + timedelta(seconds=1)).total_seconds())
    while issues.work():
        pass
    assert issues.runs(tenant, ADMIN)[0]["state"] == "done"


def test_the_worker_of_documents_does_it_when_it_is_idle(services, issues, tenant):
    issues.ask(tenant, ADMIN)
    worker = Worker(services.extraction, None, issues.work)
    worker.start()
    try:
        for _ in range(200):
            if issues.runs(tenant, ADMIN)[0]["state"] == "done":
                break
            time.sleep(0.1)
    finally:
        worker.stop()
    assert issues.runs(tenant, ADMIN)[0]["state"] == "done"


def test_nothing_answered_is_said(issues, tenant):
    assert issues.find(tenant)["notes"] == ["nothing was answered that can be read"]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [([(0, 10)], True), ([(8, 30)], False), ([(2, 4)], True), ([(5, 40)], True), ([(12, 40)], False), ([], False)],
)
def test_a_sentence_carries_a_label_where_much_of_it_is_covered(spans, expected):
    spoken = [LabelledSpan(LABEL, start, end, {}) for start, end in spans]
    assert carries(Span(0, 10), spoken, LABEL) is expected
    assert not carries(Span(0, 10), spoken, "other")
    assert Judged("r", 0, 10, (), frozenset()).spans == ()
