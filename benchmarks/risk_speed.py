"""Speed of account risk over the store: a whole workspace, and one account after one new document.

``python -m benchmarks.risk_speed [--accounts 1000] [--signals 200] [--processes 2]`` fills a temporary store with
invented accounts, with as many documents as signals, and recomputes them as ``foreshock recompute`` does.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from benchmarks.simulate.people import TITLES
from core.db import Store, open_store
from core.entities import Kind, Label
from core.settings import Settings
from core.tables import AccountRow, DocumentRow, ReadingRow, SignalRow, TenantRow
from pipelines.risk.recompute import recompute
from pipelines.risk.service import RiskService

TENANT = "bench"
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
END = BEGIN + timedelta(days=730)
SINGLE = 200
DRAWN = 50
"""So many accounts are drawn; the database copies them."""
_TEXT = "What was said about it in the meeting, in so many words as a sentence usually has, number "
_ATTRIBUTES: dict[Label, dict[str, tuple[str, ...]]] = {
    Label.COMPETITIVE_MENTION: {"stance": ("evaluating", "comparing", "mentioned", "prefers_us", "switched_from")},
    Label.VENDOR_CONSOLIDATION: {"direction": ("away_from_us", "undecided", "toward_us")},
    Label.WORKAROUND: {"status": ("in_use", "in_use", "proposed", "retired")},
    Label.UNBUILT_FEATURE_REQUEST: {"criticality": ("low", "medium", "high", "blocker")},
}


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one account."""

    account: dict[str, Any]
    documents: list[dict[str, Any]]
    readings: list[dict[str, Any]]
    signals: list[dict[str, Any]]


def account_rows(number: int, documents: int) -> Rows:
    """Documents over two years with a signal each, and six people."""
    chance = np.random.default_rng(number)
    account_id = f"a{number:05}"
    levels = list(TITLES)
    people = [
        {
            "name": f"Person {at} of {account_id}",
            "title": TITLES[levels[at % 4]][at % 4],
            "side": "account",
            "email": None,
        }
        for at in range(6)
    ]
    made = Rows({"tenant_id": TENANT, "account_id": account_id}, [], [], [])
    labels, kinds = list(Label), list(Kind)
    for at, share in enumerate(np.sort(chance.random(documents))):
        document_id, moment = uuid.UUID(bytes=chance.bytes(16)), BEGIN + (END - BEGIN) * float(share)
        kind, label = kinds[int(chance.integers(4))], labels[int(chance.integers(4))]
        speaker = people[int(chance.integers(6))]
        said = {key: values[int(chance.integers(len(values)))] for key, values in _ATTRIBUTES[label].items()}
        made.documents.append(
            {
                "document_id": document_id, "tenant_id": TENANT, "source": "bench", "external_id": f"{account_id}-{at}",
                "account_id": account_id, "kind": kind.value, "occurred_at": moment, "title": f"Subject {at % 40}",
                "author": speaker, "participants": [people[int(i)] for i in chance.choice(6, size=2, replace=False)],
                "text": _TEXT * 12, "content_digest": "0",
            }
        )  # fmt: skip
        made.readings.append(
            {
                "document_id": document_id, "tenant_id": TENANT, "revision": 1, "pipeline_version": "bench",
                "coverage": {}, "sentences": int(chance.integers(4, 30)), "read_at": moment,
            }
        )  # fmt: skip
        made.signals.append(
            {
                "signal_id": uuid.UUID(bytes=chance.bytes(16)), "tenant_id": TENANT, "document_id": document_id,
                "account_id": account_id, "label": label.value, "start": 10, "end": 110, "text": f"{_TEXT}{at}",
                "score": round(float(chance.uniform(0.4, 0.98)), 3), "attributes": said,
                "speaker_name": speaker["name"], "side": "account", "kind": kind.value, "model_version": "bench",
                "pipeline_version": "bench", "occurred_at": moment,
            }
        )  # fmt: skip
    return made


def fill(store: Store, accounts: int, signals: int) -> None:
    """Store invented accounts: some are drawn, the others are copies of them under other names."""
    drawn = min(accounts, DRAWN)
    with store.tenant(TENANT) as session:
        session.execute(insert(TenantRow).values(tenant_id=TENANT, name=TENANT))
    for number in range(drawn):
        with store.tenant(TENANT) as session:
            _insert(session, account_rows(number, signals))
    for copy in range(1, -(-accounts // drawn)):
        with store.tenant(TENANT) as session:
            for statement in _COPIES:
                session.execute(text(statement), {"copy": copy, "drawn": drawn, "accounts": accounts})
    with store.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("reset role"))
        connection.execute(text("vacuum analyze documents, readings, signals, accounts"))
        connection.invalidate()  # It is the owner's now: nobody may get it from the pool.


_NUMBER = "substr(account_id, 2)::int + :copy * :drawn"
_NAME = f"'a' || lpad(({_NUMBER})::text, 5, '0')"
_THOSE = f"substr(account_id, 2)::int < :drawn and {_NUMBER} < :accounts"
_COPIES = (
    f"insert into accounts (tenant_id, account_id) select tenant_id, {_NAME} from accounts where {_THOSE}",
    f"""insert into documents (document_id, tenant_id, source, external_id, account_id, kind, occurred_at, title,
                               author, participants, text, content_digest)
        select md5(document_id::text || :copy)::uuid, tenant_id, source, external_id || '-' || :copy, {_NAME}, kind,
               occurred_at, title, author, participants, text, content_digest from documents where {_THOSE}""",
    f"""insert into readings (document_id, tenant_id, revision, pipeline_version, coverage, sentences, read_at)
        select md5(document_id::text || :copy)::uuid, r.tenant_id, r.revision, pipeline_version, coverage, sentences,
               read_at from readings r join documents d using (document_id) where {_THOSE}""",
    f"""insert into signals (signal_id, tenant_id, document_id, account_id, label, start, "end", text, score,
                             attributes, speaker_name, side, kind, model_version, pipeline_version, occurred_at)
        select md5(signal_id::text || :copy)::uuid, tenant_id, md5(document_id::text || :copy)::uuid, {_NAME}, label,
               start, "end", text, score, attributes, speaker_name, side, kind, model_version, pipeline_version,
               occurred_at from signals where {_THOSE}""",
)


def _insert(session: Session, rows: Rows) -> None:
    session.execute(insert(AccountRow), [rows.account])
    session.execute(insert(DocumentRow), rows.documents)
    session.execute(insert(ReadingRow), rows.readings)
    session.execute(insert(SignalRow), rows.signals)


def cpu_seconds() -> float:
    """CPU that this process and its ended children have used; the database's is its own."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def after_one_document(store: Store, accounts: int, count: int = SINGLE) -> list[float]:
    """Milliseconds to refresh one account, as a worker does after each document it has read."""
    service = RiskService.over(store, lambda: END)
    spent = []
    for number in range(count):
        begun = time.perf_counter()
        service.refresh(TENANT, f"a{number % accounts:05}")
        spent.append((time.perf_counter() - begun) * 1000)
    return spent


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=1_000)
    parser.add_argument("--signals", type=int, default=200, help="of each account")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), database_url=None, tenant=TENANT)
        store = open_store(settings)
        begun = time.perf_counter()
        fill(store, options.accounts, options.signals)
        filled = time.perf_counter() - begun
        begun, used = time.perf_counter(), cpu_seconds()
        count = recompute(store, settings, TENANT, options.processes)
        seconds, used = time.perf_counter() - begun, cpu_seconds() - used
        single = after_one_document(store, options.accounts)
        store.close()
    table = Table("what", "time")
    table.add_row(f"fill a store with {options.accounts:,} accounts of {options.signals} signals", f"{filled:.1f} s")
    table.add_row(f"recompute {count:,} accounts, {options.processes} processes", f"{seconds:.1f} s")
    table.add_row("  of it CPU of these processes, all together", f"{used:.1f} s")
    table.add_row("the same for 10,000 accounts, at this pace", f"{seconds * 10_000 / max(1, count):.0f} s")
    table.add_row("one account after one document, median", f"{statistics.median(single):.1f} ms")
    table.add_row("one account after one document, 95th percentile", f"{statistics.quantiles(single, n=20)[-1]:.1f} ms")
    Console().print(table)


if __name__ == "__main__":
    main()
