"""What saved searches found anew reaches whoever waits for it, once, and never as a copy of words."""

from __future__ import annotations

import uuid

import pytest

from core.errors import NotFound
from pipelines.jobs.worker import drain
from tests.factories import NOON, make_document

KIOSK = "The kiosk stopped with error ERR-4012 again."


@pytest.fixture
def arrive(services, tenant):
    def store(text, id, **changes):
        services.ingest.add(tenant, [make_document(text, id=id, **changes)])
        drain(services.extraction)

    return store


@pytest.fixture
def kiosks(services, tenant, arrive):
    arrive("Thanks for the cake.", "cake")
    kept = services.saved_searches.save(tenant, "kiosks", "kiosk error", alert=True, person="Leonie")
    return uuid.UUID(kept["search_id"])


def test_new_sentences_wait_until_somebody_has_seen_them(services, tenant, arrive, kiosks):
    services.upkeep.run()
    assert services.news.unseen(tenant) == []
    arrive(f"Hi,\n\n{KIOSK}\n\nDana", "new", title="Lobby", account_name="Acme")
    for _ in range(2):
        services.upkeep.run()
        (search,) = services.news.unseen(tenant, "Leonie")
        (hit,) = search["hits"]
    assert (search["name"], search["person"]) == ("kiosks", "Leonie")
    assert (hit["text"], hit["document"]["id"], hit["title"], hit["account_name"]) == (KIOSK, "new", "Lobby", "Acme")
    assert services.news.unseen(tenant, "Tom") == []
    assert (services.news.count(tenant, "Leonie"), services.news.count(tenant, "Tom")) == (1, 0)
    assert services.news.seen(tenant, kiosks, "Leonie") == 1
    assert services.news.seen(tenant, kiosks, "Leonie") == 0
    services.upkeep.run()
    assert services.news.unseen(tenant) == []


def test_what_was_edited_or_deleted_is_no_news(services, tenant, arrive, kiosks):
    arrive(KIOSK, "edited")
    arrive(KIOSK, "deleted", occurred_at=NOON.replace(day=3))
    services.upkeep.run()
    assert len(services.news.unseen(tenant)[0]["hits"]) == 2
    services.ingest.remove(tenant, "file", "deleted")
    services.ingest.add(tenant, [make_document("All fine now.", id="edited")])
    assert services.news.unseen(tenant) == []


def test_nobodys_search_is_everybodys_and_a_quiet_one_tells_nothing(services, tenant, arrive, kiosks):
    services.saved_searches.save(tenant, "everybody's", "kiosk error", alert=True)
    services.saved_searches.save(tenant, "quiet", "kiosk error")
    arrive(KIOSK, "new")
    services.upkeep.run()
    assert [search["name"] for search in services.news.unseen(tenant, "Tom")] == ["everybody's"]
    services.saved_searches.delete(tenant, kiosks)
    assert services.news.unseen(tenant, "Leonie")[0]["name"] == "everybody's"
    with pytest.raises(NotFound):
        services.news.seen(tenant, kiosks, "Leonie")
