"""The command line, run as a process: exit codes, outputs, messages."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from tests.factories import document_json

RIVAL = "We have a demo with Deputy on Monday and compare their offer with yours before the renewal."


def foreshock(*arguments: str, data: Path | None = None, stdin: bytes = b"", **environment: str):
    variables = {**os.environ, "COLUMNS": "200", **environment}
    if data:
        variables["FORESHOCK_DATA_DIR"] = str(data)
    return subprocess.run(
        [sys.executable, "-m", "api.cli.main", *arguments], input=stdin, capture_output=True, env=variables, timeout=120
    )


def write_lines(path: Path, *rows: object) -> Path:
    path.write_bytes(
        b"".join(row + b"\n" if isinstance(row, bytes) else json.dumps(row).encode() + b"\n" for row in rows)
    )
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cli")


def test_extract_writes_one_line_per_document_in_order_and_twice_the_same(tmp_path):
    source = write_lines(tmp_path / "in.jsonl", document_json(RIVAL, id="b"), document_json("Fine.", id="a"))
    first = foreshock("extract", str(source), "-o", str(tmp_path / "1.jsonl"))
    second = foreshock("extract", str(source), "-o", str(tmp_path / "2.jsonl"), "--threads", "1")
    assert (first.returncode, second.returncode) == (0, 0)
    assert (tmp_path / "1.jsonl").read_bytes() == (tmp_path / "2.jsonl").read_bytes()
    rows = [json.loads(line) for line in (tmp_path / "1.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == ["b", "a"]
    assert rows[0].keys() == {"id", "account_id", "signals", "coverage"}


def test_bad_lines_are_named_the_rest_is_done_and_the_exit_code_is_1(tmp_path):
    good = document_json(id="g")
    source = write_lines(
        tmp_path / "in.jsonl",
        b"{oops",
        document_json(kind="tweet", id="t"),
        good,
        b"\xff",
        {**good, "text": "other"},
        good,
    )
    done = foreshock("extract", str(source))
    assert done.returncode == 1
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["g", "g"]
    messages = done.stderr.decode()
    for part in (
        "line 1: not valid JSON",
        "line 2: kind",
        "line 4: byte 1 is not UTF-8",
        "line 5: id 'g' was on line 3",
    ):
        assert part in messages


def test_extract_reads_standard_input():
    done = foreshock("extract", "-", stdin=json.dumps(document_json()).encode())
    assert json.loads(done.stdout)["id"] == "d-1"


@pytest.mark.parametrize(
    "arguments", [("extract", "/nowhere.jsonl"), ("assess", "/nowhere.jsonl"), ("extract", "/etc/hostname")]
)
def test_what_cannot_be_read_is_exit_code_2(arguments):
    done = foreshock(*arguments)
    assert done.returncode == 2
    assert b"error:" in done.stderr


def test_an_output_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    source = write_lines(tmp_path / "in.jsonl", document_json())
    done = foreshock("extract", str(source), "-o", str(tmp_path / "none" / "out.jsonl"))
    assert (done.returncode, sorted(path.name for path in tmp_path.iterdir())) == (2, ["in.jsonl"])


def test_assess_gives_one_line_per_account(tmp_path):
    source = write_lines(
        tmp_path / "in.jsonl", document_json(RIVAL), document_json("Fine.", id="x", account_id="other")
    )
    accounts = write_lines(tmp_path / "accounts.jsonl", {"account_id": "silent", "tier": "best_customer"})
    done = foreshock("assess", str(source), "--accounts", str(accounts), "--as-of", "2026-03-10")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["account_id"] for row in rows] == ["acme", "other", "silent"]
    assert {"account_id", "as_of", "level", "score", "drivers", "recommended_actions"} <= rows[0].keys()
    assert foreshock("assess", str(source), "--as-of", "soon").returncode == 2


def test_csv_and_mail_are_read(tmp_path):
    csv = tmp_path / "in.csv"
    csv.write_text(
        "id,account_id,kind,occurred_at,author_name,author_side,priority,text\n"
        '1,acme,support_ticket,2026-03-02T12:00:00Z,Dana,account,high,"All fine, thanks"\n'
        "2,acme,tweet,2026-03-02T12:00:00Z,Dana,account,low,hello\n"
    )
    done = foreshock("extract", str(csv))
    assert (done.returncode, json.loads(done.stdout)["id"]) == (1, "1")
    assert b"in.csv, line 3: kind" in done.stderr
    mail = tmp_path / "in.eml"
    mail.write_text(
        "From: Dana <dana@acme.example>\nTo: us@vendor.example\nDate: Mon, 2 Mar 2026 12:00:00 +0100\n"
        "Subject: Hello\nMessage-ID: <1@acme.example>\n\nAll fine.\n"
    )
    assert json.loads(foreshock("extract", str(mail)).stdout)["account_id"] == "acme.example"


def test_ingest_accounts_account_and_doctor(tmp_path, data):
    source = write_lines(tmp_path / "in.jsonl", document_json(RIVAL, account_name="Acme Robotics"))
    assert json.loads(foreshock("ingest", str(source), "--json", data=data).stdout) == {
        "created": 1, "updated": 0, "unchanged": 0, "rejected": 0,
    }  # fmt: skip
    assert b"1 unchanged" in foreshock("ingest", str(source), data=data).stdout
    assert json.loads(foreshock("accounts", "--json", data=data).stdout)[0]["account_name"] == "Acme Robotics"
    assert json.loads(foreshock("recompute", "--json", data=data).stdout) == {"accounts": 1}
    shown = foreshock("account", "acme", "--as-of", "2026-03-05", data=data)
    assert b"Acme Robotics" in shown.stdout
    assert foreshock("account", "nobody", data=data).returncode == 2
    told = foreshock("search", "deputty", data=data).stdout.decode()
    assert "taking “deputty” for a slip" in told
    assert RIVAL.encode() in foreshock("ask", "acme", "what do they say about a demo", data=data).stdout
    renewed = json.loads(foreshock("reindex", "--all", "--vectors", "--json", data=data).stdout)
    assert renewed == {"documents": 1, "vector_index": True}
    checks = json.loads(foreshock("doctor", "--json", data=data).stdout)
    assert [check["ok"] for check in checks] == [True, True]


def test_doctor_says_what_is_wrong(tmp_path):
    done = foreshock("doctor", FORESHOCK_DATABASE_URL="postgresql://x@127.0.0.1:1/x", FORESHOCK_MODEL_DIR=str(tmp_path))
    assert done.returncode == 2
    assert b"manifest can't be read" in done.stdout
    assert b"does not answer" in done.stdout


def test_a_port_in_use_is_said_with_a_remedy(data):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = foreshock("serve", "--port", str(taken.getsockname()[1]), data=data)
    assert done.returncode == 2
    assert b"can't listen" in done.stderr
    assert b"--port" in done.stderr


def test_a_directory_without_write_permission_is_said_with_a_remedy():
    done = foreshock("accounts", FORESHOCK_DATA_DIR="/proc/nothing")
    assert done.returncode == 2
    assert b"FORESHOCK_DATA_DIR" in done.stderr


def test_records_are_imported_answered_and_exported(tmp_path, data):
    source = write_lines(tmp_path / "in.jsonl", {"text": "Ana copies it by hand."}, {"text": ""}, {"text": "Fine."})
    done = foreshock("label", "import", str(source), "--json", data=data)
    assert (done.returncode, json.loads(done.stdout)) == (1, {"records": 2, "annotations": 0, "rejected": 1})
    assert b"in.jsonl, line 2: text" in done.stderr
    task = json.loads(foreshock("label", "next", "imported", "--as", "ana", data=data).stdout)
    assert task["passage"] == "Ana copies it by hand."
    foreshock("label", "answer", str(task["task_id"]), "--as", "ana", "--label", "workaround", data=data)
    out = tmp_path / "out.jsonl"
    assert foreshock("label", "export", "-o", str(out), data=data).returncode == 0
    said = [item for line in out.read_text().splitlines() for item in json.loads(line)["annotations"]]
    assert [(item["annotator"], item["spans"][0]["end"]) for item in said] == [("ana", 22)]
    assert foreshock("label", "import", str(out), "--json", data=data).stdout.count(b"0") == 3
    assert foreshock("label", "fill", "nothing", data=data).returncode == 2


@pytest.mark.parametrize(
    "command",
    [
        "extract",
        "assess",
        "demo",
        "serve",
        "ingest",
        "accounts",
        "account",
        "worker",
        "doctor",
        "alerts",
        "mcp",
        "policy",
        "recompute",
        "themes",
        "timeline",
        "migrate",
        "keys",
        "search",
        "ask",
        "reindex",
        "label",
    ],
)
def test_every_command_explains_itself(command):
    done = CliRunner().invoke(app, [command, "--help"])  # in this process: starting one takes seconds
    assert done.exit_code == 0
    assert "Usage" in done.stdout
