"""What people do on the pages, done in a browser."""

from __future__ import annotations

import re

from playwright.sync_api import expect

ACCOUNT = "brook"
QUESTION = "they copy it into a spreadsheet"


def open_document(page):
    """A document with a signal in it, reached as a person would."""
    page.goto(f"/account/{ACCOUNT}")
    page.locator("blockquote cite a").first.click()
    page.wait_for_url("**/document/**")


def test_a_key_signs_in_and_a_wrong_one_does_not(browser, address, demo):
    with browser.new_context(base_url=address) as stranger:
        page = stranger.new_page()
        page.goto("/alerts")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        page.get_by_label("API key").fill("fsk_not_a_key")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("not valid")
        page.get_by_label("API key").fill(demo.key)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Accounts by risk")
        assert "fsk_" not in page.evaluate("document.cookie")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_portfolio_is_narrowed_by_what_stands_in_the_address(page):
    page.goto("/")
    everybody = page.locator("ol.accounts > li").count()
    page.get_by_label("Tier").select_option("best_customer")
    page.get_by_label("First").select_option("change")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url(re.compile("tier=best_customer.*order=change"))
    cards = page.locator("ol.accounts > li")
    assert 0 < cards.count() < everybody
    expect(cards.filter(has_text="Best customer")).to_have_count(cards.count())
    page.reload()
    expect(page.get_by_label("Tier")).to_have_value("best_customer")
    page.goto("/?level=low&driver=competitive_mention&owner=nobody")
    expect(page.locator("main")).to_contain_text("No account is like that")


def test_an_account_is_shown_as_of_another_day(page):
    page.goto("/")
    page.locator("ol.accounts h2 a").first.click()
    page.wait_for_url("**/account/**")
    now = page.locator(".score strong").inner_text()
    page.get_by_label("As of").fill("2026-01-05")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**as_of=2026-01-05")
    expect(page.locator(".score strong")).to_have_text("0")
    assert int(now) > 0
    expect(page.locator("main")).to_contain_text("Nothing that raises the risk")


def test_evidence_leads_to_its_mark_and_the_mark_says_why(page):
    open_document(page)
    anchor = page.url.split("#")[1]
    assert page.locator(f"#{anchor} + mark").count() == 1
    expect(page.locator("#text mark").first).to_be_visible()
    address = page.url
    page.get_by_role("link", name="look closer").first.click()
    expect(page.locator("#why")).to_contain_text("without “")
    assert page.url == address  # in its place


def test_a_selection_becomes_a_correction_and_waits_for_a_labeler(page):
    open_document(page)
    words = page.evaluate(
        """() => {
          const first = document.createTreeWalker(document.getElementById("text"), NodeFilter.SHOW_TEXT);
          while (first.nextNode().data.trim().length < 12);
          const node = first.currentNode, from = node.data.search(/\\S/), range = document.createRange();
          range.setStart(node, from);
          range.setEnd(node, from + 10);
          document.getSelection().removeAllRanges();
          document.getSelection().addRange(range);
          return range.toString().trim();
        }"""
    )
    missed = page.locator("#missed")
    expect(missed.get_by_role("textbox")).to_have_value(words)
    missed.get_by_role("button", name="Workaround").click()
    expect(page.get_by_role("status")).to_contain_text("Sent to the labeling queue")
    expect(page.locator("#corrections")).to_contain_text(words)
    page.get_by_role("button", name="Not a signal").first.click()
    expect(page.locator("#corrections li")).to_have_count(2)


def test_a_hit_leads_to_its_sentence(page):
    page.goto("/search")
    page.get_by_label("What was said").fill(QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_url("**q=they+copy**")
    hit = page.locator(".results .said").first
    said = hit.inner_text()
    expect(page.locator(".results cite").first).to_contain_text("more like this")
    hit.click()
    page.wait_for_url("**#found")
    found = "".join(page.locator("#text mark.found").all_inner_texts())
    assert " ".join(found.split()) == " ".join(said.split())


def test_search_is_filtered_in_the_address_saved_and_forgotten(page):
    page.goto(f"/search?q={QUESTION}")
    page.locator("summary", has_text="Filters").click()
    page.get_by_label("Kind").select_option("call_transcript")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**kind=call_transcript**")
    kinds = page.locator(".results > li > p").all_inner_texts()
    assert kinds
    assert all("call transcript" in kind for kind in kinds)
    page.get_by_label("Save this one as").fill("My sheets")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="My sheets")).to_be_visible()
    page.get_by_role("button", name="Forget My sheets").click()
    expect(page.get_by_role("link", name="My sheets")).to_have_count(0)


def test_requests_lead_to_those_who_ask(page):
    page.goto("/requests")
    link = page.locator("td.wide .quiet a").first
    name = link.inner_text()
    link.click()
    page.wait_for_url(f"**/account/{name}")
    expect(page.locator("main")).to_contain_text("What they ask for")


def test_two_requests_become_one_and_two_again(page):
    page.goto("/requests")
    rows = page.locator("tbody tr")
    before = rows.count()
    first = rows.nth(0).locator("td.wide > a").inner_text()
    second = rows.nth(1).locator("td.wide > a").inner_text()
    for at in (0, 1):
        rows.nth(at).get_by_role("checkbox").check()
    page.get_by_role("button", name="Merge the chosen ones").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(first)
    expect(page.get_by_role("status")).to_contain_text("Merged")
    expect(page.locator("main")).to_contain_text(f"“{second}” became part of this one")
    page.get_by_role("button", name="Undo the step").first.click()
    expect(page.get_by_role("status")).to_have_text("Undone.")
    page.goto("/requests")
    expect(rows).to_have_count(before)


def test_a_request_is_named_and_planned(page):
    page.goto("/requests?status=open")
    link = page.locator("td.wide > a").last
    address = link.get_attribute("href")
    link.click()
    page.get_by_label("Title").fill("Later")
    page.get_by_label("Status").select_option("planned")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Later")
    page.goto("/requests?status=planned")
    assert page.locator("td.wide > a").first.get_attribute("href") == address


def test_a_column_tells_its_sentence_and_leads_to_its_day(page):
    page.goto("/account/orbit")
    bars = page.locator(".course a")
    bars.last.focus()
    expect(page.locator("#told")).to_contain_text("points")
    last = page.locator("#told").inner_text()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#told")).not_to_have_text(last)
    told = page.locator("#told").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**as_of=**")
    assert f"as_of={told[:10]}#" in page.url
    expect(page.locator(f"#{page.url.split('#')[1]}")).to_be_visible()
    expect(page.get_by_label("As of", exact=True)).to_have_value(told[:10])
    page.get_by_role("link", name="back to the latest").click()
    page.get_by_text("As a table").click()
    page.locator(".numbers td a").first.click()
    page.wait_for_url("**as_of=**")


def test_the_slider_moves_the_day(page):
    page.goto("/account/orbit")
    day, slider = page.get_by_label("As of", exact=True), page.get_by_role("slider")
    before = day.input_value()
    slider.focus()
    page.keyboard.press("ArrowLeft")
    assert day.input_value() < before
    page.keyboard.press("Home")
    first = day.input_value()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**as_of={first}")


def test_without_script_an_account_is_read_all_the_same(browser, address, demo):
    with browser.new_context(base_url=address, java_script_enabled=False) as plain:
        plain.request.get(f"/login?key={demo.key}")
        page = plain.new_page()
        page.goto("/account/orbit")
        expect(page.locator(".course a").first).to_be_visible()
        expect(page.get_by_role("slider")).to_have_count(0)
        expect(page.locator(".foot")).to_contain_text("Times in UTC")
        page.get_by_label("As of", exact=True).fill("2026-06-01")
        page.get_by_role("button", name="Show").click()
        page.wait_for_url("**as_of=2026-06-01")
        page.goto("/document/file/KB-111")
        page.get_by_role("link", name="look closer").first.click()
        expect(page.locator("#why")).to_contain_text("without “")


def test_the_browser_tells_its_zone_once_and_a_person_may_choose_another(browser, address, demo):
    with browser.new_context(base_url=address, timezone_id="Asia/Tokyo") as far:
        far.request.get(f"/login?key={demo.key}")
        page = far.new_page()
        page.goto("/account/orbit")
        expect(page.locator(".foot")).to_contain_text("Times in Asia/Tokyo")
        page.goto("/times")
        page.get_by_label("Zone").select_option("Europe/Berlin")
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".foot")).to_contain_text("Times in Europe/Berlin")
        page.goto("/")
        expect(page.locator(".foot")).to_contain_text("Times in Europe/Berlin")


def test_settings_are_checked_and_a_key_is_shown_once(context):
    page = context.new_page()  # a browser logs a refusal as an error, which the fixture would not let pass
    page.goto("/settings/policy")
    text = page.get_by_label("The whole of it")
    written = text.input_value()
    text.fill(written.replace("weekly_budget = 12", "weekly_budget = 0"))
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_role("alert")).to_contain_text("alerts.weekly_budget")
    page.goto("/settings/keys")
    page.get_by_label("What it is for").fill("crm")
    page.get_by_role("button", name="Make").click()
    expect(page.locator("code.key")).to_contain_text("fsk_")
    page.goto("/settings/keys")
    expect(page.locator("code.key")).to_have_count(0)
    page.get_by_role("button", name="Revoke crm").click()
    expect(page.get_by_role("status")).to_contain_text("Revoked")
    page.close()


def test_an_alert_is_worked_off(page):
    page.goto("/alerts?state=open")
    alert = page.locator(".alert").first
    key = alert.get_attribute("id")
    alert.locator("summary").click()
    alert.get_by_role("button", name="Done").click()
    expect(page.get_by_role("alert")).to_contain_text("say why")
    alert = page.locator(f"#{key}")
    alert.locator("summary").click()
    alert.get_by_label("In a few words").fill("called them")
    alert.get_by_label("yes").check()
    alert.get_by_role("button", name="Done").click()
    expect(page.locator(f"#{key}")).to_have_count(0)
    page.goto("/alerts?state=resolved")
    expect(page.locator(f"#{key}")).to_contain_text("resolved")


def test_themes_span_the_days_that_are_asked_for(page):
    page.goto("/themes")
    page.get_by_label("Days").fill("365")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**days=365**")
    expect(page.locator("main")).to_contain_text("beside the 365 days before")
    assert page.locator("tbody tr").count() > 0


def test_a_task_is_labeled_by_keyboard_alone(page):
    page.goto("/label")
    page.get_by_role("link", name="Unsure: between the thresholds").click()
    page.wait_for_url("**/label/abstain")
    task = page.locator("[name=task]").input_value()
    box = page.locator("#on-0")
    before = box.is_checked()
    page.keyboard.press("1")
    assert box.is_checked() is not before
    if before:
        page.keyboard.press("1")
    start = int(page.locator("#start-0").input_value())
    page.keyboard.press("Shift+ArrowRight")
    assert int(page.locator("#start-0").input_value()) > start
    assert page.locator("#window .spoken").count() > 0
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Submitted")
    page.keyboard.press("u")
    expect(page.get_by_role("status")).to_contain_text("Taken back")
    expect(page.locator("[name=task]")).to_have_value(task)
    page.keyboard.press("s")
    expect(page.get_by_role("status")).to_contain_text("Skipped")


def test_the_first_key_of_tab_leads_past_the_menu(page):
    page.goto("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.getElementById('main').contains(document.activeElement)")
