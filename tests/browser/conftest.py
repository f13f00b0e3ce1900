"""One Chromium and one server over the sample workspace for all tests of pages.

They live as long as this folder's tests: Playwright keeps an event loop that others must not meet.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from api.pages import times
from benchmarks.demo import NOW, Workspace, chromium, open_to, sample, served
from core.db import Store
from core.settings import Settings
from pipelines.jobs.worker import drain
from pipelines.services import open_services
from tests.browser import hostile

CI = os.environ.get("CI") in ("true", "1")
WIDE = {"width": 1440, "height": 900}
TIMEOUT_MS = 30_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None and CI:
        pytest.fail("no Chromium, and CI must test the pages; .ci/services installs it")
    if path is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path)
        yield opened
        opened.close()


@pytest.fixture(scope="package")
def demo(browser: Browser, settings: Settings, store: Store) -> Workspace:
    """The sample workspace; what one test changes in it, no other asks for."""
    return sample(settings, store)


@pytest.fixture(scope="package")
def attacked(demo: Workspace, settings: Settings, store: Store) -> Workspace:
    """A workspace of somebody who writes HTML, script and template syntax wherever text can stand."""
    services = open_services(settings.model_copy(update={"tenant": "attacked"}), store=store, clock=lambda: NOW)
    workspace = open_to(services, "attacked")
    hostile.fill(workspace)
    drain(services.extraction)
    hostile.use(workspace)
    return workspace


@pytest.fixture(scope="package")
def address(demo: Workspace) -> Iterator[str]:
    with served(demo.services) as found:
        yield found


@pytest.fixture(scope="package")
def context(browser: Browser, address: str, demo: Workspace) -> Iterator[BrowserContext]:
    """Somebody who is signed in to the sample workspace, and whose scripts the pages' policy binds."""
    opened = browser.new_context(base_url=address, viewport=WIDE)
    opened.set_default_timeout(TIMEOUT_MS)
    opened.request.get(f"/login?key={demo.key}")
    opened.add_cookies([{"name": times.COOKIE, "value": times.NO_ZONE, "url": address}])
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which no script fails, nothing is blocked, and nothing is asked of another host."""
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    opened.on("requestfailed", lambda request: wrong.append(f"{request.url}: {request.failure}"))
    yield opened
    opened.close()
    assert wrong == []
