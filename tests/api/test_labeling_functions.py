"""Labeling functions as their users meet them: over HTTP, at a terminal, on the page."""

from __future__ import annotations

import html
import json

import pytest
from typer.testing import CliRunner

from api.cli import label_functions
from api.cli.main import app
from labeling.members import ALL_QUEUES, Member, Role
from labeling.queues.rules import QueueRules, Strategy
from labeling.records import AnnotationState, LabelledSpan
from labeling.service import Answer, Nothing
from pipelines.jobs.worker import drain
from pipelines.keys.service import Scope
from tests.factories import make_document

PATH = "/v1/labeling/functions"
FILE = """# ours
[[function]]
name = "by hand"
label = "workaround"
phrases = ["by hand", "spreadsheet"]

[[function]]
name = "every week"
label = "workaround"
pattern = 'every (monday|friday)'

[[function]]
name = "not in calls"
label = "workaround"
says = false
where = { kind = ["call_transcript"] }

[[function]]
name = "rival"
label = "competitive_mention"
examples = ["They compare us with another vendor"]
at_least = 0.3
"""
TEXTS = (
    "We copy it by hand every Monday. The weather is nice.",
    "Sam keeps a spreadsheet for that. Lunch was good.",
    "The report opens quickly now. Thanks for the help.",
    "We look at another vendor as well. See you on Tuesday.",
)
ADMIN = Member("ada", Role.ADMIN, frozenset({ALL_QUEUES}))


@pytest.fixture
def read(services, tenant):
    services.ingest.add(tenant, [make_document(text, id=f"f-{at}") for at, text in enumerate(TEXTS)])
    drain(services.extraction)


@pytest.fixture
def browser(anonymous, services, tenant):
    services.labeling.members.put(tenant, "ana", Role.ADMIN, [])
    key = services.keys.create(tenant, "browser", [Scope.READ, Scope.LABEL], "ana")
    assert anonymous.get(f"/login?key={key}").status_code == 200
    return anonymous


def test_over_http(client, services, tenant, read):
    assert client.get(PATH).json()["version"] == 0
    assert client.get(f"{PATH}/report").json()["labels"] == []
    kept = client.put(PATH, json={"text": FILE}).json()
    assert (kept["version"], [item["line"] for item in kept["functions"]]) == (1, [2, 7, 12, 18])
    assert kept["functions"][0]["finds"] == "phrases: by hand, spreadsheet"
    report = client.get(f"{PATH}/report").json()
    assert (report["version"], report["sentences"], report["of"]) == (1, 8, 8)
    rival, workaround = report["labels"]
    assert (rival["label"], workaround["label"]) == ("competitive_mention", "workaround")
    hand, week, calls = workaround["functions"]
    assert (hand["coverage"], hand["overlaps"], hand["conflicts"]) == (0.25, 0.125, 0.0)
    assert (week["coverage"], calls["coverage"]) == (0.125, 0.0)
    assert (hand["checked"], "nobody labeled" in hand["words"]) == (0, True)
    assert workaround["missed"] is None

    filled = client.post("/v1/labeling/queues/weak/fill", json={"size": 10}).json()
    assert filled["added"] >= 2
    first = services.labeling.tasks.next(tenant, ADMIN, "weak")
    assert "say labeling functions: " in first.reason
    versions = set()
    while not isinstance(task := services.labeling.tasks.next(tenant, ADMIN, "weak"), Nothing):
        record = task.view.record
        versions.add(record.suggestion.model_version if record.suggestion else None)
        passage = record.text[record.start : record.end]
        spans = (LabelledSpan("workaround", record.start, record.end, {}),) if "by hand" in passage else ()
        services.labeling.tasks.answer(tenant, ADMIN, task.task_id, Answer(AnnotationState.SUBMITTED, spans))
    assert "functions@1" in versions, "what chance drew as well is filled in by the reader, the newer of both"
    again = client.get(f"{PATH}/report").json()["labels"][1]
    assert (again["functions"][0]["checked"], again["functions"][0]["right"]) == (2, 1)
    assert again["missed"] == 0.0
    assert again["functions"][0]["trust"] < 0.75
    assert client.put(PATH, json={"text": FILE.replace("by hand", "on paper")}).json()["version"] == 2


def test_a_signal_of_ones_own_is_seeded(client, services, tenant, read):
    body = {
        "name": "Paper",
        "description": "They do it on paper or in lists.",
        "examples": [f"on paper {n}" for n in "abcde"],
    }
    assert client.post("/v1/labeling/custom-signals", json=body).status_code == 201
    refused = client.post("/v1/labeling/queues/signal-paper/fill", json={"size": 5})
    assert "no labeling function" in refused.json()["detail"]
    own = "[[function]]\nname = 'sheet'\nlabel = 'custom:paper'\nphrases = ['spreadsheet']\n"
    assert client.put(PATH, json={"text": own}).status_code == 200
    assert client.post("/v1/labeling/queues/signal-paper/fill", json={"size": 5}).json()["added"] == 1
    assert client.get("/v1/labeling/custom-signals/paper").json()["waiting"] == 1
    task = client.post("/v1/labeling/queues/signal-paper/next").json()["task"]
    assert "spreadsheet" in task["record"]["text"][task["record"]["start"] : task["record"]["end"]]


BROKEN = {
    "[[function]]\nname = 'a'\nlabel = 'b'\nphrases = ['x']": ("line 1, function 1", "label must be one that there is"),
    "# c\n\n[[function]]\nname = 'a'\nlabel = 'workaround'\npattern = '(a'": ("line 6, function 1", "pattern is not"),
    "[[function]]\nname = 'a'\nlabel = 'workaround'\npattern = '(\\pL|\\pN){900}'": ("line 4, function 1", "pattern is not"),
    "[[function]]\nname = 'a'\nlabel = 'workaround'\nphrases = ['x']\n[[function]]\nnaim = 'b'": ("line 6, function 2", "'naim' is no field"),
    "[[function]]\nname = ": ("functions.toml", "not valid TOML"),
}  # fmt: skip


@pytest.mark.parametrize("text", list(BROKEN))
def test_what_is_wrong_is_named_by_line_function_and_field(client, text):
    answer = client.put(PATH, json={"text": text})
    where, detail = BROKEN[text]
    assert answer.status_code == 422
    assert where in answer.json()["where"]
    assert detail in answer.json()["detail"]
    assert client.get(PATH).json()["version"] == 0, "nothing was written"


def test_too_much_is_refused(client, services, tenant):
    assert client.put(PATH, json={"text": "#" * 600_000}).status_code == 422
    many = "".join(f"[[function]]\nname = 'f{at}'\nlabel = 'workaround'\nphrases = ['x']\n" for at in range(501))
    assert "at most 500" in client.put(PATH, json={"text": many}).json()["detail"]
    long = "[[function]]\nname = 'a'\nlabel = 'workaround'\npattern = '" + "a|" * 300 + "'"
    assert "1 to 500 characters" in client.put(PATH, json={"text": long}).json()["detail"]
    assert client.get(f"{PATH}/report", params={"sample": 10**9}).status_code == 422
    services.labeling.members.put(tenant, "ben", Role.ANNOTATOR, ["*"])
    ben = {"Authorization": f"Bearer {services.keys.create(tenant, 'ben', [Scope.LABEL], 'ben')}"}
    assert client.put(PATH, json={"text": FILE}, headers=ben).status_code == 403


def test_at_a_terminal(services, tenant, read, monkeypatch, tmp_path):
    monkeypatch.setattr(label_functions, "open_services", lambda _settings: services)

    def run(*arguments, code=0):
        result = CliRunner().invoke(app, ["label", "functions", *arguments], env={"COLUMNS": "200"})
        assert result.exit_code == code, result.output
        return result.stdout

    run("show", code=1)
    path = tmp_path / "functions.toml"
    path.write_text(FILE)
    assert "version 1: 4 functions" in run("import", str(path))
    assert run("show") == FILE
    assert "by hand" in run("report")
    assert json.loads(run("report", "--json", "--sample", "4"))["sentences"] == 4
    path.write_text("[[function]]\nname = 'a'")
    run("import", str(path), code=2)
    run("import", str(tmp_path / "none"), code=2)


def test_on_the_page(browser, services, tenant, read):
    assert "None yet." in browser.get("/label/functions").text
    one = {"action": "add", "name": "<b>by hand</b> \"q\"", "label": "workaround", "says": "yes", "finder": "phrases",
           "what": "by hand\r\nspreadsheet", "kind": "email", "side": "", "at_least": "0.6"}  # fmt: skip
    added = browser.post("/label/functions", data=one).text
    assert "Added at the end of the file." in added
    assert "<b>by hand" not in added
    assert "unknown" in added, "nobody answered, so that nobody knows"
    text = services.labeling.functions.current(tenant)["text"]
    assert 'where = { "kind" = ["email"] }' in text
    second = browser.post("/label/functions", data=one | {"name": "b", "finder": "pattern", "what": "(a"})
    assert second.status_code == 422
    assert "pattern is not accepted" in second.text
    assert 'value="b"' in second.text, "what was typed is not lost"
    broken = browser.post("/label/functions", data={"action": "keep", "text": "[[function]]\nname = 'z"})
    assert (broken.status_code, "name = 'z" in html.unescape(broken.text)) == (422, True)
    facts = one | {"name": "never in calls", "finder": "where", "says": "no", "what": "", "kind": "call_transcript"}
    assert "Added" in browser.post("/label/functions", data=facts).text
    like = one | {"name": "alike", "finder": "examples", "what": "They keep a list by hand", "at_least": "0.2"}
    assert "Added" in browser.post("/label/functions", data=like).text
    assert browser.post("/label/functions", data=like | {"name": "n", "at_least": "x"}).status_code == 422
    # Without the random sample: a record that is in both shows the suggestion that came last.
    admin = Member("ada", Role.ADMIN, ALL_QUEUES)
    services.labeling.queues.put(tenant, admin, "weak", QueueRules("Weak", Strategy.WEAK, biased=True))
    queue = browser.post("/label/weak/fill", data={"size": "5"}).text
    assert "added of" in queue
    task = html.unescape(browser.get("/label/weak").text)
    assert "labeling functions, version 3" in task.lower()
