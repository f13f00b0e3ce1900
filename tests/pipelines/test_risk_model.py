"""The risk model's promises, as properties."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.entities import Label, RiskLevel, Tier
from core.errors import InputError
from nlp.outputs import CHOICES
from pipelines.playbook.policy import default_policy, parse_policy, recommend
from pipelines.risk.model import DocumentFact, assess, weight_of
from pipelines.risk.parameters import default_parameters, parse_parameters
from tests.factories import NOON, make_signal

PARAMETERS = default_parameters()
NOW = NOON + timedelta(days=200)


def attributes_of(label: Label):
    choices = [choice for choice in CHOICES if choice.label is label]
    return st.fixed_dictionaries({}, optional={choice.key: st.sampled_from(choice.values) for choice in choices})


@st.composite
def signals(draw):
    label = draw(st.sampled_from(list(Label)))
    return make_signal(
        label,
        document_id=f"d-{draw(st.integers(0, 4))}",
        start=draw(st.integers(0, 50)),
        occurred_at=NOON + timedelta(days=draw(st.integers(0, 250))),
        score=draw(st.floats(0.1, 1.0)),
        attributes=draw(attributes_of(label)),
    )


@settings(deadline=None)
@given(st.lists(signals(), max_size=12), st.randoms())
def test_contributions_sum_to_the_score_whatever_the_order(found, random):
    risk = assess("a", found, [], NOW, PARAMETERS)
    assert sum(part.points for part in risk.contributions) == pytest.approx(risk.score, abs=0.005)
    assert 0 <= risk.score <= 100
    shuffled = found[:]
    random.shuffle(shuffled)
    assert assess("a", shuffled, [], NOW, PARAMETERS).score == pytest.approx(risk.score, abs=0.02)


@settings(deadline=None)
@given(st.lists(signals(), max_size=12))
def test_evidence_sums_to_its_contribution(found):
    for part in assess("a", found, [], NOW, PARAMETERS).contributions:
        if part.name != "bounds":
            assert sum(item.points for item in part.evidence) == pytest.approx(part.points, abs=0.005)


@given(st.lists(signals(), max_size=8))
def test_nothing_later_is_looked_at(found):
    future = [replace(signal, occurred_at=NOW + timedelta(seconds=1)) for signal in found]
    assert assess("a", [*found, *future], [], NOW, PARAMETERS) == assess("a", found, [], NOW, PARAMETERS)


def test_evidence_fades_by_half_in_its_half_life():
    signal = make_signal(Label.VENDOR_CONSOLIDATION, attributes={"direction": "away_from_us"})
    fresh = assess("a", [signal], [], NOON, PARAMETERS).score
    later = NOON + timedelta(days=PARAMETERS.half_life_days[Label.VENDOR_CONSOLIDATION])
    assert assess("a", [signal], [], later, PARAMETERS).score == pytest.approx(fresh / 2, abs=0.01)


def test_another_document_says_more_than_the_same_again():
    first = make_signal(attributes={"stance": "evaluating"})
    again = make_signal(attributes={"stance": "evaluating"}, start=20, end=30)
    elsewhere = make_signal(attributes={"stance": "evaluating"}, document_id="d-2")
    one = assess("a", [first], [], NOON, PARAMETERS).score
    assert (
        one
        < assess("a", [first, again], [], NOON, PARAMETERS).score
        < assess("a", [first, elsewhere], [], NOON, PARAMETERS).score
    )


def test_a_preference_for_us_lowers_the_risk():
    bad = make_signal(attributes={"stance": "evaluating"})
    good = make_signal(attributes={"stance": "prefers_us"}, document_id="d-2")
    assert assess("a", [bad, good], [], NOON, PARAMETERS).score < assess("a", [bad], [], NOON, PARAMETERS).score


def test_an_account_that_talks_a_lot_is_not_riskier_for_the_same_wishes():
    wishes = [make_signal(Label.UNBUILT_FEATURE_REQUEST, document_id=f"d-{n}") for n in range(5)]
    quiet = [DocumentFact("d-0", NOON - timedelta(days=30), 20)]
    chatty = [DocumentFact(f"d-{n}", NOON - timedelta(days=30), 200) for n in range(5)]
    assert assess("a", wishes, chatty, NOON, PARAMETERS).score < assess("a", wishes, quiet, NOON, PARAMETERS).score


def test_levels_and_trend():
    signal = make_signal(
        Label.VENDOR_CONSOLIDATION, attributes={"direction": "away_from_us", "platform": "SAP", "deadline": "May"}
    )
    move = make_signal(attributes={"stance": "switching_to"})
    risk = assess("a", [signal, move], [], NOON, PARAMETERS)
    assert risk.level is RiskLevel.HIGH
    assert {part.trend for part in risk.drivers} == {"new"}
    assert {part.trend for part in assess("a", [signal], [], NOON + timedelta(days=90), PARAMETERS).drivers} == {
        "falling"
    }
    assert assess("a", [], [], NOON, PARAMETERS).level is RiskLevel.LOW


def test_a_shipped_wish_weighs_less_than_nothing():
    assert (
        weight_of(
            make_signal(Label.UNBUILT_FEATURE_REQUEST, attributes={"status": "shipped", "criticality": "blocker"}),
            PARAMETERS,
        )
        < 0
    )


def test_the_policy_asks_more_for_best_customers():
    risk = assess("a", [make_signal(attributes={"stance": "switching_to"})], [], NOON, PARAMETERS)
    standard = recommend(risk, Tier.STANDARD, default_policy())[0]
    best = recommend(risk, Tier.BEST_CUSTOMER, default_policy())[0]
    assert (standard.owner, best.owner) == ("CSM", "Executive sponsor")
    assert best.due < standard.due


def test_bad_parameters_and_policies_are_named():
    with pytest.raises(InputError, match="version: Field required"):
        parse_parameters({})
    with pytest.raises(InputError, match=r"rules\.0\.driver"):
        parse_policy({"version": "1", "min_points": 0, "rules": [{"driver": "weather"}]})
