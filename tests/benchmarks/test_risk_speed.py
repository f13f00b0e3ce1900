"""The benchmark of speed fills a store with what it says, and a recompute finds all of it."""

from __future__ import annotations

from sqlalchemy import select

from benchmarks import risk_speed
from core.tables import AccountRiskRow
from pipelines.risk.recompute import recompute


def test_copies_are_accounts_of_their_own_and_all_are_computed(services, store, settings, monkeypatch, tenant):
    monkeypatch.setattr(risk_speed, "TENANT", tenant)
    monkeypatch.setattr(risk_speed, "DRAWN", 2)
    risk_speed.fill(store, 5, 12)
    assert services.accounts.counts(tenant) == {"accounts": 5, "documents": 60, "signals": 60}
    done = []
    assert recompute(store, settings, tenant, 1, done.append) == sum(done) == 5
    with store.tenant(tenant) as session:
        rows = {row.account_id: row for row in session.scalars(select(AccountRiskRow))}
    assert {row.detail["documents"] for row in rows.values()} == {12}
    assert rows["a00000"].score == rows["a00002"].score == rows["a00004"].score > 0
    assert rows["a00001"].score == rows["a00003"].score != rows["a00000"].score
    assert len(risk_speed.after_one_document(store, 5, count=3)) == 3
