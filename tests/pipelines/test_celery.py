"""Celery over a real Redis: messages only point at the job table."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines.jobs import tasks
from tests.factories import make_document

ROOT = Path(__file__).parents[2]
RIVAL = "We are trialling Deputy at two sites."

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed"),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.2)
    return False


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def redis(tmp_path):
    port = free_port()
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    assert wait_for(lambda: answers(port), 10)
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait(10)


@pytest.fixture
def worker(redis, settings, tmp_path):
    """A Celery worker as an operator starts it, against the tests' database."""
    environment = {
        **os.environ,
        "FORESHOCK_BROKER_URL": redis,
        "FORESHOCK_DATA_DIR": str(settings.data_dir),
        "FORESHOCK_THREADS": "1",
    }
    if settings.database_url:
        environment["FORESHOCK_DATABASE_URL"] = settings.database_url.get_secret_value()
    command = [sys.executable, "-m", "celery", "-A", "pipelines.jobs.celery_app", "worker",
               "--pool", "threads", "--concurrency", "1", "--without-gossip", "--without-mingle"]  # fmt: skip
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    yield process
    process.terminate()
    process.wait(30)


def test_a_worker_reads_what_was_announced_and_twice_does_no_harm(services, tenant, redis, worker, monkeypatch):
    services.ingest.add(tenant, [make_document(RIVAL)])
    monkeypatch.setenv("FORESHOCK_BROKER_URL", redis)
    monkeypatch.setattr(tasks.drain_jobs.app.conf, "broker_url", redis)
    tasks.announce([1])
    tasks.announce([1])

    def is_read() -> bool:
        return services.accounts.document(tenant, "file", "d-1")["status"] == "read"

    assert wait_for(is_read, 60)
    assert worker.poll() is None


def test_a_silent_broker_fails_no_request(monkeypatch, caplog):
    monkeypatch.setattr(tasks.drain_jobs.app.conf, "broker_url", f"redis://127.0.0.1:{free_port()}/0")
    tasks.announce([1])
    assert "the sweep will find the jobs" in caplog.text
