"""``foreshock requests``: the ledger of feature requests."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from api.cli.console import BadLines, failures, out, print_json
from core.contracts import parse_request_state, read_json_lines
from core.entities import RequestStatus
from core.errors import InputError, NotFound
from core.settings import get_settings
from pipelines.services import open_services
from pipelines.sources.files import only_good

app = typer.Typer(
    help="What accounts ask for, as one request for each wish.", no_args_is_help=True, rich_markup_mode=None
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RequestId = Annotated[uuid.UUID, typer.Argument(help="The id of a request.")]
BY = "command line"
"""How the history names whoever acts from here."""


@app.command("list")
def list_requests(
    status: Annotated[RequestStatus | None, typer.Option("--status")] = None,
    account_id: Annotated[str | None, typer.Option("--account", help="Only what this account asks for.")] = None,
    as_json: AsJson = False,
) -> None:
    """All requests, those with the most revenue behind them first."""
    with failures():
        services = open_services(get_settings())
        tenant = services.settings.tenant
        rows = (
            services.requests.of_account(tenant, account_id) if account_id else services.requests.ranked(tenant, status)
        )
    if as_json:
        print_json(rows)
    else:
        out.print(_table(rows))


@app.command()
def show(request_id: RequestId) -> None:
    """One request with every sentence that asks for it, as JSON."""
    with failures():
        services = open_services(get_settings())
        print_json(services.requests.one(services.settings.tenant, request_id))


@app.command("set")
def set_request(
    request_id: RequestId,
    title: Annotated[str | None, typer.Option("--title")] = None,
    status: Annotated[RequestStatus | None, typer.Option("--status")] = None,
) -> None:
    """Name a request, or say what becomes of it."""
    with failures():
        services = open_services(get_settings())
        print_json(services.requests.change(services.settings.tenant, request_id, title=title, status=status, by=BY))


@app.command("import")
def import_states(
    source: Annotated[Path, typer.Argument(help="JSON Lines: request_id, status and, if you like, title.")],
) -> None:
    """Take over from a roadmap tool what became of requests; a bad line does not stop the rest."""
    bad = BadLines()
    with failures():
        services = open_services(get_settings())
        done = 0
        try:
            with source.open("rb") as lines:
                for state in only_good(read_json_lines(lines, parse_request_state, name=source.name), bad.report):
                    try:
                        services.requests.change(
                            services.settings.tenant, state.request_id, title=state.title, status=state.status, by=BY
                        )
                        done += 1
                    except NotFound as error:
                        bad.report(InputError(error.message, where=error.where))
        except OSError as error:
            raise InputError(f"can't be read: {error.strerror}", where=str(source)) from error
    print_json({"changed": done, "rejected": bad.count})
    bad.exit()


@app.command()
def merge(request_id: RequestId, into: Annotated[uuid.UUID, typer.Argument(help="The one that lives on.")]) -> None:
    """Make a request part of another; `undo` takes it back."""
    with failures():
        services = open_services(get_settings())
        print_json(services.requests.merge(services.settings.tenant, request_id, into, by=BY))


@app.command()
def split(
    request_id: RequestId,
    signal_ids: Annotated[list[uuid.UUID], typer.Argument(help="Mentions that become a request of their own.")],
    title: Annotated[str, typer.Option("--title", help="What the new one is called.")],
) -> None:
    """Make some mentions a request of their own; `undo` takes it back."""
    with failures():
        services = open_services(get_settings())
        print_json(services.requests.split(services.settings.tenant, request_id, signal_ids, title, by=BY))


@app.command()
def undo(request_id: RequestId, event_id: Annotated[int, typer.Argument(help="A step of `show`'s history.")]) -> None:
    """Take back a step: a merge, a split, a title or a status."""
    with failures():
        services = open_services(get_settings())
        print_json(services.requests.undo(services.settings.tenant, request_id, event_id, by=BY))


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(expand=True)
    for name in ("accounts", "ARR", "asked", "days"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("request", ratio=1)
    table.add_column("status")
    for row in rows:
        notes = [row["criticality"]] if row["criticality"] else []
        notes += [f"{row['gave_up']} gave up"] if row["gave_up"] else []
        notes += [f"{row['workarounds']} live around it"] if row["workarounds"] else []
        title = row["title"] + (f"\n{', '.join(notes)}" if notes else "") + f"\n{row['request_id']}"
        table.add_row(
            str(row["accounts"]), f"${row['arr_usd']:,.0f}", str(row["times_asked"]), str(row["age_days"]), title,
            row["status"],
        )  # fmt: skip
    return table
