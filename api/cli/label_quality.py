"""``foreshock label``: how good the labels are."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from api.cli.console import failures, out, print_json
from api.cli.label import LOCAL, AsJson, admin, app
from core.settings import get_settings
from pipelines.services import open_services

OfQueue = Annotated[str | None, typer.Option("--queue", help="Only this one.")]


@app.command()
def agreement(
    queue: OfQueue = None,
    labels: Annotated[list[str] | None, typer.Option("--label", help="Only this one; may be repeated.")] = None,
    as_json: AsJson = False,
) -> None:
    """How far people agree, per label, person and pair of people."""
    with failures():
        services = open_services(get_settings())
        found = services.labeling.quality.agreement(
            services.settings.tenant, admin(services, LOCAL), queue=queue, labels=labels or ()
        )
    if as_json:
        print_json(found)
        return
    if found["why"]:
        out.print(f"Agreement {found['why']}.", highlight=False)
        return
    out.print(f"{found['shared']} records were judged by two or more people", highlight=False)
    for row in found["labels"]:
        out.print(f"\n{_named(row['label'])}: {row['alpha']['words']}; {row['f1']['words']}", highlight=False)
    out.print(_people(found["people"]))
    out.print(_pairs(found["pairs"]))


def _people(rows: list[dict[str, Any]]) -> Table:
    table = Table("person", "label", "alpha", "F1 of spans", title="each against all others")
    for row in rows:
        table.add_row(row["person"], _named(row["label"]), figure(row["alpha"]), figure(row["f1"]))
    return table


def _pairs(rows: list[dict[str, Any]]) -> Table:
    table = Table("person", "and", "alpha", "F1 of spans", "records", title="two by two")
    for row in rows:
        count = str(row["alpha"]["records"] or row["f1"]["records"])
        table.add_row(row["first"], row["second"], figure(row["alpha"]), figure(row["f1"]), count)
    return table


def figure(measure: dict[str, Any]) -> str:
    """A measure in a cell: the figure with its interval, or that there is none."""
    if measure["value"] is None:
        return "–"
    return f"{measure['value']:.2f} ({measure['low']:.2f} to {measure['high']:.2f})"


def _named(label: str) -> str:
    return label.replace("_", " ")
