"""Commands that run things: ``serve``, ``worker``, ``migrate``, ``doctor``."""

from __future__ import annotations

import os
import signal
import socket
import stat
import threading
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.console import EXIT_FAILED, err, failures, out, print_json
from core.db import owner_database_url, upgrade
from core.errors import ForeshockError, PortInUse
from core.settings import Settings, get_settings
from labeling.members import ALL_QUEUES, Role
from nlp.artefact import READERS
from nlp.extract import SignalReader
from pipelines.jobs.worker import ModelWorker, Worker
from pipelines.keys.service import Scope
from pipelines.services import Services, open_services

KEY_FILE = "browser-key"
LOCAL_PERSON = "local"


def serve(
    host: Annotated[str | None, typer.Option("--host", help="Address; FORESHOCK_HOST by default.")] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65_535, help="FORESHOCK_PORT by default.")] = None,
) -> None:
    """Serve the API and the pages; reads waiting documents as well."""
    import uvicorn

    from api.app import create_app

    settings = get_settings()
    address, number = host or settings.host, settings.port if port is None else port
    with failures():
        bound = _bind(address, number)
        shown = bound.getsockname()[1]
        services = open_services(settings)
        key = browser_key(services)
        services.store.close()
    err.print(f"Foreshock on http://{address}:{shown}/login?key={key}", highlight=False, soft_wrap=True)
    err.print(f"API docs on http://{address}:{shown}/docs; stop with Ctrl+C", highlight=False)
    # No access log: paths and queries can hold a customer's names, and the sign-in link a key.
    config = uvicorn.Config(create_app(settings), log_level=settings.log_level, access_log=False)
    uvicorn.Server(config).run(sockets=[bound])


def worker() -> None:
    """Read, re-read, train and compare until stopped; for servers that do not do it in-process."""
    with failures():
        services = open_services(get_settings())
        services.workspace.reader(services.settings.tenant)
        running = Worker(services.extraction, services.upkeep, services.labeling.issues.work, services.learning.shadow)
        learner = ModelWorker(services.learning.jobs)
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        running.start()
        learner.start()
        err.print("working; stop with Ctrl+C", highlight=False)
        stop.wait()
        learner.stop()
        running.stop()


def migrate() -> None:
    """Bring the database to this release's schema. Uses FORESHOCK_OWNER_DATABASE_URL if it is set."""
    with failures():
        upgrade(owner_database_url(get_settings()))
    out.print("the database is up to date")


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Check database, model and settings; says what is wrong and what to do."""
    settings = get_settings()
    checks = [_check("model", _model, settings), _check("database", _database, settings)]
    if as_json:
        print_json(checks)
    for check in () if as_json else checks:
        mark = "[green]ok[/]   " if check["ok"] else "[red]wrong[/]"
        out.print(mark, check["name"] + ":", check["detail"].replace("[", r"\["), highlight=False, soft_wrap=True)
    if not all(check["ok"] for check in checks):
        raise typer.Exit(EXIT_FAILED)


def browser_key(services: Services) -> str:
    """The key of the link that ``serve`` prints: made once, kept in the data directory for its owner alone.

    Whoever has the data directory may read, and label as ``local``.
    """
    path = services.settings.data_dir / KEY_FILE
    tenant = services.settings.tenant
    if services.labeling.members.find(tenant, LOCAL_PERSON) is None:
        services.labeling.members.put(tenant, LOCAL_PERSON, Role.ADMIN, [ALL_QUEUES])
    if path.exists():
        key = path.read_text(encoding="utf-8").strip()
        try:
            caller = services.keys.authenticate(key)
        except ForeshockError:
            caller = None
        if caller and caller.person == LOCAL_PERSON and caller.tenant_id == tenant:
            return key
        path.unlink()
    key = services.keys.create(tenant, "browser", [Scope.READ, Scope.WRITE, Scope.LABEL], LOCAL_PERSON)
    _write_private(path, key)
    return key


def _write_private(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, stat.S_IRUSR | stat.S_IWUSR)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        raise PortInUse(
            f"can't listen: {error.strerror}", where=f"{host}:{port}", remedy="choose another with --port or --host"
        ) from error
    return bound


def _check(name: str, probe: Any, settings: Settings) -> dict[str, Any]:
    try:
        return {"name": name, "ok": True, "detail": probe(settings)}
    except ForeshockError as error:
        return {"name": name, "ok": False, "detail": str(error)}


def _model(settings: Settings) -> str:
    return f"reader {SignalReader.load(settings.model_dir or READERS[settings.reader]).model_version}"


def _database(settings: Settings) -> str:
    services = open_services(settings)
    counts = services.accounts.counts(settings.tenant)
    place = "FORESHOCK_DATABASE_URL" if settings.database_url else f"embedded in {settings.data_dir}"
    return f"{place}; " + ", ".join(f"{count} {name}" for name, count in counts.items())
