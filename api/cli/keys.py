"""``foreshock keys``: make, list and revoke API keys."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.console import failures, out, print_json
from core.settings import get_settings
from pipelines.keys.service import Scope
from pipelines.services import open_services

app = typer.Typer(help="API keys.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def create(
    name: Annotated[str, typer.Option("--name", help="What it is for.")] = "cli",
    scope: Annotated[
        list[Scope] | None, typer.Option("--scope", help="read, write, label or admin; may be repeated.")
    ] = None,
    person: Annotated[str | None, typer.Option("--person", help="Whose it is; needed for label.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make a key. It is shown once."""
    with failures():
        services = open_services(get_settings())
        key = services.keys.create(services.settings.tenant, name, scope or [Scope.READ, Scope.WRITE], person)
    if as_json:
        print_json({"key": key})
    else:
        out.print(key, highlight=False, soft_wrap=True)


@app.command("list")
def list_keys() -> None:
    """All keys of the tenant, without their secrets, as JSON."""
    with failures():
        services = open_services(get_settings())
        print_json(services.keys.list(services.settings.tenant))


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(help="The part of the key between fsk_ and the second _.")]) -> None:
    """From now on the key is refused."""
    with failures():
        services = open_services(get_settings())
        services.keys.revoke(services.settings.tenant, key_id)
    out.print(f"revoked {key_id}", highlight=False)
