"""Search over HTTP, on its page and in the terminal's words."""

from __future__ import annotations

import re

import pytest

from api.reasons import reason
from pipelines.jobs.worker import drain
from pipelines.keys.service import Scope
from tests.factories import make_document

KIOSK = "The kiosk stopped with error ERR-4012 again."
HOSTILE = "<script>alert(1)</script>{{7*7}} the <b>kiosk</b> is broken"


@pytest.fixture
def read(services, tenant):
    def store(text, id="d-1", **changes):
        services.ingest.add(tenant, [make_document(text, id=id, **changes)])
        drain(services.extraction)

    return store


@pytest.fixture
def browser(anonymous, key):
    anonymous.cookies.set("foreshock_zone", "UTC")
    assert anonymous.get(f"/login?key={key}").status_code == 200
    return anonymous


def test_search_by_address_and_by_body_are_one(client, read):
    read(KIOSK, title="Lobby", account_name="Acme Robotics")
    read("All fine, thanks.", id="d-2")
    by_address = client.get("/v1/search", params={"q": "kiosk error", "kind": "email", "since": "2026-01-01"}).json()
    body = {"q": "kiosk error", "filters": {"kind": "email", "since": "2026-01-01"}}
    assert client.post("/v1/search", json=body).json() == by_address
    best = by_address["items"][0]
    assert (best["title"], best["account_name"], best["document"]) == (
        "Lobby", "Acme Robotics", {"source": "file", "id": "d-1"})  # fmt: skip
    (sentence,) = best["sentences"]
    assert KIOSK[sentence["start"] : sentence["end"]] == sentence["text"]
    assert sum(sentence["why"]["parts"].values()) == pytest.approx(sentence["score"], abs=1e-3)
    like = client.get(f"/v1/search/similar/{sentence['sentence_id']}")
    assert (like.status_code, [item["document"]["id"] for item in like.json()]) in ((200, ["d-2"]), (200, []))


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("/v1/search", {}, 422),
        ("/v1/search", {"q": " "}, 422),
        ("/v1/search", {"q": "x", "kind": "tweet"}, 422),
        ("/v1/search", {"q": "x", "since": "2026-03-01", "until": "2026-02-01"}, 422),
        ("/v1/search", {"q": "x", "cursor": "abc"}, 400),
        ("/v1/search/similar/0000000000000001", {}, 404),
        ("/v1/search/similar/1", {}, 422),
        ("/v1/accounts/nobody/ask", {"q": "x"}, 404),
        ("/v1/searches/00000000-0000-0000-0000-000000000000/new", {}, 404),
    ],
)
def test_what_is_wrong_is_told_as_a_problem(client, path, params, status):
    answer = client.get(path, params=params)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_an_account_is_asked(client, read):
    read(KIOSK)
    answer = client.get("/v1/accounts/acme/ask", params={"q": "what do they say about the kiosk since February 2026"})
    assert (answer.json()["topic"], answer.json()["since"][:10]) == ("the kiosk", "2026-02-01")
    assert [row["text"] for row in answer.json()["sentences"]] == [KIOSK]


def test_saved_searches_are_kept_asked_seen_and_forgotten(client, services, tenant, read, anonymous):
    kept = client.post("/v1/searches", json={"name": " Kiosks ", "q": "kiosk error", "alert": True})
    assert (kept.status_code, kept.json()["name"]) == (201, "Kiosks")
    path = f"/v1/searches/{kept.json()['search_id']}"
    read(KIOSK)
    news = client.get(f"{path}/new").json()
    assert [hit["document"]["id"] for hit in news["hits"]] == ["d-1"]
    assert client.post(f"{path}/seen", json={"until": news["until"]}).status_code == 200
    assert client.get(f"{path}/new").json()["hits"] == []
    reader = services.keys.create(tenant, "reader", [Scope.READ])
    assert client.delete(path, headers={"Authorization": f"Bearer {reader}"}).status_code == 403
    assert client.delete(path).status_code == 204
    assert client.get("/v1/searches").json() == []


def test_the_page_marks_words_and_leads_to_the_sentence(browser, read):
    read(f"Hi,\n\n{KIOSK}\n\nDana")
    page = browser.get("/search", params={"q": "kiosk ERR-4012", "kind": "email"}).text
    assert '<mark class="word">kiosk</mark>' in page
    assert '<mark class="word">ERR-4012</mark>' in page
    assert "meaning 0." in page
    assert "Filters (1)" in page
    link = re.search(r'href="(/document/file/d-1\?found=\d+-\d+)#found"', page).group(1)
    document = browser.get(link).text
    assert 'id="found"' in document
    assert f'<mark class="found" title="found">{KIOSK}</mark>' in document
    like = re.search(r'href="(/search\?[^"]*like=[0-9a-f]{16})"', page).group(1).replace("&amp;", "&")
    assert "More like that sentence" in browser.get(like).text


def test_the_page_says_when_there_is_nothing_and_what_is_wrong(browser, read):
    assert "What was said" in browser.get("/search").text
    assert "Nothing found" in browser.get("/search", params={"q": "kiosk"}).text
    wrong = browser.get("/search", params={"q": "kiosk", "kind": "tweet"})
    assert (wrong.status_code, "kind:" in wrong.text) == (422, True)


def test_a_search_is_saved_and_forgotten_on_the_page(browser):
    kept = browser.post("/search/save", data={"q": "kiosk", "name": "Kiosks", "kind": "email", "alert": "1"})
    assert 'href="/search?q=kiosk&amp;kind=email"' in kept.text
    assert "tells everybody of new hits" in kept.text
    search_id = re.search(r'name="search_id" value="([^"]+)"', kept.text).group(1)
    assert "Kiosks" not in browser.post("/search/forget", data={"search_id": search_id}).text


def test_hostile_text_stays_text(browser, read):
    read(HOSTILE, title=HOSTILE, account_name=HOSTILE, id="d/../<x>", account_id="a/<i>")
    answer = browser.get("/search", params={"q": HOSTILE, "owner": "<b>"})
    assert "<script" not in answer.text
    assert "<b>" not in answer.text
    found = browser.get("/search", params={"q": "kiosk <b>"})
    assert '<mark class="word">kiosk</mark>' in found.text
    assert "<b>" not in found.text
    assert ">49" not in found.text


def test_nobody_sees_the_page_without_a_key(anonymous, read):
    read(KIOSK)
    for page in (anonymous.get("/search?q=kiosk"), anonymous.post("/search/save", data={"q": "kiosk"})):
        assert "Sign in" in page.text
        assert KIOSK not in page.text


def test_a_reason_is_told_in_words():
    why = {
        "words": [
            {"asked": "selling", "found": "sell", "how": "form"},
            {"asked": "deputty", "found": "Deputy", "how": "typo"},
        ],
        "around": ["acme"],
        "signal": "workaround",
        "likeness": 0.5,
    }
    assert reason(why) == (
        "“sell” for “selling”, “Deputy”, taking “deputty” for a slip, “acme” around it, workaround asked for, meaning 0.50"
    )
