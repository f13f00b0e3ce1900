"""``foreshock demo``: the sample workspace, read and ranked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import typer

from api.cli.console import BadLines, failures, out, print_json
from api.cli.report import account_panel, accounts_table
from api.cli.store import ingest_accounts, read_waiting
from core.clock import Clock, system_clock
from core.db import Store
from core.settings import Settings, get_settings
from core.workspace import load_workspace
from models.corpus import SAMPLE_WORKSPACE
from pipelines.services import Services, open_services
from pipelines.sources.files import only_good, read_documents

TENANT = "demo"

_NEXT = """
In a browser:         FORESHOCK_TENANT=demo .venv/bin/foreshock serve
Another account:      FORESHOCK_TENANT=demo .venv/bin/foreshock account ID --as-of 2026-09-30
Your own documents:   .venv/bin/foreshock extract FILE.jsonl    (docs/bring-your-own-documents.md)"""


def demo(
    as_json: Annotated[bool, typer.Option("--json", help="Print the ranked accounts as JSON.")] = False,
) -> None:
    """Load the sample workspace (invented), read it, and show what comes out."""
    with failures():
        settings = get_settings().model_copy(update={"tenant": TENANT, "workspace_file": None})
        services, moment = load_sample(settings)
        page = services.accounts.ranked(TENANT, limit=200)
        if as_json:
            print_json(list(page.items))
            return
        counts = services.accounts.counts(TENANT)
        out.print(
            f"Kestrelbay (invented): {counts['documents']} documents of {counts['accounts']} accounts, "
            f"{counts['signals']} signals, risk as of {moment:%Y-%m-%d}",
            highlight=False,
        )
        out.print(accounts_table(page.items))
        top = page.items[0]
        out.print(account_panel(top, services.risk.report(TENANT, top["account_id"], moment)))
        out.print(_NEXT, highlight=False)


def load_sample(
    settings: Settings, *, clock: Clock = system_clock, store: Store | None = None
) -> tuple[Services, datetime]:
    """Store and read the sample workspace; returns the services and the day after its last document.

    Its documents lie in the past, so risk is kept as of that day and not as of today.
    """
    bad = BadLines()
    services = open_services(settings, clock=clock, store=store)
    services.workspace.replace(TENANT, load_workspace(SAMPLE_WORKSPACE / "workspace.toml"))
    ingest_accounts(services, SAMPLE_WORKSPACE / "accounts.jsonl", bad)
    documents = list(only_good(read_documents(SAMPLE_WORKSPACE / "documents.jsonl"), bad.report))
    bad.exit()
    services.ingest.add(TENANT, documents)
    read_waiting(services)
    moment = max(document.occurred_at for document in documents) + timedelta(days=1)
    for account_id in sorted({document.account_id for document in documents}):
        services.risk.refresh(TENANT, account_id, moment)
    return services, moment
