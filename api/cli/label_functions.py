"""``foreshock label functions``: labeling functions of a file, and what they do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from api.cli.console import err, failures, out, print_json
from core.errors import InputError
from core.settings import get_settings
from labeling.members import ALL_QUEUES, Member, Role
from labeling.weak.service import SAMPLE_MAX
from pipelines.services import open_services

app = typer.Typer(help="Rules of thumb that suggest labels.", no_args_is_help=True, rich_markup_mode=None)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("import")
def import_functions(
    source: Annotated[Path, typer.Argument(help="A TOML file; docs/labeling-functions.md tells its form.")],
    as_json: AsJson = False,
) -> None:
    """Write a file's functions in place of those that there are; the versions before stay."""
    with failures():
        try:
            text = source.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "is not UTF-8"
            raise InputError(f"can't be read: {reason}", where=str(source)) from None
        services = open_services(get_settings())
        member = Member("local", Role.ADMIN, frozenset({ALL_QUEUES}))
        found = services.labeling.functions.put(services.settings.tenant, member, text)
    if as_json:
        print_json(found)
    else:
        out.print(f"version {found['version']}: {len(found['functions'])} functions", highlight=False)


@app.command()
def show() -> None:
    """The file as it is now, as it was written."""
    with failures():
        services = open_services(get_settings())
        found = services.labeling.functions.current(services.settings.tenant)
    if not found["version"]:
        err.print("no functions yet: `foreshock label functions import FILE` takes some")
        raise typer.Exit(1)
    typer.echo(found["text"], nl=False)


@app.command()
def report(
    sample: Annotated[int | None, typer.Option("--sample", min=1, max=SAMPLE_MAX, help="Sentences to look at.")] = None,
    as_json: AsJson = False,
) -> None:
    """Coverage, overlaps, conflicts, and how often each is right where people answered."""
    with failures():
        services = open_services(get_settings())
        found = services.labeling.functions.report(services.settings.tenant, sample)
    if as_json:
        print_json(found)
        return
    if not found["labels"]:
        err.print("no functions yet: `foreshock label functions import FILE` takes some")
        return
    out.print(f"{found['sentences']} of {found['of']} sentences, {found['seconds']} s", highlight=False)
    for label in found["labels"]:
        out.print(_table(label))


def _table(label: dict[str, Any]) -> Table:
    table = Table(label["label"], title_justify="left", expand=True)
    for name in ("says", "coverage", "overlaps", "conflicts", "right", "trust"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in label["functions"]:
        right = f"{row['right']}/{row['checked']} ({row['low']:.0%}-{row['high']:.0%})" if row["checked"] else "unknown"
        shares = (f"{row[key]:.1%}" for key in ("coverage", "overlaps", "conflicts"))
        table.add_row(row["name"].replace("[", r"\["), "yes" if row["says"] else "no", *shares, right,
                      f"{row['trust']:.2f}")  # fmt: skip
    return table
