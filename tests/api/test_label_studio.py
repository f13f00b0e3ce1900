"""Label Studio as a client: health, setup and predictions, with the API key as a password."""

from __future__ import annotations

import pytest

RIVAL = "We have a demo with Deputy on Monday and compare their offer with yours before the renewal."


@pytest.fixture
def studio(anonymous, key):
    anonymous.auth = ("label-studio", key)
    return anonymous


def test_health_needs_no_key_and_the_rest_does(anonymous):
    assert anonymous.get("/v1/label-studio/health").json()["status"] == "UP"
    answer = anonymous.post("/v1/label-studio/predict", json={"tasks": []})
    assert (answer.status_code, answer.json()["remedy"][:16]) == (401, "enter an API key")
    anonymous.auth = ("x", "fsk_wrong")
    assert anonymous.post("/v1/label-studio/predict", json={"tasks": []}).status_code == 401


def test_predictions_are_what_the_reader_says(studio, client):
    task = {"id": 7, "data": {"text": RIVAL, "kind": "email"}}
    body = {"tasks": [task], "project": "1.2", "label_config": "<View/>", "params": {"context": None}}
    (result,) = studio.post("/v1/label-studio/predict", json=body).json()["results"]
    document = {"id": "7", "account_id": "x", "kind": "email", "occurred_at": "1970-01-01T00:00:00Z", "text": RIVAL}
    (signal,) = client.post("/v1/extract", json=document, auth=None).json()["signals"]
    region = result["result"][0]
    assert region["value"]["labels"] == [signal["label"]] == ["competitive_mention"]
    assert (region["value"]["text"], region["score"]) == (signal["text"], signal["score"])
    assert result["model_version"] == signal["model_version"]


def test_a_task_without_a_time_gets_no_dates(studio):
    text = "Our new CFO wants every team to defend its subscriptions by March."
    told = {"text": text, "occurred_at": "2026-01-15T09:00:00Z"}
    body = {"tasks": [{"id": 1, "data": {"text": text}}, {"id": 2, "data": told}]}
    undated, dated = (str(result) for result in studio.post("/v1/label-studio/predict", json=body).json()["results"])
    assert "deadline_date" not in undated
    assert "2026-03" in dated


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"tasks": 7}, "tasks must be a list"),
        ({"tasks": [7]}, "expected a JSON object, got int"),
        ({"tasks": [{"data": {}}]}, "text must be a string"),
        ({"tasks": [{"data": {"text": "x", "kind": "tweet"}}]}, "kind: Input should be"),
        ({"tasks": [{"data": {"text": "x"}}] * 101}, "101 tasks, at most 100"),
    ],
)
def test_a_wrong_task_is_named(studio, body, detail):
    answer = studio.post("/v1/label-studio/predict", json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(detail)


def test_setup_refuses_a_project_that_cannot_show_the_labels(studio):
    xml = studio.get("/v1/label-studio/interface").json()["xml"]
    assert studio.post("/v1/label-studio/setup", json={"schema": xml}).json()["model_version"]
    other = studio.post("/v1/label-studio/setup", json={"schema": '<View><Label value="ORG"/></View>'})
    assert (other.status_code, other.json()["where"]) == (422, "schema")
