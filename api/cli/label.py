"""``foreshock label``: queues, tasks, members, and files of records. Whoever has the database is an admin here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from api.cli import label_functions, label_signals
from api.cli.console import BadLines, err, failures, out, print_json, progress, write_line
from api.cli.files import sink
from core.contracts import read_json_lines
from core.errors import InputError
from core.settings import get_settings
from labeling.contracts import Incoming, incoming, parse_record
from labeling.members import ALL_QUEUES, Member, Role
from labeling.queues.rules import LOCK_SECONDS, QueueRules, Strategy
from labeling.records import AnnotationState, LabelledSpan
from labeling.service import Answer, Nothing
from labeling.wire import annotation_json, record_json
from pipelines.services import Services, open_services
from pipelines.sources.files import only_good

app = typer.Typer(help="People make the reader better.", no_args_is_help=True, rich_markup_mode=None)

app.add_typer(label_signals.app, name="signal")
app.add_typer(label_functions.app, name="functions")

BATCH = 200
Queue = Annotated[str, typer.Argument(help="A queue's name.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Person = Annotated[str, typer.Option("--as", help="Who says it.")]
LOCAL = "local"


@app.command("queues")
def list_queues(as_json: AsJson = False) -> None:
    """All queues, with how far they are."""
    with failures():
        services = open_services(get_settings())
        rows = services.labeling.queues.overview(services.settings.tenant, admin_of(services, LOCAL))
    if as_json:
        print_json(rows)
    elif rows:
        out.print(_table(rows))
    else:
        err.print("no queues yet: `foreshock label fill abstain` makes and fills one")


@app.command("queue")
def put_queue(
    queue: Queue,
    strategy: Annotated[Strategy, typer.Option("--strategy", help="Where its records come from; for good.")],
    title: Annotated[str | None, typer.Option("--title")] = None,
    overlap: Annotated[int, typer.Option("--overlap", help="How many people are given each record.")] = 1,
    minimum: Annotated[
        int | None, typer.Option("--minimum", help="Answers that end a record; the overlap by default.")
    ] = None,
    lock_seconds: Annotated[int, typer.Option("--lock-seconds", min=1, max=86_400)] = LOCK_SECONDS,
    masked: Annotated[bool, typer.Option("--masked/--plain", help="Cover names and addresses.")] = False,
    paused: Annotated[bool, typer.Option("--paused/--open", help="Hand out nothing.")] = False,
) -> None:
    """Make a queue, or change its rules."""
    with failures():
        services = open_services(get_settings())
        usual = QueueRules.of(strategy)
        rules = QueueRules(
            title or usual.title, strategy, usual.biased, overlap, minimum or overlap, lock_seconds,
            usual.random_share, masked, paused,
        )  # fmt: skip
        print_json(services.labeling.queues.put(services.settings.tenant, admin_of(services, LOCAL), queue, rules))


@app.command()
def fill(
    queue: Queue,
    size: Annotated[int, typer.Option("--size", help="Records to add at most.")] = 100,
    documents: Annotated[int, typer.Option("--documents", help="Documents to read, the newest first.")] = 500,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the random draw.")] = 0,
) -> None:
    """Look for sentences worth judging. Queues named abstain, diverse, disagreement and random need no making."""
    with failures():
        services = open_services(get_settings())
        tenant, member = services.settings.tenant, admin_of(services, LOCAL)
        with progress("reading", None) as advance:
            filled = services.labeling.queues.fill(
                tenant, member, queue, size, documents=documents, seed=seed, advance=advance
            )
        print_json(asdict(filled))


@app.command("next")
def next_task(queue: Queue, person: Person = LOCAL) -> None:
    """The next task as JSON, locked for whoever is named; or why there is none (exit code 1)."""
    with failures():
        services = open_services(get_settings())
        found = services.labeling.tasks.next(services.settings.tenant, admin_of(services, person), queue)
    if isinstance(found, Nothing):
        err.print(found.why, highlight=False)
        raise typer.Exit(1)
    record = found.view.record
    print_json(
        {"task_id": found.task_id, "queue": found.queue, "reason": found.reason, "equal": found.equal}
        | {"passage": record.text[record.start : record.end], "record": record_json(record)}
        | {"draft": annotation_json(found.draft) if found.draft else None}
    )


@app.command()
def answer(
    task_id: Annotated[int, typer.Argument(help="The task that `next` gave.")],
    labels: Annotated[
        list[str] | None, typer.Option("--label", help="LABEL over the passage, or LABEL:START:END; may be repeated.")
    ] = None,
    skip: Annotated[str | None, typer.Option("--skip", help="Leave it to others, for this reason.")] = None,
    equal: Annotated[bool, typer.Option("--equal", help="Answer all records that read the same.")] = False,
    person: Person = LOCAL,
) -> None:
    """Answer a task; without a label: nothing in it is a signal."""
    with failures():
        services = open_services(get_settings())
        tenant, member = services.settings.tenant, admin_of(services, person)
        start, end = services.labeling.tasks.passage(tenant, member, task_id)
        spans = tuple(span_of(text, start, end) for text in labels or ())
        state = AnnotationState.SKIPPED if skip else AnnotationState.SUBMITTED
        said = Answer(state, () if skip else spans, reason=skip, equal=equal)
        receipt = services.labeling.tasks.answer(tenant, member, task_id, said)
    print_json(annotation_json(receipt.annotation) | {"copies": receipt.copies})


@app.command("import")
def import_records(
    source: Annotated[
        Path, typer.Argument(help="JSON Lines of records, as `export` writes them; only text is needed.")
    ],
    queue: Annotated[str, typer.Option("--queue", help="Where they go.")] = Strategy.IMPORTED.value,
    as_json: AsJson = False,
) -> None:
    """Put records of a file into a queue, with what was said of them. Twice is once."""
    bad = BadLines()
    totals = {"records": 0, "annotations": 0}
    with failures():
        services = open_services(get_settings())
        tenant, member = services.settings.tenant, admin_of(services, LOCAL)
        for batch in _batches(source, services, bad):
            added = services.labeling.archive.add(tenant, member, queue, batch)
            totals["records"] += added.records
            totals["annotations"] += added.annotations
    if as_json:
        print_json(totals | {"rejected": bad.count})
    else:
        out.print(f"{totals['records']} records, {totals['annotations']} annotations", highlight=False)
    bad.exit()


@app.command("export")
def export_records(
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Standard output by default.")] = None,
    queue: Annotated[str | None, typer.Option("--queue", help="Only this one.")] = None,
    history: Annotated[bool, typer.Option("--history", help="All that was ever said, not only what holds.")] = False,
    consensus: Annotated[
        bool, typer.Option("--consensus", help="Only what was judged, with one answer for each, and who said what.")
    ] = False,
    unresolved: Annotated[
        bool, typer.Option("--unresolved", help="With --consensus: also where nobody can tell who is right.")
    ] = False,
) -> None:
    """Records with all that was said of them, as JSON Lines."""
    with failures():
        if history if consensus else unresolved:
            raise InputError("--unresolved goes with --consensus, --history without it", where="export")
        services = open_services(get_settings())
        tenant, member = services.settings.tenant, admin_of(services, LOCAL)
        lines = (
            services.labeling.consensus.lines(tenant, member, queue=queue, unresolved=unresolved)
            if consensus
            else services.labeling.archive.lines(tenant, member, queue=queue, history=history)
        )
        with sink(output) as stream, progress("writing", None) as advance:
            for line in lines:
                write_line(stream, line)
                advance()


@app.command("members")
def list_members() -> None:
    """Everybody who labels, as JSON."""
    with failures():
        services = open_services(get_settings())
        members = services.labeling.members.list(services.settings.tenant)
    print_json([{"person": item.person, "role": item.role.value, "queues": sorted(item.queues)} for item in members])


@app.command("member")
def put_member(
    person: Annotated[str, typer.Argument(help="A name.")],
    role: Annotated[Role, typer.Option("--role")] = Role.ANNOTATOR,
    queues: Annotated[list[str] | None, typer.Option("--queue", help="A queue that they see; * is all.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="They label no more.")] = False,
) -> None:
    """Make a person a member, change what they are, or remove them. `foreshock keys create` makes their key."""
    with failures():
        services = open_services(get_settings())
        tenant = services.settings.tenant
        if remove:
            services.labeling.members.remove(tenant, person)
        else:
            services.labeling.members.put(tenant, person, role, queues or [])
    out.print(f"{'removed' if remove else role.value}: {person}", highlight=False, markup=False)


def admin_of(services: Services, person: str) -> Member:
    """Who says it: a member as they are known, else an admin, as is whoever has the database."""
    known = services.labeling.members.find(services.settings.tenant, person)
    return known or Member(person, Role.ADMIN, frozenset({ALL_QUEUES}))


def span_of(text: str, start: int, end: int) -> LabelledSpan:
    """A span as an option gives it: a label over the passage, or with its place.

    Raises:
        InputError: if it is neither.
    """
    label, *place = text.split(":")
    if place:
        if len(place) != 2 or not all(part.isdecimal() for part in place):
            raise InputError(f"{text!r} is neither LABEL nor LABEL:START:END", where="--label")
        start, end = map(int, place)
    return LabelledSpan(label, start, end, {})


def _batches(source: Path, services: Services, bad: BadLines) -> Iterator[list[Incoming]]:
    now = services.labeling.archive.clock()
    try:
        with source.open("rb") as lines:
            good = only_good(read_json_lines(lines, parse_record, name=source.name), bad.report)
            while batch := [incoming(row, now) for row in islice(good, BATCH)]:
                yield batch
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", where=str(source)) from error


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table("queue", "strategy", expand=True)
    for name in ("records", "answered", "waiting", "in hand", "set aside"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        places = row["places"]
        counts = (row["records"], places["done"], places["open"], places["locked"], places["set_aside"])
        table.add_row(row["queue"], row["strategy"], *map(str, counts))
    return table
