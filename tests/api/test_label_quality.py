"""Quality of labels over HTTP, in pages and on the command line."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from api.cli import label_quality
from api.cli.main import app
from labeling.members import Role
from pipelines.keys.service import Scope

LABEL = "workaround"
QUEUES = "/v1/labeling/queues"


@pytest.fixture
def person(services, tenant):
    """Makes a member with a key of their own; returns what to send with each request."""

    def make(name, role=Role.ANNOTATOR, queues=("work",)):
        services.labeling.members.put(tenant, name, role, list(queues))
        return {"Authorization": f"Bearer {services.keys.create(tenant, name, [Scope.LABEL], name)}"}

    return make


@pytest.fixture
def team(client, person):
    """Ana and Ben, who judged four records and differ over one, and Rita, who reviews."""
    assert client.put(f"{QUEUES}/work", json={"strategy": "imported", "overlap": 2}).status_code == 200
    rows = [{"text": text, "document_id": text} for text in ("one", "two", "three", "four")]
    client.post(f"{QUEUES}/work/records", json={"records": rows})
    people = {name: person(name) for name in ("ana", "ben")} | {"rita": person("rita", Role.REVIEWER)}
    for name, marked in (("ana", {"one", "two"}), ("ben", {"one"})):
        while task := client.post(f"{QUEUES}/work/next", headers=people[name]).json()["task"]:
            text = task["record"]["text"]
            spans = [{"label": LABEL, "start": 0, "end": len(text)}] if text in marked else []
            said = {"spans": spans, "seconds": 0.2 if name == "ben" else 6}
            client.post(f"/v1/labeling/tasks/{task['task_id']}/submit", headers=people[name], json=said)
    return people


@pytest.fixture
def browser(anonymous, services, tenant):
    """Signs somebody in who has a role."""

    def sign_in(name, role):
        services.labeling.members.put(tenant, name, role, ["*"])
        key = services.keys.create(tenant, "browser", [Scope.READ, Scope.LABEL], name)
        assert anonymous.get(f"/login?key={key}").status_code == 200
        return anonymous

    return sign_in


@pytest.fixture
def run(services, tenant, monkeypatch):
    """Runs a command of ``foreshock label`` on the services of this test."""
    monkeypatch.setattr(label_quality, "open_services", lambda _settings: services)

    def run(*arguments, code=0):
        done = CliRunner().invoke(app, ["label", *arguments])
        assert done.exit_code == code, done.output
        return done.stdout

    return run


def test_agreement_over_http(client, team):
    found = client.get("/v1/labeling/agreement", headers=team["rita"], params={"queue": "work", "label": LABEL}).json()
    assert (found["shared"], found["labels"][0]["alpha"]["value"]) == (4, pytest.approx(8 / 15, abs=1e-4))
    assert found["pairs"][0]["f1"]["words"].startswith("of the marked spans 67% have their counterpart")
    assert client.get("/v1/labeling/agreement", headers=team["ana"]).status_code == 403
    elsewhere = client.get("/v1/labeling/agreement", headers=team["rita"], params={"queue": "other"})
    assert elsewhere.status_code == 404


def test_the_page_of_quality_is_for_reviewers(browser, team):
    page = browser("rita", Role.REVIEWER).get("/label/quality")
    assert page.status_code == 200
    assert "agreement is weak" in page.text
    assert "4 records were judged by two or more people" in page.text
    assert "/label/quality" in browser("rita", Role.REVIEWER).get("/label").text
    annotator = browser("ana", Role.ANNOTATOR)
    refused = annotator.get("/label/quality")
    assert (refused.status_code, "agreement" in refused.text) == (403, False)
    assert "/label/quality" not in annotator.get("/label").text


def test_the_page_says_why_nothing_can_be_computed(browser, client):
    page = browser("rita", Role.REVIEWER).get("/label/quality").text
    assert "cannot be computed, because no record was judged by two people" in page


def test_pages_take_names_that_no_queue_may_have(client):
    refused = client.put(f"{QUEUES}/adjudicate", json={"strategy": "imported"})
    assert (refused.status_code, refused.json()["where"]) == (422, "queue")


def test_agreement_on_the_command_line(run, team):
    assert "workaround: agreement is weak" in run("agreement")
    assert json.loads(run("agreement", "--json", "--queue", "work"))["shared"] == 4
