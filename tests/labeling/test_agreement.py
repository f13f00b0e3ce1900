"""Agreement against published values, and what is said where nothing can be computed."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from labeling.agreement import Measured, Unknown, alpha_of, f1_in_words, in_words, report
from labeling.records import AnnotationState, LabelledSpan
from labeling.votes import ballots, matched
from tests.labeling.items import WHEN, annotation

NONE = None
PUBLISHED = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, NONE, NONE, NONE],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NONE, 3],
    [NONE, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NONE],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NONE],
]
"""K. Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011, example C: nominal alpha is 0.743."""


def counts_of(rows: list[list[int | None]]) -> np.ndarray:
    values = sorted({value for row in rows for value in row if value is not None})
    return np.array([[column.count(value) for value in values] for column in zip(*rows, strict=True)])


def judged(record: str, who: str, *labels: str, **facts: object):
    spans = tuple(LabelledSpan(label, 0, 10, {}) for label in labels)
    return annotation(who, spans, record_id=record, annotation_id=f"{record}-{who}", **facts)


def test_alpha_of_the_published_example():
    assert alpha_of(counts_of(PUBLISHED)).value == pytest.approx(0.743, abs=5e-4)


def test_alpha_is_zero_where_people_guess_and_one_where_they_agree():
    chance = np.random.default_rng(1)
    guesses = chance.integers(0, 2, (4_000, 2))
    assert alpha_of(np.stack([guesses.sum(1), 2 - guesses.sum(1)], 1)).value == pytest.approx(0, abs=0.05)
    assert alpha_of(np.array([[2, 0], [0, 3]])).value == 1.0


def test_what_cannot_be_computed_says_why():
    assert alpha_of(np.array([[1, 0], [0, 1]])) == Unknown("no record was judged by two people")
    unanimous = [judged(f"r{n}", who) for n in range(3) for who in "ab"] + [judged("r9", "a", "workaround")]
    (label,) = report(unanimous).labels
    assert in_words(label.alpha, "agreement on workaround").startswith(
        "agreement on workaround cannot be computed, because everybody gave it to no record"
    )
    assert isinstance(label.f1, Unknown)
    assert report([]).labels == ()
    assert report([judged("r1", "a", "x")]).labels[0].alpha == Unknown("no record was judged by two people")


def test_intervals_cover_the_truth_and_are_wider_with_grouped_records():
    chance = np.random.default_rng(7)
    annotations, groups = [], {}
    for group in range(30):
        agree = chance.random() < 0.7
        for n in range(6):
            record = f"r{group}-{n}"
            groups[record] = f"account-{group}"
            first = chance.random() < 0.5
            second = first if agree else chance.random() < 0.5
            annotations += [judged(record, "a", *["x"] * first), judged(record, "b", *["x"] * second)]
    grouped = report(annotations, groups).labels[0].alpha
    single = report(annotations).labels[0].alpha
    assert grouped.value == single.value == pytest.approx(0.7, abs=0.15)
    assert grouped.low < grouped.value < grouped.high
    assert grouped.high - grouped.low > single.high - single.low
    assert grouped == report(annotations, groups).labels[0].alpha


def test_people_and_pairs_are_told_apart():
    annotations = []
    for n in range(20):
        annotations += [judged(f"r{n}", "ana", "x"), judged(f"r{n}", "bo", "x")]
        annotations.append(judged(f"r{n}", "cy", *(["x"] if n < 5 else ["y"])))
    found = report(annotations)
    f1 = {(row.annotator, row.label): row.f1 for row in found.people}
    assert f1["ana", "x"].value == pytest.approx(2 * 25 / 65)
    assert f1["cy", "x"].value < f1["ana", "x"].value
    pairs = {(row.first, row.second): row.f1.value for row in found.pairs}
    assert pairs == {("ana", "bo"): 1.0, ("ana", "cy"): 0.25, ("bo", "cy"): 0.25}
    assert found.shared == 20
    alphas = {(row.first, row.second): row.alpha for row in found.pairs}
    assert alphas["ana", "bo"].value == 1.0, "two labels, one always and one never given"
    assert alphas["ana", "cy"].value < 0
    assert {row.annotator: row.alpha.value for row in found.people if row.label == "x"}["ana"] < 0.5
    (only,) = report(annotations, labels=["y"]).labels
    assert (only.label, only.marked, only.same) == ("y", 15, 0.25)


def test_the_alpha_of_two_people_is_that_of_their_records_alone():
    chance = np.random.default_rng(3)
    rows, counts = [], []
    for n in range(80):
        votes = chance.random(3) < [0.5, 0.4, 0.9]
        if n % 4 == 0:
            votes[1] = votes[0]
        rows += [judged(f"r{n}", who, *["x"] * vote) for who, vote in zip("abc", votes.tolist(), strict=True)]
        counts.append(votes)
    found = report(rows)
    first_two = np.array(counts)[:, :2].sum(axis=1)
    pair = next(row for row in found.pairs if (row.first, row.second) == ("a", "b"))
    assert pair.alpha.value == pytest.approx(alpha_of(np.stack([2 - first_two, first_two], 1)).value)
    everybody = np.array(counts).sum(axis=1)
    assert found.labels[0].alpha.value == pytest.approx(alpha_of(np.stack([3 - everybody, everybody], 1)).value)


def test_words_of_f1_say_what_has_its_counterpart():
    assert f1_in_words(Measured(0.5, 0.25, 0.75, 1)) == (
        "of the marked spans 50% have their counterpart: 0.50 (0.25 to 0.75, 1 record)"
    )
    assert f1_in_words(Unknown("nobody marked anything")).startswith("F1 of spans cannot be computed, because")


def test_words_tell_the_level_and_its_lower_end():
    assert in_words(Measured(0.85, 0.82, 0.9, 400)) == "agreement is good: 0.85 (0.82 to 0.90, 400 records)"
    assert in_words(Measured(0.85, 0.1, 0.9, 12)).endswith("with these few records it may also be poor, "
                                                           "people do not mean the same")  # fmt: skip


def test_only_the_newest_submitted_annotation_of_a_person_counts():
    old = judged("r1", "a", "x")
    new = judged("r1", "a", "y", made_at=WHEN + timedelta(hours=1))
    draft = judged("r1", "b", "x", state=AnnotationState.DRAFT)
    assert ballots([new, old, draft]) == {"r1": {"a": new}}


def test_spans_are_matched_once_each():
    two = (LabelledSpan("x", 0, 10, {}), LabelledSpan("x", 20, 30, {}))
    one = (LabelledSpan("x", 1, 10, {}),)
    assert matched(two, one) == matched(one, two) == 1
    assert matched(two, (LabelledSpan("y", 0, 10, {}), LabelledSpan("x", 12, 18, {}))) == 0
