"""``foreshock label signal``: a workspace's own signals."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from api.cli.console import err, failures, out, print_json, progress
from core.errors import InputError
from core.settings import get_settings
from labeling.custom import NEXT
from labeling.members import ALL_QUEUES, Member, Role
from labeling.signals.definition import Definition
from labeling.signals.service import NEXT_MAX
from pipelines.services import Services, open_services

app = typer.Typer(help="Signals of your own.", no_args_is_help=True, rich_markup_mode=None)

Slug = Annotated[str, typer.Argument(help="The signal, as `list` names it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Examples = Annotated[list[str] | None, typer.Option("--example", help="A sentence that carries it; repeat.")]
Counterexamples = Annotated[
    list[str] | None, typer.Option("--counterexample", help="One that looks like it and does not; repeat.")
]
Sentences = Annotated[
    Path | None,
    typer.Option("--examples", help="A file, a sentence a line; lines that begin with `- ` are counterexamples."),
]


@app.command("list")
def list_signals(as_json: AsJson = False) -> None:
    """All signals of your own."""
    with failures():
        services = open_services(get_settings())
        found = services.labeling.signals.all(services.settings.tenant)
    if as_json:
        print_json(found)
    elif found:
        out.print(_table(found))
    else:
        err.print("no signals of your own yet: `foreshock label signal create` makes one")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    description: Annotated[str, typer.Option("--description", help="What a sentence with it says.")],
    example: Examples = None,
    counterexample: Counterexamples = None,
    examples: Sentences = None,
    as_json: AsJson = False,
) -> None:
    """Define a signal by a description and at least five sentences, and say at once what it is worth."""
    with failures():
        services = open_services(get_settings())
        right, wrong = _sentences(example, counterexample, examples)
        definition = Definition(name, description, right, wrong)
        with progress("reading", None) as advance:
            made = services.labeling.signals.create(services.settings.tenant, _admin(), definition, advance)
    _show(made, as_json)


@app.command()
def show(slug: Slug, as_json: AsJson = False) -> None:
    """What a signal is, what it is worth, how far it is."""
    with failures():
        services = open_services(get_settings())
        found = services.labeling.signals.one(services.settings.tenant, slug)
    _show(found, as_json)


@app.command("examples")
def add_examples(
    slug: Slug,
    example: Examples = None,
    counterexample: Counterexamples = None,
    examples: Sentences = None,
    as_json: AsJson = False,
) -> None:
    """Add sentences, or say anew what one is."""
    with failures():
        services = open_services(get_settings())
        right, wrong = _sentences(example, counterexample, examples)
        found = services.labeling.signals.add_examples(services.settings.tenant, _admin(), slug, right, wrong)
    _show(found, as_json)


@app.command()
def estimate(slug: Slug, as_json: AsJson = False) -> None:
    """Fit anew on all that was said, and say what it is worth."""
    with failures():
        services = open_services(get_settings())
        with progress("reading", None) as advance:
            found = services.labeling.signals.estimate(services.settings.tenant, slug, advance)
    _show(found, as_json)


@app.command("next")
def put_next(
    slug: Slug,
    count: Annotated[int, typer.Option("--count", min=1, max=NEXT_MAX)] = NEXT,
    check: Annotated[
        bool, typer.Option("--check", help="Draw from what it gives: answered, they tell how often it is right.")
    ] = False,
) -> None:
    """Put the sentences that teach most into the signal's queue; `foreshock label next QUEUE` hands them out."""
    with failures():
        services = open_services(get_settings())
        print_json(asdict(services.labeling.signals.next(services.settings.tenant, _admin(), slug, count, check=check)))


@app.command()
def activate(
    slug: Slug,
    wait: Annotated[bool, typer.Option("--wait/--background", help="Read earlier documents now.")] = False,
    as_json: AsJson = False,
) -> None:
    """Serve the newest version: documents are read for it, earlier ones by the worker, or at once with --wait."""
    with failures():
        services = open_services(get_settings())
        tenant = services.settings.tenant
        found = services.labeling.signals.activate(tenant, _admin(), slug)
        if wait:
            _catch_up(services, found["reading"]["documents"] - found["reading"]["read"])
            found = services.labeling.signals.one(tenant, slug)
    _show(found, as_json)


@app.command()
def retire(slug: Slug, as_json: AsJson = False) -> None:
    """Serve it no more; what was found is gone from every list."""
    with failures():
        services = open_services(get_settings())
        found = services.labeling.signals.retire(services.settings.tenant, _admin(), slug)
    _show(found, as_json)


def _catch_up(services: Services, documents: int) -> None:
    with progress("reading", documents) as advance:
        services.custom.catch_up(services.settings.tenant, advance)


def _admin() -> Member:
    """Whoever has the database is an admin here."""
    return Member("local", Role.ADMIN, frozenset({ALL_QUEUES}))


def _sentences(
    right: list[str] | None, wrong: list[str] | None, path: Path | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    lines: list[str] = []
    if path is not None:
        try:
            lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "is not UTF-8"
            raise InputError(f"can't be read: {reason}", where=str(path)) from None
    carry = [line for line in lines if not line.startswith("- ")]
    do_not = [line[2:] for line in lines if line.startswith("- ")]
    return (*(right or ()), *carry), (*(wrong or ()), *do_not)


def _show(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return

    def say(text: str) -> None:
        out.print(text, highlight=False, markup=False)

    state = found["state"] + (f", version {found['serving']} serves" if found["serving"] else "")
    say(f"{found['name']} ({found['label']}): {state}")
    say(found["description"])
    if found["why_no_estimate"]:
        say(f"No estimate: {found['why_no_estimate']}")
    if (told := found["estimate"]) is not None:
        say(f"Version {told['version']}: {told['words']}")
    for check in found["checks"]:
        say(f"Checked: {check['words']}.")
    answers = found["answers"]
    said = f"{answers['carry']} answered as carrying it, {answers['do_not']} as not"
    newer = f", {answers['newer_than_estimate']} since the estimate" if answers["newer_than_estimate"] else ""
    say(f"{said}{newer}; {found['waiting']} wait in the queue {found['queue']}")
    if found["state"] == "active":
        reading = found["reading"]
        say(f"{reading['read']} of {reading['documents']} documents read for it, {found['mentions']} mentions")


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table("signal", "state", "worth", expand=True)
    for name in ("version", "answers", "mentions"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        told, answers, worth = row["estimate"], row["answers"], "not fitted"
        if told:
            worth = f"finds {told['found']} of {told['positives']}, wrong in {told['false']} of {told['negatives']}"
        serving = str(row["serving"] or (told["version"] if told else "-"))
        table.add_row(
            row["slug"], row["state"], worth, serving,
            str(answers["carry"] + answers["do_not"]), str(row["mentions"]),
        )  # fmt: skip
    return table
