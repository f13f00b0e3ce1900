"""Labeling over HTTP: roles, tasks, corrections, files; and the same in pages."""

from __future__ import annotations

import html
import re

import pytest

from labeling.members import Role
from pipelines.jobs.worker import drain
from pipelines.keys.service import Scope
from tests.factories import document_json, make_document

RIVAL = "We have a demo with Deputy on Monday and compare their offer with yours before the renewal."
TEXT = f"Hi Priya,\n\n{RIVAL} Thanks for the invoice.\n\nDana Whitfield\ndana@acme.example"


@pytest.fixture
def person(services, tenant):
    """Makes a member with a key of their own; returns what to send with each request."""

    def make(name, role=Role.ANNOTATOR, queues=("work",), scopes=(Scope.LABEL,)):
        services.labeling.members.put(tenant, name, role, list(queues))
        return {"Authorization": f"Bearer {services.keys.create(tenant, name, list(scopes), name)}"}

    return make


@pytest.fixture
def work(client):
    """A queue with three records, two of which read the same."""
    assert client.put("/v1/labeling/queues/work", json={"strategy": "imported"}).status_code == 200
    rows = [{"text": text, "document_id": f"d{at}"} for at, text in enumerate(("One.", "Same.", "Same."))]
    assert client.post("/v1/labeling/queues/work/records", json={"records": rows}).json()["records"] == 3
    return "/v1/labeling/queues/work"


def test_a_task_is_handed_out_answered_reviewed_and_exported(client, work, person):
    ana, rita = person("ana"), person("rita", Role.REVIEWER)
    task = client.post(f"{work}/next", headers=ana).json()["task"]
    assert task["record"]["text"] == "One."
    spans = [{"label": "workaround", "start": 0, "end": 4, "attributes": {"means": "spreadsheet"}}]
    done = client.post(f"/v1/labeling/tasks/{task['task_id']}/submit", headers=ana, json={"spans": spans}).json()
    assert done["annotation"]["spans"] == spans
    assert done["annotation"]["guideline_version"] == client.get("/v1/labeling/guideline").json()["version"]
    record = f"/v1/labeling/records/{task['record']['record_id']}"
    review = {"verdict": "rejected", "annotation_id": done["annotation"]["annotation_id"], "reason": "no gap named"}
    assert client.post(f"{record}/reviews", headers=ana, json=review).status_code == 403
    assert client.post(f"{record}/reviews", headers=rita, json=review | {"reason": None}).status_code == 422
    assert client.post(f"{record}/reviews", headers=rita, json=review).status_code == 204
    assert client.post(f"{record}/comments", headers=ana, json={"text": "see 4.2"}).status_code == 204
    ben = person("ben")
    again = client.post(f"{work}/next", headers=ben).json()["task"]
    assert again["record"]["record_id"] == task["record"]["record_id"], "what was rejected is asked anew"
    rows = client.get("/v1/labeling/records", headers=rita, params={"queue": "work"}).json()["items"]
    row = next(row for row in rows if row["record_id"] == task["record"]["record_id"])
    assert (row["annotations"][0]["state"], row["reviews"][0]["verdict"]) == ("submitted", "rejected")
    assert row["comments"][0]["text"] == "see 4.2"
    own = client.get(record, headers=ben).json()
    assert (own["annotations"], own["reviews"]) == ([], []), "annotators see their own answers only"


def test_roles_and_queues_are_those_of_the_person(client, work, person, anonymous):
    ana, stranger = person("ana"), person("sam", Role.REVIEWER, ["other"])
    for method, path in (
        ("GET", "/v1/labeling/members"),
        ("PUT", "/v1/labeling/members/ana"),
        ("PUT", "/v1/labeling/queues/mine"),
        ("POST", f"{work}/fill"),
        ("GET", "/v1/labeling/records?queue=work"),
    ):
        body = {"role": "admin", "strategy": "random"} if method == "PUT" else {}
        body = {"strategy": "random"} if path.endswith("mine") else {"role": "admin"} if method == "PUT" else body
        answer = client.request(method, path, headers=ana, json=None if method == "GET" else body)
        assert (path, answer.status_code) == (path, 403)
    assert client.post(f"{work}/next", headers=stranger).status_code == 404
    assert client.get("/v1/labeling/queues", headers=stranger).json() == []
    assert client.get("/v1/accounts", headers=ana).status_code == 403, "a labeler's key opens labeling alone"
    assert client.get("/v1/labeling/records", headers=stranger).status_code == 403
    assert client.delete("/v1/labeling/members/ana").status_code == 204
    assert client.post(f"{work}/next", headers=ana).status_code == 403


def test_a_key_for_labeling_is_a_persons(client):
    assert client.post("/v1/keys", json={"name": "x", "scopes": ["label"]}).status_code == 422
    made = client.post("/v1/keys", json={"name": "x", "scopes": ["label"], "person": "ana"})
    headers = {"Authorization": f"Bearer {made.json()['key']}"}
    refused = client.get("/v1/labeling/queues", headers=headers)
    assert (refused.status_code, "ana labels nothing here" in refused.json()["detail"]) == (403, True)


def test_skip_draft_undo_release_and_why_nothing_is_left(client, work):
    task = client.post(f"{work}/next").json()["task"]["task_id"]
    base = f"/v1/labeling/tasks/{task}"
    assert client.post(f"{base}/draft", json={"spans": []}).json()["annotation"]["state"] == "draft"
    assert client.post(f"{base}/release").status_code == 204
    assert client.post(f"{base}/skip", json={"reason": " "}).status_code == 422
    assert client.post(f"{base}/skip", json={"reason": "cut off"}).json()["annotation"]["reason"] == "cut off"
    same = client.post(f"{work}/next").json()["task"]
    assert same["equal"] == 1
    answer = client.post(f"/v1/labeling/tasks/{same['task_id']}/submit", json={"equal": True}).json()
    assert answer["copies"] == 1
    nothing = client.post(f"{work}/next").json()
    assert nothing["task"] is None
    assert "You skipped 1 record" in nothing["why"]
    assert client.post(f"{work}/undo").json()["task_id"] == same["task_id"]
    wrong = client.post(f"{base}/submit", json={"spans": [{"label": "workaround", "start": 0, "end": 99}]})
    assert (wrong.status_code, wrong.json()["where"]) == (422, "spans[0]")


def test_files_come_back_as_they_went_and_twice_is_once(client, work):
    row = {
        "text": "Ana rebuilds it in Excel.", "document_id": "x", "account_id": "acme", "kind": "email", "start": 4,
        "end": 25, "suggestion": {"spans": [], "scores": {"workaround": 0.4}, "model_version": "m1"},
        "annotations": [{"annotator": "ana", "spans": [{"label": "workaround", "start": 4, "end": 24}], "seconds": 3.5}],
    }  # fmt: skip
    for expected in (1, 0):
        added = client.post(f"{work}/records", json={"records": [row]}).json()
        assert added == {"records": expected, "annotations": expected}
    items = client.get("/v1/labeling/records", params={"queue": "work", "history": True}).json()["items"]
    found = next(item for item in items if item["document_id"] == "x")
    assert {key: found[key] for key in ("text", "start", "end", "suggestion", "account_id")} == {
        key: row[key] for key in ("text", "start", "end", "suggestion", "account_id")
    }
    (said,) = found["annotations"]
    assert (said["annotator"], said["spans"][0]["end"], said["seconds"]) == ("ana", 24, 3.5)
    assert client.post(f"{work}/records", json={"records": items}).json() == {"records": 0, "annotations": 0}
    bad = client.post(f"{work}/records", json={"records": [{"text": "x", "start": 3}]})
    assert (bad.status_code, bad.json()["where"]) == (422, "records[0]")
    pages, cursor = [], None
    while True:
        page = client.get("/v1/labeling/records", params={"limit": 3, **({"cursor": cursor} if cursor else {})}).json()
        pages.append([item["record_id"] for item in page["items"]])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [len(page) for page in pages] == [3, 1]
    assert client.get("/v1/labeling/records", params={"cursor": "zzz"}).status_code == 400


def test_names_and_addresses_are_covered_with_every_offset_kept(client, services, person):
    client.post("/v1/documents", json=document_json(TEXT))
    client.put("/v1/labeling/queues/work", json={"strategy": "search", "masked": True})
    place = {"document_id": "d-1", "start": TEXT.index("We"), "end": TEXT.index(" Thanks"), "reason": "found"}
    assert client.post("/v1/labeling/queues/work/places", json={"places": [place]}).json() == {"added": 1}
    outside = {"places": [place | {"end": 9_999}]}
    assert client.post("/v1/labeling/queues/work/places", json=outside).json()["where"] == "places[0]"
    covered = client.post("/v1/labeling/queues/work/next", headers=person("ana")).json()["task"]
    shown = covered["record"]["text"]
    assert covered["masked"]
    assert len(shown) == len(TEXT)
    assert not re.search("Priya|Dana|Whitfield|acme", shown)
    assert shown[place["start"] : place["end"]] == RIVAL
    plain = client.post("/v1/labeling/queues/work/next", headers=person("ada", Role.ADMIN))
    assert plain.json()["task"] is None
    client.put("/v1/labeling/queues/work", json={"strategy": "search", "overlap": 2})
    assert "Priya" in client.post("/v1/labeling/queues/work/next").json()["task"]["record"]["text"]
    asked = client.post("/v1/labeling/queues/work/next", params={"masked": True}).json()["task"]
    assert "Priya" not in asked["record"]["text"]


@pytest.fixture
def signal(client, services):
    client.post("/v1/documents", json=document_json(TEXT))
    drain(services.extraction)
    return client.get("/v1/signals", params={"label": "competitive_mention"}).json()["items"][0]


def test_a_correction_goes_to_the_queue_pre_filled_and_counts_as_nothing(client, signal):
    body = {"document_id": "d-1", "kind": "other_label", "signal_id": signal["signal_id"], "label": "workaround"}
    found = client.post("/v1/labeling/corrections", json=body)
    assert found.status_code == 201
    labels = [span["label"] for span in found.json()["spans"]]
    assert "workaround" in labels
    assert "competitive_mention" not in labels
    task = client.post("/v1/labeling/queues/corrections/next").json()["task"]
    assert task["record"]["suggestion"]["spans"] == found.json()["spans"]
    assert "workaround, not competitive mention" in task["reason"]
    assert task["record"]["suggested_by"].startswith("key ")
    assert client.get(f"/v1/labeling/records/{found.json()['record_id']}").json()["annotations"] == []
    client.post(f"/v1/labeling/tasks/{task['task_id']}/submit", json={})
    again = client.post("/v1/labeling/corrections", json=body | {"kind": "not_a_signal"}).json()
    assert again["record_id"] == found.json()["record_id"]
    assert [span["label"] for span in again["spans"]] == ["workaround"], "the second builds on the first"


def test_a_correction_says_what_and_where(client, signal):
    here = {"signal_id": signal["signal_id"]}
    for change, status in (
        ({"kind": "missed", "label": "workaround", "quote": "Thanks  for\nthe invoice."}, 201),
        ({"kind": "missed", "label": "workaround", "quote": "never said"}, 422),
        ({"kind": "missed", "quote": "Thanks"}, 422),
        ({"kind": "missed", "label": "workaround", "start": 5, "end": 5}, 422),
        ({"kind": "other_label", "label": "competitive_mention", **here}, 422),
        ({"kind": "adjust_span", "quote": "compare their offer", **here}, 201),
        ({"kind": "not_a_signal", "signal_id": "00000000-0000-0000-0000-000000000000"}, 404),
        ({"kind": "missed", "document_id": "none", "label": "workaround", "quote": "x"}, 404),
    ):
        answer = client.post("/v1/labeling/corrections", json={"document_id": "d-1", **change})
        assert (change, answer.status_code) == (change, status)
        if status == 201:
            span = answer.json()["spans"][-1]
            assert TEXT[span["start"] : span["end"]] == " ".join(change["quote"].split())


def test_nobody_corrects_with_a_key_that_only_reads(client, signal, services, tenant):
    reading = {"Authorization": f"Bearer {services.keys.create(tenant, 'r', [Scope.READ])}"}
    body = {"document_id": "d-1", "kind": "not_a_signal", "signal_id": signal["signal_id"]}
    assert client.post("/v1/labeling/corrections", json=body, headers=reading).status_code == 403


@pytest.fixture
def browser(anonymous, services, tenant):
    """A browser in which somebody who reads and labels everything is signed in."""
    services.labeling.members.put(tenant, "ana", Role.ADMIN, [])
    key = services.keys.create(tenant, "browser", [Scope.READ, Scope.LABEL], "ana")
    assert anonymous.get(f"/login?key={key}").status_code == 200
    return anonymous


def fields(page):
    """What the form of a task would send as it stands."""
    inputs = re.findall(r"<input[^>]*>", page[page.index('id="task"') : page.index("</form>", page.index('id="task"'))])
    found = {}
    for tag in inputs:
        facts = dict(re.findall(r'([a-z]+)="([^"]*)"', tag))
        if facts.get("type") != "checkbox" or " checked" in tag:
            found[facts["name"]] = html.unescape(facts.get("value", "on"))
    return found


def test_the_page_works_as_a_plain_form(browser, services, tenant, client, work):
    page = browser.get("/label/work").text
    form = fields(page)
    assert (form["label.2"], form["start.2"], form["end.2"]) == ("workaround", "0", "4")
    sent = form | {"on.2": "on", "means.2": "spreadsheet", "effort_hours_per_month.2": "8", "seconds": "2.5"}
    answer = browser.post("/label/work", data=sent | {"action": "submit"})
    assert "Submitted." in answer.text
    assert "Same." in answer.text
    (said,) = [item for row in client.get("/v1/labeling/records").json()["items"] for item in row["annotations"]]
    assert (said["annotator"], said["seconds"]) == ("ana", 2.5)
    assert said["spans"][0]["attributes"] == {"means": "spreadsheet", "effort_hours_per_month": 8.0}
    answer = browser.post("/label/work", data=fields(answer.text) | {"action": "submit", "equal": "on"})
    assert "1 equal sentence with it." in answer.text
    assert "Nothing for you here now" in answer.text
    assert "as many answers as they need" in answer.text
    back = browser.post("/label/work", data={"action": "undo"}).text
    assert "Taken back" in back
    wrong = browser.post("/label/work", data=fields(back) | {"on.0": "on", "end.0": "many", "action": "submit"})
    assert wrong.status_code == 422
    assert "must be a whole number" in wrong.text
    assert "1 decision" in browser.get("/label").text


def test_a_suggestion_is_filled_in_marked_and_not_done(browser, services, tenant, client):
    suggestion = {"spans": [{"label": "workaround", "start": 0, "end": 3}], "scores": {"workaround": 0.61}}
    rows = [{"text": "One.", "suggestion": suggestion | {"model_version": "m-7"}}]
    client.post("/v1/labeling/queues/imported/records", json={"records": rows})
    page = browser.get("/label/imported").text
    assert "Filled in by the reader m-7, <strong>not yet done</strong>" in page
    assert page.count(">suggested<") == 1
    assert fields(page)["on.2"] == "on"
    assert client.get("/v1/labeling/queues/imported").json()["places"]["done"] == 0


def test_the_random_sample_is_judged_blind(browser, client):
    client.put("/v1/labeling/queues/sample", json={"strategy": "random"})
    suggestion = {"spans": [{"label": "workaround", "start": 0, "end": 3}], "scores": {}, "model_version": "m-7"}
    client.post("/v1/labeling/queues/sample/records", json={"records": [{"text": "One.", "suggestion": suggestion}]})
    page = browser.get("/label/sample").text
    assert "m-7" not in page
    assert "on.2" not in fields(page)
    assert client.get("/v1/labeling/records").json()["items"][0]["origin"] == "random"


HOSTILE = "<script>alert(1)</script>'\"><img src=x onerror=alert(1)> {{7*7}} \u202e\U0001f600 end."


def test_hostile_text_stays_text_on_the_task_page(browser, client, work):
    client.post("/v1/labeling/queues/imported/records", json={"records": [{"text": HOSTILE, "title": HOSTILE}]})
    answer = browser.get("/label/imported")
    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text
    assert ">49" not in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert fields(answer.text)["end.0"] == str(len(HOSTILE))


def test_who_is_not_signed_in_or_no_member_sees_no_task(anonymous, services, tenant, client, work):
    bare = services.keys.create(tenant, "reads", [Scope.READ])
    signed_out = anonymous.get("/label/work", headers={"Authorization": ""})
    assert "Sign in" in signed_out.text
    anonymous.get(f"/login?key={bare}")
    refused = anonymous.get("/label/work")
    assert (refused.status_code, "One." in refused.text) == (403, False)


def test_a_document_is_corrected_by_one_click(browser, services, tenant):
    services.ingest.add(tenant, [make_document(TEXT)])
    drain(services.extraction)
    page = browser.get("/document/file/d-1").text
    signal_id = re.search(r'name="signal_id" value="([^"]+)"', page)[1]
    sent = browser.post("/correct/file/d-1", data={"signal_id": signal_id, "kind": "not_a_signal"}).text
    assert "Sent to the labeling queue" in sent
    assert "ana says: no " in sent
    missed = {"kind": "missed", "label": "workaround", "quote": "Thanks for the\r\ninvoice."}
    assert "workaround was missed" in browser.post("/correct/file/d-1", data=missed).text
    refused = browser.post("/correct/file/d-1", data=missed | {"quote": "not there"}).text
    assert "do not stand in the text like that" in refused
    assert browser.post("/correct/file/none", data=missed).status_code == 404
