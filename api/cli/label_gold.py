"""``foreshock label gold``: records whose answer is known, silently put among the tasks of annotators."""

from __future__ import annotations

import uuid
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from api.cli.console import BadLines, failures, out, print_json
from api.cli.label import BATCH, LOCAL, AsJson, Person, admin_of, span_of
from core.contracts import read_json_lines
from core.errors import InputError
from core.repository import PAGE_MAX
from core.settings import get_settings
from labeling.contracts import incoming, parse_gold
from labeling.queues.rules import Strategy
from labeling.wire import span_json
from pipelines.services import open_services
from pipelines.sources.files import only_good

app = typer.Typer(help="Records whose answer is known, to see how people do.", no_args_is_help=True)

RecordId = Annotated[uuid.UUID, typer.Argument(help="A record's id.")]


@app.command("list")
def list_gold(
    queue: Annotated[str | None, typer.Option("--queue", help="Only this one.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=PAGE_MAX)] = 50,
    as_json: AsJson = False,
) -> None:
    """Gold records, the newest first."""
    with failures():
        services = open_services(get_settings())
        tenant, member = services.settings.tenant, admin_of(services, LOCAL)
        page = services.labeling.gold.list(tenant, member, queue=queue, limit=limit, cursor=None)
    if as_json:
        print_json(list(page.items))
        return
    table = Table("record", "to be found", "right", "since", "what it says")
    for row in page.items:
        labels = ", ".join(span["label"].replace("_", " ") for span in row["spans"]) or "nothing"
        said = escape(" ".join(row["words"].split()))
        table.add_row(row["record_id"], labels, f"{row['right']} of {row['answers']}", row["since"][:10], said)
    out.print(table if page.items else "no record is gold")


@app.command()
def mark(
    record_id: RecordId,
    labels: Annotated[
        list[str] | None, typer.Option("--label", help="LABEL over the passage, or LABEL:START:END; may be repeated.")
    ] = None,
    nothing: Annotated[bool, typer.Option("--nothing", help="Nothing in it is a signal.")] = False,
    person: Person = LOCAL,
) -> None:
    """Let a record measure people; by default by what was decided of it, or what all who answered agree on."""
    with failures():
        if labels and nothing:
            raise InputError("either labels or nothing", where="--nothing")
        services = open_services(get_settings())
        tenant, member = services.settings.tenant, admin_of(services, person)
        spans = None
        if labels or nothing:
            found = services.labeling.archive.one(tenant, member, record_id)
            spans = [span_of(text, found["start"], found["end"]) for text in labels or ()]
        known = services.labeling.gold.mark(tenant, member, record_id, spans)
    print_json({"record_id": str(record_id), "spans": [span_json(span) for span in known]})


@app.command()
def unmark(record_id: RecordId, person: Person = LOCAL) -> None:
    """Let a record measure nobody any more."""
    with failures():
        services = open_services(get_settings())
        services.labeling.gold.unmark(services.settings.tenant, admin_of(services, person), record_id)
    out.print("no gold any more")


@app.command("import")
def import_gold(
    source: Annotated[
        Path, typer.Argument(help="JSON Lines of records as `label export` writes them, each with spans as `gold`.")
    ],
    queue: Annotated[str, typer.Option("--queue", help="Where they go.")] = Strategy.IMPORTED.value,
) -> None:
    """Put gold of a file into a queue; nobody is asked about it but in silent gold tasks."""
    bad, total = BadLines(), 0
    with failures():
        services = open_services(get_settings())
        tenant, member = services.settings.tenant, admin_of(services, LOCAL)
        now = services.labeling.archive.clock()
        try:
            with source.open("rb") as lines:
                good = only_good(read_json_lines(lines, parse_gold, name=source.name), bad.report)
                while batch := list(islice(good, BATCH)):
                    given = [(incoming(row, now), [span.entity() for span in row.gold]) for row in batch]
                    total += services.labeling.gold.add(tenant, member, queue, given)
        except OSError as error:
            raise InputError(f"can't be read: {error.strerror}", where=str(source)) from error
    out.print(f"{total} gold records added", highlight=False)
    bad.exit()
