"""``foreshock themes``, ``timeline``, ``export``, ``policy``: the portfolio, and what is asked of whom."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from api.cli.console import failures, out, print_json
from core.entities import RiskLevel, Tier
from core.errors import InputError
from core.settings import get_settings
from pipelines.accounts.repository import AccountFilters
from pipelines.extract.stateless import parse_as_of
from pipelines.playbook.service import Configured
from pipelines.portfolio.exports import Format, Shape
from pipelines.services import open_services

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="A date; now by default.")]
policy_app = typer.Typer(
    help="Policy and risk parameters: see and set them.", no_args_is_help=True, rich_markup_mode=None
)
Which = Annotated[Configured, typer.Option("--which", help="The policy, or the parameters of the risk.")]


def themes(
    days: Annotated[int, typer.Option("--days", min=1, max=730, help="Compared with as many days before.")] = 90,
    as_of: AsOf = None,
    tier: Annotated[Tier | None, typer.Option("--tier")] = None,
    owner: Annotated[str | None, typer.Option("--owner")] = None,
    segment: Annotated[str | None, typer.Option("--segment")] = None,
    as_json: AsJson = False,
) -> None:
    """Rivals, platforms and requests across accounts, rising or falling, with the ARR behind them."""
    with failures():
        services = open_services(get_settings())
        filters = AccountFilters(tier=tier, owner=owner, segment=segment)
        until = parse_as_of(as_of) if as_of else None
        found = services.portfolio.themes(services.settings.tenant, filters, days=days, until=until)
    if as_json:
        print_json(found)
        return
    for name in ("rivals", "platforms", "requests"):
        out.print(_themes_table(name, found[name]))


def timeline(
    account_id: Annotated[str, typer.Argument(help="The account's id.")], as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """An account's documents in order, each with its signals and the score after it."""
    with failures():
        services = open_services(get_settings())
        until = parse_as_of(as_of) if as_of else None
        found = services.portfolio.timeline(services.settings.tenant, account_id, until)
    if as_json:
        print_json(found)
        return
    table = Table(expand=True)
    table.add_column("day", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("document", ratio=2)
    table.add_column("said", ratio=5)
    for item in found:
        said = "\n".join(
            f"{s['label'].replace('_', ' ')}: {' '.join(s['text'].split())[:120]}" for s in item["signals"]
        )
        score = f"{item['score']:.0f}" + (f" ({item['change']:+.0f})" if abs(item["change"]) >= 0.5 else "")
        table.add_row(item["occurred_at"][:10], score, item["title"] or item["document"]["id"], said)
    out.print(table)


def export(
    shape: Annotated[Shape, typer.Option("--shape", help="Whose fields.")] = Shape.PLAIN,
    form: Annotated[Format, typer.Option("--format")] = Format.JSONL,
    target: Annotated[Path | None, typer.Option("-o", "--out", help="A file; standard output by default.")] = None,
    level: Annotated[RiskLevel | None, typer.Option("--level")] = None,
    tier: Annotated[Tier | None, typer.Option("--tier")] = None,
    owner: Annotated[str | None, typer.Option("--owner")] = None,
    segment: Annotated[str | None, typer.Option("--segment")] = None,
    driver: Annotated[str | None, typer.Option("--driver")] = None,
) -> None:
    """All accounts as a file for Gainsight, ChurnZero, Vitally, Planhat or a spreadsheet."""
    filters = AccountFilters(level.value if level else None, tier, owner, segment, driver)
    with failures():
        services = open_services(get_settings())
        lines = services.portfolio.export(services.settings.tenant, filters, shape, form)
        if target is None:
            sys.stdout.writelines(lines)
            return
        try:
            with target.open("w", encoding="utf-8", newline="") as file:
                file.writelines(lines)
        except OSError as error:
            raise InputError(f"can't be written: {error.strerror}", where=str(target)) from error


@policy_app.command("show")
def show_policy(which: Which = Configured.POLICY) -> None:
    """What is in force, as JSON."""
    with failures():
        services = open_services(get_settings())
        found = services.playbook.current(services.settings.tenant, which)
    print_json({"version": found.number, "config": found.config})


@policy_app.command("set")
def set_policy(
    source: Annotated[Path, typer.Argument(help="The whole of it, as TOML or JSON.")],
    which: Which = Configured.POLICY,
) -> None:
    """Put another version in force, after it was checked."""
    with failures():
        data = _read(source)
        services = open_services(get_settings())
        found = services.playbook.replace(services.settings.tenant, which, data)
    print_json({"version": found.number})


@policy_app.command("reset")
def reset_policy(which: Which = Configured.POLICY) -> None:
    """Put what ships in force again."""
    with failures():
        services = open_services(get_settings())
        found = services.playbook.reset(services.settings.tenant, which)
    print_json({"version": found.number})


def _read(source: Path) -> Any:
    try:
        text = source.read_text(encoding="utf-8")
        return json.loads(text) if source.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", where=str(source)) from error
    except ValueError as error:
        raise InputError(f"is neither TOML nor JSON: {error}", where=str(source)) from None


def _themes_table(name: str, rows: list[dict[str, Any]]) -> Table:
    table = Table(title=name, title_justify="left", expand=True)
    table.add_column("name", ratio=1)
    for column in ("accounts", "before", "mentions", "ARR"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("trend", no_wrap=True)
    for row in rows:
        table.add_row(
            row["name"], str(row["accounts"]), str(row["accounts_before"]), str(row["mentions"]),
            f"${row['arr_usd']:,.0f}", row["trend"],
        )  # fmt: skip
    return table
