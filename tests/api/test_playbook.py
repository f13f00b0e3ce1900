"""Alerts, themes, timelines, exports, policy and the ledger over HTTP and on pages."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from pipelines.jobs.worker import drain
from pipelines.keys.service import Scope
from tests.factories import make_document

RIVAL = "We have a demo with Deputy on Monday and compare their offer with yours before the renewal."
WISH = "We still can't log in with our company accounts, we asked for single sign-on in spring already."


@pytest.fixture
def read(services, tenant):
    def store(text, **changes):
        yesterday = datetime.now(UTC) - timedelta(days=1)
        services.ingest.add(tenant, [make_document(text, **{"occurred_at": yesterday, **changes})])
        drain(services.extraction)

    return store


@pytest.fixture
def alert(client, read):
    read(RIVAL)
    (found,) = client.get("/v1/alerts").json()["items"]
    return found


def test_a_signal_raises_an_alert_that_is_worked_off(client, alert):
    place = f"/v1/alerts/{alert['alert_id']}"
    assert (alert["trigger"], alert["state"], alert["overdue"]) == ("competitive_mention", "open", False)
    assert client.post(f"{place}/acknowledge", json={}).json()["state"] == "acknowledged"
    past = client.post(f"{place}/snooze", json={"until": "2020-01-01", "reason": "later"})
    assert (past.status_code, past.json()["where"]) == (422, "until")
    assert client.post(f"{place}/resolve", json={"reason": " "}).status_code == 422
    done = client.post(f"{place}/resolve", json={"reason": "they stay", "useful": True}).json()
    assert [event["what"] for event in done["history"]] == ["raised", "acknowledged", "resolved"]
    assert done["history"][-1]["by"].startswith("key ")
    assert client.get("/v1/alerts").json()["items"] == []
    assert client.get("/v1/alerts", params={"state": "resolved"}).json()["items"][0]["useful"] is True
    assert client.get("/v1/alerts/quality").json()[0]["precision"] == 1.0
    assert client.post(f"{place}/resolve", json={"reason": "again"}).status_code == 409
    assert client.post(f"{place}/reopen", json={"reason": "no"}).json()["state"] == "open"


def test_a_reading_key_changes_no_alert(client, services, tenant, alert):
    client.headers["Authorization"] = f"Bearer {services.keys.create(tenant, 'r', [Scope.READ])}"
    refused = client.post(f"/v1/alerts/{alert['alert_id']}/acknowledge", json={})
    assert refused.status_code == 403
    assert client.put("/v1/policy", json={}).status_code == 403


def test_lists_of_alerts_are_filtered_and_paged(client, read):
    for number in range(3):
        read(RIVAL, id=f"d-{number}", account_id=f"a{number}")
    first = client.get("/v1/alerts", params={"limit": 2}).json()
    rest = client.get("/v1/alerts", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert len({item["account_id"] for item in first["items"] + rest["items"]}) == 3
    assert client.get("/v1/alerts", params={"account_id": "a1"}).json()["items"][0]["account_id"] == "a1"
    assert client.get("/v1/alerts", params={"overdue": "true"}).json()["items"] == []
    assert client.get("/v1/alerts", params={"cursor": "x"}).status_code == 400


def test_policy_and_parameters_are_read_set_and_put_back(client):
    policy = client.get("/v1/policy").json()
    assert policy["version"] == 0
    wrong = client.put("/v1/policy", json=policy["config"] | {"min_points": "many"})
    assert (wrong.status_code, "min_points" in wrong.json()["detail"]) == (422, True)
    assert client.put("/v1/policy", json=policy["config"] | {"min_points": 5}).json()["version"] == 1
    assert client.get("/v1/policy").json()["config"]["min_points"] == 5
    assert client.delete("/v1/policy").json()["config"] == policy["config"]
    parameters = client.get("/v1/risk-parameters").json()["config"]
    parameters["half_life_days"]["workaround"] = 0
    assert client.put("/v1/risk-parameters", json=parameters).status_code == 422


def test_themes_and_timeline(client, read):
    read(RIVAL)
    found = client.get("/v1/themes").json()
    assert [theme["name"] for theme in found["rivals"]] == ["Deputy"]
    (item,) = client.get("/v1/accounts/acme/timeline").json()
    assert item["signals"][0]["label"] == "competitive_mention"
    assert client.get("/v1/accounts/nobody/timeline").status_code == 404


def test_accounts_leave_as_a_file(client, read):
    read(RIVAL)
    answer = client.get("/v1/exports/accounts", params={"shape": "vitally"})
    assert answer.headers["content-type"].startswith("application/jsonl")
    assert json.loads(answer.text)["externalId"] == "acme"
    table = client.get("/v1/exports/accounts", params={"format": "csv"})
    assert table.text.startswith("account_id,")
    assert 'filename="foreshock-accounts-plain.csv"' in table.headers["content-disposition"]
    assert client.get("/v1/exports/accounts", params={"shape": "totango"}).status_code == 422


def test_the_ledger_over_http(client, read):
    read(WISH)
    read(WISH.replace("spring", "autumn and in May"), id="d-2", account_id="bolt")
    rows = client.get("/v1/requests").json()
    assert sum(row["times_asked"] for row in rows) >= 2
    one = rows[0]
    named = client.patch(f"/v1/requests/{one['request_id']}", json={"title": "Single sign-on", "status": "planned"})
    assert (named.json()["title"], named.json()["status"]) == ("Single sign-on", "planned")
    assert client.get("/v1/requests", params={"status": "planned"}).json()[0]["request_id"] == one["request_id"]
    mentions = client.get(f"/v1/requests/{one['request_id']}").json()["mentions"]
    if len(mentions) > 1:
        split = client.post(
            f"/v1/requests/{one['request_id']}/split", json={"signal_ids": [mentions[0]["signal_id"]], "title": "Other"}
        )
        assert split.status_code == 201
        back = client.post(f"/v1/requests/{split.json()['request_id']}/merge", json={"into": one["request_id"]})
        assert back.json()["times_asked"] == len(mentions)
    all_of_it = [mention["signal_id"] for mention in mentions]
    refused = client.post(f"/v1/requests/{one['request_id']}/split", json={"signal_ids": all_of_it, "title": "x"})
    assert (refused.status_code, refused.json()["where"]) == (422, "signal_ids")
    assert client.get("/v1/accounts/acme/requests").json()


@pytest.fixture
def browser(anonymous, key):
    assert anonymous.get(f"/login?key={key}").status_code == 200
    return anonymous


def test_the_inbox_is_worked_off_with_forms(browser, read):
    read(RIVAL, account_name="Acme <b>&</b> Sons")
    page = browser.get("/alerts").text
    assert "Acme &lt;b&gt;&amp;&lt;/b&gt; Sons" in page
    place = page.split('class="act" method="post" action="')[1].split('"')[0]
    assert "say why in a few words" in browser.post(place, data={"do": "resolve"}).text
    assert "Nothing here" in browser.post(place, data={"do": "resolve", "reason": "they stay", "useful": "no"}).text
    assert "0 % (0 to" in browser.get("/alerts?state=resolved").text


def test_a_reading_key_sees_no_forms_and_sends_none(anonymous, services, tenant, read, key):
    read(RIVAL)
    anonymous.get(f"/login?key={services.keys.create(tenant, 'r', [Scope.READ])}")
    page = anonymous.get("/alerts").text
    assert "What became of it" not in page
    place = "/alerts/" + page.split('id="alert-')[1].split('"')[0]
    assert "this key may only read" in anonymous.post(place, data={"do": "acknowledge"}).text


def test_the_portfolio_is_narrowed_by_its_address(browser, read):
    read(RIVAL, account_name="Acme")
    read("All fine.", id="d-2", account_id="calm", account_name="Calm Ltd")
    assert {"Acme", "Calm Ltd"} <= {name for name in ("Acme", "Calm Ltd") if name in browser.get("/").text}
    narrowed = browser.get("/?driver=competitive_mention&order=change").text
    assert "Acme" in narrowed
    assert "Calm Ltd" not in narrowed
    assert "No account is like that" in browser.get("/?owner=nobody").text
    assert browser.get("/?level=nonsense").status_code == 200
    assert browser.get("/exports/accounts?driver=competitive_mention").text.count("\n") == 2
    assert "Deputy" in browser.get("/themes").text
