"""The ledger's pages: what the forms do is done, and can be taken back; who may only read sees no form."""

from __future__ import annotations

import re
import uuid

import pytest

from core.entities import Account, Tier
from pipelines.keys.service import Scope
from tests.pipelines.test_requests import DARK, SSO, ask

INVOICES = "could the invoices carry our order numbers, please?"


@pytest.fixture
def browser(anonymous, key):
    anonymous.cookies.set("foreshock_zone", "UTC")
    assert anonymous.get(f"/login?key={key}").status_code == 200
    return anonymous


@pytest.fixture
def ledger(services, tenant):
    """Three wishes of two accounts, each a request of its own."""
    services.ingest.add_accounts(tenant, [Account("bolt", tier=Tier.BEST_CUSTOMER, arr_usd=9_000.0)])
    ask(services, tenant, SSO)
    ask(services, tenant, DARK, day=1)
    ask(services, tenant, INVOICES, account="bolt", day=2)
    services.requests.assign_new(tenant)
    return {row["title"]: row["request_id"] for row in services.requests.ranked(tenant)}


def titles(page):
    return re.findall(r'<td class="wide"><a href="/requests/[^"]+">([^<]+)</a>', page)


def test_the_list_is_narrowed_by_status_tier_and_account(browser, ledger):
    assert len(titles(browser.get("/requests").text)) == 3
    assert titles(browser.get("/requests?tier=best_customer").text) == [INVOICES]
    assert titles(browser.get("/requests?account_id=bolt&status=open").text) == [INVOICES]
    assert titles(browser.get("/requests?status=nonsense&account_id=").text)
    assert "No request is like that" in browser.get("/requests?status=shipped").text
    lines = browser.get("/exports/requests?tier=best_customer").text.splitlines()
    assert (len(lines), "bolt" in lines[1]) == (2, True)
    assert len(browser.get("/exports/requests?format=jsonl").text.splitlines()) == 3


def test_two_are_merged_from_the_list_and_the_step_is_taken_back(browser, ledger):
    done = browser.post("/requests/merge", data={"request": [ledger[INVOICES], ledger[DARK]]})
    assert (done.status_code, "Merged." in done.text, INVOICES in done.text, DARK in done.text) == (200,) + (True,) * 3
    assert browser.get(f"/requests/{ledger[DARK]}").url.path == f"/requests/{ledger[INVOICES]}"
    step = re.search(r'name="event_id" value="(\d+)"', done.text)[1]
    undone = browser.post(f"/requests/{ledger[INVOICES]}", data={"do": "undo", "event_id": step})
    assert "Undone." in undone.text
    assert len(titles(browser.get("/requests").text)) == 3
    again = browser.post(f"/requests/{ledger[INVOICES]}", data={"do": "undo", "event_id": step})
    assert (again.status_code, "undone already" in again.text) == (422, True)


def test_title_and_status_are_set_and_sentences_split_off(browser, ledger):
    at = f"/requests/{ledger[SSO]}"
    browser.post(at, data={"do": "merge", "into": ledger[DARK]})
    at = f"/requests/{ledger[DARK]}"
    page = browser.get(at).text
    chosen = re.search(rf'name="mention" value="([^"]+)"[^>]*>\s*<blockquote>{SSO[:10]}', page)[1]
    split = browser.post(at, data={"do": "split", "mention": chosen, "new_title": " Company   login "})
    assert (split.status_code, "<h1>Company login</h1>" in split.text) == (200, True)
    changed = browser.post(at, data={"do": "change", "title": "Dark theme", "status": "planned"})
    assert ("<h1>Dark theme</h1>" in changed.text, "Planned" in changed.text) == (True, True)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"do": "change", "title": " ", "status": "open"}, "1 to 120 characters"),
        ({"do": "change", "title": "x", "status": "gone"}, "no status"),
        ({"do": "merge"}, "choose the request"),
        ({"do": "merge", "into": "x"}, "not one of ours"),
        ({"do": "split", "new_title": "x"}, "choose the sentences"),
        ({"do": "split", "new_title": "x", "mention": str(uuid.UUID(int=5))}, "no mention of this request"),
        ({"do": "undo", "event_id": "x"}, "no step"),
        ({"do": "burn"}, "can&#39;t be done"),
    ],
)
def test_what_can_not_be_done_is_said_in_words(browser, ledger, fields, told):
    answer = browser.post(f"/requests/{ledger[SSO]}", data=fields)
    assert (answer.status_code, told in answer.text) == (422, True)
    assert 'role="alert"' in answer.text


def test_who_may_only_read_sees_no_form_and_changes_nothing(anonymous, services, tenant, ledger):
    anonymous.get(f"/login?key={services.keys.create(tenant, 'reader', [Scope.READ])}")
    at = f"/requests/{ledger[SSO]}"
    for page in (anonymous.get("/requests").text, anonymous.get(at).text):
        assert 'type="checkbox"' not in page
        assert "What becomes of it" not in page
    refused = anonymous.post(at, data={"do": "change", "title": "mine", "status": "shipped"})
    assert (refused.status_code, "may only read" in refused.text) == (422, True)
    assert anonymous.post("/requests/merge", data={"request": list(ledger.values())}).status_code == 422
    assert len(services.requests.ranked(tenant)) == 3


def test_what_is_not_there_is_said_so(browser, ledger):
    nobody = f"/requests/{uuid.UUID(int=7)}"
    assert browser.get(nobody).status_code == 404
    assert browser.post(nobody, data={"do": "change", "title": "x", "status": "open"}).status_code == 404
    few = browser.post("/requests/merge", data={"request": [ledger[SSO]]})
    assert (few.status_code, "choose two requests" in few.text) == (422, True)


def test_the_same_over_http(client, ledger):
    merged = client.post(f"/v1/requests/{ledger[DARK]}/merge", json={"into": ledger[SSO]}).json()
    (step,) = merged["history"]
    assert (step["what"], step["mentions"], step["by"].startswith("key ")) == ("merged", 1, True)
    undone = client.post(f"/v1/requests/{ledger[SSO]}/undo", json={"event_id": step["event_id"]})
    assert (undone.status_code, undone.json()["times_asked"]) == (200, 1)
    assert client.post(f"/v1/requests/{ledger[SSO]}/undo", json={"event_id": step["event_id"]}).status_code == 409
    assert {row["title"] for row in client.get(f"/v1/requests/{ledger[SSO]}/alike").json()} == {DARK, INVOICES}
    assert [row["title"] for row in client.get("/v1/requests?tier=best_customer").json()] == [INVOICES]
    assert [row["title"] for row in client.get("/v1/requests?account_id=bolt").json()] == [INVOICES]
