"""Latency of ``POST /v1/extract`` with a mail of 300 words, beside the same call without HTTP.

``python -m benchmarks.api [--requests 300]`` starts a server of its own on a temporary store.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import uvicorn
from rich.console import Console
from rich.table import Table

from api.app import create_app
from core.contracts import parse_document
from core.entities import ReaderName
from core.settings import Settings
from nlp.artefact import READERS
from nlp.extract import SignalReader
from pipelines.keys.service import Scope
from pipelines.services import open_services

WARM_UP = 20
_PARAGRAPH = (
    "Thanks for walking us through the spring release on Tuesday, the team liked the new layout and Sam has already "
    "moved two of the boards over. We are still waiting for a way to schedule the export, so Lena pulls the numbers "
    "every Monday and pastes them into a sheet for the regional leads. Finance has asked every department to list its "
    "tools before the budget round in May, and I put you on the list with a short note about what you replaced. "
)


def mail() -> dict[str, object]:
    """A mail of 300 words."""
    words = (_PARAGRAPH * 5).split()[:300]
    return {
        "id": "bench",
        "account_id": "bench",
        "kind": "email",
        "occurred_at": "2026-03-02T12:00:00Z",
        "text": "Hi Priya,\n\n" + " ".join(words) + "\n\nDana",
        "author": {"name": "Dana Whitfield", "side": "account"},
    }


def milliseconds(call: Callable[[], object], count: int) -> list[float]:
    """Duration of each call, after a warm-up."""
    for _ in range(WARM_UP):
        call()
    spent = []
    for _ in range(count):
        begun = time.perf_counter()
        call()
        spent.append((time.perf_counter() - begun) * 1000)
    return spent


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--reader", type=ReaderName, choices=list(ReaderName), default=ReaderName.FAST)
    options = parser.parse_args()
    document = parse_document(mail())
    reader = SignalReader.load(READERS[options.reader])
    direct = milliseconds(lambda: reader.extract(document), options.requests)
    with tempfile.TemporaryDirectory() as folder:
        services = open_services(Settings(data_dir=Path(folder), worker_in_process=False, reader=options.reader))
        key = services.keys.create(services.settings.tenant, "bench", [Scope.READ])
        server = uvicorn.Server(uvicorn.Config(create_app(services=services), port=0, log_level="error"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {key}"}) as client:
            over_http = milliseconds(
                lambda: client.post("/v1/extract", json=mail()).raise_for_status(), options.requests
            )
        server.should_exit = True
        thread.join()
        services.store.close()
    table = Table("what", "median ms", "p95 ms", "ratio of medians")
    base = statistics.median(direct)
    for name, spent in (("the reader alone", direct), ("POST /v1/extract", over_http)):
        median, p95 = statistics.median(spent), statistics.quantiles(spent, n=20)[-1]
        table.add_row(name, f"{median:.1f}", f"{p95:.1f}", f"{median / base:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
