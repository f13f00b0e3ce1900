"""Themes, timelines, exports and upkeep over what is stored."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest

from core.entities import Account, Kind, Label, Participant, Side, Tier
from core.errors import InputError, NotFound
from pipelines.accounts.repository import AccountFilters, Order
from pipelines.jobs.upkeep import Upkeep
from pipelines.jobs.worker import drain
from pipelines.playbook.policy import default_policy
from pipelines.playbook.service import Configured
from pipelines.portfolio.exports import Format, Shape
from pipelines.portfolio.service import PortfolioService
from tests.factories import NOON, make_document
from tests.pipelines.test_requests import ask

LATER = NOON + timedelta(days=200)
RIVAL = "We have a demo with Deputy on Monday and compare their offer with yours before the renewal."


def signal(services, tenant, account, day, label, **attributes):
    ask(services, tenant, f"{account} says so on day {day}", account=account, day=day, also=label, **attributes)


@pytest.fixture
def portfolio(services):
    return PortfolioService(services.store, services.playbook, lambda: LATER)


def test_themes_count_accounts_and_revenue_now_and_before(services, tenant, portfolio):
    services.ingest.add_accounts(
        tenant,
        [Account("acme", arr_usd=5.0, segment="smb"), Account("bolt", arr_usd=7.0), Account("calm", arr_usd=9.0)],
    )
    rival = Label.COMPETITIVE_MENTION
    signal(services, tenant, "acme", 30, rival, competitors=["Deputy"])
    signal(services, tenant, "acme", 120, rival, competitors=["deputy", "Sling"])
    signal(services, tenant, "bolt", 150, rival, competitors=["Deputy"])
    signal(services, tenant, "calm", 160, Label.VENDOR_CONSOLIDATION, platform="Microsoft 365")
    found = portfolio.themes(tenant, AccountFilters())
    deputy = next(theme for theme in found["rivals"] if theme["key"] == "deputy")
    assert (deputy["accounts"], deputy["accounts_before"], deputy["arr_usd"], deputy["trend"]) == (2, 1, 12.0, "rising")
    assert found["platforms"][0]["name"] == "Microsoft 365"
    narrowed = portfolio.themes(tenant, AccountFilters(segment="smb"))
    assert [theme["accounts"] for theme in narrowed["rivals"]] == [1, 1]
    assert narrowed["platforms"] == []


def test_a_timeline_tells_documents_in_order_with_points_and_scores(services, tenant):
    services.ingest.add(tenant, [make_document(), make_document(RIVAL, id="d-2", occurred_at=NOON + timedelta(days=9))])
    drain(services.extraction)
    first, second = services.portfolio.timeline(tenant, "acme")
    assert (first["score"], first["signals"]) == (0.0, [])
    assert second["change"] == second["score"] > 0
    assert sum(item["points"] for item in second["signals"]) == pytest.approx(second["score"])
    with pytest.raises(NotFound):
        services.portfolio.timeline(tenant, "nobody")


@pytest.fixture
def exported(services, tenant):
    yesterday = services.risk.clock() - timedelta(days=1)
    documents = [make_document(RIVAL, occurred_at=yesterday), make_document(id="d-2", account_id="=cmd()")]
    services.ingest.add(tenant, documents)
    services.ingest.add_accounts(tenant, [Account("acme", name="Acme", arr_usd=5.0)])
    drain(services.extraction)
    return lambda shape, form=Format.JSONL: "".join(services.portfolio.export(tenant, AccountFilters(), shape, form))


@pytest.mark.parametrize(
    ("shape", "path"),
    [
        (Shape.PLAIN, ("risk_level",)),
        (Shape.GAINSIGHT, ("Foreshock_Risk_Level__gc",)),
        (Shape.CHURNZERO, ("attr_Foreshock_Risk_Level",)),
        (Shape.VITALLY, ("traits", "foreshock_risk_level")),
        (Shape.PLANHAT, ("custom", "Foreshock risk level")),
    ],
)
def test_every_shape_carries_the_level_under_its_own_name(exported, shape, path):
    rows = [json.loads(line) for line in exported(shape).splitlines()]
    assert len(rows) == 2
    value = next(row for row in rows if "acme" in json.dumps(row))
    for key in path:
        value = value[key]
    assert value in {"low", "medium", "high"}


def test_no_cell_of_a_spreadsheet_is_a_formula(exported):
    rows = list(csv.DictReader(io.StringIO(exported(Shape.PLAIN, Format.CSV))))
    assert {row["account_id"] for row in rows} == {"'=cmd()", "acme"}
    assert "Deputy" in next(row for row in rows if row["account_id"] == "acme")["evidence"]


def test_accounts_can_be_ranked_by_their_rise(services, tenant):
    documents = [make_document(RIVAL, id=f"d-{n}", account_id=f"a{n}", occurred_at=NOON - timedelta(days=40 * n))
                 for n in range(3)]  # fmt: skip
    services.ingest.add(tenant, documents)
    drain(services.extraction)
    for n in range(3):
        services.risk.refresh(tenant, f"a{n}", NOON + timedelta(days=1))
    rises = [item["change"] for item in services.accounts.ranked(tenant, order=Order.CHANGE).items]
    assert rises == sorted(rises, reverse=True)
    assert rises[0] > 0 > rises[-1]
    only = services.accounts.ranked(tenant, AccountFilters(driver="competitive_mention")).items
    assert len(only) == 3
    assert services.accounts.ranked(tenant, AccountFilters(driver="workaround")).items == ()


def test_a_new_policy_reaches_what_lists_show(services, tenant):
    services.ingest.add(tenant, [make_document(RIVAL)])
    drain(services.extraction)
    parameters = services.playbook.current(tenant, Configured.RISK).config
    parameters["competitive_mention"]["stance"] = dict.fromkeys(parameters["competitive_mention"]["stance"], 0.0)
    services.playbook.replace(tenant, Configured.RISK, parameters | {"version": "ours"})
    Upkeep(services.store, services.risk, services.alerts, services.news).until_done()
    risk = services.accounts.one(tenant, "acme")["risk"]
    assert (risk["score"], risk["parameters_version"]) == (0.0, "ours")
    services.playbook.reset(tenant, Configured.RISK)
    assert services.playbook.current(tenant, Configured.RISK).number == 2


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"min_points": -1}, "min_points"),
        ({"alerts": {}}, "alerts.weekly_budget"),
        ({"surprise": 1}, "surprise"),
        ({"rules": [default_policy().rules[0].model_dump(mode="json")] * 2}, "there are 2 rules"),
    ],
)
def test_a_policy_that_is_wrong_is_refused_by_field(services, tenant, change, named):
    config = default_policy().model_dump(mode="json") | change
    with pytest.raises(InputError, match=named):
        services.playbook.replace(tenant, Configured.POLICY, config)


def test_upkeep_computes_what_is_a_day_old(services, tenant):
    services.ingest.add(tenant, [make_document(RIVAL)])
    drain(services.extraction)
    before = services.accounts.one(tenant, "acme")["risk"]
    tomorrow = services.risk.clock() + timedelta(days=40)
    risk = type(services.risk)(services.store, services.playbook, services.alerts, lambda: tomorrow)
    upkeep = Upkeep(services.store, risk, services.alerts, services.news, lambda: tomorrow)
    assert upkeep.until_done() >= 1
    after = services.accounts.one(tenant, "acme")["risk"]
    assert after["score"] <= before["score"]
    assert after["as_of"][:10] == tomorrow.date().isoformat()
    assert services.accounts.ranked(tenant, AccountFilters(tier=Tier.STANDARD)).items[0]["history"]


def test_people_tell_who_speaks_how_senior_and_who_went_silent(services, tenant):
    dana = {"name": "Dana Whitfield", "title": "COO", "side": Side.ACCOUNT}
    omar = {"name": "Omar Reyes", "title": "Office manager", "side": Side.ACCOUNT}
    documents = [
        make_document(
            id=f"d-{day}",
            kind=Kind.MEETING_NOTE,
            occurred_at=NOON + timedelta(days=day),
            author=None,
            participants=tuple(Participant(**person) for person in ([dana, omar] if day < 10 else [omar])),
        )
        for day in range(20)
    ]
    services.ingest.add(
        tenant, [*documents, make_document(RIVAL, id="d-20", author=Participant(**omar), occurred_at=LATER)]
    )
    drain(services.extraction)
    first, second = services.portfolio.people(tenant, "acme", LATER)
    assert (first["name"], first["seniority"], first["documents"], first["title"]) == (
        "Dana Whitfield", "executive", 10, "COO")  # fmt: skip
    assert first["silent_since"] == (NOON + timedelta(days=10)).isoformat()
    assert (second["name"], second["documents"], second["signals"] >= 1, second["silent_since"]) == (
        "Omar Reyes", 21, True, None)  # fmt: skip
    early = services.portfolio.people(tenant, "acme", NOON + timedelta(days=9))
    assert [person["silent_since"] for person in early] == [None, None]
    with pytest.raises(NotFound):
        services.portfolio.people(tenant, "nobody")


def test_the_course_of_a_score_is_what_each_day_was(services, tenant):
    services.ingest.add(tenant, [make_document(RIVAL)])
    drain(services.extraction)
    moments = [NOON - timedelta(days=1), NOON + timedelta(days=1), NOON + timedelta(days=90)]
    before, fresh, faded = services.risk.course(tenant, "acme", moments)
    assert (before["score"], before["parts"]) == (0.0, [])
    for item, moment in ((fresh, moments[1]), (faded, moments[2])):
        risk, _ = services.risk.as_of(tenant, "acme", moment)
        assert (item["score"], item["level"]) == (risk.score, risk.level)
        assert {part["name"]: part["points"] for part in item["parts"]} == pytest.approx(
            {part.name: part.points for part in risk.contributions}
        )
    (part,) = (part for part in fresh["parts"] if part["name"] == Label.COMPETITIVE_MENTION)
    assert part["newest"]["text"] == RIVAL
    assert fresh["score"] > faded["score"] > 0
