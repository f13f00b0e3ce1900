"""``foreshock alerts``: what is due, and what became of it."""

from __future__ import annotations

import getpass
import uuid
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from api.cli.console import err, failures, out, print_json
from core.entities import AlertState
from core.settings import get_settings
from pipelines.alerts.repository import AlertFilters
from pipelines.services import open_services

app = typer.Typer(help="What is due for which account, by whom.", no_args_is_help=True, rich_markup_mode=None)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AlertId = Annotated[uuid.UUID, typer.Argument(help="The id of an alert.")]
Why = Annotated[str, typer.Option("--reason", help="In your words; it is kept.")]


@app.command("list")
def list_alerts(
    state: Annotated[AlertState | None, typer.Option("--state", help="Without it, open ones.")] = None,
    owner: Annotated[str | None, typer.Option("--owner")] = None,
    account_id: Annotated[str | None, typer.Option("--account")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200)] = 50,
    as_json: AsJson = False,
) -> None:
    """Alerts, the first due first; ``--state held`` lists what was kept back from a full week."""
    with failures():
        services = open_services(get_settings())
        filters = AlertFilters(state=state, owner=owner, account_id=account_id)
        page = services.alerts.inbox(services.settings.tenant, filters, limit=limit)
        counts = services.alerts.counts(services.settings.tenant)
    if as_json:
        print_json(list(page.items))
        return
    if page.items:
        out.print(_table(page.items))
    err.print(", ".join(f"{count} {name}" for name, count in counts.items()), highlight=False)


@app.command()
def show(alert_id: AlertId) -> None:
    """One alert with its evidence and all that happened to it, as JSON."""
    with failures():
        services = open_services(get_settings())
        print_json(services.alerts.one(services.settings.tenant, alert_id))


@app.command()
def acknowledge(alert_id: AlertId, reason: Annotated[str | None, typer.Option("--reason")] = None) -> None:
    """Take it up."""
    with failures():
        services = open_services(get_settings())
        print_json(services.alerts.acknowledge(services.settings.tenant, alert_id, _me(), reason))


@app.command()
def snooze(
    alert_id: AlertId,
    until: Annotated[datetime, typer.Option("--until", formats=["%Y-%m-%d"], help="A day to come.")],
    reason: Why,
) -> None:
    """Leave it alone until a day."""
    with failures():
        services = open_services(get_settings())
        print_json(services.alerts.snooze(services.settings.tenant, alert_id, _me(), until.date(), reason))


@app.command()
def resolve(
    alert_id: AlertId,
    reason: Why,
    useful: Annotated[bool | None, typer.Option("--useful/--not-useful", help="Was it right to raise it?")] = None,
) -> None:
    """It is done with."""
    with failures():
        services = open_services(get_settings())
        print_json(services.alerts.resolve(services.settings.tenant, alert_id, _me(), reason, useful))


@app.command()
def reopen(alert_id: AlertId, reason: Why) -> None:
    """It was not done with after all."""
    with failures():
        services = open_services(get_settings())
        print_json(services.alerts.reopen(services.settings.tenant, alert_id, _me(), reason))


@app.command()
def quality(as_json: AsJson = False) -> None:
    """How often each trigger was right to raise an alert, as far as people said."""
    with failures():
        services = open_services(get_settings())
        rows = services.alerts.quality(services.settings.tenant)
    if as_json:
        print_json(rows)
        return
    table = Table("trigger", "resolved", "judged", "useful", "precision")
    for row in rows:
        interval = row["interval"]
        share = f"{row['precision']:.2f} ({interval['low']:.2f} to {interval['high']:.2f})" if interval else "not known"
        table.add_row(row["trigger"], str(row["resolved"]), str(row["judged"]), str(row["useful"]), share)
    out.print(table)


def _me() -> str:
    return f"{getpass.getuser()} at a terminal"


def _table(rows: tuple[dict[str, Any], ...]) -> Table:
    table = Table(expand=True, show_lines=True)
    for name in ("due", "state"):
        table.add_column(name, no_wrap=True)
    table.add_column("account", ratio=2)
    table.add_column("what to do", ratio=6)
    for row in rows:
        said = next((item["text"] for item in row["evidence"] if "text" in item), "")
        todo = Text.assemble(row["action"], (f"\n{row['role']}, for {row['trigger'].replace('_', ' ')}", "dim"))
        todo.append(f"\n“{' '.join(said.split())[:160]}”" if said else "")
        todo.append(f"\n{row['alert_id']}", style="dim")
        due = Text(row["due"], style="red" if row["overdue"] else "")
        table.add_row(due, row["state"], f"{row['account_name'] or row['account_id']}\n{row['owner'] or ''}", todo)
    return table
