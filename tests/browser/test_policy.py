"""What the headers promise is what the browser does: no script of a page's own text, little script of ours."""

from __future__ import annotations

import pytest

from tests.browser.pages import DOCUMENT, PAGES

WITH_SCRIPT = {"account", "account-then", "document", "annotate", "label-adjudicate"}
SCRIPT_MAX = 300_000
SMUGGLED = """() => {
  const script = document.createElement("script");
  script.textContent = "window.smuggled = 1";
  document.body.append(script);
  document.body.insertAdjacentHTML("beforeend", '<img src="data:," onerror="window.smuggled = 1">');
  return new Promise((done) => setTimeout(() => done(window.smuggled ?? null), 200));
}"""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_our_host_alone_and_carries_little_script(context, address, name):
    page = context.new_page()
    asked = []
    page.on("response", lambda answer: asked.append(answer))
    page.goto(PAGES[name], wait_until="load")
    assert {answer.url.startswith(address) for answer in asked if not answer.url.startswith("data:")} == {True}
    scripts = [answer for answer in asked if answer.request.resource_type == "script"]
    assert bool(scripts) is (name in WITH_SCRIPT)
    assert sum(len(answer.body()) for answer in scripts) < SCRIPT_MAX
    page.close()


@pytest.mark.parametrize("path", ["/", DOCUMENT])
def test_the_policy_stops_script_in_a_page(context, path):
    page = context.new_page()
    refused = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(path)
    assert page.evaluate(SMUGGLED) is None
    assert any("Content Security Policy" in text for text in refused)
    page.close()
