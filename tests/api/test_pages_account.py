"""The page of an account: the course of its score, what changed since the last visit, times in the reader's zone."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from api.pages import chart
from api.pages.attributes import in_words
from api.pages.times import day, end_of, minute, shown_in, zones
from core.entities import Label
from pipelines.accounts.visits import SAME_VISIT
from pipelines.jobs.worker import drain
from tests.factories import NOON, make_document

RIVAL = "We have a demo with Deputy on Monday and compare their offer with yours before the renewal."
HOSTILE = "\x01</title><script>alert(1)</script>\u202e\u2028{{7*7}}"
LATE = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
AS_OF = {"as_of": "2026-03-20"}


@pytest.fixture
def browser(anonymous, key):
    anonymous.cookies.set("foreshock_zone", "UTC")
    assert anonymous.get(f"/login?key={key}").status_code == 200
    return anonymous


@pytest.fixture
def read(services, tenant):
    def store(*documents):
        services.ingest.add(tenant, list(documents))
        drain(services.extraction)

    return store


def test_a_column_leads_to_the_sentences_of_its_day_and_the_table_says_the_same(browser, read):
    read(make_document(RIVAL))
    page = browser.get("/account/acme", params=AS_OF).text
    (picture,) = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    links = re.findall(r'<a href="([^"]+)" aria-label="([^"]+)"', picture)
    address, told = links[-1]
    assert address == "/account/acme?as_of=2026-03-20#competitive_mention"
    assert re.search(
        r"2026-03-20: competitive mention, \d+\.\d points\. Last on 2026-03-02, Dana Whitfield: “We have", told
    )
    assert not re.search(r"<style|<script|style=|<desc", picture)
    table = page[page.index("As a table") : page.index("</table>")]
    assert f'<a href="{address}">' in table
    assert 'id="competitive_mention"' in page
    rows = list(csv.DictReader(io.StringIO(browser.get("/exports/course", params={"account_id": "acme"} | AS_OF).text)))
    assert (len(rows), rows[-1]["day"], float(rows[-1]["competitive_mention"]) > 0) == (20, "2026-03-20", True)
    assert float(rows[0]["score"]) == 0


def test_what_a_column_tells_is_text(browser, read):
    read(make_document(f"{RIVAL} {HOSTILE}", author=None, id=f"d{HOSTILE[1:]}", account_id="a/<i>"))
    page = browser.get("/account/a%2F%3Ci%3E", params=AS_OF).text
    assert "<script>alert" not in page
    assert ">49" not in page
    (picture,) = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert not re.search("[\x01\u202e\u2028]", picture)
    assert "as_of=2026-03-20#competitive_mention" in picture


def test_parts_of_a_score_fall_into_few_layers():
    assert {chart.layer_of(name) for name in ("contact_silent", "one_sided")} == {"less"}
    assert chart.layer_of("consolidation_and_rival") == "together"
    assert [chart.layer_of(label.value) for label in Label] == list(Label)


def test_nothing_is_drawn_where_there_is_nothing(browser, read):
    read(make_document())
    page = browser.get("/account/acme").text
    assert ("<svg" in page, "Nothing changed" in page) == (False, True)


def test_who_comes_back_reads_what_changed_since(browser, read, services):
    read(make_document(RIVAL))
    assert "next time this tells what changed" in browser.get("/account/acme").text
    later = services.visits.clock() + SAME_VISIT + timedelta(minutes=1)
    object.__setattr__(services.visits, "clock", lambda: later)
    read(make_document("All fine.", id="d-2", occurred_at=NOON + timedelta(days=3)))
    page = browser.get("/account/acme").text
    assert "Since your last visit" in page
    assert "1 document came in since" in " ".join(page.split())
    assert "Since your last visit" not in browser.get("/account/acme", params=AS_OF).text


def test_people_documents_and_requests_stand_on_the_page_and_in_files(browser, read):
    read(make_document(RIVAL, title="Renewal"))
    page = browser.get("/account/acme").text
    assert "Dana Whitfield" in page[page.index('id="people"') :]
    assert "score" in page[page.index('id="documents"') :]
    for name in ("people", "timeline"):
        answer = browser.get(f"/exports/{name}", params={"account_id": "acme", "format": "jsonl"} | AS_OF)
        assert answer.headers["content-disposition"] == f'attachment; filename="foreshock-{name}.jsonl"'
        assert json.loads(answer.text.splitlines()[0])
    sheet = browser.get("/exports/timeline", params={"account_id": "acme"} | AS_OF).text
    assert RIVAL in sheet


def test_files_are_for_those_who_are_signed_in(anonymous, read):
    read(make_document(RIVAL))
    for name in (
        "requests",
        "alerts",
        "themes",
        "people?account_id=acme&as_of=2026-03-20",
        "search?q=Deputy",
        "quality",
    ):
        answer = anonymous.get(f"/exports/{name}")
        assert (answer.status_code, "Deputy" in answer.text) == (401, False)


@pytest.mark.parametrize("name", ["alerts", "themes", "search", "requests"])
def test_every_list_is_a_file(browser, read, name):
    read(make_document(RIVAL))
    for form in ("csv", "jsonl"):
        answer = browser.get(f"/exports/{name}", params={"format": form, "q": "Deputy", "days": 700})
        assert answer.status_code == 200
        assert name == "requests" or name == "alerts" or "Deputy" in answer.text


def test_times_are_written_in_the_readers_zone(browser, read):
    read(make_document(RIVAL, occurred_at=LATE))
    assert "2026-03-02 23:30" in browser.get("/document/file/d-1").text
    browser.post("/times", data={"zone": "Europe/Berlin"})
    page = browser.get("/document/file/d-1").text
    assert ("2026-03-03 00:30" in page, "Times in Europe/Berlin" in page) == (True, True)
    assert "as_of=2026-03-03#" in browser.get("/account/acme?as_of=2026-03-03").text
    forgotten = browser.post("/times", data={"zone": "no such place"}, follow_redirects=False)
    assert "Max-Age=0" in forgotten.headers["set-cookie"]
    browser.cookies.delete("foreshock_zone")
    answer = browser.get("/requests")
    assert ("Times in UTC" in answer.text, "/static/zone.js" in answer.text) == (True, True)
    assert "script-src 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("zone", ["", "nonsense", "../etc/passwd", "Etc/UTC%00", "%F0%9F%99%82"])
def test_a_strange_zone_is_utc(browser, zone):
    browser.cookies.set("foreshock_zone", zone)
    assert "Times in UTC" in browser.get("/").text


def test_days_are_days_and_moments_move():
    with shown_in("America/New_York"):
        assert (day("2026-03-02"), day(NOON), minute("2026-03-02T03:00:00+00:00"), day(None)) == (
            "2026-03-02", "2026-03-02", "2026-03-01 22:00", "")  # fmt: skip
    assert day("2026-03-02T03:00:00+00:00") == "2026-03-02"
    assert end_of(datetime(2026, 3, 2), "Europe/Berlin") < datetime(2026, 3, 2, 23, tzinfo=UTC)
    assert end_of(datetime(2026, 3, 2), "UTC").day == 2
    assert end_of(NOON, "Europe/Berlin") == NOON
    assert {"UTC", "Europe/Berlin", "Asia/Kolkata"} <= set(zones())


def test_the_quality_card_says_what_it_can_and_what_not(browser, read, services, tenant):
    page = " ".join(browser.get("/quality").text.split())
    measured = services.workspace.quality_card(tenant)["measured"]["labels"]
    for label, found in measured.items():
        told = f"of ten sentences that it marks about {round(found['precision'] * 10)} are right"
        assert f'<li id="{label}">' in page
        assert told in page
    assert "It is weakest at" in page
    assert "It reads English alone" in page
    assert browser.get("/exports/quality").json()["measured"]["labels"] == measured


def test_what_was_passed_over_is_grey_with_its_reason(browser, read):
    text = (
        f"Hi,\n\n{RIVAL}\n\nDana\n\nOn Monday, Priya wrote:\n> Would you like a demo of our new planner?\n> It is free."
    )
    read(make_document(text))
    page = browser.get("/document/file/d-1").text
    assert re.search(r'<span class="passed quoted_history" title="Not read: quoted from an earlier message', page)
    assert "quoted from an earlier message" in page[page.index("characters read") :]
    shown = re.search(r'<pre class="text" id="text">(.*?)</pre>', page, re.DOTALL)[1]
    assert re.sub(r"<[^>]+>", "", shown).replace("&gt;", ">") == text
    assert 'href="/quality#competitive_mention"' in page
    assert browser.get("/exports/document?source=file&document_id=d-1").json()["text"] == text


@pytest.mark.parametrize(
    ("label", "attributes", "told"),
    [
        ("competitive_mention", {"competitors": ["Deputy", "Sling"], "stance": "evaluating"}, "Deputy, Sling; they are evaluating it"),
        ("competitive_mention", {"competitors": ["in-house"]}, "their own build"),
        ("competitive_mention", {}, "no rival is named"),
        ("vendor_consolidation", {"platform": "Microsoft 365", "driver": "finance", "deadline": "by June", "deadline_date": "2026-06"},
         "into Microsoft 365; led by finance; by “by June” (2026-06)"),
        ("vendor_consolidation", {"deadline_date": "2026-06", "direction": "away_from_us"}, "work moves away from us; by 2026-06"),
        ("workaround", {"means": "spreadsheet", "status": "in_use", "effort": "two hours a week", "effort_hours_per_month": 8.7},
         "by spreadsheet; in use today; “two hours a week”, 8.7 hours a month"),
        ("unbuilt_feature_request", {"capability": "SSO", "criticality": "blocker", "gave_up": True, "status": "open"},
         "SSO; a blocker; has stopped asking; open"),
        ("unbuilt_feature_request", {}, ""),
    ],
)  # fmt: skip
def test_attributes_are_told_in_words(label, attributes, told):
    assert in_words(label, attributes) == told


def test_news_of_a_saved_search_stand_in_the_inbox_and_lead_to_the_place(browser, read, services, tenant):
    read(make_document("Thanks for the cake."))
    browser.post("/search/save", data={"q": "demo with Deputy", "name": "Deputy", "alert": "1"})
    read(make_document(RIVAL, id="d-2"))
    services.upkeep.run()
    assert "1 saved search with something new" in " ".join(browser.get("/").text.split())
    page = browser.get("/alerts").text
    assert "New to “" in page
    assert re.search(r'href="/document/file/d-2\?found=0-\d+#found"', page)
    (search_id,) = re.findall(r'name="search_id" value="([^"]+)"', page)
    assert "New to “" not in browser.post("/alerts/news", data={"search_id": search_id}).text


def test_evidence_of_an_alert_leads_to_its_document(browser, read):
    read(make_document(RIVAL, id="d-9", occurred_at=datetime.now(UTC) - timedelta(days=1)))
    page = browser.get("/alerts").text
    assert '<a href="/document/file/d-9#at-0">' in page


def test_course_and_people_over_http(client, read):
    read(make_document(RIVAL))
    course = client.get("/v1/accounts/acme/risk/course", params={"until": "2026-03-20", "steps": 2, "days": 30}).json()
    assert [item["as_of"][:10] for item in course] == ["2026-02-18", "2026-03-20"]
    assert course[1]["parts"][0]["newest"]["text"] == RIVAL
    (person,) = client.get("/v1/accounts/acme/people").json()
    assert (person["name"], person["documents"]) == ("Dana Whitfield", 1)
    assert client.get("/v1/accounts/nobody/people").status_code == 404
