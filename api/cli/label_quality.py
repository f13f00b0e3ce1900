"""``foreshock label``: how good the labels are."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from api.cli import label_gold
from api.cli.console import failures, out, print_json, progress
from api.cli.label import LOCAL, AsJson, Person, admin_of, span_of
from core.errors import InputError
from core.repository import PAGE_MAX
from core.settings import get_settings
from labeling.adjudication import Reason
from labeling.quality.disputes import Decision
from labeling.quality.issues import SIZE, SIZE_MAX, issues_in_words
from pipelines.services import open_services

OfQueue = Annotated[str | None, typer.Option("--queue", help="Only this one.")]


def agreement(
    queue: OfQueue = None,
    labels: Annotated[list[str] | None, typer.Option("--label", help="Only this one; may be repeated.")] = None,
    as_json: AsJson = False,
) -> None:
    """How far people agree, per label, person and pair of people."""
    with failures():
        services = open_services(get_settings())
        found = services.labeling.quality.agreement(
            services.settings.tenant, admin_of(services, LOCAL), queue=queue, labels=labels or ()
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


def list_disputes(
    queue: OfQueue = None,
    label: Annotated[str | None, typer.Option("--label", help="Only where they differ over it.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=PAGE_MAX)] = 20,
    as_json: AsJson = False,
) -> None:
    """What people differ over and nobody decided, the worst first."""
    with failures():
        services = open_services(get_settings())
        tenant, member = services.settings.tenant, admin_of(services, LOCAL)
        page = services.labeling.disputes.list(tenant, member, queue=queue, label=label, limit=limit, cursor=None)
    if as_json:
        print_json(list(page.items))
        return
    if not page.items:
        out.print("nothing is in dispute")
        return
    table = Table("record", "agree", "over", "people", "what it says")
    for row in page.items:
        over = ", ".join(_named(name) for name in row["labels"])
        said = " ".join(row["words"].split())
        table.add_row(row["record_id"], f"{row['agreement']:.2f}", over, ", ".join(row["people"]), escape(said))
    out.print(table)


def decide(
    record_id: Annotated[uuid.UUID, typer.Argument(help="A record, as `disputes` names it.")],
    reason: Annotated[Reason, typer.Option("--reason", help="Why people differed.")],
    labels: Annotated[
        list[str] | None, typer.Option("--label", help="LABEL over the passage, or LABEL:START:END; may be repeated.")
    ] = None,
    answer: Annotated[uuid.UUID | None, typer.Option("--answer", help="The answer that is right.")] = None,
    comment: Annotated[str | None, typer.Option("--comment")] = None,
    person: Person = LOCAL,
) -> None:
    """Say what holds of a record; without label or answer: nothing in it is a signal."""
    with failures():
        services = open_services(get_settings())
        tenant, member = services.settings.tenant, admin_of(services, person)
        spans = None
        if answer is None:
            found = services.labeling.disputes.one(tenant, member, record_id)
            spans = tuple(span_of(text, found["start"], found["end"]) for text in labels or ())
        elif labels:
            raise InputError("give labels or an answer, not both", where="--answer")
        services.labeling.disputes.decide(tenant, member, record_id, Decision(reason, spans, answer, comment))
    out.print("decided")


def people(queue: OfQueue = None, as_json: AsJson = False) -> None:
    """How each person works: how much, how fast, and how they do on silent gold tasks."""
    with failures():
        services = open_services(get_settings())
        found = services.labeling.quality.people(services.settings.tenant, admin_of(services, LOCAL), queue=queue)
    if as_json:
        print_json(found)
        return
    table = Table("person", "answers", "rejected", "pace", "gold")
    for row in found:
        pace = row["pace"]["words"] if row["pace"] else "no time known"
        gold = row["gold"]["verdict"] if row["gold"] else "no gold task done"
        table.add_row(row["person"], str(row["answers"]), str(row["rejected"]), pace, gold)
    out.print(table if found else "nobody has answered anything")


def issues(
    size: Annotated[int, typer.Option("--size", min=1, max=SIZE_MAX, help="Records to add at most.")] = SIZE,
    as_json: AsJson = False,
) -> None:
    """Look for answers that are probably wrong, and put them into the queue `issues` for a second look."""
    with failures():
        services = open_services(get_settings())
        with progress("reading", None) as advance:
            found = services.labeling.issues.find(services.settings.tenant, size, advance)
    if as_json:
        print_json(found)
        return
    out.print(issues_in_words(found), highlight=False)
    for note in found["notes"]:
        out.print(f"  {_named(note)}", highlight=False)


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


def add_to(app: typer.Typer) -> None:
    """Add these to the commands of labeling."""
    app.command()(agreement)
    app.command("disputes")(list_disputes)
    app.command()(decide)
    app.command()(people)
    app.command()(issues)
    app.add_typer(label_gold.app, name="gold")
