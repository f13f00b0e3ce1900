"""The risk model's promises, as properties."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.entities import Kind, Label, RiskLevel, Seniority, Tier
from core.errors import InputError
from nlp.outputs import CHOICES
from pipelines.playbook.policy import Trigger, default_policy, parse_policy, recommend
from pipelines.risk.change import explain_change
from pipelines.risk.facts import DocumentFact, Person
from pipelines.risk.model import assess
from pipelines.risk.parameters import default_parameters, parse_parameters
from pipelines.risk.weights import good_news, weight_of
from tests.factories import NOON, make_signal

PARAMETERS = default_parameters()
NOW = NOON + timedelta(days=200)
DOCUMENTS = [DocumentFact(f"d-{number}", NOON + timedelta(days=50 * number), 40) for number in range(5)]


def attributes_of(label: Label):
    choices = [choice for choice in CHOICES if choice.label is label]
    return st.fixed_dictionaries({}, optional={choice.key: st.sampled_from(choice.values) for choice in choices})


@st.composite
def signals(draw):
    label = draw(st.sampled_from(list(Label)))
    number = draw(st.integers(0, 4))
    return make_signal(
        label,
        document_id=f"d-{number}",
        start=draw(st.integers(0, 50)),
        occurred_at=NOON + timedelta(days=50 * number),
        speaker=draw(st.sampled_from([None, "Dana", "Ola"])),
        seniority=draw(st.sampled_from(list(Seniority))),
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
    assert assess("a", shuffled, [], NOW, PARAMETERS).score == risk.score
    assert risk.low <= risk.score <= risk.high


@settings(deadline=None)
@given(st.lists(signals(), max_size=8), signals())
def test_more_evidence_of_risk_never_lowers_the_score(found, more):
    assume(not good_news(more))
    more = replace(more, start=99)
    before = assess("a", found, DOCUMENTS, NOW, PARAMETERS).score
    assert assess("a", [*found, more], DOCUMENTS, NOW, PARAMETERS).score >= before


@settings(deadline=None)
@given(st.lists(signals(), max_size=10), st.lists(st.integers(0, 400), min_size=2, max_size=4))
def test_time_alone_never_raises_the_score(found, days):
    last = max((signal.occurred_at for signal in found), default=NOON)
    scores = [assess("a", found, DOCUMENTS, last + timedelta(days=d), PARAMETERS).score for d in sorted(days)]
    assert scores == sorted(scores, reverse=True)


@settings(deadline=None)
@given(st.lists(signals(), max_size=10), st.integers(1, 3_000), st.lists(st.integers(0, 400), min_size=2, max_size=4))
def test_nor_where_the_account_talks_a_lot(found, sentences, days):
    talk = [replace(document, sentences=sentences) for document in DOCUMENTS]
    last = max(document.occurred_at for document in talk)
    risks = [assess("a", found, talk, last + timedelta(days=d), PARAMETERS) for d in sorted(days)]
    scores = [risk.score for risk in risks]
    assert scores == sorted(scores, reverse=True)
    assert all(part.points > 0 for risk in risks for part in risk.contributions if part.name != "bounds")


def test_what_so_much_talk_brings_by_itself_is_taken_off():
    remark = make_signal(attributes={"stance": "mentioned"})
    move = make_signal(attributes={"stance": "switching_to"}, document_id="d-2")
    talk = [DocumentFact("d-1", NOON, 400), DocumentFact("d-2", NOON, 4)]
    assert assess("a", [remark], talk, NOON, PARAMETERS).score == 0
    alone = assess("a", [move], talk[1:], NOON, PARAMETERS).score
    taken = alone - assess("a", [move], talk, NOON, PARAMETERS).score
    assert taken == pytest.approx(PARAMETERS.everyday[Label.COMPETITIVE_MENTION] * 0.4, abs=0.02)


@settings(deadline=None)
@given(st.lists(signals(), min_size=1, max_size=8), st.integers(0, 7), st.integers(0, 20))
def test_a_forwarded_copy_changes_nothing(found, index, later):
    told = replace(found[index % len(found)], text="the parent already has theirs in place")
    found = [*found, told]
    copy = replace(told, document_id="forwarded", start=7, occurred_at=told.occurred_at + timedelta(days=later))
    moment = NOW + timedelta(days=30)
    assert assess("a", [*found, copy], [], moment, PARAMETERS) == assess("a", found, [], moment, PARAMETERS)


@settings(deadline=None)
@given(st.lists(signals(), max_size=12), st.integers(0, 250), st.integers(0, 250))
def test_the_steps_of_a_change_sum_to_it_exactly(found, first, second):
    since, until = (NOON + timedelta(days=day) for day in sorted((first, second)))
    change = explain_change("a", found, DOCUMENTS, since, until, PARAMETERS)
    steps = sum(round(step.points * 100) for step in change.steps)
    assert steps == round(change.after.score * 100) - round(change.before.score * 100)
    assert change.before == assess("a", found, DOCUMENTS, since, PARAMETERS)
    assert change.after == assess("a", found, DOCUMENTS, until, PARAMETERS)


def test_a_change_tells_fading_resolution_and_addition_apart():
    rival = make_signal(attributes={"stance": "evaluating"})
    better = make_signal(attributes={"stance": "prefers_us"}, document_id="d-2", occurred_at=NOON + timedelta(days=20))
    wish = make_signal(Label.UNBUILT_FEATURE_REQUEST, document_id="d-3", occurred_at=NOON + timedelta(days=30))
    change = explain_change("a", [rival, better, wish], [], NOON, NOON + timedelta(days=40), PARAMETERS)
    by_kind = {step.kind: step for step in change.steps}
    assert by_kind["faded"].points < 0
    assert by_kind["resolved"].points < 0
    assert by_kind["added"].signal == wish


def test_what_two_people_say_weighs_more_than_one_person_twice():
    first = make_signal(attributes={"stance": "evaluating"}, speaker="Dana")
    again = replace(first, document_id="d-2", speaker="Dana", text="abcdefghij")
    other = replace(again, speaker="Ola")
    assert (
        assess("a", [first, other], [], NOON, PARAMETERS).score
        > assess("a", [first, again], [], NOON, PARAMETERS).score
    )


def test_an_executive_weighs_more():
    plain = make_signal(attributes={"stance": "evaluating"})
    assert weight_of(replace(plain, seniority=Seniority.EXECUTIVE), PARAMETERS) > weight_of(plain, PARAMETERS)


def test_combinations_weigh_more_than_their_parts():
    cut = make_signal(Label.VENDOR_CONSOLIDATION, attributes={"direction": "away_from_us"})
    rival = make_signal(attributes={"stance": "evaluating"}, document_id="d-2")
    both = assess("a", [cut, rival], [], NOON, PARAMETERS)
    apart = [assess("a", [signal], [], NOON, PARAMETERS).score for signal in (cut, rival)]
    assert both.score > sum(apart)
    assert "consolidation_and_rival" in {part.name for part in both.contributions}


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
    chatty = [DocumentFact(f"d-{n}", NOON - timedelta(days=30), 400) for n in range(5)]
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


def test_a_shipped_wish_takes_from_what_was_wished_before():
    wish = make_signal(Label.UNBUILT_FEATURE_REQUEST, attributes={"criticality": "blocker"})
    shipped = replace(wish, document_id="d-2", attributes={"status": "shipped"}, occurred_at=NOON + timedelta(days=9))
    later = NOON + timedelta(days=10)
    assert assess("a", [shipped], [], later, PARAMETERS).score == 0
    assert assess("a", [wish, shipped], [], later, PARAMETERS).score < assess("a", [wish], [], later, PARAMETERS).score


def test_the_policy_asks_more_for_best_customers():
    risk = assess("a", [make_signal(attributes={"stance": "switching_to"})], [], NOON, PARAMETERS)
    standard = recommend(risk, Tier.STANDARD, default_policy())[0]
    best = recommend(risk, Tier.BEST_CUSTOMER, default_policy())[0]
    assert (standard.owner, best.owner) == ("CSM", "Executive sponsor")
    assert best.due < standard.due


def test_a_merger_and_a_contact_gone_silent_ask_for_something_of_their_own():
    merger = make_signal(
        Label.VENDOR_CONSOLIDATION,
        attributes={"direction": "away_from_us", "driver": "merger_or_parent"},
        occurred_at=NOON + timedelta(days=150),
    )
    chief, lead = Person("Ada", Seniority.EXECUTIVE, "COO"), Person("Ben", Seniority.MANAGER)
    documents = [
        DocumentFact(f"d-{at}", NOON + timedelta(days=14 * at), 40, Kind.EMAIL, (chief, lead) if at < 6 else (lead,))
        for at in range(12)
    ]
    risk = assess("a", [merger], documents, NOON + timedelta(days=170), PARAMETERS)
    asked = {step.trigger: step for step in recommend(risk, Tier.BEST_CUSTOMER, default_policy())}
    assert set(asked) == {
        Trigger.VENDOR_CONSOLIDATION, Trigger.BUSINESS_CONTEXT_CHANGE, Trigger.EXECUTIVE_TURNOVER
    }  # fmt: skip
    assert asked[Trigger.EXECUTIVE_TURNOVER].due == (NOON + timedelta(days=14 * 6 + 14)).date()
    assert "executive" in asked[Trigger.EXECUTIVE_TURNOVER].action


def test_the_shipped_policy_answers_every_trigger_once():
    assert sorted(rule.trigger for rule in default_policy().rules) == sorted(Trigger)


def test_bad_parameters_and_policies_are_named():
    with pytest.raises(InputError, match="version: Field required"):
        parse_parameters({})
    with pytest.raises(InputError, match=r"rules\.0\.trigger"):
        parse_policy({"version": "1", "min_points": 0, "rules": [{"trigger": "weather"}]})
