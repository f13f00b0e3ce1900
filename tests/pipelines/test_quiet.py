"""Quiet signals: found where something became less, silent where it did not, and never for time alone."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.entities import Kind, Participant, QuietKind, Seniority, Side
from pipelines.risk.facts import DocumentFact, Person, document_fact
from pipelines.risk.model import assess
from pipelines.risk.parameters import default_parameters
from pipelines.risk.quiet import drop_in, quiet_signals
from tests.factories import NOON

CHIEF = Person("Ada Chief", Seniority.EXECUTIVE, "COO")
LEAD = Person("Ben Lead", Seniority.MANAGER, "Team lead")
CLERK = Person("Cy Clerk", Seniority.INDIVIDUAL, "Analyst")
PARAMETERS = default_parameters()


def reviews(*attendees, every=14, sentences=40, title=None):
    return [
        DocumentFact(f"d-{at:02}", NOON + timedelta(days=every * at), sentences, Kind.MEETING_NOTE, people, None, title)
        for at, people in enumerate(attendees)
    ]


def kinds(documents):
    return {signal.kind: signal for signal in quiet_signals(documents, 0.05)}


def test_an_account_that_goes_on_as_before_shows_nothing():
    assert kinds(reviews(*[(CHIEF, LEAD, CLERK)] * 12)) == {}


def test_a_contact_who_goes_silent_is_named_with_date_and_chance():
    documents = reviews(*[(CHIEF, LEAD)] * 6, *[(LEAD,)] * 6)
    silent = kinds(documents)[QuietKind.CONTACT_SILENT]
    assert silent.person == CHIEF
    assert silent.since == documents[6].occurred_at
    assert silent.documents == tuple(document.document_id for document in documents[6:])
    assert 0 < silent.chance <= 0.05


def test_who_spoke_rarely_is_not_missed():
    assert QuietKind.CONTACT_SILENT not in kinds(reviews((CHIEF, LEAD), (LEAD,), (CHIEF, LEAD), *[(LEAD,)] * 6))


def test_falling_seniority_and_fewer_attendees():
    documents = reviews(*[(CHIEF, LEAD, CLERK)] * 6, *[(CLERK,)] * 6)
    found = kinds(documents)
    assert found[QuietKind.SENIORITY_FALLING].since == documents[6].occurred_at
    assert (found[QuietKind.SENIORITY_FALLING].before, found[QuietKind.SENIORITY_FALLING].after) == (4, 1)
    assert (found[QuietKind.FEWER_ATTENDEES].before, found[QuietKind.FEWER_ATTENDEES].after) == (3, 1)
    risen = reviews(*[(CLERK,)] * 6, *[(CHIEF, LEAD, CLERK)] * 6)
    assert not {QuietKind.SENIORITY_FALLING, QuietKind.FEWER_ATTENDEES} & set(kinds(risen))


def test_reviews_that_get_shorter_or_rarer():
    documents = reviews(*[(LEAD,)] * 12)
    shorter = [replace(document, sentences=60 if at < 6 else 12) for at, document in enumerate(documents)]
    assert set(kinds(shorter)) == {QuietKind.REVIEWS_SHORTER}
    rarer = [
        replace(document, occurred_at=NOON + timedelta(days=14 * at if at < 8 else 98 + 60 * (at - 7)))
        for at, document in enumerate(documents)
    ]
    found = kinds(rarer)
    assert set(found) == {QuietKind.REVIEWS_RARER}
    assert found[QuietKind.REVIEWS_RARER].before == pytest.approx(14)
    assert found[QuietKind.REVIEWS_RARER].after == pytest.approx(60)


def test_a_conversation_that_becomes_one_sided_and_topics_that_run_out():
    mails = [
        DocumentFact(
            f"m-{at}", NOON + timedelta(days=7 * at), 9, Kind.EMAIL, (LEAD,), at < 7 or at == 9, f"Topic{at} matter"
        )
        for at in range(14)
    ]
    assert QuietKind.ONE_SIDED in kinds(mails)
    words = ["import pipeline", "regional rollout", "budget planning", "mobile teams", "warehouse launch",
             "carrier onboarding", "customs forms", "holiday calendar", "driver training"]  # fmt: skip
    titled = [
        replace(mail, by_account=None, title=(words[at] if at < 9 else "import pipeline"))
        for at, mail in enumerate(mails)
    ]
    assert set(kinds(titled)) == {QuietKind.FEWER_TOPICS}


def test_subjects_do_not_run_out_in_an_account_that_goes_on_as_before():
    """New words become rare in any account; what counts is whether one title differs from those just before."""
    chance = random.Random(3)
    words = ["".join(chance.choices("abcdefgh", k=7)) for _ in range(25)]
    documents = [replace(document, title=" ".join(chance.sample(words, 2))) for document in reviews(*[(LEAD,)] * 60)]
    assert QuietKind.FEWER_TOPICS not in kinds(documents)


def test_a_contact_who_left_long_ago_weighs_less_and_less_while_the_account_goes_on():
    documents = reviews(*[(CHIEF, LEAD)] * 6, *[(LEAD,)] * 40)
    moments = [documents[at].occurred_at for at in (12, 24, 45)]
    scores = [assess("a", [], documents, moment, PARAMETERS).score for moment in moments]
    assert scores[0] > scores[1] > scores[2] > 0


def test_who_stops_asking_while_still_talking_is_seen():
    documents = reviews(*[(LEAD,)] * 14)
    asked = {document.document_id for document in documents[:5]}
    (stopped,) = quiet_signals(documents, 0.05, asked)
    assert (stopped.kind, stopped.since) == (QuietKind.STOPPED_ASKING, documents[5].occurred_at)
    assert quiet_signals(documents, 0.05, {"d-00", "d-04", "d-09"}) == []
    assert quiet_signals(documents[:7], 0.05, asked) == []


def test_chance_is_kept_to_in_accounts_without_a_change():
    """Of 300 accounts in which nothing changes, each kind fires in about one of twenty at most."""
    chance = random.Random(7)
    fired = dict.fromkeys(QuietKind, 0)
    for _ in range(300):
        documents = [
            DocumentFact(
                f"d-{at}", NOON + timedelta(days=10 * at + chance.random() * 8), chance.randint(5, 60),
                chance.choice([Kind.MEETING_NOTE, Kind.EMAIL]),
                tuple(person for person in (CHIEF, LEAD, CLERK) if chance.random() < 0.5), chance.random() < 0.6)
            for at in range(18)
        ]  # fmt: skip
        for signal in {signal.kind for signal in quiet_signals(documents, 0.05)}:
            fired[signal] += 1
    assert all(count <= 300 * 0.08 for count in fired.values()), fired


def test_too_few_or_even_values_show_no_drop():
    assert drop_in([3, 3, 3, 1, 1, 1]) is None
    assert drop_in([2.0] * 20) is None
    assert drop_in([1, 2, 1, 2, 1, 2, 1, 2]) is None


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 400), st.integers(0, 400))
def test_time_alone_never_raises_and_the_future_is_not_looked_at(first, second):
    documents = reviews(*[(CHIEF, LEAD, CLERK)] * 6, *[(CLERK,)] * 6)
    earlier, later = sorted((first, second))
    last = documents[-1].occurred_at
    before, after = (assess("a", [], documents, last + timedelta(days=days), PARAMETERS) for days in (earlier, later))
    assert 0 < after.score <= before.score <= PARAMETERS.quiet.cap
    assert sum(part.points for part in before.contributions) == pytest.approx(before.score)
    moment = documents[5].occurred_at
    assert assess("a", [], documents, moment, PARAMETERS) == assess("a", [], documents[:6], moment, PARAMETERS)


def test_people_are_the_accounts_and_whoever_wrote_is_known():
    ours, theirs = Participant("Priya", side=Side.VENDOR), Participant("Dana", title="CFO", side=Side.ACCOUNT)
    fact = document_fact("m", NOON, 3, Kind.EMAIL, "Hello", theirs, [ours, theirs, Participant("Somebody")])
    assert fact.people == (Person("Dana", Seniority.EXECUTIVE, "CFO"),)
    assert fact.by_account is True
    assert document_fact("n", NOON, 3, Kind.MEETING_NOTE, None, ours, [theirs]).by_account is None
    assert document_fact("m", NOON, 3, Kind.EMAIL, None, None, []).by_account is None
