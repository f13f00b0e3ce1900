"""What pages weigh and how soon they are there, in Chromium; and the portfolio of many accounts over HTTP.

``python -m benchmarks.pages [--loads 5] [--accounts 5000] [--requests 200]`` starts a server of its own on a temporary
store. Largest contentful paint is the browser's own figure, each load with an empty cache.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx2
from playwright.sync_api import Browser, Request
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert, select, text

from benchmarks.demo import Workspace, browser, open_to, sample, served
from core.entities import ReaderName
from core.settings import Settings
from core.tables import AccountRiskRow, AccountRow
from tests.browser.pages import PAGES

LARGE = "large"
DOCUMENTS_EACH, SIGNALS_EACH = 20, 5
LAYOUTS = {
    "by risk": "/",
    "by change": "/?order=change",
    "high": "/?level=high",
    "best customers": "/?tier=best_customer",
    "one owner": "/?owner=Leonie+Marr",
    "one driver": "/?driver=workaround",
}
PAINT = """() => new Promise((done) => new PerformanceObserver((list) => done(list.getEntries().at(-1).startTime))
  .observe({type: "largest-contentful-paint", buffered: true}))"""


def loads(opened: Browser, address: str, workspace: Workspace, path: str, count: int) -> dict[str, Any]:
    """Paints in milliseconds, and bytes over the wire of the last load."""
    paints = []
    for _ in range(count):
        with opened.new_context(base_url=address) as context:
            context.request.get(f"/login?key={workspace.key}")
            page = context.new_page()
            answers: list[Request] = []
            page.on("requestfinished", answers.append)
            page.goto(path, wait_until="load")
            paints.append(page.evaluate(PAINT))
            weights = {"script": 0, "all": 0}
            for answer in answers:
                weight = answer.sizes()["responseBodySize"] if not answer.url.startswith("data:") else 0
                weights["all"] += weight
                weights["script"] += weight if answer.resource_type == "script" else 0
    return {"median": statistics.median(paints), "worst": max(paints)} | weights


def paint_table(workspace: Workspace, address: str, count: int) -> Table:
    """A row for each page."""
    table = Table("page", "largest paint, median ms", "worst ms", "script kB", "all kB")
    with browser() as opened:
        for name, path in PAGES.items():
            found = loads(opened, address, workspace, path, count)
            kilo = (f"{found[kind] / 1000:.1f}" for kind in ("script", "all"))
            table.add_row(name, f"{found['median']:.0f}", f"{found['worst']:.0f}", *kilo)
    return table


def many_accounts(small: Workspace, count: int) -> Workspace:
    """A tenant with as many accounts: those of the sample again and again, with documents and signals to count."""
    store, services = small.services.store, small.services
    made = open_to(services, LARGE)
    with store.tenant(small.tenant) as session:
        accounts = [_columns(row) for row in session.scalars(select(AccountRow).order_by(AccountRow.account_id))]
        risks = [_columns(row) for row in session.scalars(select(AccountRiskRow).order_by(AccountRiskRow.account_id))]
    with store.tenant(LARGE) as session:
        for rows, table in ((accounts, AccountRow), (risks, AccountRiskRow)):
            copies = [_copy(rows[at % len(rows)], at) for at in range(count)]
            session.execute(insert(table), copies)
        session.execute(
            text("""
            insert into documents (document_id, tenant_id, source, external_id, account_id, kind, occurred_at, text,
                                   content_digest)
            select gen_random_uuid(), a.tenant_id, 'file', a.account_id || '-' || n, a.account_id, 'email',
                   timestamptz '2026-09-01' - n * interval '3 days', 'All fine here, thanks for asking.', 'x'
              from accounts a, generate_series(1, :each) n"""),
            {"each": DOCUMENTS_EACH},
        )
        session.execute(
            text("""
            insert into signals (signal_id, tenant_id, document_id, account_id, label, start, "end", text, score, side,
                                 kind, model_version, pipeline_version, occurred_at)
            select gen_random_uuid(), tenant_id, document_id, account_id, 'workaround', 0, 8, 'All fine', 0.9,
                   'account', kind, 'x', 'x', occurred_at
              from documents where right(external_id, 2) in (select '-' || n from generate_series(1, :each) n)"""),
            {"each": SIGNALS_EACH},
        )
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("reset role"))
        connection.execute(text("analyze"))
        connection.invalidate()
    return made


def _columns(row: Any) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in row.__table__.columns}


def _copy(row: dict[str, Any], at: int) -> dict[str, Any]:
    changed = {"tenant_id": LARGE, "account_id": f"{row['account_id']}-{at}"}
    if "score" in row:  # spread, so that ranks and cursors have something to tell apart
        changed |= {"score": row["score"] * (0.5 + at % 97 / 194), "change": row["change"] - at % 53}
    return row | changed


def portfolio_table(large: Workspace, address: str, count: int) -> Table:
    """Latency of the portfolio's page, and of the page after it."""
    table = Table("portfolio", "median ms", "p95 ms", "kB")
    with httpx2.Client(base_url=address, timeout=60) as client:
        client.post("/login", data={"key": large.key})
        for name, path in LAYOUTS.items():
            spent = []
            for at in range(count // len(LAYOUTS) + 3):
                begun = time.perf_counter()
                answer = client.get(path).raise_for_status()
                if at >= 3:
                    spent.append((time.perf_counter() - begun) * 1000)
            p95 = statistics.quantiles(spent, n=20)[-1]
            table.add_row(name, f"{statistics.median(spent):.0f}", f"{p95:.0f}", f"{len(answer.content) / 1000:.0f}")
    return table


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loads", type=int, default=5)
    parser.add_argument("--accounts", type=int, default=5_000)
    parser.add_argument("--requests", type=int, default=200)
    options = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        workspace = sample(Settings(data_dir=Path(folder), reader=ReaderName.FAST))
        with served(workspace.services) as address:
            console.print(paint_table(workspace, address, options.loads))
            large = many_accounts(workspace, options.accounts)
            console.print(portfolio_table(large, address, options.requests))
        workspace.services.store.close()


if __name__ == "__main__":
    main()
