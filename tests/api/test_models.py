"""Model versions over HTTP, on the command line and in pages, as their users meet them."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from typer.testing import CliRunner

from api.cli import models as models_cli
from labeling.members import Role
from pipelines.jobs.worker import drain
from pipelines.keys.service import Scope
from tests.factories import make_document
from tests.learning import compared, judge, judged_text, planted, work

RIVAL = "We have a demo with Deputy on Monday and compare their offer with yours before the renewal."


@pytest.fixture
def person(services, tenant):
    """Makes a member with a key of their own; returns what to send with each request."""

    def make(name, role=Role.ADMIN, scopes=(Scope.READ, Scope.LABEL)):
        services.labeling.members.put(tenant, name, role, ["*"])
        return {"Authorization": f"Bearer {services.keys.create(tenant, name, list(scopes), name)}"}

    return make


@pytest.fixture
def version(services, tenant):
    """A candidate that calls everything a consolidation, and a document that was read before there was one."""
    services.ingest.add(tenant, [make_document(RIVAL)])
    drain(services.extraction)
    return planted(services, tenant, vendor_consolidation=50.0)


def of(version: str) -> str:
    return f"/v1/models/{quote(version, safe='')}"


def test_snapshots_over_http(client, services, tenant, person):
    rita, ana = person("rita", Role.REVIEWER), person("ana", Role.ANNOTATOR)
    assert client.post("/v1/labeling/snapshots", json={}).status_code == 422
    from labeling.queues.rules import Strategy

    judge(services, tenant, Strategy.DIVERSE, [judged_text("Nothing to see here.")])
    assert client.post("/v1/labeling/snapshots", json={}, headers=rita).status_code == 403
    made = client.post("/v1/labeling/snapshots", json={"note": "first"})
    assert (made.status_code, made.json()["number"]) == (201, 1)
    assert client.post("/v1/labeling/snapshots", json={}).status_code == 200
    assert client.get("/v1/labeling/snapshots", headers=rita).json() == [made.json()]
    assert client.get("/v1/labeling/snapshots", headers=ana).status_code == 403
    assert client.get("/v1/labeling/snapshots/1", headers=rita).json()["note"] == "first"
    assert client.get("/v1/labeling/snapshots/1/check").json() == {
        "whole": True,
        "items": 1,
        "forgotten": 0,
        "changed": 0,
    }
    exported = client.get("/v1/labeling/snapshots/1/items")
    assert exported.headers["content-type"] == "application/x-ndjson"
    (line,) = [json.loads(line) for line in exported.text.splitlines()]
    assert (line["text"], line["split"], line["spans"]) == ("Nothing to see here.", "train", [])
    assert client.get("/v1/labeling/snapshots/1/items", headers=rita).status_code == 403
    assert client.get("/v1/labeling/snapshots/9").status_code == 404


def test_from_a_version_to_production_and_back_over_http(client, services, tenant, version, person):
    ada = person("ada")
    listed = client.get("/v1/models").json()
    shipped = listed["serving"]
    assert [row["kind"] for row in listed["versions"]] == ["heads", "shipped"]
    preview = client.post(f"{of(version)}/preview", json={"documents": 10}, headers=ada)
    assert (preview.status_code, preview.json()["state"]) == (202, "queued")
    work(services, tenant)
    job = client.get(f"/v1/models/jobs/{preview.json()['job_id']}").json()
    assert (job["state"], job["progress"]["done"], job["result"]["documents"]) == ("done", 1, 1)
    assert RIVAL in {row["text"] for row in job["result"]["appear"]}
    refused = client.post(f"{of(version)}/promote", json={}, headers=ada)
    assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
    assert "was not compared with what serves" in refused.json()["detail"]
    failed = client.post(f"{of(version)}/compare", json={}, headers=ada).json()
    work(services, tenant)
    failed = client.get(f"/v1/models/jobs/{failed['job_id']}").json()
    assert (failed["state"], "test set holds no signal" in failed["error"]) == ("failed", True)
    reason = {"override_reason": "Tried on the sample workspace."}
    assert client.post(f"{of(version)}/promote", json=reason).status_code == 403, "a key without a person"
    turned = client.post(f"{of(version)}/promote", json=reason, headers=ada).json()
    assert (turned["serves"], turned["before"], turned["overridden"], turned["person"]) == (
        version,
        shipped,
        True,
        "ada",
    )
    assert client.post("/v1/extract", json={"id": "x", "account_id": "a", "kind": "email", "occurred_at": "2026-03-02T12:00:00Z",
                                            "text": RIVAL}).json()["signals"][0]["model_version"] == version  # fmt: skip
    assert client.get("/v1/model").json()["overlay"]["snapshot"] == 1
    work(services, tenant)
    assert {row["model_version"] for row in client.get("/v1/signals").json()["items"]} == {version}
    back = client.post("/v1/models/rollback", json={"reason": "only tried"}, headers=ada).json()
    assert (back["serves"], back["before"]) == (shipped, version)
    work(services, tenant)
    assert {row["model_version"] for row in client.get("/v1/signals").json()["items"]} == {shipped}
    page = client.get("/v1/models/history", params={"limit": 1}).json()
    assert page["items"][0]["action"] == "rolled_back"
    rest = client.get("/v1/models/history", params={"limit": 1, "cursor": page["next_cursor"]}).json()
    assert (rest["items"][0]["action"], rest["items"][0]["reason"]) == ("promoted", reason["override_reason"])
    last = client.get("/v1/models/history", params={"limit": 1, "cursor": rest["next_cursor"]}).json()
    assert (last["items"][0]["action"], last["items"][0]["version"]) == ("installed", shipped)
    assert last["next_cursor"] is None


def test_comparisons_shadow_and_jobs_over_http(client, services, tenant, version):
    compared(services, tenant, version)
    found = client.get("/v1/models/comparisons", params={"candidate": version}).json()["items"]
    assert found[0]["promote"]
    assert client.get(of(version)).json()["comparison"] == found[0]
    assert client.put("/v1/models/challenger", json={"version": version}).json() == {"challenger": version}
    services.ingest.add(tenant, [make_document(RIVAL, id="d-2")])
    drain(services.extraction)
    services.learning.shadow.run()
    shadow = client.get("/v1/models/shadow").json()
    assert (shadow["documents"], shadow["labels"]["competitive_mention"]["agreement"]) == (1, 1.0)
    assert client.put("/v1/models/challenger", json={"version": None}).json() == {"challenger": None}
    job = client.post("/v1/models/reread").json()
    assert client.post(f"/v1/models/jobs/{job['job_id']}/cancel").json()["state"] == "cancelled"
    assert client.post(f"/v1/models/jobs/{job['job_id']}/cancel").status_code == 409
    assert client.get("/v1/models/jobs", params={"kind": "reread"}).json()["items"][0]["job_id"] == job["job_id"]
    assert client.get("/v1/models/jobs/999999999").status_code == 404
    assert client.get("/v1/models/nowhere").status_code == 404
    assert client.post("/v1/models/train", json={"epochs": 99, "full": True}).status_code == 422
    assert client.post("/v1/models/train", json={"snapshot": 99}).status_code == 202
    work(services, tenant)
    assert "no such snapshot" in client.get("/v1/models/jobs").json()["items"][0]["error"]


def test_whoever_only_reads_changes_nothing(client, services, tenant, version, person):
    reading = {"Authorization": f"Bearer {services.keys.create(tenant, 'r', [Scope.READ])}"}
    ana, rita = person("ana", Role.ANNOTATOR), person("rita", Role.REVIEWER)
    assert client.get("/v1/models", headers=reading).status_code == 200
    assert client.get("/v1/models/history", headers=reading).status_code == 200
    for headers in (reading, ana, rita):
        for method, path, body in (
            ("post", "/v1/models/train", {}),
            ("post", f"{of(version)}/compare", {}),
            ("post", f"{of(version)}/preview", {}),
            ("post", f"{of(version)}/promote", {"override_reason": "because I want to"}),
            ("post", "/v1/models/rollback", {}),
            ("put", "/v1/models/challenger", {"version": version}),
            ("post", "/v1/models/reread", None),
        ):
            answer = client.request(method, path, json=body, headers=headers)
            assert (path, answer.status_code) == (path, 403)


@pytest.fixture
def browser(anonymous, services, tenant):
    """A browser in which an admin of labeling is signed in."""
    services.labeling.members.put(tenant, "ada", Role.ADMIN, [])
    key = services.keys.create(tenant, "browser", [Scope.READ, Scope.LABEL], "ada")
    assert anonymous.get(f"/login?key={key}").status_code == 200
    return anonymous


def test_the_pages_show_versions_and_act(browser, services, tenant, version):
    assert "Model versions" in browser.get("/label").text
    page = browser.get("/label/models").text
    assert version in page
    assert "installed" in page
    assert "Freeze labels now" in page
    shown = browser.get(f"/label/models/{quote(version, safe='')}").text
    assert "Promote all the same" in shown
    refused = browser.post("/label/models", data={"do": "promote", "version": version, "back": "version"}).text
    assert "Not done: " in refused
    assert "was not compared" in refused
    begun = browser.post("/label/models", data={"do": "preview", "version": version}).text
    assert "Begun as job" in begun
    assert 'id="jobs"' in begun
    work(services, tenant)
    shown = browser.get(f"/label/models/{quote(version, safe='')}").text
    assert "Signals that would appear" in shown
    assert RIVAL in shown
    compared(services, tenant, version)
    shown = browser.get(f"/label/models/{quote(version, safe='')}").text
    assert "Promote all the same" not in shown
    done = browser.post("/label/models", data={"do": "promote", "version": version}).text
    assert f"In production: {version}" in done
    assert "1 account still shows what an earlier reader found" in done
    work(services, tenant)
    assert "All accounts were read by it" in browser.get("/label/models").text
    back = browser.post("/label/models", data={"do": "rollback", "reason": "enough <b>tried</b>"}).text
    assert "is in production again" in back
    assert "enough &lt;b&gt;tried&lt;/b&gt;" in back
    assert "rolled back" in back
    for form in ({"do": "nothing"}, {"do": "train", "snapshot": "x"}, {"do": "cancel", "job": "1"}):
        assert "Not done: " in browser.post("/label/models", data=form).text
    assert browser.get("/label/models/nowhere").status_code == 404


def test_annotators_see_no_versions_and_nobody_else_without_a_key(anonymous, services, tenant, person):
    assert anonymous.get("/label/models").status_code == 200
    assert "Model versions" not in anonymous.get("/label/models").text
    services.labeling.members.put(tenant, "ana", Role.ANNOTATOR, ["*"])
    key = services.keys.create(tenant, "browser", [Scope.READ, Scope.LABEL], "ana")
    anonymous.get(f"/login?key={key}")
    assert anonymous.get("/label/models").status_code == 403


@pytest.fixture
def foreshock(services, monkeypatch):
    """The command line in this process, over the tenant of the test."""
    monkeypatch.setattr(models_cli, "open_services", lambda _settings: services)
    runner = CliRunner()

    def call(*arguments, code=0):
        done = runner.invoke(models_cli.app, list(arguments))
        assert done.exit_code == code, done.output
        return done.output

    return call


def test_the_command_line_goes_the_whole_way(foreshock, services, tenant, version):
    shipped = services.workspace.shipped(tenant).model_version
    assert json.loads(foreshock("list", "--json"))["serving"] == shipped
    assert version.split("+")[1] in foreshock("list")
    assert json.loads(foreshock("snapshot", "--as", "ada"))["new"] is False
    assert json.loads(foreshock("snapshot", "--check", "1"))["whole"]
    assert json.loads(foreshock("snapshots", "--json"))[0]["number"] == 1
    assert json.loads(foreshock("export", "1"))["split"] == "train"
    assert "nothing was learned" in foreshock("train", code=2)
    assert "holds no signal" in foreshock("compare", version, code=2)
    result = json.loads(foreshock("preview", version, "--json"))
    assert result["labels"]["vendor_consolidation"]["appear"] == 1
    assert "signals that would appear" in foreshock("preview", version)
    assert "was not compared" in foreshock("promote", version, code=2)
    said = foreshock("promote", version, "--override", "Tried by hand on samples.", "--as", "ada")
    assert "in production" in said
    assert "against the gate" in said
    assert json.loads(foreshock("list", "--json"))["accounts_by_version"] == {version: 1}
    assert "rolled back" not in foreshock("history")
    assert json.loads(foreshock("rollback", "--json"))["job"]["state"] == "done"
    assert "in production" in foreshock("rollback", code=2)
    assert [row["action"] for row in json.loads(foreshock("history", "--json"))] == [
        "rolled_back",
        "promoted",
        "installed",
    ]
    assert json.loads(foreshock("shadow", version, "--json"))["challenger"] == version
    assert "no challenger" in foreshock("shadow", "--end")
    assert json.loads(foreshock("reread", "--background"))["state"] == "queued"
    assert json.loads(foreshock("jobs"))[0]["kind"] == "reread"
    assert "0 accounts" in foreshock("reread")


def test_a_comparison_that_refuses_has_its_own_exit_code(foreshock, services, tenant, version, monkeypatch):
    compared(services, tenant, version, promote=False)
    result = services.learning.models.one(tenant, version)["comparison"]
    from pipelines.learn.jobs import JobKind

    services.learning.jobs.handlers[JobKind.COMPARE] = lambda job, progress: result
    assert "may not be promoted" in foreshock("compare", version, code=1)
