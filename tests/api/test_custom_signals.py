"""A workspace's own signal as its users meet it: over HTTP, at a terminal, on pages."""

from __future__ import annotations

import html
import json
import re

import pytest
from typer.testing import CliRunner

from api.cli import label_signals
from api.cli.main import app
from labeling.members import Role
from pipelines.accounts.repository import Filters
from pipelines.jobs.worker import drain
from pipelines.keys.service import Scope
from tests.labeling.price_talk import CARRY, DESCRIPTION, DO_NOT, documents

PATH = "/v1/labeling/custom-signals"
BODY = {"name": "Price talk", "description": DESCRIPTION, "examples": CARRY[:5], "counterexamples": DO_NOT[-3:]}
LABEL = "custom:price-talk"
HOSTILE = "<script>alert(1)</script>'\"><img src=x onerror=alert(1)> {{7*7}}"


@pytest.fixture
def read(services, tenant):
    """Documents that were read."""
    services.ingest.add(tenant, documents())
    drain(services.extraction)


@pytest.fixture
def browser(anonymous, services, tenant):
    """A browser in which an admin of labeling is signed in."""
    services.labeling.members.put(tenant, "ana", Role.ADMIN, [])
    key = services.keys.create(tenant, "browser", [Scope.READ, Scope.LABEL], "ana")
    assert anonymous.get(f"/login?key={key}").status_code == 200
    return anonymous


def test_over_http(client, services, tenant, read):
    made = client.post(PATH, json=BODY)
    assert made.status_code == 201
    assert made.json()["estimate"]["positives"] == 5
    assert client.post(PATH, json=BODY).status_code == 409
    assert [row["slug"] for row in client.get(PATH).json()] == ["price-talk"]
    more = client.post(f"{PATH}/price-talk/examples", json={"examples": [CARRY[5]], "counterexamples": [CARRY[0]]})
    assert (len(more.json()["examples"]), len(more.json()["counterexamples"])) == (5, 4), "said anew, it is the other"
    assert more.json()["estimate"]["version"] == 2
    put = client.post(f"{PATH}/price-talk/next", json={"count": 4}).json()
    assert (put["added"], put["queue"]) == (4, "signal-price-talk")
    task = client.post("/v1/labeling/queues/signal-price-talk/next").json()["task"]
    start, end = task["record"]["start"], task["record"]["end"]
    answer = {"spans": [{"label": LABEL, "start": start, "end": end}]}
    assert client.post(f"/v1/labeling/tasks/{task['task_id']}/submit", json=answer).status_code == 200
    assert client.get(f"{PATH}/price-talk").json()["answers"]["carry"] == 1
    assert client.post(f"{PATH}/price-talk/estimate").json()["estimate"]["answered"] == 1
    assert client.get(f"{PATH}/price-talk/likeliest").json()[0]["score"] > 0
    assert client.post(f"{PATH}/price-talk/activate").json()["serving"] == 3
    drain(services.extraction)
    items = client.get("/v1/signals", params={"label": LABEL}).json()["items"]
    assert {item["label"] for item in items} == {LABEL}
    document = items[0]["document"]
    whole = client.get(f"/v1/documents/{document['source']}/{document['id']}").json()
    assert LABEL in {signal["label"] for signal in whole["signals"]}
    assert client.get("/v1/documents", params={"label": LABEL}).json()["items"]
    hits = client.post("/v1/search", json={"q": "price of the renewal", "filters": {"label": LABEL}})
    assert hits.status_code == 200
    assert client.get(f"/v1/signals/{items[0]['signal_id']}/why").status_code == 422
    assert client.post(f"{PATH}/price-talk/retire").json()["state"] == "retired"
    assert client.get("/v1/signals", params={"label": LABEL}).json()["items"] == []


def test_what_is_wrong_is_named(client, services, tenant):
    for change, where in (
        ({"examples": CARRY[:3]}, "examples"),
        ({"name": "!"}, "name"),
        ({"description": "x"}, "desc"),
    ):
        answer = client.post(PATH, json=BODY | change)
        assert (answer.status_code, answer.json()["where"].startswith(where)) == (422, True)
    assert client.post(PATH, json=BODY | {"examples": ["x"] * 10_000}).status_code == 422
    assert client.get(f"{PATH}/none").status_code == 404
    assert client.get("/v1/signals", params={"label": "custom:no such"}).status_code == 422
    assert client.get("/v1/signals", params={"label": "custom:none"}).json()["items"] == []
    services.labeling.members.put(tenant, "ben", Role.ANNOTATOR, ["*"])
    ben = {"Authorization": f"Bearer {services.keys.create(tenant, 'ben', [Scope.LABEL], 'ben')}"}
    assert client.post(PATH, json=BODY, headers=ben).status_code == 403
    made = client.post(PATH, json=BODY).json()
    assert "no ordinary sentences" in made["why_no_estimate"]
    assert client.post(f"{PATH}/price-talk/next", json={}, headers=ben).status_code == 403


def test_at_a_terminal(services, tenant, read, monkeypatch, tmp_path):
    monkeypatch.setattr(label_signals, "open_services", lambda _settings: services)

    def run(*arguments, code=0):
        result = CliRunner().invoke(app, ["label", "signal", *arguments], env={"COLUMNS": "200"})
        assert result.exit_code == code, result.output
        return result.stdout

    lines = tmp_path / "price.txt"
    lines.write_text("\n".join([*CARRY[:5], *(f"- {text}" for text in DO_NOT[-3:])]))
    said = run("create", "Price talk", "--description", DESCRIPTION, "--examples", str(lines))
    assert "Price talk (custom:price-talk): draft" in said
    assert "Version 1: It finds" in said
    assert json.loads(run("next", "price-talk", "--count", "3"))["added"] == 3
    assert "3 wait in the queue signal-price-talk" in run("show", "price-talk")
    active = json.loads(run("activate", "price-talk", "--wait", "--json"))
    assert active["reading"] == {"read": 12, "documents": 12}
    assert "price-talk" in run("list")
    assert "version 1 serves" in run("show", "price-talk")
    assert json.loads(run("estimate", "price-talk", "--json"))["estimate"]["version"] == 1
    assert len(json.loads(run("examples", "price-talk", "--example", CARRY[6], "--json"))["examples"]) == 6
    assert ": retired" in run("retire", "price-talk")
    run("show", "none", code=2)
    run("create", "Other", "--description", DESCRIPTION, "--examples", str(tmp_path / "none"), code=2)


def test_on_pages(browser, services, tenant, read):
    empty = browser.get("/label/signals").text
    assert "None yet." in empty
    given = {"name": "Price talk", "description": DESCRIPTION, "examples": "\r\n".join(CARRY[:4])}
    refused = browser.post("/label/signals", data=given)
    assert (refused.status_code, "at least 5 are needed" in refused.text) == (422, True)
    assert html.escape(CARRY[0], quote=False) in html.unescape(refused.text), "what was typed is not lost"
    made = browser.post("/label/signals", data=given | {"examples": "\n".join(CARRY[:5])}).text
    assert "cannot be said, because no sentence is marked as not carrying it" in made
    assert "Likeliest of what nobody was asked of" in made
    task = browser.post("/label/signals/price-talk", data={"action": "next"}).text
    assert DESCRIPTION in html.unescape(task), "the description stands beside the task"
    assert '<span class="spoken custom:price-talk">Price talk</span>' in task
    assert "version 1 of this signal" in html.unescape(task).lower()
    serving = browser.post("/label/signals/price-talk", data={"action": "activate"}).text
    assert "0 of 12 documents read" in serving
    drain(services.extraction)
    items = services.accounts.signals(tenant, Filters(label=LABEL), limit=1).items
    shown = browser.get(f"/document/file/{items[0]['document']['id']}").text
    assert '<mark class="own c0">Price talk</mark>' in shown, "the legend"
    assert re.search(r'<mark class="[^"]*own c0[^"]*" title="[^"]*Price talk', shown), "others may mark the same words"
    assert "a signal of your own, sure to" in shown
    sent = browser.post(
        f"/correct/file/{items[0]['document']['id']}",
        data={"signal_id": items[0]["signal_id"], "kind": "not_a_signal"},
    )
    assert "Sent to the labeling queue" in sent.text
    assert "Retired" in browser.post("/label/signals/price-talk", data={"action": "retire"}).text
    assert browser.post("/label/signals/price-talk", data={"action": "explode"}).status_code == 422
    assert browser.get("/label/signals/none").status_code == 404
    assert "Signals of your own" in browser.get("/label").text


def test_hostile_words_stay_words(browser, services, tenant, read):
    given = {"name": f"{HOSTILE} x"[:60], "description": f"{HOSTILE} again and again",
             "examples": "\n".join(f"{HOSTILE} {at}" for at in range(5))}  # fmt: skip
    for page in (browser.post("/label/signals", data=given), browser.get("/label/signals")):
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img" not in page.text
        assert ">49" not in page.text
    (slug,) = [row["slug"] for row in services.labeling.signals.all(tenant)]
    assert re.fullmatch(r"[a-z0-9-]+", slug)
    task = browser.post(f"/label/signals/{slug}", data={"action": "next"})
    assert "<script>alert" not in task.text
    assert (
        browser.post(
            "/label/signals", data={**given, "examples": "\n".join("x" * 9 for _ in range(10_000))}
        ).status_code
        == 422
    )
