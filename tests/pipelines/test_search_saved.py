"""Saved searches tell what is new and surely theirs; questions are answered with sentences in order of time."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest

from core.clock import fixed_clock
from core.errors import InputError, NotFound
from pipelines.jobs.worker import drain
from pipelines.search.filters import SearchFilters
from pipelines.search.questions import understand
from pipelines.search.service import SearchService
from tests.factories import NOON, make_document

KIOSK = "The kiosk stopped with error ERR-4012 again."


@pytest.fixture
def arrive(services, tenant):
    def store(text, id, **changes):
        services.ingest.add(tenant, [make_document(text, id=id, **changes)])
        drain(services.extraction)

    return store


def test_a_saved_search_tells_what_is_new_until_it_was_seen(services, tenant, arrive):
    saved = services.saved_searches
    arrive(KIOSK, "old")
    kept = saved.save(tenant, "kiosks", "kiosk error", SearchFilters(account_id="acme", since=NOON), alert=True)
    search_id = uuid.UUID(kept["search_id"])
    assert saved.new_hits(tenant, search_id).hits == ()
    arrive(KIOSK, "new")
    arrive(KIOSK, "elsewhere", account_id="bolt")
    arrive("Thanks for the cake.", "cake")
    for _ in range(2):
        news = saved.new_hits(tenant, search_id)
        assert [hit["document"]["id"] for hit in news.hits] == ["new"]
    saved.seen(tenant, search_id, news.until)
    assert saved.new_hits(tenant, search_id).hits == ()
    saved.seen(tenant, search_id, NOON)  # an earlier moment brings nothing back
    assert saved.new_hits(tenant, search_id).hits == ()
    assert [row["name"] for row in saved.all(tenant, alerting=True)] == ["kiosks"]
    saved.delete(tenant, search_id)
    assert saved.all(tenant) == []
    with pytest.raises(NotFound):
        saved.new_hits(tenant, search_id)
    with pytest.raises(InputError):
        saved.save(tenant, "nothing", " ")


@pytest.mark.parametrize(
    ("question", "topic", "since", "until"),
    [
        ("what do they say about reporting since June", "reporting", "2026-06-01", None),
        ("What did they say about the kiosk in March?", "the kiosk", "2026-03-01", "2026-04-01"),
        ("complaints before April", "complaints", None, "2026-04-01"),
        ("day passes until June", "day passes", None, "2026-07-01"),
        ("did anyone mention Deskora last month?", "Deskora", "2026-08-01", "2026-09-01"),
        ("exports last week", "exports", "2026-09-07", "2026-09-14"),
        ("pricing in Q1", "pricing", "2026-01-01", "2026-04-01"),
        ("sso last year", "sso", "2025-01-01", "2026-01-01"),
        ("the outage from 3 March to 5 March", "the outage", "2026-03-03", "2026-03-06"),
        ("may we export it?", "may we export it", None, None),
        ("since June", "since June", "2026-06-01", None),
    ],
)
def test_a_question_is_taken_apart(question, topic, since, until):
    found = understand(question, date(2026, 9, 15))

    def day(moment):
        return moment.date().isoformat() if moment else None

    assert (found.topic, day(found.since), day(found.until)) == (topic, since, until)


def test_an_answer_is_what_was_said_in_order_of_time_with_its_signals(services, tenant, arrive):
    service = SearchService(services.store, services.search.encoder, fixed_clock(datetime(2026, 9, 15, tzinfo=UTC)))
    said = {
        "c": "The report is a PDF, so we copy it into Excel by hand every Monday.",
        "a": "The weekly report is wrong again.",
        "b": "Could the report be sent by mail?",
    }
    for day, (id, text) in zip((120, 0, 110), said.items(), strict=True):
        arrive(text, id, occurred_at=NOON + timedelta(days=day))
    arrive("The report is late.", "other", account_id="bolt", occurred_at=NOON + timedelta(days=120))
    arrive("The coffee was good.", "d", occurred_at=NOON + timedelta(days=120))
    answer = service.ask(tenant, "acme", "what do they say about the report since June?")
    assert [row["document"]["id"] for row in answer["sentences"]] == ["b", "c"]
    assert [row["text"] for row in answer["sentences"]] == [said["b"], said["c"]]
    assert answer["since"] == "2026-06-01T00:00:00+00:00"
    assert "workaround" in [signal["label"] for signal in answer["sentences"][1]["signals"]]
    assert service.ask(tenant, "acme", "report before March")["sentences"] == []
    with pytest.raises(NotFound, match="no such account"):
        service.ask(tenant, "nobody", "report")
