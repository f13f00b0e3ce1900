"""Quality of labels over HTTP, in pages and on the command line."""

from __future__ import annotations

import html
import json
import re

import pytest
from typer.testing import CliRunner

from api.cli import label, label_gold, label_quality
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
    for module in (label, label_gold, label_quality):
        monkeypatch.setattr(module, "open_services", lambda _settings: services)

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


def fields(page):
    """What the form of a decision would send as it stands."""
    form = page[page.index('id="task"') : page.index("</form>", page.index('id="task"'))]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        facts = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if facts.get("type") not in ("checkbox", "radio") or " checked" in tag:
            found[facts["name"]] = html.unescape(facts.get("value", "on"))
    return found


def test_disputes_over_http(client, team):
    (row,) = client.get("/v1/labeling/disputes", headers=team["rita"]).json()["items"]
    assert (row["words"], row["people"], row["rushed"]) == ("two", ["ana", "ben"], ["ben"])
    place = f"/v1/labeling/disputes/{row['record_id']}"
    found = client.get(place, headers=team["rita"]).json()
    assert [answer["people"] for answer in found["answers"]] == [["ben"], ["ana"]]
    assert found["answers"][0]["rushed"] == ["ben"]
    for path in ("/v1/labeling/disputes", place):
        assert client.get(path, headers=team["ana"]).status_code == 403
    decide = {"reason": "annotator_error", "annotation_id": found["answers"][1]["annotation_ids"][0]}
    assert client.post(f"{place}/decision", headers=team["ana"], json=decide).status_code == 403
    assert client.post(f"{place}/decision", headers=team["rita"], json={"spans": []}).status_code == 422
    assert client.post(f"{place}/decision", headers=team["rita"], json=decide).status_code == 204
    held = client.get(place, headers=team["rita"]).json()["decision"]
    assert (held["reviewer"], held["reason"], held["spans"][0]["label"]) == ("rita", "annotator_error", LABEL)
    assert client.get("/v1/labeling/disputes", headers=team["rita"]).json()["items"] == []
    own = client.get(f"/v1/labeling/records/{row['record_id']}", headers=team["ana"]).json()
    assert own["reviews"] == [], "annotators see their own answers only"


def test_a_dispute_is_decided_on_its_page_without_script(browser, team, client):
    reviewer = browser("rita", Role.REVIEWER)
    page = reviewer.get("/label/adjudicate").text
    assert "1 record waits for a decision" in page
    assert "ben rushed" in page
    sent = fields(page)
    assert sent["label.2"] == LABEL
    refused = reviewer.post("/label/adjudicate", data=sent)
    assert (refused.status_code, "say why people differed" in refused.text) == (422, True)
    own = sent | {"take": "own", "on.2": "on", "end.2": "2", "reason": "edge_case", "comment": "half of it"}
    done = reviewer.post("/label/adjudicate", data=own)
    assert "Decided." in done.text
    assert "Nothing to decide" in done.text
    (decided,) = client.get(f"/v1/labeling/records/{sent['record']}", headers=team["rita"]).json()["reviews"]
    assert (decided["verdict"], decided["comment"], decided["spans"][0]["end"]) == ("resolved", "half of it", 2)
    again = reviewer.get("/label/adjudicate", params={"record": sent["record"]}).text
    assert "rita decided it on" in again
    assert reviewer.get("/label/adjudicate?record=00000000-0000-0000-0000-000000000000").status_code == 404


def test_the_page_of_disputes_is_for_reviewers(browser, team):
    annotator = browser("ana", Role.ANNOTATOR)
    for call in (annotator.get, annotator.post):
        refused = call("/label/adjudicate")
        assert (refused.status_code, "ben" in refused.text) == (403, False)


def test_disputes_on_the_command_line(run, team, client):
    (row,) = json.loads(run("disputes", "--json"))
    assert row["words"] == "two"
    assert "ana, ben" in run("disputes")
    run("decide", row["record_id"], "--reason", "other", "--label", f"{LABEL}:0:2", "--comment", "so it is")
    assert "nothing is in dispute" in run("disputes")
    run("decide", row["record_id"], "--reason", "other", "--label", "x", "--answer", row["record_id"], code=2)


def test_answers_of_all_together_over_http_and_as_a_file(client, team, run, tmp_path):
    page = client.get("/v1/labeling/consensus", headers=team["rita"], params={"queue": "work"}).json()
    assert {item["text"]: item["consensus"]["source"] for item in page["items"]} == dict.fromkeys(
        ("one", "three", "four"), "unanimous"
    )
    assert all(len(item["annotations"]) == 2 for item in page["items"])
    assert client.get("/v1/labeling/consensus", headers=team["ana"]).status_code == 403
    run("export", "-o", str(tmp_path / "all.jsonl"), "--consensus", "--unresolved")
    lines = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    assert sorted(line["consensus"]["source"] for line in lines) == ["unanimous"] * 3 + ["unresolved"]
    run("export", "--consensus", "--history", code=2)


@pytest.fixture
def silent(client, run, person, tmp_path):
    """A queue with one gold record among forty, with a reviewer's remark on it; and Ana, who works there."""
    client.put(f"{QUEUES}/work", json={"strategy": "imported"})
    rows = [{"text": f"w {at}", "document_id": f"w-{at}"} for at in range(39)]
    client.post(f"{QUEUES}/work/records", json={"records": rows})
    line = {"text": "g 0", "document_id": "w-99", "gold": [{"label": LABEL, "start": 0, "end": 3}]}
    (tmp_path / "gold.jsonl").write_text(json.dumps(line) + "\n" + json.dumps({"text": "x"}) + "\n")
    assert "1 gold records added" in run("gold", "import", str(tmp_path / "gold.jsonl"), "--queue", "work", code=1)
    people = {"ana": person("ana"), "rita": person("rita", Role.REVIEWER)}
    (gold,) = client.get("/v1/labeling/gold", headers=people["rita"]).json()["items"]
    remark = {"text": "this one is to test people"}
    client.post(f"/v1/labeling/records/{gold['record_id']}/comments", headers=people["rita"], json=remark)
    return people, gold


def shape(value):
    """What there is in an answer, without what differs from record to record."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return [shape(inner) for inner in value] if isinstance(value, list) else type(value).__name__


def test_nothing_over_http_gives_a_gold_task_away(client, silent):
    people, gold = silent
    ana = people["ana"]
    shapes, counts, numbers = set(), [], []
    found = False
    for _ in range(25):
        before = client.get(f"{QUEUES}/work", headers=ana).json()
        task = client.post(f"{QUEUES}/work/next", headers=ana).json()["task"]
        held = client.get(f"{QUEUES}/work", headers=ana).json()
        done = client.post(f"/v1/labeling/tasks/{task['task_id']}/submit", headers=ana, json={}).json()
        after = client.get(f"{QUEUES}/work", headers=ana).json()
        own = client.get(f"/v1/labeling/records/{task['record']['record_id']}", headers=ana).json()
        undone = client.post(f"{QUEUES}/work/undo", headers=ana).json()
        client.post(f"/v1/labeling/tasks/{undone['task_id']}/submit", headers=ana, json={})
        shapes.add(json.dumps(shape([task, held, done, own, undone]), sort_keys=True))
        steps = [
            (row["places"]["open"] - before["places"]["open"], row["mine"] - before["mine"]) for row in (held, after)
        ]
        counts.append((steps, held["records"], task["reason"], task["queue"], own["comments"], own["reviews"]))
        numbers.append(task["task_id"])
        found = found or task["record"]["record_id"] == gold["record_id"]
    assert found, "the gold record was among them"
    assert len(shapes) == 1
    assert all(row == counts[0] for row in counts)
    assert counts[0] == ([(-1, 0), (-1, 1)], 40, "imported", "work", [], [])
    assert numbers != sorted(numbers)


def test_annotators_reach_nothing_that_names_gold(client, silent, browser):
    people, gold = silent
    record = gold["record_id"]
    for method, path in (
        ("GET", "/v1/labeling/gold"),
        ("GET", "/v1/labeling/gold/candidates"),
        ("GET", "/v1/labeling/people"),
        ("PUT", f"/v1/labeling/gold/{record}"),
        ("DELETE", f"/v1/labeling/gold/{record}"),
        ("GET", "/v1/labeling/consensus"),
    ):
        answer = client.request(method, path, headers=people["ana"], json={} if method == "PUT" else None)
        assert (path, answer.status_code) == (path, 403)
    page = browser("ana", Role.ANNOTATOR)
    assert page.post("/label/quality", data={"do": "mark", "record": record}).status_code == 403
    for _ in range(25):
        shown = page.get("/label/work").text
        assert "gold" not in shown.lower()
        assert "to test people" not in shown
        page.post("/label/work", data=fields(shown) | {"action": "submit"})
    (row,) = client.get("/v1/labeling/gold", headers=people["rita"]).json()["items"]
    assert row["answers"] == 1, "it was among the pages seen"


def test_gold_is_made_and_unmade_on_pages_and_measures(browser, client, team, run):
    reviewer = browser("rita", Role.REVIEWER)
    page = reviewer.get("/label/adjudicate").text
    sent = fields(page) | {"reason": "edge_case", "action": "gold"}
    assert reviewer.post("/label/adjudicate", data=sent).status_code == 422, "no answer is chosen beforehand"
    sent["take"] = re.search(r'name="take" required value="([^"]+)"', page)[1]
    assert "Decided." in reviewer.post("/label/adjudicate", data=sent).text
    page = reviewer.get("/label/quality").text
    assert "No gold any more" in page
    assert "answered faster than it can be read" in page
    assert "two" in run("gold", "list")
    (row,) = client.get("/v1/labeling/gold", headers=team["rita"]).json()["items"]
    assert (row["words"], row["spans"], row["person"]) == ("two", [], "rita")
    form = {"do": "unmark", "record": row["record_id"]}
    assert "No record is gold" in reviewer.post("/label/quality", data=form).text
    refused = reviewer.post("/label/quality", data=form)
    assert (refused.status_code, "no gold" in refused.text) == (422, True)
    marked = json.loads(run("gold", "mark", row["record_id"], "--label", LABEL))
    assert marked["spans"] == [{"label": LABEL, "start": 0, "end": 3, "attributes": {}}]
    spans = client.get("/v1/labeling/gold", headers=team["rita"]).json()["items"][0]["spans"]
    assert spans == marked["spans"]
    assert client.delete(f"/v1/labeling/gold/{row['record_id']}", headers=team["rita"]).status_code == 204
    body = {"spans": None, "reason": "clear"}
    made = client.put(f"/v1/labeling/gold/{row['record_id']}", headers=team["rita"], json=body).json()
    assert made["spans"] == marked["spans"], "what was decided last"
    run("gold", "unmark", row["record_id"])
    assert "no record is gold" in run("gold", "list")
    rows = {row["person"]: row for row in client.get("/v1/labeling/people", headers=team["rita"]).json()}
    assert (rows["ben"]["pace"]["rushed"], rows["ana"]["pace"]["rushed"]) == (4, 0)
    assert "ben" in run("people")


def test_doubtful_answers_are_looked_for_in_the_background(browser, client, team, services, run):
    asked = client.post("/v1/labeling/issues", json={"size": 5})
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    assert client.post("/v1/labeling/issues", headers=team["rita"], json={}).status_code == 403
    admin = browser("adele", Role.ADMIN)
    assert "waiting; look again in a minute" in admin.get("/label/quality").text
    while services.labeling.issues.work():
        pass
    (done,) = client.get("/v1/labeling/issues").json()
    assert (done["state"], done["result"]["records"], done["result"]["added"]) == ("done", 3, 0)
    assert "too few sentences carry it" in done["result"]["notes"][0]
    page = admin.post("/label/quality", data={"do": "issues"}).text
    assert "0 of 3 answered records are doubtful" in page
    assert "Give them a second look" in page
    assert "0 of 3 answered records are doubtful" in run("issues")
