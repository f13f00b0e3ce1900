"""The ledger: wishes find their request, people's word stands, nothing is lost when a text is read again."""

from __future__ import annotations

import uuid
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import insert, select

from core.entities import Account, Label, RequestStatus
from core.errors import Conflict, InputError, NotFound
from core.ids import derived_id
from core.tables import DocumentRow, SignalRow
from nlp.meaning import MeaningEncoder
from nlp.pairs import FEATURES, PairModel, Wish, features
from pipelines.requests.matching import Matcher
from pipelines.requests.service import RequestService
from tests.factories import NOON, make_document

SSO = "we still can't log in with our company accounts, single sign-on would be great"
SSO_AGAIN = "any news on single sign-on? our people want to log in with their company account"
DARK = "it would be nice to have a dark theme for the night shift"
NEAR = np.array([9.0, 6.0, 3.0, 0.0, 0.0])


@pytest.fixture(scope="module")
def matcher():
    return Matcher(MeaningEncoder(), PairModel(NEAR, -9.0, 0.5))


@pytest.fixture
def ledger(services, matcher):
    return RequestService(services.store, lambda: matcher, lambda: NOON + timedelta(days=100))


def ask(services, tenant, text, *, account="acme", day=0, also=None, **attributes):
    """A document that the reader took for a wish, signal and all; returns the signal's id."""
    document = make_document(text, id=f"d-{account}-{day}", account_id=account, occurred_at=NOON + timedelta(days=day))
    services.ingest.add(tenant, [document])
    with services.store.tenant(tenant) as session:
        row = session.scalars(select(DocumentRow).where(DocumentRow.external_id == document.id)).one()
        for label in (Label.UNBUILT_FEATURE_REQUEST, *([also] if also else [])):
            signal_id = derived_id(row.document_id, row.revision, label, 0, len(text))
            session.execute(
                insert(SignalRow).values(
                    signal_id=signal_id, tenant_id=tenant, document_id=row.document_id, account_id=account,
                    label=label.value, start=0, end=len(text), text=text, score=0.9, attributes=attributes,
                    side="account", kind="email", model_version="m", pipeline_version="p", occurred_at=row.occurred_at))  # fmt: skip
    return derived_id(row.document_id, row.revision, Label.UNBUILT_FEATURE_REQUEST, 0, len(text))


def forget(services, tenant, signal_id):
    with services.store.tenant(tenant) as session:
        session.delete(session.get(SignalRow, signal_id))


def test_one_wish_in_two_voices_is_one_request(services, tenant, ledger):
    services.ingest.add_accounts(tenant, [Account("acme", arr_usd=5_000.0), Account("bolt", arr_usd=7_000.0)])
    ask(services, tenant, SSO, capability="single sign-on", criticality="high", also=Label.WORKAROUND)
    ask(services, tenant, SSO_AGAIN, account="bolt", day=30, gave_up=True)
    ask(services, tenant, DARK, day=40)
    assert ledger.assign_new(tenant) == 3
    assert ledger.assign_new(tenant) == 0
    first, second = ledger.ranked(tenant)
    assert (first["title"], first["accounts"], first["arr_usd"], first["times_asked"]) == (
        "single sign-on",
        2,
        12_000,
        2,
    )
    assert (first["criticality"], first["gave_up"], first["workarounds"], first["age_days"]) == ("high", 1, 1, 100)
    assert (second["title"], second["accounts"]) == (DARK, 1)
    assert [row["title"] for row in ledger.of_account(tenant, "bolt")] == ["single sign-on"]
    detail = ledger.one(tenant, uuid.UUID(first["request_id"]))
    assert [mention["text"] for mention in detail["mentions"]] == [SSO, SSO_AGAIN]


def test_ids_and_titles_stay_when_more_is_said(services, tenant, ledger):
    ask(services, tenant, SSO)
    ledger.assign_new(tenant)
    (before,) = ledger.ranked(tenant)
    ledger.change(tenant, uuid.UUID(before["request_id"]), title="SSO", status=RequestStatus.PLANNED)
    ask(services, tenant, SSO_AGAIN, day=3)
    ledger.assign_new(tenant)
    (after,) = ledger.ranked(tenant)
    assert (after["request_id"], after["title"], after["status"]) == (before["request_id"], "SSO", "planned")
    assert ledger.ranked(tenant, RequestStatus.OPEN) == []


def test_a_merge_holds_and_the_old_id_leads_on(services, tenant, ledger):
    ask(services, tenant, SSO)
    dark = ask(services, tenant, DARK, day=1)
    ledger.assign_new(tenant)
    sso, other = (
        uuid.UUID(row["request_id"]) for row in sorted(ledger.ranked(tenant), key=lambda row: row["first_asked"])
    )
    merged = ledger.merge(tenant, other, sso)
    assert merged["times_asked"] == 2
    assert ledger.one(tenant, other)["request_id"] == str(sso)
    forget(services, tenant, dark)
    ask(services, tenant, DARK, day=1)  # the same text is read again, and the same signal comes back
    ledger.assign_new(tenant)
    assert [row["times_asked"] for row in ledger.ranked(tenant)] == [2]
    with pytest.raises(InputError, match="same request already"):
        ledger.merge(tenant, other, sso)


def test_a_split_holds_when_texts_are_read_again(services, tenant, ledger):
    first, second = ask(services, tenant, SSO), ask(services, tenant, SSO_AGAIN, day=2)
    ledger.assign_new(tenant)
    (row,) = ledger.ranked(tenant)
    made = ledger.split(tenant, uuid.UUID(row["request_id"]), [second], "Company accounts")
    assert (made["title"], made["times_asked"]) == ("Company accounts", 1)
    for signal_id, text, day in ((first, SSO, 0), (second, SSO_AGAIN, 2)):
        forget(services, tenant, signal_id)
        assert ask(services, tenant, text, day=day) == signal_id
    ledger.assign_new(tenant)
    assert {row["title"]: row["times_asked"] for row in ledger.ranked(tenant)} == {SSO: 1, "Company accounts": 1}
    with pytest.raises(InputError, match="leave a mention behind"):
        ledger.split(tenant, uuid.UUID(made["request_id"]), [second], "x")
    with pytest.raises(InputError, match="no mention of this request"):
        ledger.split(tenant, uuid.UUID(made["request_id"]), [first], "x")


def test_a_request_that_nobody_asks_for_any_more_is_gone(services, tenant, ledger):
    signal_id = ask(services, tenant, DARK)
    ledger.assign_new(tenant)
    forget(services, tenant, signal_id)
    ledger.assign_new(tenant)
    assert ledger.ranked(tenant) == []
    with pytest.raises(NotFound):
        ledger.one(tenant, derived_id("request", signal_id))


def test_tenants_share_no_ledger(services, tenant, ledger):
    ask(services, tenant, DARK)
    ledger.assign_new(tenant)
    assert ledger.ranked("t-other") == []


def test_features_are_symmetric_and_highest_for_the_same():
    texts = [SSO, SSO_AGAIN, DARK]
    wishes = [Wish.of(text, meaning) for text, meaning in zip(texts, MeaningEncoder().encode(texts), strict=True)]
    rows = features(wishes[0], wishes)
    assert rows.shape == (3, len(FEATURES))
    np.testing.assert_allclose(rows[0, :3], 1, atol=1e-3)
    assert (rows[1, :3] > rows[2, :3]).all()
    np.testing.assert_allclose(features(wishes[1], [wishes[0]])[0], rows[1], atol=1e-6)


def two_requests(services, tenant, ledger):
    ask(services, tenant, SSO)
    dark = ask(services, tenant, DARK, day=1)
    ledger.assign_new(tenant)
    rows = sorted(ledger.ranked(tenant), key=lambda row: row["first_asked"])
    return [uuid.UUID(row["request_id"]) for row in rows], dark


def test_a_merge_is_undone_also_when_its_text_was_read_again_meanwhile(services, tenant, ledger):
    (sso, other), dark = two_requests(services, tenant, ledger)
    ledger.merge(tenant, other, sso, by="Leonie")
    forget(services, tenant, dark)
    ask(services, tenant, DARK, day=1)
    ledger.assign_new(tenant)
    (step,) = ledger.one(tenant, sso)["history"]
    assert (step["what"], step["by"], step["other_id"], step["undone"]) == ("merged", "Leonie", str(sso), False)
    ledger.undo(tenant, sso, step["event_id"], by="Leonie")
    assert {row["request_id"]: row["times_asked"] for row in ledger.ranked(tenant)} == {str(sso): 1, str(other): 1}
    assert [mention["text"] for mention in ledger.one(tenant, other)["mentions"]] == [DARK]
    assert [step["undone"] for step in ledger.one(tenant, sso)["history"]] == [False, True]
    with pytest.raises(Conflict, match="undone already"):
        ledger.undo(tenant, sso, step["event_id"])
    forget(services, tenant, dark)
    ask(services, tenant, DARK, day=1)
    ledger.assign_new(tenant)
    assert {row["request_id"] for row in ledger.ranked(tenant)} == {str(sso), str(other)}


def test_of_merges_one_after_the_other_the_first_can_be_undone_first(services, tenant, ledger):
    (sso, other), _ = two_requests(services, tenant, ledger)
    ask(services, tenant, "could the invoices carry our order numbers, please?", day=5)
    ledger.assign_new(tenant)
    third = next(
        uuid.UUID(r["request_id"]) for r in ledger.ranked(tenant) if r["request_id"] not in (str(sso), str(other))
    )
    ledger.merge(tenant, other, sso)
    ledger.merge(tenant, sso, third)
    (last,) = ledger.one(tenant, third)["history"]
    ledger.undo(tenant, third, last["event_id"])
    (merged,) = [step for step in ledger.one(tenant, sso)["history"] if step["what"] == "merged" and not step["undone"]]
    assert ledger.one(tenant, sso)["times_asked"] == 2
    ledger.undo(tenant, sso, merged["event_id"])
    assert {row["times_asked"] for row in ledger.ranked(tenant)} == {1}
    assert len(ledger.ranked(tenant)) == 3


def test_a_split_a_title_and_a_status_are_undone(services, tenant, ledger):
    _, second = ask(services, tenant, SSO), ask(services, tenant, SSO_AGAIN, day=2)
    ledger.assign_new(tenant)
    (row,) = ledger.ranked(tenant)
    one = uuid.UUID(row["request_id"])
    ledger.split(tenant, one, [second], "Company accounts")
    ledger.change(tenant, one, title="SSO", status=RequestStatus.PLANNED, by="Leonie")
    ledger.change(tenant, one, title="SSO", by="Leonie")  # changes nothing, so nothing is written down
    changed, split = ledger.one(tenant, one)["history"]
    assert (changed["before"], changed["after"]) == (
        {"title": row["title"], "status": "open"}, {"title": "SSO", "status": "planned"})  # fmt: skip
    assert split["mentions"] == 1
    ledger.undo(tenant, one, split["event_id"])
    assert [row["times_asked"] for row in ledger.ranked(tenant)] == [2]
    ledger.change(tenant, one, title="Single sign-on")
    with pytest.raises(Conflict, match="changed again"):
        ledger.undo(tenant, one, changed["event_id"])
    (newest, *_) = ledger.one(tenant, one)["history"]
    ledger.undo(tenant, one, newest["event_id"])
    back = ledger.undo(tenant, one, changed["event_id"])
    assert (back["title"], back["status"]) == (row["title"], "open")
    for strange in (newest["event_id"] + 1_000, -1):
        with pytest.raises(NotFound):
            ledger.undo(tenant, one, strange)


def test_what_means_something_near_stands_first_among_others(services, tenant, ledger):
    ask(services, tenant, SSO)
    ask(services, tenant, DARK, day=1)
    ask(services, tenant, "please add SSO with our company login", day=2)
    far = Matcher(MeaningEncoder(), PairModel(NEAR, -100.0, 0.5))  # takes nothing for the same
    RequestService(services.store, lambda: far).assign_new(tenant)
    by_title = {row["title"]: uuid.UUID(row["request_id"]) for row in ledger.ranked(tenant)}
    near = ledger.alike(tenant, by_title[SSO])
    assert [row["title"] for row in near] == ["please add SSO with our company login", DARK]
    assert 1 >= near[0]["likeness"] > near[1]["likeness"]


def test_the_ledger_is_narrowed_to_some_accounts(services, tenant, ledger):
    two_requests(services, tenant, ledger)
    ask(services, tenant, "could the invoices carry our order numbers, please?", account="bolt", day=5)
    ledger.assign_new(tenant)
    assert {row["account_ids"][0] for row in ledger.ranked(tenant, accounts={"bolt"})} == {"bolt"}
    assert len(ledger.ranked(tenant, accounts={"acme", "nobody"})) == 2
    assert ledger.ranked(tenant, accounts=frozenset()) == []
