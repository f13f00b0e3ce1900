"""``foreshock models``: from labels to a better reader, and back. Whoever has the database is an admin here.

Jobs run in this process, with a bar; ``--background`` leaves them to `foreshock serve` or `foreshock worker`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from api.cli.console import EXIT_BAD_INPUT, err, failures, out, print_json, write_line
from api.cli.files import sink
from api.cli.label import LOCAL, AsJson, Person, admin_of
from api.cli.models_report import (
    comparison_table,
    history_table,
    preview_tables,
    shadow_tables,
    snapshots_table,
    versions_table,
)
from core.settings import get_settings
from labeling.snapshots.service import snapshot_json
from pipelines.learn.jobs import JobKind, Watch
from pipelines.learn.preview import DOCUMENTS, DOCUMENTS_MAX
from pipelines.learn.service import Override
from pipelines.services import Services, open_services

app = typer.Typer(help="Train, compare, preview, promote, roll back.", no_args_is_help=True, rich_markup_mode=None)

Version = Annotated[str, typer.Argument(help="A version, as `list` names it.")]
SnapshotNumber = Annotated[int | None, typer.Option("--snapshot", help="Its number; the newest by default.")]
Background = Annotated[bool, typer.Option("--background", help="Leave it to a server or worker; prints the job.")]


@app.command("list")
def list_versions(as_json: AsJson = False) -> None:
    """What serves, and all versions."""
    with failures():
        services = open_services(get_settings())
        found = services.learning.models.overview(services.settings.tenant)
    if as_json:
        print_json(found)
        return
    out.print(versions_table(found))
    if found["out_of_service"]:
        err.print(f"the champion can't serve: {found['out_of_service']}", highlight=False, markup=False)


@app.command("snapshot")
def snapshot(
    note: Annotated[str | None, typer.Option("--note", help="What to remember of it.")] = None,
    check: Annotated[int | None, typer.Option("--check", help="Check this one's hashes instead.")] = None,
    person: Person = LOCAL,
) -> None:
    """Freeze what people have said so far, as JSON; the same labels are the same snapshot."""
    with failures():
        services = open_services(get_settings())
        tenant, snapshots = services.settings.tenant, services.labeling.snapshots
        if check is not None:
            checked = snapshots.check(tenant, snapshots.one(tenant, check))
            print_json(asdict(checked))
            if not checked.whole:
                raise typer.Exit(EXIT_BAD_INPUT)
            return
        made, fresh = snapshots.make(tenant, admin_of(services, person), note)
    print_json(snapshot_json(made) | {"new": fresh})


@app.command("snapshots")
def list_snapshots(as_json: AsJson = False) -> None:
    """All snapshots."""
    with failures():
        services = open_services(get_settings())
        found = services.labeling.snapshots.list(services.settings.tenant, admin_of(services, LOCAL))
    rows = [snapshot_json(item) for item in found]
    if as_json:
        print_json(rows)
    elif rows:
        out.print(snapshots_table(rows))
    else:
        err.print("no snapshots yet: `foreshock models snapshot` makes one of what people have said")


@app.command("export")
def export_snapshot(
    number: Annotated[int, typer.Argument(help="A snapshot's number.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Standard output by default.")] = None,
) -> None:
    """The items of a snapshot as JSON Lines, each with document, split and answer."""
    with failures():
        services = open_services(get_settings())
        tenant, snapshots = services.settings.tenant, services.labeling.snapshots
        lines = snapshots.lines(tenant, admin_of(services, LOCAL), snapshots.one(tenant, number))
        with sink(output) as stream:
            for line in lines:
                write_line(stream, line)


@app.command()
def train(
    snapshot: SnapshotNumber = None,
    full: Annotated[bool, typer.Option("--full", help="The whole reader: hours; needs the training packages.")] = False,
    epochs: Annotated[int | None, typer.Option("--epochs", help="Of full training.")] = None,
    background: Background = False,
    person: Person = LOCAL,
    as_json: AsJson = False,
) -> None:
    """Train a candidate on a snapshot: heads on the reader as it is, or the whole reader."""
    with failures():
        services = open_services(get_settings())
        member = admin_of(services, person)
        started = services.learning.models.start_training(
            services.settings.tenant, member, snapshot=snapshot, full=full, epochs=epochs
        )
        result = _do(services, started, person, background)
    if as_json or background:
        print_json(result)
        return
    out.print(f"candidate {result['version']}, from snapshot {result['snapshot']}", highlight=False, markup=False)
    for label, facts in result["figures"].get("labels", {}).items():
        out.print(f"  {label.replace('_', ' ')}: {facts['words']}", highlight=False, markup=False)
    out.print(f"next: foreshock models compare {result['version']}", highlight=False, markup=False)


@app.command()
def compare(
    version: Version,
    snapshot: SnapshotNumber = None,
    background: Background = False,
    person: Person = LOCAL,
    as_json: AsJson = False,
) -> None:
    """Compare a version with what serves on a frozen test set. Exit code 1 if it may not be promoted."""
    with failures():
        services = open_services(get_settings())
        started = services.learning.models.start_comparing(
            services.settings.tenant, admin_of(services, person), version, snapshot=snapshot
        )
        result = _do(services, started, person, background)
    if as_json or background:
        print_json(result)
    else:
        out.print(comparison_table(result))
        out.print(result["words"], highlight=False, markup=False)
    if not background and not result["promote"]:
        raise typer.Exit(EXIT_BAD_INPUT)


@app.command()
def preview(
    version: Version,
    documents: Annotated[
        int, typer.Option("--documents", min=1, max=DOCUMENTS_MAX, help="Past documents.")
    ] = DOCUMENTS,
    background: Background = False,
    person: Person = LOCAL,
    as_json: AsJson = False,
) -> None:
    """What a promotion would change: signals that appear and vanish, accounts that change level. Writes nothing."""
    with failures():
        services = open_services(get_settings())
        tenant = services.settings.tenant
        started = services.learning.models.start_preview(
            tenant, admin_of(services, person), version, documents=documents
        )
        result = _do(services, started, person, background)
        if not background:
            result = services.learning.previews.shown(tenant, result)
    if as_json or background:
        print_json(result)
        return
    for table in preview_tables(result):
        out.print(table)


@app.command()
def promote(
    version: Version,
    override: Annotated[
        str | None, typer.Option("--override", help="Promote what the gate refuses, for this reason; needs --as.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait/--background", help="Read past documents anew here and now.")] = True,
    person: Person = LOCAL,
    as_json: AsJson = False,
) -> None:
    """Put a version into production and read past documents anew. Exit code 2 with the reasons if it may not be."""
    with failures():
        services = open_services(get_settings())
        given = Override(override) if override else None
        turned = services.learning.models.promote(services.settings.tenant, admin_of(services, person), version, given)
        _turned(services, turned, wait, as_json)


@app.command()
def rollback(
    reason: Annotated[str | None, typer.Option("--reason", help="To be remembered.")] = None,
    wait: Annotated[bool, typer.Option("--wait/--background", help="Read past documents anew here and now.")] = True,
    person: Person = LOCAL,
    as_json: AsJson = False,
) -> None:
    """Put what served before back into production."""
    with failures():
        services = open_services(get_settings())
        turned = services.learning.models.rollback(services.settings.tenant, admin_of(services, person), reason)
        _turned(services, turned, wait, as_json)


@app.command()
def reread(background: Background = False, person: Person = LOCAL, as_json: AsJson = False) -> None:
    """Bring all accounts to what serves, as after a change of the workspace or a new release."""
    with failures():
        services = open_services(get_settings())
        started = services.learning.models.start_rereading(services.settings.tenant, admin_of(services, person))
        result = _do(services, started, person, background)
    if as_json or background:
        print_json(result)
    else:
        out.print(f"{result['accounts']} accounts read with {result['version']}", highlight=False, markup=False)


@app.command()
def history(limit: Annotated[int, typer.Option("--limit", min=1, max=200)] = 50, as_json: AsJson = False) -> None:
    """What was in production when, and who said so."""
    with failures():
        services = open_services(get_settings())
        page = services.learning.models.history(services.settings.tenant, limit=limit)
    if as_json:
        print_json(list(page.items))
    elif page.items:
        out.print(history_table(page.items))
    else:
        err.print("nothing was promoted yet; the shipped reader serves")


@app.command()
def shadow(
    version: Annotated[str | None, typer.Argument(help="Let this version read new documents beside.")] = None,
    end: Annotated[bool, typer.Option("--end", help="Let none do so any more.")] = False,
    person: Person = LOCAL,
    as_json: AsJson = False,
) -> None:
    """How far the challenger agrees with the champion on what came in; or make a version the challenger."""
    with failures():
        services = open_services(get_settings())
        tenant = services.settings.tenant
        if version or end:
            services.learning.models.challenge(tenant, admin_of(services, person), None if end else version)
        found = services.learning.shadow.report(tenant)
    if as_json:
        print_json(found)
    elif found["challenger"] is None:
        err.print("there is no challenger: `foreshock models shadow VERSION` makes one")
    else:
        for table in shadow_tables(found):
            out.print(table)


@app.command("jobs")
def list_jobs(
    limit: Annotated[int, typer.Option("--limit", min=1, max=200)] = 20,
    cancel: Annotated[int | None, typer.Option("--cancel", help="Let this one be.")] = None,
) -> None:
    """Work in the background, as JSON."""
    with failures():
        services = open_services(get_settings())
        if cancel is not None:
            print_json(services.learning.jobs.cancel(services.settings.tenant, cancel))
            return
        print_json(list(services.learning.jobs.page(services.settings.tenant, limit=limit).items))


def _do(services: Services, started: tuple[JobKind, dict[str, Any]], person: str, background: bool) -> dict[str, Any]:
    kind, arguments = started
    tenant, jobs = services.settings.tenant, services.learning.jobs
    if background:
        return jobs.one(tenant, jobs.add(tenant, kind, arguments, person))
    with _watching() as watch:
        return jobs.run_here(tenant, kind, arguments, person, watch)


def _turned(services: Services, turned: dict[str, Any], wait: bool, as_json: bool) -> None:
    jobs, tenant = services.learning.jobs, services.settings.tenant
    if wait:
        with _watching() as watch:
            jobs.finish_here(tenant, turned["job_id"], watch)
    if as_json:
        print_json(turned | {"job": jobs.one(tenant, turned["job_id"])})
        return
    said = f"{turned['serves']} is in production, in place of {turned['before']}"
    said += ", against the gate" if turned["overridden"] else ""
    out.print(said, highlight=False, markup=False, soft_wrap=True)
    if not wait:
        out.print("past documents are read anew by `foreshock serve` or `foreshock worker`", highlight=False)


@contextmanager
def _watching() -> Iterator[Watch]:
    """A bar that follows a job."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=None)

        def watch(done: int, total: int | None, doing: str | None) -> None:
            bar.update(task, completed=done, total=total, description=doing or "")

        yield watch
