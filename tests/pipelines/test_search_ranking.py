"""Scores and choices that need no database, and the measures that judge them."""

from __future__ import annotations

import uuid

import numpy as np
import pytest

from benchmarks.search_quality import bootstrap, load_queries, ndcg, recall, reciprocal_rank
from core.entities import Label
from nlp.lexical import length, words
from nlp.meaning import TOKENS_MAX, shared_encoder
from pipelines.search.candidates import Candidate, exact_rows, rarest
from pipelines.search.lexicon import Group, Known
from pipelines.search.parameters import default_parameters
from pipelines.search.ranking import Scale, by_document


def forms(text):
    return [(word.form, word.stem) for word in words(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Delegated approvals", [("delegated", "deleg"), ("approvals", "approv")]),
        ("ERR-4012!", [("err-4012", "err-4012"), ("err", "err"), ("4012", "4012")]),
        ("Rønning’s RONNING", [("ronning", "ron"), ("ronning", "ron")]),
        ("we can't, they cannot", [("not", "not"), ("not", "not")]),
        (
            "booking.cancelled",
            [("booking.cancelled", "booking.cancelled"), ("booking", "book"), ("cancelled", "cancel")],
        ),
        ("7.8k", [("7.8k", "7.8k"), ("8k", "8k")]),
        ("of the and", []),
    ],
)
def test_words_are_whole_and_in_parts(text, expected):
    assert forms(text) == expected


def test_words_stand_where_they_say_and_parts_do_not_count():
    text = "Sign-on at Müller's failed: ERR_42."
    found = words(text)
    assert [text[word.start : word.end] for word in found if not word.part] == [
        "Sign-on",
        "Müller's",
        "failed",
        "ERR_42",
    ]
    assert length(found) == 4


def test_a_sentence_is_read_among_its_neighbours_and_never_among_others():
    encoder = shared_encoder()
    said = ["The kiosk stopped.", "It happened again.", "🙂", "word " * 300]
    together = encoder.in_context("Acme, March 2026, email", said)
    assert len(together) == len(said)
    np.testing.assert_allclose([np.linalg.norm(vector) for vector in together], 1, atol=1e-5)
    again = encoder.in_context("Acme, March 2026, email", said)
    assert all((one == other).all() for one, other in zip(together, again, strict=True))
    alone = encoder.in_context("Acme, March 2026, email", ["It happened again."])[0]
    assert not np.allclose(together[1], alone)
    assert encoder.in_context("a " * 500, ["x"])[0].shape == together[0].shape
    assert encoder.in_context("", []) == []
    assert TOKENS_MAX == 128


def candidate(at=1, cosine=0.4, bm25=2.0, groups=1):
    return Candidate(at, uuid.UUID(int=at), 0, 9, cosine, bm25, groups)


def group(frequency, asked="x"):
    return Group(asked, (Known(asked, 1, 1.0, "exact"),), frequency)


def test_more_of_anything_never_lowers_a_score_and_the_parts_sum_to_it():
    scale = Scale([group(5), group(50, "y")], 1_000, {"workaround": 0.5}, default_parameters().fusion)
    base = scale.score(candidate(), ())
    assert base.meaning + base.words + base.covered + base.signal == pytest.approx(base.score, abs=1e-5)
    for better in (candidate(cosine=0.5), candidate(bm25=3.0), candidate(groups=3)):
        assert scale.score(better, ()).score > base.score
    carried = scale.score(candidate(), ["workaround", "competitive_mention"])
    assert (carried.label, carried.score > base.score) == ("workaround", True)
    assert 0 <= base.score <= 1
    assert scale.score(candidate(cosine=2, bm25=1e6, groups=3), ["workaround"]).score <= 1


def test_a_query_without_words_is_weighed_by_meaning():
    fusion = default_parameters().fusion
    scored = Scale([], 1_000, {}, fusion).score(candidate(cosine=1.0, groups=0), ())
    assert scored.score == pytest.approx(fusion.meaning / (fusion.meaning + fusion.signal))


def test_documents_are_ranked_by_their_best_sentence():
    scale = Scale([group(5)], 1_000, {}, default_parameters().fusion)
    same = uuid.UUID(int=7)
    items = [scale.score(Candidate(at, same, at, at + 1, 0.7, 5.0, 1), ()) for at in range(5)]
    items += [
        scale.score(candidate(9, cosine=0.3, bm25=1.0), ()),
        scale.score(candidate(10, cosine=-1, bm25=0, groups=0), ()),
    ]
    found = by_document(items, default_parameters().results)
    assert [(one.document_id, len(one.best)) for one in found] == [(same, 3), (uuid.UUID(int=9), 1)]


def test_rare_words_are_looked_up_first():
    chosen = rarest([group(900, "a"), group(3, "b"), group(90, "c"), Group("d", (), 0)], 100)
    assert [one.asked for one in chosen] == ["b", "c"]
    assert [one.asked for one in rarest([group(900, "a")], 100)] == ["a"]


def test_the_way_is_chosen_by_what_it_costs():
    numbers = default_parameters().candidates
    assert exact_rows(1_000, numbers) == numbers.exact_rows
    rows = exact_rows(1_000_000, numbers)
    assert rows == pytest.approx(numbers.each * 1_000_000 / rows * numbers.index_step, rel=0.01)


def test_measures():
    assert ndcg([2, 1, 0], [1, 2]) == 1
    assert ndcg([0, 0, 2], [2]) == pytest.approx(0.5)
    assert ndcg([0] * 10, [2]) == 0
    assert recall([0, 1, 2], [1, 2, 2], at=2) == pytest.approx(1 / 3)
    assert reciprocal_rank([0, 0, 1]) == pytest.approx(1 / 3)
    assert reciprocal_rank([0]) == 0
    low, high = bootstrap(np.array([0.0, 1.0] * 50))
    assert 0.35 < low < 0.5 < high < 0.65


def test_judged_queries_are_sound():
    queries = load_queries()
    assert len(queries) >= 120
    assert {query.part for query in queries} == {"tune", "test"}
    corpora = {part: {query.corpus for query in queries if query.part == part} for part in ("tune", "test")}
    assert not corpora["tune"] & corpora["test"]  # no vendor is tuned on and measured with
    assert len({(query.part, query.text) for query in queries}) == len(queries)
    assert all(2 in query.grades.values() for query in queries)
    assert set(default_parameters().signals) == set(Label)
