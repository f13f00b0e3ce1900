"""The sample workspace behind a server on a free port, for browsers: page tests, screenshots, figures of pages.

Its clock stands still on the day after the last document, so that pages are the same on any day.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import uvicorn
from playwright.sync_api import Browser, sync_playwright

from api.app import create_app
from api.cli.demo import TENANT, load_sample
from core.db import Store
from core.entities import Label
from core.settings import Settings
from labeling.members import ALL_QUEUES, Member, Role
from labeling.queues.rules import QueueRules, Strategy
from labeling.records import AnnotationState, LabelledSpan
from labeling.service import Answer, Nothing
from pipelines.keys.service import Scope
from pipelines.services import Services

NOW = datetime(2026, 9, 23, 18, tzinfo=UTC)
PERSON = "local"
ALL_SCOPES = list(Scope)
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_FILL_DOCUMENTS, _FILL_SIZE, _JUDGED = 12, 8, 4


@dataclass(frozen=True, slots=True)
class Workspace:
    """The services of a tenant, and a key that may use its pages."""

    services: Services
    tenant: str
    key: str


def sample(settings: Settings, store: Store | None = None) -> Workspace:
    """The sample workspace, read, with something to label."""
    settings = settings.model_copy(update={"tenant": TENANT, "workspace_file": None})
    services, _ = load_sample(settings, clock=lambda: NOW, store=store)
    made = open_to(services, TENANT)
    admin = Member(PERSON, Role.ADMIN, frozenset({ALL_QUEUES}))
    services.labeling.queues.fill(TENANT, admin, Strategy.ABSTAIN.value, _FILL_SIZE, documents=_FILL_DOCUMENTS)
    _judge(services, admin)
    return made


def _judge(services: Services, admin: Member) -> None:
    """Two people answer some of it; one goes by what the reader thinks, the other leaves every second one alone."""
    queue, labeling = Strategy.ABSTAIN.value, services.labeling
    both = replace(QueueRules.of(Strategy.ABSTAIN), overlap=2, minimum_submitted=2)
    labeling.queues.put(TENANT, admin, queue, both)
    for person, leaves, seconds in (("ana", 0, 8.5), ("ben", 2, 0.3)):
        member = Member(person, Role.ANNOTATOR, frozenset({ALL_QUEUES}))
        for turn in range(_JUDGED):
            task = labeling.tasks.next(TENANT, member, queue)
            if isinstance(task, Nothing):
                break
            record = task.view.record
            whole = (LabelledSpan(Label.WORKAROUND.value, record.start, record.end, {}),)
            spans = () if leaves and turn % leaves == 0 else whole
            labeling.tasks.answer(TENANT, member, task.task_id, Answer(AnnotationState.SUBMITTED, spans, seconds))


def open_to(services: Services, tenant: str) -> Workspace:
    """A tenant with somebody in it who may do everything."""
    services.labeling.members.put(tenant, PERSON, Role.ADMIN, [ALL_QUEUES])
    return Workspace(services, tenant, services.keys.create(tenant, "browser", ALL_SCOPES, PERSON))


@contextmanager
def served(services: Services) -> Iterator[str]:
    """A server over the services; gives its address."""
    config = uvicorn.Config(create_app(services=services), port=0, log_level="error", access_log=False, ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="pages", daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the server did not start")
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def chromium() -> str | None:
    """Where the system's Chromium is, if it has one; none is downloaded."""
    return next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)


@contextmanager
def browser() -> Iterator[Browser]:
    """The system's Chromium, without a window.

    Raises:
        FileNotFoundError: if there is none.
    """
    path = chromium()
    if path is None:
        raise FileNotFoundError("no Chromium on this machine; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path)
        yield opened
        opened.close()
