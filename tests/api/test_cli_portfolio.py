"""Commands over the portfolio, in this process and over the test's own store."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from api.cli import alerts, portfolio, requests, store
from api.cli.main import app
from pipelines.jobs.worker import drain
from tests.factories import make_document

RIVAL = "We have a demo with Deputy on Monday and compare their offer with yours before the renewal."
WISH = "We still can't log in with our company accounts, we asked for single sign-on in spring already."


@pytest.fixture
def run(services, tenant, monkeypatch):
    for module in (alerts, portfolio, requests, store):
        monkeypatch.setattr(module, "open_services", lambda _settings: services)
    yesterday = services.risk.clock() - timedelta(days=1)
    services.ingest.add(
        tenant, [make_document(RIVAL, occurred_at=yesterday), make_document(WISH, id="d-2", occurred_at=yesterday)]
    )
    drain(services.extraction)

    def invoke(*arguments, code=0):
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})
        assert result.exit_code == code, result.output
        return result.stdout

    return invoke


def test_alerts_are_worked_off(run):
    (alert, *_) = json.loads(run("alerts", "list", "--json"))
    assert alert["trigger"] in run("alerts", "list").replace(" ", "_")
    run("alerts", "acknowledge", alert["alert_id"])
    done = json.loads(run("alerts", "resolve", alert["alert_id"], "--reason", "they stay", "--useful"))
    assert (done["state"], done["history"][-1]["by"].endswith("at a terminal")) == ("resolved", True)
    assert "1.00 (0." in run("alerts", "quality")
    run("alerts", "snooze", alert["alert_id"], "--until", "2099-01-01", "--reason", "x", code=2)


def test_the_portfolio_at_a_terminal(run, tmp_path):
    assert "Deputy" in run("themes")
    assert "Deputy" in run("timeline", "acme")
    assert json.loads(run("accounts", "--driver", "competitive_mention", "--order", "change", "--json"))
    target = tmp_path / "rows.csv"
    run("export", "--shape", "planhat", "--format", "csv", "-o", target)
    assert target.read_text(encoding="utf-8").startswith("externalId,name,custom.Foreshock risk level")
    run("export", "-o", tmp_path / "none" / "rows", code=2)


def test_a_policy_is_set_from_a_file_and_a_wrong_one_is_refused(run, tmp_path):
    shown = json.loads(run("policy", "show"))
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(shown["config"] | {"min_points": 3}))
    assert json.loads(run("policy", "set", path)) == {"version": 1}
    path.write_text(json.dumps(shown["config"] | {"min_points": -3}))
    run("policy", "set", path, code=2)
    path.write_text("{")
    run("policy", "set", path, code=2)
    assert json.loads(run("policy", "reset", "--which", "risk")) == {"version": 1}


def test_states_of_requests_come_from_a_file(run, tmp_path):
    (wish, *_) = json.loads(run("requests", "list", "--json"))
    path = tmp_path / "roadmap.jsonl"
    rows = [{"request_id": wish["request_id"], "status": "planned", "title": "SSO", "url": "ignored"},
            {"request_id": "nonsense"}, {"request_id": "00000000-0000-4000-8000-000000000000"}]  # fmt: skip
    path.write_text("\n".join(json.dumps(row) for row in rows))
    assert json.loads(run("requests", "import", path, code=1)) == {"changed": 1, "rejected": 2}
    assert json.loads(run("requests", "list", "--status", "planned", "--json"))[0]["title"] == "SSO"
