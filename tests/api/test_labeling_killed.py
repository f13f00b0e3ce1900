"""Twenty people over HTTP while the server is killed twice: what was acknowledged is there, once."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from core.entities import ReaderName
from core.settings import Settings
from labeling.contracts import incoming, parse_record
from labeling.members import ALL_QUEUES, Member, Role
from pipelines.keys.service import Scope
from pipelines.services import open_services

ADMIN = Member("ada", Role.ADMIN)
RECORDS, PEOPLE = 150, 20


class Server:
    """``foreshock serve`` on a port of its own, over the store of the tests."""

    def __init__(self, data_dir, tenant, log):
        self.log = log
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        environment = {"FORESHOCK_DATA_DIR": str(data_dir), "FORESHOCK_TENANT": tenant, "FORESHOCK_READER": "fast"}
        self.environment = {**os.environ, **environment, "FORESHOCK_WORKER_IN_PROCESS": "false"}
        self.start()

    def start(self):
        command = [sys.executable, "-m", "api.cli.main", "serve", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def keep_asking(client, path, body=None):
    """Send until there is an answer, as a client does that trusts only what was acknowledged."""
    while True:
        try:
            answer = client.post(path, json=body)
        except httpx2.TransportError:
            time.sleep(0.2)
            continue
        if answer.status_code != 503:
            return answer.raise_for_status().json()


@pytest.fixture
def settings(tmp_path):
    """A store of this test's own: a killed server never says that it is done with it, so it is stopped by hand."""
    data_dir = tmp_path / "data"
    yield Settings(data_dir=data_dir, database_url=None, reader=ReaderName.FAST)
    postmaster = (data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0]
    os.kill(int(postmaster), signal.SIGINT)


@pytest.fixture
def services(settings, tenant):
    built = open_services(settings.model_copy(update={"tenant": tenant}))
    yield built
    built.store.close()


@pytest.mark.slow
def test_no_answer_is_lost_and_no_task_goes_to_two(settings, services, tenant, tmp_path):
    rows = [incoming(parse_record({"text": f"Sentence {at}."}), services.risk.clock()) for at in range(RECORDS)]
    services.labeling.archive.add(tenant, ADMIN, "imported", rows)
    keys = {}
    for at in range(PEOPLE):
        services.labeling.members.put(tenant, f"p{at}", Role.ANNOTATOR, [ALL_QUEUES])
        keys[f"p{at}"] = services.keys.create(tenant, "k", [Scope.LABEL], f"p{at}")
    acknowledged: dict[str, list[str]] = defaultdict(list)
    counted = threading.Semaphore(0)
    server = Server(settings.data_dir, tenant, tmp_path / "log")

    def person(name):
        headers = {"Authorization": f"Bearer {keys[name]}"}
        with httpx2.Client(base_url=f"http://127.0.0.1:{server.port}", headers=headers, timeout=60) as client:
            while task := keep_asking(client, "/v1/labeling/queues/imported/next")["task"]:
                receipt = keep_asking(client, f"/v1/labeling/tasks/{task['task_id']}/submit", {})
                acknowledged[receipt["annotation"]["annotation_id"]].append(name)
                counted.release()

    try:
        with ThreadPoolExecutor(PEOPLE) as pool:
            working = [pool.submit(person, name) for name in keys]
            for _ in range(2):
                for _ in range(RECORDS // 4):
                    counted.acquire()
                server.kill()
                server.start()
            for future in working:
                future.result()
    finally:
        server.kill()
    assert "answered 500" not in server.log.read_text()
    said = [
        item
        for line in services.labeling.archive.lines(tenant, ADMIN, queue="imported", history=True)
        for item in line["annotations"]
    ]
    assert len(said) == RECORDS, "each record was answered by one person, once"
    assert len({item["record_id"] for item in said}) == RECORDS
    assert {item["annotation_id"] for item in said} == set(acknowledged)
