"""How long the next task takes over HTTP, with many records in the queue and twenty people at it.

``python -m benchmarks.labeling [--records 200000] [--decisions 300]`` starts a server of its own on a temporary store.
Each decision is two requests: submit what is in hand, ask for the next. One row is a person who answered thousands of
records that still wait for a second opinion: all these must be passed over.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import httpx2
import uvicorn
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from api.app import create_app
from core.entities import ReaderName
from core.settings import Settings
from labeling.members import ALL_QUEUES, Member, Role
from labeling.queues.rules import QueueRules, Strategy
from pipelines.keys.service import Scope
from pipelines.services import Services, open_services

QUEUE = "work"
PER_TEXT = 100
WORDS = "Sentence number five of this document says nothing much. "
VETERAN, NOVICE = "veteran", "novice"
WARM_UP = 20

_FILL = (
    # Each text has a hundred sentences.
    """
    insert into label_texts (text_id, tenant_id, source, external_id, account_id, kind, occurred_at, text, people)
    select md5('t' || i)::uuid, :tenant, 'bench', 'd' || i, 'acme', 'email', now(), repeat(:words, :per_text), '[]'
      from generate_series(0, (:records - 1) / :per_text) i
    """,
    """
    insert into label_records (record_id, tenant_id, text_id, start, "end", passage_digest, origin, side)
    select md5('r' || i)::uuid, :tenant, md5('t' || i / :per_text)::uuid, (i % :per_text) * length(:words),
           (i % :per_text + 1) * length(:words) - 1, md5('p' || i), 'bench', 'unknown'
      from generate_series(0, :records - 1) i
    """,
    """
    insert into label_suggestions (tenant_id, record_id, spans, scores, model_version, made_at)
    select :tenant, md5('r' || i)::uuid, '[]', '{"workaround": 0.41}', 'bench', now()
      from generate_series(0, :records - 1, 4) i
    """,
    """
    insert into label_tasks (tenant_id, queue, record_id, place, priority, reason)
    select :tenant, :queue, md5('r' || i)::uuid, 1, i, 'benchmark' from generate_series(0, :records - 1) i
    """,
    # What the veteran answered waits for a second opinion.
    """
    insert into label_tasks (tenant_id, queue, record_id, place, priority, reason)
    select :tenant, :queue, md5('r' || i)::uuid, 2, i, 'benchmark' from generate_series(0, :answered - 1) i
    """,
    """
    update label_tasks set state = 'done', person = :veteran where queue = :queue and place = 1 and priority < :answered
    """,
    """
    insert into label_annotations (annotation_id, tenant_id, record_id, queue, annotator, state, spans,
                                   guideline_version, made_at)
    select md5('a' || i)::uuid, :tenant, md5('r' || i)::uuid, :queue, :veteran, 'submitted', '[]', '1',
           now() - interval '1 day' from generate_series(0, :answered - 1) i
    """,
)


def fill(services: Services, records: int, answered: int) -> None:
    """A queue with many records, written by SQL."""
    tenant = services.settings.tenant
    rules = QueueRules("Benchmark", Strategy.IMPORTED, biased=True, overlap=2, minimum_submitted=2)
    services.labeling.queues.put(tenant, Member("bench", Role.ADMIN), QUEUE, rules)
    values = {
        "tenant": tenant, "queue": QUEUE, "records": records, "per_text": PER_TEXT, "words": WORDS,
        "answered": answered, "veteran": VETERAN,
    }  # fmt: skip
    for statement in _FILL:
        with services.store.tenant(tenant) as session:
            session.execute(text(statement), values)


def decide(url: str, key: str, count: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each request for the next task, and of each answer."""
    nexts, answers = [], []
    with httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
        for turn in range(count + WARM_UP):
            begun = time.perf_counter()
            task = client.post(f"/v1/labeling/queues/{QUEUE}/next").raise_for_status().json()["task"]
            middle = time.perf_counter()
            client.post(f"/v1/labeling/tasks/{task['task_id']}/submit", json={}).raise_for_status()
            if turn >= WARM_UP:
                nexts.append((middle - begun) * 1000)
                answers.append((time.perf_counter() - middle) * 1000)
    return nexts, answers


def main() -> None:
    """Print the latencies."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--answered", type=int, default=5_000, help="what the veteran has answered before")
    parser.add_argument("--decisions", type=int, default=300)
    parser.add_argument("--people", type=int, default=20)
    options = parser.parse_args()
    table = Table("who", "request", "median ms", "p95 ms", title=f"{options.records:,} records")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), worker_in_process=False, reader=ReaderName.FAST)
        services = open_services(settings)
        begun = time.perf_counter()
        fill(services, options.records, options.answered)
        table.caption = f"filled in {time.perf_counter() - begun:.0f} s"
        keys = {}
        for person in (NOVICE, VETERAN, *(f"p{at}" for at in range(options.people))):
            services.labeling.members.put(settings.tenant, person, Role.ANNOTATOR, [ALL_QUEUES])
            keys[person] = services.keys.create(settings.tenant, person, [Scope.LABEL], person)
        server = uvicorn.Server(uvicorn.Config(create_app(services=services), port=0, log_level="error"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        for person in (NOVICE, VETERAN):
            add(table, f"a {person}", *decide(url, keys[person], options.decisions))
        each = max(1, options.decisions // options.people)
        with ThreadPoolExecutor(options.people) as pool:
            everybody = list(pool.map(lambda at: decide(url, keys[f"p{at}"], each), range(options.people)))
        together = [list(chain.from_iterable(spent)) for spent in zip(*everybody, strict=True)]
        add(table, f"{options.people} people at once", *together)
        server.should_exit = True
        thread.join()
        services.store.close()
    Console().print(table)


def add(table: Table, who: str, nexts: Sequence[float], answers: Sequence[float]) -> None:
    """Two rows."""
    for name, spent in (("next", nexts), ("submit", answers)):
        p95 = statistics.quantiles(spent, n=20)[-1]
        table.add_row(who, name, f"{statistics.median(spent):.1f}", f"{p95:.1f}")


if __name__ == "__main__":
    main()
