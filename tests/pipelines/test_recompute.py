"""All accounts anew: by one process or several, the same, and nobody else's."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from core.tables import AccountRiskRow
from pipelines.jobs.worker import drain
from pipelines.risk import recompute as module
from pipelines.risk.recompute import recompute
from tests.factories import NOON, make_document

RIVAL = "We have a demo with Deputy on Monday and compare their offer with yours before the renewal."


def scores(store, tenant):
    with store.tenant(tenant) as session:
        return {row.account_id: row.score for row in session.scalars(select(AccountRiskRow))}


def test_every_account_is_computed_by_however_many_processes(services, store, settings, tenant, monkeypatch):
    texts = {"acme": RIVAL, "bolt": "Thanks, all good.", "crown": RIVAL}
    services.ingest.add(tenant, [make_document(text, id=key, account_id=key) for key, text in texts.items()])
    drain(services.extraction)
    as_read = scores(store, tenant)
    assert set(as_read) == set(texts)
    monkeypatch.setattr(module, "BATCH", 1)
    found = []
    for processes in (1, 2):
        with store.tenant(tenant) as session:
            session.execute(update(AccountRiskRow).values(score=1.0, computed_at=NOON - timedelta(days=999)))
        done = []
        assert recompute(store, settings, tenant, processes, done.append) == 3
        assert done == [1, 1, 1]
        found.append(scores(store, tenant))
    assert found[0].keys() == found[1].keys() == as_read.keys()
    assert all(abs(found[0][key] - found[1][key]) < 0.02 and found[0][key] != 1.0 for key in texts)
    assert recompute(store, settings, f"{tenant}-other", 1) == 0
