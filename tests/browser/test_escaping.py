"""Text stays text: markup, script, template syntax and marks of direction change nothing on any page."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import expect

from tests.browser import hostile

DOCUMENT = f"/document/file/{quote(hostile.DOCUMENT_ID, safe='')}"
ACCOUNT = f"/account/{quote(hostile.ACCOUNT_ID, safe='')}"
PAGES = {
    "portfolio": "/?" + urlencode({"owner": hostile.NAME, "segment": hostile.NAME}),
    "account": ACCOUNT,
    "document": DOCUMENT,
    "search": "/search?" + urlencode({"q": f"demo with Deputy {hostile.MARKUP}"}),
    "search-filters": "/search?" + urlencode({"q": "Deputy", "speaker": hostile.MARKUP, "label": hostile.MARKUP}),
    "requests": "/requests",
    "alerts": "/alerts?" + urlencode({"problem": hostile.NAME, "owner": hostile.NAME}),
    "alerts-owner": "/alerts?" + urlencode({"state": hostile.MARKUP, "owner": hostile.NAME}),
    "quality": "/quality",
    "settings": "/settings",
    "settings-keys": "/settings/keys",
    "settings-members": "/settings/members",
    "settings-workspace": "/settings/workspace",
    "times": "/times",
    "themes": "/themes?" + urlencode({"owner": hostile.NAME, "days": 365}),
    "label": "/label",
    "annotate": "/label/corrections",
    "label-quality": "/label/quality?" + urlencode({"label": hostile.MARKUP[:120]}),
    "label-adjudicate": "/label/adjudicate",
    "signals": "/label/signals",
    "signal": f"/label/signals/{hostile.SIGNAL.lower()}",
    "functions": "/label/functions",
    "nothing": f"/account/{quote(hostile.MARKUP, safe='')}",
}
SHOWS_NAME = {
    "portfolio", "account", "document", "search", "alerts", "alerts-owner", "settings-keys", "label", "annotate",
    "label-adjudicate", "signals", "signal", "functions",
}  # fmt: skip
INJECTED = f"""() => [
  window.{hostile.MARK} !== undefined,
  document.querySelectorAll("#{hostile.MARK}, img, main script, [onload], [onerror]").length,
  document.querySelectorAll("svg:not([role=img], .course)").length,
]"""


@pytest.fixture(scope="module")
def attacked_page(browser, address, attacked):
    """A page without the policy that would stop what got through: escaping must do alone."""
    context = browser.new_context(base_url=address, bypass_csp=True)
    context.request.get(f"/login?key={attacked.key}")
    page = context.new_page()
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    yield page
    context.close()
    assert dialogs == []


def one_line(text):
    return " ".join(text.split())


@pytest.mark.parametrize("name", PAGES)
def test_hostile_text_changes_nothing(attacked_page, name):
    answer = attacked_page.goto(PAGES[name])
    assert answer.status < 500
    assert attacked_page.evaluate(INJECTED) == [False, 0, 0]
    assert hostile.PRODUCT_OF_TEMPLATE not in attacked_page.content()
    if name in SHOWS_NAME:
        shown = attacked_page.locator("body").inner_text()
        assert hostile.MARKUP in one_line(shown)
        assert "{{7*191}}${7*191}" in shown


def test_a_request_and_what_was_done_to_it_stay_text(attacked_page):
    attacked_page.goto("/requests")
    attacked_page.locator("td.wide a").first.click()
    attacked_page.get_by_label("Title").fill(f"{hostile.MARKUP}"[:120])
    attacked_page.get_by_role("button", name="Save").click()
    expect(attacked_page.get_by_role("status")).to_have_text("Changed.")
    assert attacked_page.evaluate(INJECTED) == [False, 0, 0]
    assert hostile.MARKUP in one_line(attacked_page.locator("body").inner_text())


def test_what_is_wrong_in_settings_stays_text(attacked_page):
    attacked_page.goto("/settings/workspace")
    attacked_page.get_by_label("The whole of it").fill(f"# {hostile.MARKUP}\nx = 1")
    attacked_page.get_by_role("button", name="Check and save").click()
    expect(attacked_page.get_by_role("alert")).to_contain_text("x: Extra inputs are not permitted")
    assert attacked_page.evaluate(INJECTED) == [False, 0, 0]
    assert hostile.MARKUP in attacked_page.get_by_label("The whole of it").input_value()


def test_the_document_is_shown_as_it_was_delivered(attacked_page):
    attacked_page.goto(DOCUMENT)
    assert attacked_page.locator("#text").text_content() == hostile.TEXT
    expect(attacked_page.locator("#text mark").first).to_be_visible()
    expect(attacked_page.locator("#corrections")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "place", "after"),
    [("portfolio", ".account .quiet", "as of"), ("account", "h1 + .quiet", "documents read"),
     ("alerts-owner", ".alert .next", ")")],
)  # fmt: skip
def test_an_override_of_direction_ends_with_the_text_that_holds_it(attacked_page, name, place, after):
    attacked_page.goto(PAGES[name])
    places = attacked_page.locator(place).first.evaluate(
        """(element, after) => {
          const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
          let last = null;
          while (walker.nextNode()) if (walker.currentNode.data.includes(after)) last = walker.currentNode;
          const at = last.data.lastIndexOf(after), range = document.createRange();
          return [at, at + after.length - 1].map((place) => {
            range.setStart(last, place);
            range.setEnd(last, place + 1);
            const box = range.getBoundingClientRect();
            return box.top * 10_000 + box.left;
          });
        }""",
        after,
    )
    assert places == sorted(places)
