"""The ``foreshock`` command."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from api.cli import (
    alerts,
    demo,
    files,
    keys,
    label,
    label_quality,
    mcp,
    models,
    portfolio,
    requests,
    search,
    server,
    store,
)
from api.cli.console import out

app = typer.Typer(
    name="foreshock",
    help="Finds the quiet signals of leaving in what customers write and say.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def root(
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)] = False,
) -> None:
    """Finds the quiet signals of leaving in what customers write and say."""
    if show_version:
        out.print(f"foreshock {version('foreshock')}", highlight=False)
        raise typer.Exit


app.command("extract")(files.extract)
app.command("assess")(files.assess)
app.command("demo")(demo.demo)
app.command("ingest")(store.ingest)
app.command("accounts")(store.accounts)
app.command("account")(store.account)
app.command("themes")(portfolio.themes)
app.command("timeline")(portfolio.timeline)
app.command("export")(portfolio.export)
app.command("recompute")(store.recompute)
app.command("search")(search.search)
app.command("ask")(search.ask)
app.command("reindex")(search.reindex)
app.command("serve")(server.serve)
app.command("worker")(server.worker)
app.command("mcp")(mcp.mcp)
app.command("migrate")(server.migrate)
app.command("doctor")(server.doctor)
app.add_typer(alerts.app, name="alerts")
app.add_typer(portfolio.policy_app, name="policy")
app.add_typer(keys.app, name="keys")
app.add_typer(requests.app, name="requests")
label_quality.add_to(label.app)
app.add_typer(label.app, name="label")
app.add_typer(models.app, name="models")


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()
