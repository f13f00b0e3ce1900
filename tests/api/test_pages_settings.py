"""Settings are for admins: what is written is checked and told in words; keys are shown once and revoked for good."""

from __future__ import annotations

import html
import re

import pytest

from api.pages.configured import as_text, parsed
from core.errors import InputError
from pipelines.keys.service import Scope
from pipelines.playbook.policy import default_policy
from pipelines.playbook.service import Configured
from pipelines.risk.parameters import default_parameters

PARTS = ("workspace", "policy", "risk")


@pytest.fixture
def browser(anonymous, key):
    anonymous.cookies.set("foreshock_zone", "Europe/Berlin")
    assert anonymous.get(f"/login?key={key}").status_code == 200
    return anonymous


def text_of(page):
    return html.unescape(re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", page, re.DOTALL)[1])


def test_only_admins_see_settings(anonymous, services, tenant):
    paths = ["/settings", "/settings/keys", "/settings/members", *(f"/settings/{name}" for name in PARTS)]
    assert all("Sign in" in anonymous.get(path).text for path in paths)
    anonymous.get(f"/login?key={services.keys.create(tenant, 'writer', [Scope.READ, Scope.WRITE])}")
    for path in paths:
        answer = anonymous.get(path)
        assert (answer.status_code, "yours may not" in answer.text, "<form method=\"post\" action=\"/settings" in answer.text) == (403, True, False)  # fmt: skip
    made = anonymous.post("/settings/keys", data={"name": "mine", "scope": "admin"})
    assert (made.status_code, "fsk_" in made.text) == (403, False)
    assert anonymous.post("/settings/policy", data={"text": "version = '9'"}).status_code == 403
    assert services.playbook.current(tenant, Configured.POLICY).number == 0


def test_what_ships_comes_back_as_it_is(browser, services, tenant):
    for config in (default_policy(), default_parameters()):
        kept = config.model_dump(mode="json")
        assert type(config).model_validate(parsed(as_text(kept))) == config
    text = text_of(browser.get("/settings/policy").text)
    saved = browser.post("/settings/policy", data={"text": text, "do": "save"})
    assert "in force" in saved.text
    found = services.playbook.current(tenant, Configured.POLICY)
    assert (found.number, found.config) == (1, default_policy().model_dump(mode="json"))


def test_a_new_version_holds_an_older_one_comes_back_and_so_does_what_ships(browser, services, tenant):
    text = text_of(browser.get("/settings/policy").text)
    browser.post("/settings/policy", data={"text": text.replace("weekly_budget = 12", "weekly_budget = 3")})
    browser.post("/settings/policy", data={"text": text.replace("weekly_budget = 12", "weekly_budget = 5")})
    assert services.playbook.policy_of(tenant).alerts.weekly_budget == 5
    first = browser.get("/settings/policy?version=1").text
    assert "Version 1, not in force" in first
    browser.post("/settings/policy", data={"text": text_of(first)})
    assert services.playbook.policy_of(tenant).alerts.weekly_budget == 3
    browser.post("/settings/policy", data={"do": "reset"})
    assert services.playbook.policy_of(tenant).alerts.weekly_budget == 12
    assert browser.get("/settings/policy").text.count('href="/settings/policy?version=') == 4


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("policy", "version = ", "not valid TOML"),
        ("policy", '{"version": ', "not valid JSON"),
        ("policy", "version = '9'", "best_customer: Field required"),
        ("workspace", '[vendor]\nnmae = "Kestrelbay"', "vendor.nmae"),
        ("workspace", '[[suites]]\nname = "A1"\n[[competitors]]\nname = "B1"\naliases = ["A1"]', "stands for both"),
        ("risk", "[levels]\nhigh = 101", "levels.high"),
        ("workspace", "[" * 5_000, "not valid"),
        ("workspace", "{" * 5_000, "not valid"),
    ],
)
def test_what_is_wrong_is_told_by_field_and_what_was_written_stays(browser, services, tenant, name, text, told):
    answer = browser.post(f"/settings/{name}", data={"text": text})
    assert answer.status_code == 422
    assert told in html.unescape(answer.text)
    assert text_of(answer.text) == text
    assert services.workspace.current(tenant)[0] == 0


def test_the_workspace_is_shown_in_words_and_kept_by_version(browser, services, tenant):
    assert "none said" in browser.get("/settings").text
    text = '[vendor]\nname = "Kestrelbay"\ndomains = ["kestrelbay.example"]\n[[competitors]]\nname = "Robin"\naliases = ["Robin P"]'
    browser.post("/settings/workspace", data={"text": text})
    page = browser.get("/settings").text
    assert ("Kestrelbay" in page, "Robin (Robin P)" in page, "version 1" in page) == (True, True, True)
    assert services.workspace.current(tenant)[1].competitors[0].name == "Robin"
    assert [row[0] for row in services.workspace.versions(tenant)] == [1]


def test_a_key_is_shown_once_and_revoked_but_not_under_ones_feet(browser, services, tenant, key):
    made = browser.post("/settings/keys", data={"name": "crm", "scope": ["read", "write"], "person": "Leonie"})
    shown = re.search(r"fsk_[a-z0-9]{12}_[A-Za-z0-9_-]+", made.text)[0]
    caller = services.keys.authenticate(shown)
    assert (caller.scopes, caller.person) == ({Scope.READ, Scope.WRITE}, "Leonie")
    assert made.headers["cache-control"] == "no-store"
    assert shown not in browser.get("/settings/keys").text
    gone = browser.post(f"/settings/keys/{caller.key_id}/revoke")
    assert "Revoked" in gone.text
    assert browser.post(f"/settings/keys/{caller.key_id}/revoke").status_code == 422
    own = browser.post(f"/settings/keys/{services.keys.authenticate(key).key_id}/revoke")
    assert (own.status_code, "signed in with this key" in own.text) == (422, True)
    for wrong in ({"name": "", "scope": "read"}, {"name": "x"}, {"name": "x", "scope": "label"}):
        assert browser.post("/settings/keys", data=wrong).status_code == 422


def test_members_are_added_changed_and_removed(browser, services, tenant):
    browser.post("/settings/members", data={"person": "Leonie Marr", "role": "reviewer", "queues": "abstain, random"})
    member = services.labeling.members.find(tenant, "Leonie Marr")
    assert (member.role.value, member.queues) == ("reviewer", {"abstain", "random"})
    assert "abstain, random" in browser.get("/settings/members").text
    removed = browser.post("/settings/members", data={"person": "Leonie Marr", "do": "remove"})
    assert "Removed" in removed.text
    assert services.labeling.members.find(tenant, "Leonie Marr") is None
    for wrong in ({"person": " ", "role": "admin"}, {"person": "x", "role": "king"}, {"person": "x", "do": "remove"}):
        assert browser.post("/settings/members", data=wrong).status_code == 422


def test_nothing_too_long_is_read():
    with pytest.raises(InputError, match="longer than"):
        parsed("#" * 200_001)
