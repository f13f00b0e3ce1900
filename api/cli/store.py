"""Commands over the store: ``ingest``, ``accounts``, ``account``, ``recompute``."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import BadLines, err, failures, out, print_json, progress
from api.cli.report import account_panel, accounts_table, change_table
from core.contracts import parse_account, read_json_lines
from core.entities import Document, RiskLevel, Tier
from core.errors import DocumentError
from core.settings import get_settings
from core.workspace import load_workspace
from pipelines.accounts.repository import AccountFilters, Order
from pipelines.extract.stateless import parse_as_of, without_conflicts
from pipelines.jobs.worker import drain
from pipelines.risk.recompute import recompute as recompute_all
from pipelines.services import Services, open_services
from pipelines.sources.files import only_good, read_documents

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
BATCH = 200


def ingest(
    sources: Annotated[list[Path], typer.Argument(help="Documents: .jsonl, .csv, .eml or folders of these.")],
    accounts_file: Annotated[Path | None, typer.Option("--accounts", help="JSON Lines of accounts.")] = None,
    account_id: Annotated[
        str | None, typer.Option("--account", help="Account of documents that do not name theirs.")
    ] = None,
    workspace: Annotated[Path | None, typer.Option("--workspace", help="Store this workspace.toml first.")] = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Read them now, or leave that to a worker.")] = True,
    as_json: AsJson = False,
) -> None:
    """Store documents and read them. Idempotent: what is there already is left alone."""
    bad = BadLines()
    with failures():
        services = open_services(get_settings())
        tenant = services.settings.tenant
        if workspace:
            services.workspace.replace(tenant, load_workspace(workspace))
        if accounts_file:
            ingest_accounts(services, accounts_file, bad)
        totals = {"created": 0, "updated": 0, "unchanged": 0}
        for source in sources:
            if not source.exists():
                raise DocumentError("no such file", where=str(source))
            documents = only_good(without_conflicts(read_documents(source, account_id)), bad.report)
            for batch in _batches(documents):
                for receipt in services.ingest.add(tenant, batch):
                    totals[receipt.outcome] += 1
        if wait:
            read_waiting(services)
    if as_json:
        print_json(totals | {"rejected": bad.count})
    else:
        out.print(", ".join(f"{count} {name}" for name, count in totals.items()), highlight=False)
    bad.exit()


def accounts(
    level: Annotated[RiskLevel | None, typer.Option("--level")] = None,
    tier: Annotated[Tier | None, typer.Option("--tier")] = None,
    owner: Annotated[str | None, typer.Option("--owner")] = None,
    segment: Annotated[str | None, typer.Option("--segment")] = None,
    driver: Annotated[str | None, typer.Option("--driver", help="A part of the score, e.g. workaround.")] = None,
    order: Annotated[Order, typer.Option("--order", help="By risk, or by its rise in thirty days.")] = Order.RISK,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200)] = 50,
    as_json: AsJson = False,
) -> None:
    """Accounts by risk or by its change."""
    filters = AccountFilters(level.value if level else None, tier, owner, segment, driver)
    with failures():
        services = open_services(get_settings())
        page = services.accounts.ranked(services.settings.tenant, filters, order=order, limit=limit)
    if as_json:
        print_json(list(page.items))
    elif page.items:
        out.print(accounts_table(page.items))
    else:
        err.print("no accounts yet: `foreshock ingest FILE` or `foreshock demo`")


def account(
    account_id: Annotated[str, typer.Argument(help="The account's id.")],
    as_of: Annotated[str | None, typer.Option("--as-of", help="A date; now by default.")] = None,
    since: Annotated[str | None, typer.Option("--since", help="A date: what changed from then on.")] = None,
    as_json: AsJson = False,
) -> None:
    """One account: its risk as of a date, every point with the sentence behind it."""
    with failures():
        services = open_services(get_settings())
        tenant = services.settings.tenant
        facts = services.accounts.one(tenant, account_id)
        moment = parse_as_of(as_of) if as_of else None
        risk = services.risk.report(tenant, account_id, moment)
        change = services.risk.change(tenant, account_id, parse_as_of(since), moment) if since else None
    if as_json:
        print_json(facts | {"risk": risk} | ({"change": change} if change else {}))
        return
    out.print(account_panel(facts, risk))
    if change:
        out.print(change_table(change))


def recompute(
    processes: Annotated[int, typer.Option("--processes", min=0, max=256, help="0: as many as there are cores.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Compute the latest risk of all accounts anew, as after a change of the risk parameters."""
    with failures():
        services = open_services(get_settings())
        tenant = services.settings.tenant
        with progress("accounts", services.accounts.counts(tenant)["accounts"]) as advance:
            count = recompute_all(services.store, services.settings, tenant, processes or os.cpu_count() or 1, advance)
    if as_json:
        print_json({"accounts": count})
    else:
        out.print(f"{count} account{'s' * (count != 1)} computed", highlight=False)


def ingest_accounts(services: Services, path: Path, bad: BadLines) -> None:
    """Store a list of accounts."""
    try:
        with path.open("rb") as lines:
            found = list(only_good(read_json_lines(lines, parse_account, name=path.name), bad.report))
    except OSError as error:
        raise DocumentError(f"can't be read: {error.strerror}", where=str(path)) from error
    services.ingest.add_accounts(services.settings.tenant, found)


def read_waiting(services: Services) -> int:
    """Work off the job table, with a progress bar."""
    waiting = sum(services.accounts.open_jobs(services.settings.tenant).values())
    with progress("reading", waiting) as advance:
        return drain(services.extraction, advance)


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    remaining = iter(documents)
    while batch := list(islice(remaining, BATCH)):
        yield batch
