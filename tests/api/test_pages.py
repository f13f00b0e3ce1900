"""The pages: what they show is what is stored, escaped; nobody sees them without a key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.marked import marked
from pipelines.jobs.worker import drain
from tests.factories import make_document

TEXT = "Hi,\n\nWe have a demo with Deputy on Monday and compare their offer with yours before the renewal.\n\nDana"
HOSTILE = (
    "<script>alert(1)</script>{{7*7}} We have a demo with <b>Deputy</b> on Monday and compare their offer with yours."
)


@pytest.fixture
def browser(anonymous, key):
    anonymous.cookies.set("foreshock_zone", "UTC")
    assert anonymous.get(f"/login?key={key}").status_code == 200
    return anonymous


@pytest.fixture
def read(services, tenant):
    def store(text, **changes):
        services.ingest.add(tenant, [make_document(text, **changes)])
        drain(services.extraction)

    return store


def test_an_account_shows_its_score_its_sentence_and_the_way_to_the_document(browser, read):
    read(TEXT, title="Renewal", account_name="Acme & Sons")
    page = browser.get("/account/acme").text
    assert "Acme &amp; Sons" in page
    assert "We have a demo with Deputy on Monday" in page
    assert 'href="/document/file/d-1#at-' in page
    assert "You have not been here before" in page
    assert "Nothing that raises the risk" in browser.get("/account/acme?as_of=2026-01-01").text


def test_a_document_marks_its_signals_and_shows_all_of_its_text(browser, read):
    read(TEXT)
    page = browser.get("/document/file/d-1").text
    assert '<mark class="competitive_mention' in page
    assert "characters read" in page
    assert 'href="/account/acme"' in page


def test_why_a_signal_was_found_is_told_on_demand(browser, client, read):
    read(TEXT)
    (signal,) = client.get("/v1/signals", params={"label": "competitive_mention"}).json()["items"]
    assert "without “" not in browser.get("/document/file/d-1").text
    page = browser.get(f"/document/file/d-1?why={signal['signal_id']}").text
    assert "Read again with one part hidden" in page
    assert page.count("without “") == 6
    why = client.get(f"/v1/signals/{signal['signal_id']}/why").json()
    assert why["probability"] == pytest.approx(signal["score"], abs=1e-3)
    assert [word["drop"] for word in why["words"]] == sorted((word["drop"] for word in why["words"]), reverse=True)
    missing = client.get("/v1/signals/00000000-0000-0000-0000-000000000000/why")
    assert missing.status_code == 404


def test_hostile_text_stays_text(browser, read):
    read(HOSTILE, title=HOSTILE, account_name=HOSTILE, id="d/../<x>", account_id="a/<i>")
    for path in ("/", "/account/a%2F%3Ci%3E", "/document/file/d%2F..%2F%3Cx%3E", "/requests"):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert "<script>" not in answer.text
        assert "<b>" not in answer.text
        assert ">49" not in answer.text
        allowed = "'self'" if path.startswith(("/document", "/account")) else "'none'"
        assert f"script-src {allowed};" in answer.headers["content-security-policy"]


def test_what_is_not_there_is_said_so(browser):
    for path in ("/account/nobody", "/document/file/none"):
        answer = browser.get(path)
        assert (answer.status_code, "No such" in answer.text) == (404, True)
    assert "Nobody has asked for anything yet" in browser.get("/requests").text


@pytest.mark.parametrize(
    "path", ["/", "/account/acme", "/document/file/d-1", "/requests", "/quality", "/alerts", "/settings"]
)
def test_nobody_sees_a_page_without_a_key(anonymous, read, path):
    read(TEXT)
    page = anonymous.get(path).text
    assert "Sign in" in page
    assert "Deputy" not in page


SPANS = st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted).filter(lambda span: span[0] < span[1])


@given(st.text(min_size=30, max_size=40), st.lists(SPANS, max_size=5))
def test_marking_keeps_every_character_and_every_signal(text, spans):
    signals = [{"start": start, "end": end} for start, end in spans]
    parts = marked(text, signals)
    assert "".join(part.text for part in parts) == text
    assert sum(len(part.begins) for part in parts) == len(signals)
    at = 0
    for part in parts:
        for place in range(at, at + len(part.text)):
            assert list(part.signals) == [s for s in signals if s["start"] <= place < s["end"]]
        at += len(part.text)
