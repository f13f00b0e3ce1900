"""Consensus against the published example and planted people; adjudication; gold tasks and pace."""

from __future__ import annotations

import numpy as np
import pytest

from labeling.adjudication import disputes, side_by_side
from labeling.annotators import gold_candidates, gold_scores, gold_turn, least_seconds, paces, rushed, wilson
from labeling.consensus import PRIOR, Source, consensus, dawid_skene
from labeling.records import LabelledSpan
from tests.labeling.items import CFO, EXCEL, TEXT, annotation, record
from tests.labeling.test_agreement import judged

PATIENTS = """
1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223 2322223 4444444 2223343 1111111 2223212
1211111 1112111 1111111 1111111 2222221 2221322 2222222 2222221 2223222 2212222 1111111 1111111 2322222 1111111
1111111 1121121 1111111 3333233 1111111 2222222 2223232 4334343 2212232 2323233 3333432 1111111 1111111 1212111
2322222 1211111 2222222
""".split()
"""Table 1 of Dawid and Skene (1979): three answers of the first anaesthetist, then one of each of four others."""


def test_the_published_example():
    counts = np.zeros((45, 5, 4))
    for patient, answers in enumerate(PATIENTS):
        for at, answer in enumerate(answers):
            counts[patient, max(0, at - 2), int(answer) - 1] += 1
    found = dawid_skene(counts)
    assert found.shares == pytest.approx([0.40, 0.42, 0.11, 0.07], abs=0.006)
    assert found.confusion[0, 0] == pytest.approx([0.89, 0.11, 0, 0], abs=0.006)
    assert found.posterior[2] == pytest.approx([0, 1, 0, 0], abs=0.02)


def test_planted_people_are_found():
    chance = np.random.default_rng(5)
    truth = chance.random(600) < 0.3
    right = [0.95, 0.9, 0.85, 0.55]
    counts = np.zeros((600, 4, 2))
    for person, share in enumerate(right):
        answers = np.where(chance.random(600) < share, truth, ~truth)
        counts[np.arange(600), person, answers.astype(int)] = 1
    found = dawid_skene(counts, PRIOR)
    decided = found.posterior[:, 1] > 0.5
    majority = counts[:, :, 1].sum(1) > 2
    assert (decided == truth).mean() > max(0.95, (majority == truth).mean())
    assert found.confusion[:, 1, 1] == pytest.approx(right, abs=0.07)
    assert found.shares[1] == pytest.approx(0.3, abs=0.05)


def test_an_item_without_an_answer_is_refused():
    with pytest.raises(ValueError, match="every item"):
        dawid_skene(np.zeros((1, 2, 2)))


def people_with_a_guesser(count: int = 60):
    rows = []
    for n in range(count):
        labels = ["x"] if n % 3 == 0 else []
        rows += [judged(f"r{n}", who, *labels) for who in ("ana", "bo", "cy")]
        rows.append(judged(f"r{n}", "dan", *(["x"] if n % 2 else [])))
    return rows


def test_a_guesser_does_not_change_what_others_agree_on():
    found = consensus(people_with_a_guesser(), {})
    held = {answer.record_id for answer in found.answers if answer.spans}
    assert held == {f"r{n}" for n in range(0, 60, 3)}
    skill = {(c.annotator, c.label): c for c in found.people}
    assert skill["ana", "x"].finds > 0.9 > 0.65 > skill["dan", "x"].finds
    assert skill["dan", "x"].records == 60


def test_two_people_who_differ_stay_unresolved_until_somebody_decides():
    rows = [
        judged("r1", "a", "x"),
        judged("r1", "b"),
        judged("r2", "a", "x"),
        judged("r2", "b", "x"),
        judged("r3", "a"),
    ]
    found = consensus(rows, {})
    assert [answer.source for answer in found.answers] == [Source.UNRESOLVED, Source.UNANIMOUS, Source.SINGLE]
    assert "nobody can tell who errs" in found.notes[0]
    decided = consensus(rows, {"r1": (CFO,)}).answers[0]
    assert (decided.source, decided.spans) == (Source.ADJUDICATED, (CFO,))


def test_the_span_that_others_come_nearest_to_is_taken():
    spans = [LabelledSpan("x", 0, 40, {}), LabelledSpan("x", 5, 42, {}), LabelledSpan("x", 30, 90, {})]
    rows = [annotation(who, (span,), record_id="r") for who, span in zip("abc", spans, strict=True)]
    assert consensus(rows, {}).answers[0].spans == (spans[1],)


def test_the_worst_dispute_comes_first():
    rows = [judged("even", "a", "x"), judged("even", "b", "x")]
    rows += [judged("half", "a", "x", "y"), judged("half", "b", "x"), judged("all", "a", "x"), judged("all", "b")]
    found = disputes(rows, rushed={"all": ("b",)})
    assert [(d.record_id, d.labels) for d in found] == [("all", ("x",)), ("half", ("y",))]
    assert found[0].agreement == 0.0
    assert found[0].rushed == ("b",)
    assert found[1].agreement == pytest.approx(2 / 3)
    assert [d.record_id for d in disputes(rows, decided={"all"})] == ["half"]


def test_answers_stand_side_by_side_with_the_common_one_first():
    rows = [annotation("a", (EXCEL,)), annotation("b", (CFO,)), annotation("c", (CFO,))]
    shown = side_by_side(record(), rows)
    assert [who for who, _ in shown] == ["b", "c", "a"]
    assert shown[0][1] == (f"vendor_consolidation: {TEXT[CFO.start : CFO.end]}",)


def test_one_task_in_each_run_is_gold_and_nobody_can_guess_which():
    places = []
    for who in ("ana", "bo"):
        turns = [done for done in range(200) if gold_turn(who, done, "secret")]
        assert [turn // 20 for turn in turns] == list(range(10))
        places.append([turn % 20 for turn in turns])
    assert len(set(places[0])) > 4
    assert places[0] != places[1]


def test_gold_tells_who_needs_the_guideline_and_judges_nobody_by_luck():
    gold = {f"r{n}": (LabelledSpan("x", 0, 10, {}),) if n % 2 else () for n in range(30)}
    rows = [judged(f"r{n}", "ana", *(["x"] if n % 2 else [])) for n in range(30)]
    rows += [judged(f"r{n}", "bo", "x") for n in range(30)] + [judged(f"r{n}", "cy", "x") for n in range(4)]
    rows += [judged(f"r{n}", "di", *(["x"] if n % 2 or n < 8 else [])) for n in range(11)]
    scores = {score.annotator: score for score in gold_scores(rows, gold)}
    assert (scores["ana"].right, scores["ana"].missed, scores["ana"].wrong) == (30, 0, 0)
    assert scores["ana"].verdict.endswith("fine")
    assert (scores["bo"].right, scores["bo"].wrong) == (15, 15)
    assert "below 70%; go through the guideline" in scores["bo"].verdict
    assert scores["cy"].verdict == "4 of 10 gold tasks done: too early to say"
    assert "perhaps below 70%" in scores["di"].verdict


def test_unanimous_records_are_fit_for_gold():
    rows = [judged("r1", who, "x") for who in "abc"] + [judged("r2", who, "x") for who in "ab"]
    rows += [judged("r3", "a", "x"), judged("r3", "b", "x"), judged("r3", "c")]
    assert list(gold_candidates(rows)) == ["r1"]


def test_answers_faster_than_reading_are_seen():
    records = {"r-1": record()}
    assert least_seconds(records["r-1"]) == pytest.approx(1.5)
    rows = [annotation("ana", seconds=9.0), annotation("bo", seconds=0.4), annotation("cy", seconds=None)]
    found = {pace.annotator: pace for pace in paces(rows, records)}
    assert set(found) == {"ana", "bo"}
    assert (found["ana"].hourly, found["ana"].rushed) == (400, ())
    assert found["bo"].words.endswith("1 of 1 faster than the passage can be read")
    assert rushed(rows, records) == {"r-1": ("bo",)}


def test_wilson_of_known_values():
    assert wilson(7, 10) == pytest.approx((0.397, 0.892), abs=1e-3)
    assert wilson(20, 20)[0] == pytest.approx(0.839, abs=1e-3)
    assert wilson(0, 0) == (0.0, 1.0)
