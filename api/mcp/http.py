"""The tools over HTTP, at ``/mcp``: the key is checked before anything of a message is read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from mcp.server.transport_security import TransportSecuritySettings
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api.mcp.server import build_server, tenant_of_call
from core.errors import ForeshockError, Unauthorized
from pipelines.keys.service import Scope as KeyScope
from pipelines.services import Services

PATH = "/mcp"
_BEARER = "Bearer "


class KeyGate:
    """Lets only calls with a key that may read through, each as its tenant's."""

    def __init__(self, inner: ASGIApp, services: Services) -> None:
        self._inner = inner
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the key, then go on."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        sent = Headers(scope=scope).get("authorization", "")
        try:
            caller = await run_in_threadpool(self._services.keys.authenticate, sent.removeprefix(_BEARER).strip())
            if not caller.may(KeyScope.READ):
                raise Unauthorized("this key may not read")
        except ForeshockError as error:
            problem = {"title": error.title, "status": error.status, "detail": error.message}
            headers = {"WWW-Authenticate": "Bearer"}
            await JSONResponse(problem, error.status, headers, "application/problem+json")(scope, receive, send)
            return
        token = tenant_of_call.set(caller.tenant_id)
        try:
            await self._inner(scope, receive, send)
        finally:
            tenant_of_call.reset(token)


class Assistants:
    """What is mounted at ``PATH``: the tools, once ``open_tools`` has given them the services of the process."""

    def __init__(self) -> None:
        self._inner: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a call on."""
        if self._inner is None:
            raise RuntimeError("the tools were not opened")
        await self._inner(scope, receive, send)

    @asynccontextmanager
    async def opened(self, services: Services) -> AsyncIterator[None]:
        """The tools over ``services``, as long as the application lives. Every call stands alone: no sessions."""
        server = build_server(services)
        # Whose call it is the key says; a browser that was led here has none, since the cookie does not count.
        security = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        inner = server.streamable_http_app(
            streamable_http_path="/", json_response=True, stateless_http=True, transport_security=security
        )
        async with server.session_manager.run():
            self._inner = KeyGate(inner, services)
            yield
        self._inner = None


def configure(app: FastAPI) -> Assistants:
    """Mount the tools."""
    tools = Assistants()
    app.mount(PATH, tools)
    return tools
