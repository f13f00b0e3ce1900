"""The HTTP interface, as a CS platform would use it."""

from __future__ import annotations

import pytest

from core.errors import StoreUnavailable
from pipelines.jobs.worker import drain
from pipelines.keys.service import Scope
from tests.factories import document_json

RIVAL = "We have a demo with Deputy on Monday and compare their offer with yours before the renewal."


def test_a_document_is_accepted_read_and_shown(client, services):
    assert client.post("/v1/documents", json=document_json(RIVAL)).status_code == 202
    assert client.post("/v1/documents", json=document_json(RIVAL)).status_code == 200
    drain(services.extraction)
    shown = client.get("/v1/documents/file/d-1").json()
    assert (shown["status"], shown["text"]) == ("read", RIVAL)
    assert client.get("/v1/accounts").json()["items"][0]["risk"]["account_id"] == "acme"
    risk = client.get("/v1/accounts/acme/risk", params={"as_of": "2026-04-01"}).json()
    assert sum(part["points"] for part in risk["contributions"]) == pytest.approx(risk["score"])
    assert risk["interval"]["low"] <= risk["score"] <= risk["interval"]["high"]
    dates = {"since": "2026-01-01", "until": "2026-04-01"}
    change = client.get("/v1/accounts/acme/risk/change", params=dates).json()
    assert sum(step["points"] for step in change["steps"]) == pytest.approx(change["difference"]) == risk["score"]
    assert {step["kind"] for step in change["steps"]} == {"added"}
    backwards = client.get("/v1/accounts/acme/risk/change", params={"since": "2026-05-01", "until": "2026-04-01"})
    assert backwards.status_code == 422
    assert client.delete("/v1/documents/file/d-1").status_code == 204
    assert client.get("/v1/documents/file/d-1").status_code == 404


def test_extract_reads_on_the_spot_and_stores_nothing(client):
    found = client.post("/v1/extract", json=document_json(RIVAL)).json()
    assert all(signal["text"] == RIVAL[signal["start"] : signal["end"]] for signal in found["signals"])
    assert found["coverage"]["read"] == len(RIVAL)
    assert client.get("/v1/documents").json()["items"] == []


def test_a_batch_judges_each_document_by_itself(client):
    batch = {"documents": [document_json(id="a"), {"id": "b"}, document_json(id="c", kind="tweet")]}
    answer = client.post("/v1/documents/batch", json=batch)
    outcomes = [item["outcome"] for item in answer.json()["results"]]
    assert (answer.status_code, outcomes) == (202, ["created", "rejected", "rejected"])
    assert answer.json()["results"][1]["problem"]["where"] == "documents[1]"


def test_a_batch_with_one_id_twice_and_other_content_is_a_conflict(client):
    batch = {"documents": [document_json("one"), document_json("two")]}
    answer = client.post("/v1/documents/batch", json=batch)
    assert (answer.status_code, answer.json()["where"]) == (409, "file/d-1")


def test_extract_batch_keeps_the_order(client):
    documents = [document_json(id=f"d-{n}") for n in range(3)]
    answer = client.post("/v1/extract/batch", json={"documents": [*documents[:2], 7, documents[2]]}).json()["results"]
    assert [item["id"] for item in answer] == ["d-0", "d-1", "", "d-2"]


def test_accounts_can_be_written_and_filtered(client):
    rows = [{"account_id": "a", "tier": "best_customer", "arr_usd": 5}, {"account_id": "b"}]
    assert client.put("/v1/accounts", json={"accounts": rows}).json() == {"written": 2}
    found = client.get("/v1/accounts", params={"tier": "best_customer"}).json()["items"]
    assert [item["account_id"] for item in found] == ["a"]
    assert client.get("/v1/accounts/zzz").json()["title"] == "Not found"


def test_signals_can_be_filtered_by_account_kind_label_and_date(client, services):
    client.post("/v1/documents", json=document_json(RIVAL))
    drain(services.extraction)
    everything = client.get("/v1/signals").json()["items"]
    assert client.get("/v1/signals", params={"kind": "support_ticket"}).json()["items"] == []
    assert client.get("/v1/signals", params={"account_id": "acme", "since": "2026-01-01"}).json()["items"] == everything
    assert client.get("/v1/signals", params={"until": "2026-01-01"}).json()["items"] == []


def test_the_workspace_can_be_read_and_replaced(client):
    assert client.get("/v1/workspace").json()["version"] == 0
    body = {"vendor": {"name": "Acmesoft"}, "competitors": [{"name": "Deputy"}]}
    assert client.put("/v1/workspace", json=body).json()["version"] == 1
    assert client.get("/v1/workspace").json()["workspace"]["vendor"]["name"] == "Acmesoft"
    twice = {"competitors": [{"name": "Deputy"}, {"name": "Other", "aliases": ["deputy"]}]}
    assert client.put("/v1/workspace", json=twice).status_code == 422


def test_keys_have_scopes_and_can_be_revoked(client, anonymous, services, tenant):
    reading = client.post("/v1/keys", json={"name": "bi", "scopes": ["read"]}).json()["key"]
    headers = {"Authorization": f"Bearer {reading}"}
    assert client.get("/v1/accounts", headers=headers).status_code == 200
    assert client.post("/v1/documents", json=document_json(), headers=headers).status_code == 403
    assert client.delete(f"/v1/keys/{reading.split('_')[1]}").status_code == 204
    assert client.get("/v1/accounts", headers=headers).status_code == 401
    assert "secret" not in client.get("/v1/keys").text


def test_another_tenants_key_finds_nothing(client, services):
    client.post("/v1/documents", json=document_json(RIVAL))
    other = services.keys.create("t-somebody-else", "test", [Scope.ADMIN])
    headers = {"Authorization": f"Bearer {other}"}
    for path in ("/v1/documents/file/d-1", "/v1/accounts/acme", "/v1/accounts/acme/risk"):
        assert client.get(path, headers=headers).status_code == 404
    assert client.delete("/v1/documents/file/d-1", headers=headers).status_code == 404


HEALTH = "/v1/label-studio/health"
"""Label Studio looks whether anybody is there before it has a key to send; nothing is told but that."""


def test_every_route_under_v1_refuses_a_caller_without_a_key(anonymous):
    schema = anonymous.get("/openapi.json").json()
    checked = 0
    for path, methods in schema["paths"].items():
        if path.startswith("/v1") and path != HEALTH:
            for method in methods:
                answer = anonymous.request(method, path.replace("{", "x").replace("}", ""), json={})
                assert answer.status_code in (401, 422), (method, path)
                checked += answer.status_code == 401
    assert checked >= 8


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("get", "/v1/accounts?limit=0", {}, 422),
        ("get", "/v1/accounts?cursor=nonsense", {}, 400),
        ("get", "/v1/signals?label=nonsense", {}, 422),
        ("get", "/v1/signals?since=2026-02-01&until=2026-01-01", {}, 422),
        ("get", "/v1/accounts/none", {}, 404),
        ("get", "/v1/nothing", {}, 404),
        ("put", "/v1/documents", {}, 405),
        ("post", "/v1/documents", {"json": {}}, 422),
        ("post", "/v1/documents", {"json": document_json("a\x00b")}, 422),
        ("post", "/v1/documents", {"json": document_json(occurred_at="yesterday")}, 422),
        ("post", "/v1/documents", {"content": b"{not json", "headers": {"content-type": "application/json"}}, 422),
        ("post", "/v1/documents", {"content": b"\xff\xfe", "headers": {"content-type": "application/json"}}, 422),
        ("post", "/v1/documents", {"json": document_json("x" * 10_000_001)}, 413),
        ("post", "/v1/documents", {"content": b"x" * 50_000_001}, 413),
    ],
)
def test_every_error_has_the_one_shape(client, method, path, options, status):
    answer = client.request(method, path, **options)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert {"type", "title", "status", "detail"} <= answer.json().keys()
    assert answer.json()["status"] == status


def test_a_database_that_is_down_is_503_with_retry_after(client, services, monkeypatch):
    def down(*_arguments, **_options):
        raise StoreUnavailable("the database does not answer", remedy="check it")

    monkeypatch.setattr(type(services.accounts), "ranked", down)
    answer = client.get("/v1/accounts")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_pages_go_on_where_the_last_ended(client):
    client.put("/v1/accounts", json={"accounts": [{"account_id": f"a{n}"} for n in range(5)]})
    first = client.get("/v1/accounts", params={"limit": 3}).json()
    second = client.get("/v1/accounts", params={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert [item["account_id"] for item in first["items"] + second["items"]] == ["a0", "a1", "a2", "a3", "a4"]
    assert second["next_cursor"] is None
    assert client.get("/v1/signals", params={"cursor": first["next_cursor"]}).status_code == 400


def test_health_ready_and_metrics(anonymous):
    assert anonymous.get("/healthz").json() == {"status": "ok"}
    assert anonymous.get("/readyz").json()["checks"]["database"] == "ok"
    assert "foreshock_jobs" in anonymous.get("/metrics").text


def test_the_start_page_needs_a_key_and_escapes_what_it_shows(anonymous, key, services, tenant):
    assert "Sign in" in anonymous.get("/").text
    hostile = "<script>alert(1)</script>{{7*7}}"
    services.ingest.add_accounts(tenant, [])
    anonymous.put(
        "/v1/accounts",
        json={"accounts": [{"account_id": "x", "account_name": hostile}]},
        headers={"Authorization": f"Bearer {key}"},
    )
    anonymous.cookies.set("foreshock_zone", "UTC")
    page = anonymous.get(f"/login?key={key}")
    assert "&lt;script&gt;alert(1)" in page.text
    assert "<script>" not in page.text
    assert "49" not in page.text
    assert "script-src 'none'" in page.headers["content-security-policy"]
    assert anonymous.get("/login?key=fsk_wrong").status_code == 401


def test_the_quality_card_says_what_the_reader_can_do(client):
    card = client.get("/v1/model").json()
    assert card["operating_point"] == "balanced"
    for label in card["labels"].values():
        precise, balanced, finding = (label["points"][name] for name in ("high_precision", "balanced", "high_recall"))
        assert precise["threshold"] >= balanced["threshold"] >= finding["threshold"]
        assert finding["recall"] >= balanced["recall"] >= precise["recall"]
    assert card["measured"]["version"] == card["version"]
