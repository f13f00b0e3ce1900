"""Every page against axe-core, in light and dark, on a screen and on a phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import WIDE
from tests.browser.pages import PAGES

PHONE = {"width": 390, "height": 844}
GRAVE = ("serious", "critical")
SETTINGS = {"light": ("light", WIDE), "dark": ("dark", WIDE), "phone": ("light", PHONE)}
OPTIONS = {"resultTypes": ["violations"]}
axe = Axe()


@pytest.fixture(scope="module")
def lax(browser, address, demo):
    """A page that lets axe in; that the policy holds is tested elsewhere."""
    context = browser.new_context(base_url=address, bypass_csp=True)
    context.request.get(f"/login?key={demo.key}")
    yield context.new_page()
    context.close()


def findings(page):
    """Each grave finding in a line: the rule, what to do, and where."""
    found = axe.run(page, options=OPTIONS).response["violations"]
    return [
        f"{rule['id']}: {node['failureSummary'].splitlines()[-1].strip()}: {node['html'][:120]}"
        for rule in found
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]


def look(page):
    """Findings in every setting, and whether a phone must scroll sideways."""
    wrong = []
    for name, (scheme, size) in SETTINGS.items():
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(size)
        wrong += [f"{name}: {finding}" for finding in findings(page)]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        wrong.append("phone: wider than the screen")
    return wrong


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_grave_finding(lax, name):
    lax.goto(PAGES[name])
    lax.evaluate("document.querySelectorAll('main details').forEach((details) => (details.open = true))")
    assert look(lax) == []


def test_a_request_has_no_grave_finding(lax):
    lax.goto("/requests")
    lax.locator("td.wide a").first.click()
    lax.evaluate("document.querySelectorAll('main details').forEach((details) => (details.open = true))")
    assert look(lax) == []


def test_the_form_to_sign_in_has_no_grave_finding(browser, address):
    with browser.new_context(base_url=address, bypass_csp=True) as stranger:
        page = stranger.new_page()
        page.goto("/")
        assert look(page) == []
