"""Documents in, signals and risk out: idempotent, superseding, and never lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.entities import Account, Tier
from core.errors import Conflict, NotFound
from pipelines.accounts.repository import Filters
from pipelines.jobs.worker import Worker, drain
from tests.factories import NOON, make_document

RIVAL = "We have a demo with Deputy on Monday and compare their offer with yours before the renewal."


def outcomes(receipts) -> list[str]:
    return [receipt.outcome for receipt in receipts]


def test_a_document_is_stored_read_and_counted(services, tenant):
    assert outcomes(services.ingest.add(tenant, [make_document(RIVAL, account_name="Acme")])) == ["created"]
    assert services.accounts.open_jobs(tenant) == {"queued": 1}
    assert drain(services.extraction) >= 1
    assert services.accounts.open_jobs(tenant) == {}
    stored = services.accounts.document(tenant, "file", "d-1")
    assert stored["status"] == "read"
    assert all(RIVAL[signal["start"] : signal["end"]] == signal["text"] for signal in stored["signals"])
    assert services.accounts.one(tenant, "acme")["account_name"] == "Acme"
    assert services.accounts.one(tenant, "acme")["risk"]["documents"] == 1


def test_the_same_document_twice_is_one(services, tenant):
    document = make_document(RIVAL)
    services.ingest.add(tenant, [document])
    assert outcomes(services.ingest.add(tenant, [document, document])) == ["unchanged", "unchanged"]
    assert services.accounts.counts(tenant)["documents"] == 1


def test_an_edit_supersedes_text_and_signals(services, tenant):
    services.ingest.add(tenant, [make_document(RIVAL)])
    drain(services.extraction)
    receipt = services.ingest.add(tenant, [make_document("Thanks, all good.")])[0]
    assert (receipt.outcome, receipt.revision) == ("updated", 2)
    assert services.accounts.signals(tenant, Filters()).items == ()
    drain(services.extraction)
    stored = services.accounts.document(tenant, "file", "d-1")
    assert (stored["revision"], stored["status"]) == (2, "read")
    assert all(signal["text"] in "Thanks, all good." for signal in stored["signals"])


def test_a_deleted_document_takes_its_signals_along(services, tenant):
    services.ingest.add(tenant, [make_document(RIVAL)])
    drain(services.extraction)
    assert services.ingest.remove(tenant, "file", "d-1") == "acme"
    assert services.accounts.counts(tenant) == {"accounts": 1, "documents": 0, "signals": 0}
    with pytest.raises(NotFound):
        services.ingest.remove(tenant, "file", "d-1")


def test_one_id_with_two_contents_in_one_call_is_refused_whole(services, tenant):
    with pytest.raises(Conflict, match="file/d-1"):
        services.ingest.add(tenant, [make_document("a"), make_document("b")])
    assert services.accounts.counts(tenant)["documents"] == 0


def test_the_same_id_from_another_source_is_another_document(services, tenant):
    services.ingest.add(tenant, [make_document(), make_document(source="zendesk")])
    assert services.accounts.counts(tenant)["documents"] == 2


def test_accounts_are_listed_by_risk_with_pages_that_stay_whole(services, tenant):
    services.ingest.add_accounts(tenant, [Account(f"a{n}", tier=Tier.BEST_CUSTOMER) for n in range(5)])
    seen, cursor = [], None
    while True:
        page = services.accounts.ranked(tenant, limit=2, cursor=cursor)
        seen += [item["account_id"] for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == ["a0", "a1", "a2", "a3", "a4"]


def test_a_lost_lease_is_taken_over_and_its_late_result_is_dropped(services, tenant):
    drain(services.extraction)  # what other tests left
    services.ingest.add(tenant, [make_document(RIVAL)])
    first = services.extraction.claim("one")[0]
    assert services.extraction.claim("two") == []
    with services.store.tenant(tenant) as session:
        session.execute(text("update jobs set lease_until = clock_timestamp() - interval '1 second'"))
    second = services.extraction.claim("two")[0]
    assert (second.job_id, second.token) == (first.job_id, first.token + 1)
    services.extraction._run_tenant(tenant, [first])
    assert services.accounts.document(tenant, "file", "d-1")["status"] == "waiting"
    services.extraction._run_tenant(tenant, [second])
    assert services.accounts.document(tenant, "file", "d-1")["status"] == "read"


def test_a_document_that_breaks_the_reader_is_tried_again_and_then_set_aside(services, tenant, monkeypatch):
    services.ingest.add(tenant, [make_document("poison"), make_document("fine", id="d-2")])
    reader = services.workspace.reader(tenant)
    original = type(reader).extract

    def break_on_poison(self, document):
        if document.text == "poison":
            raise RuntimeError("poison")
        return original(self, document)

    monkeypatch.setattr(type(reader), "extract", break_on_poison)
    for _ in range(services.settings.max_attempts + 1):
        drain(services.extraction)
        with services.store.tenant(tenant) as session:
            session.execute(text("update jobs set available_at = clock_timestamp() where state = 'queued'"))
    assert services.accounts.open_jobs(tenant) == {"dead": 1}
    assert services.accounts.document(tenant, "file", "d-2")["status"] == "read"
    with services.store.tenant(tenant) as session:
        assert session.scalar(text("select error from jobs where state = 'dead'")) == "RuntimeError"


def test_the_worker_thread_reads_what_comes(services, tenant):
    worker = Worker(services.extraction)
    worker.start()
    services.ingest.add(tenant, [make_document(RIVAL)])
    worker.announce([1])
    for _ in range(200):
        if services.accounts.open_jobs(tenant) == {}:
            break
        worker._stop.wait(0.05)
    worker.stop()
    assert services.accounts.document(tenant, "file", "d-1")["status"] == "read"
    assert not worker.alive


def test_risk_as_of_a_date_sees_nothing_later(services, tenant):
    old = make_document(RIVAL, occurred_at=NOON)
    new = make_document(RIVAL, id="d-2", occurred_at=NOON + timedelta(days=30))
    services.ingest.add(tenant, [old, new])
    drain(services.extraction)
    before = services.risk.report(tenant, "acme", NOON + timedelta(days=1))
    services.ingest.remove(tenant, "file", "d-2")
    assert services.risk.report(tenant, "acme", NOON + timedelta(days=1)) == before
    assert before["documents"] == 1


def test_a_changed_workspace_is_a_new_pipeline_version(services, tenant):
    from core.workspace import parse_workspace

    before = services.workspace.pipeline_version(tenant)
    assert services.workspace.replace(tenant, parse_workspace({"competitors": [{"name": "Deputy"}]})) == 1
    assert services.workspace.pipeline_version(tenant) != before


def test_batches_and_order_change_no_result(reader):
    documents = [make_document(f"{RIVAL} Number {n}. " * (n + 1), id=f"d-{n}") for n in range(6)]
    one_by_one = {document.id: reader.extract(document) for document in documents}
    for threads in (1, 3):
        assert {item.document_id: item for item in reader.extract_many(documents[::-1], threads)} == one_by_one
    assert reader.extract(replace(documents[0])) == one_by_one["d-0"]
