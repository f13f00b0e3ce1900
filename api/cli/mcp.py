"""``foreshock mcp``: the tools for an assistant on this machine, over standard input and output."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.console import failures
from core.errors import Forbidden
from core.settings import get_settings
from pipelines.keys.service import Scope
from pipelines.services import open_services


def mcp(
    key: Annotated[str, typer.Option("--key", envvar="FORESHOCK_KEY", help="An API key that may read.")],
) -> None:
    """Serve read-only tools (search, risk, evidence) to an assistant that starts this command."""
    from api.mcp.server import build_server, tenant_of_call

    with failures():
        services = open_services(get_settings())
        caller = services.keys.authenticate(key)
        if not caller.may(Scope.READ):
            raise Forbidden("this key may not read")
        tenant_of_call.set(caller.tenant_id)
        build_server(services).run("stdio")
