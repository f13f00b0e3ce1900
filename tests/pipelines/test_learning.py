"""From labels to a better reader and back: trained, compared, previewed, promoted, re-read, rolled back."""

from __future__ import annotations

import threading

import pytest

from core.db import Store
from core.errors import ArtefactError, Conflict, Forbidden, InputError, NotFound
from core.settings import Settings
from core.workspace import parse_workspace
from labeling.members import Member, Role
from labeling.queues.rules import Strategy
from labeling.snapshots.content import Split
from labeling.snapshots.targets import frozen_set
from nlp.extract import SignalReader
from pipelines.accounts.repository import Filters
from pipelines.jobs.worker import drain
from pipelines.learn.jobs import JobKind
from pipelines.learn.rereading import RereadingService
from pipelines.learn.service import Override
from pipelines.services import Services, open_services
from tests.factories import make_document
from tests.learning import ADMIN, compared, judge, judged_text, labels_of, planted, work, world

RIVAL = "We have a demo with Deputy on Monday and compare their offer with yours before the renewal."
EXCEL = "We rebuild the whole report in Excel every Friday because the export is broken."
SILENT = dict.fromkeys(("competitive_mention", "vendor_consolidation", "workaround", "unbuilt_feature_request"), -50.0)


def run(services: Services, tenant: str, kind: JobKind, **arguments: object) -> dict:
    """Do a job here and now."""
    return services.learning.jobs.run_here(tenant, kind, arguments, "ada", lambda *_: None)


def promoted(services: Services, tenant: str, version: str) -> dict:
    """A version that passed the gate, in production."""
    compared(services, tenant, version)
    return services.learning.models.promote(tenant, ADMIN, version)


@pytest.fixture(scope="module")
def taught(settings: Settings, store: Store, reader: SignalReader) -> tuple[Services, str, str]:
    """A workspace whose people call praise a workaround, a snapshot of it, and a candidate trained on that."""
    tenant = "t-taught"
    services = open_services(settings.model_copy(update={"tenant": tenant}), store=store)
    services.workspace._base = reader
    world(services, tenant)
    services.labeling.snapshots.make(tenant, ADMIN)
    result = run(services, tenant, JobKind.HEADS)
    return services, tenant, result["version"]


def test_heads_are_learned_from_a_snapshot_where_that_helps(taught):
    services, tenant, version = taught
    found = services.learning.models.one(tenant, version)
    assert (found["kind"], found["snapshot"], found["made_by"]) == ("heads", 1, "ada")
    assert found["parent"] == services.workspace.shipped(tenant).model_version
    labels = found["figures"]["labels"]
    assert labels["workaround"]["head"]
    assert labels["workaround"]["loss_after"] < 0.7 * labels["workaround"]["loss_before"]
    assert not labels["vendor_consolidation"]["head"]
    assert "too few answers" in labels["vendor_consolidation"]["words"]
    job = services.learning.jobs.page(tenant, JobKind.HEADS).items[0]
    assert (job["state"], job["result"]["version"]) == ("done", version)


def test_a_candidate_is_compared_on_what_nobody_trained_on_and_passes(taught):
    services, tenant, version = taught
    result = run(services, tenant, JobKind.COMPARE, version=version)
    assert result["promote"]
    assert (result["overall"]["champion"], result["test_set"]["accounts"]) == (0.0, 12)
    assert result["overall"]["low"] > 0.5
    assert {part["name"] for part in result["slices"]} == {"kind email", "side unknown"}
    assert services.learning.models.one(tenant, version)["comparison"]["promote"]
    material = services.labeling.snapshots.material(tenant, services.labeling.snapshots.one(tenant))
    tested = {item.gold.document.account_id for item in frozen_set(material)}
    trained = {material.documents[text_id].account_id for text_id in material.of(Split.TRAIN)}
    assert tested.isdisjoint(trained)
    assert {item.origin for items in material.of(Split.TEST).values() for item in items} == {"random"}


def test_a_preview_shows_signals_and_levels_that_would_change_and_writes_nothing(taught):
    services, tenant, version = taught
    before = services.accounts.signals(tenant, Filters(), limit=200).items
    result = run(services, tenant, JobKind.PREVIEW, version=version, documents=30)
    assert (result["documents"], result["of"]["documents"]) == (30, 48)
    assert result["labels"]["workaround"]["appear"] >= 25
    assert "text" not in result["appear"][0], "words of documents are not kept in a job"
    shown = services.learning.previews.shown(tenant, result)
    first = shown["appear"][0]
    stored = services.accounts.document(tenant, first["source"], first["document_id"])
    assert stored["text"][first["start"] : first["end"]] == first["text"]
    assert all(row["before"]["level"] != row["after"]["level"] for row in result["levels"])
    assert result["biggest_moves"][0]["after"]["score"] > result["biggest_moves"][0]["before"]["score"]
    assert services.accounts.signals(tenant, Filters(), limit=200).items == before


def test_the_whole_way_to_production_and_back(taught):
    services, tenant, version = taught
    if services.learning.models.one(tenant, version)["comparison"] is None:
        run(services, tenant, JobKind.COMPARE, version=version)
    shipped = services.workspace.shipped(tenant).model_version
    before = services.accounts.signals(tenant, Filters(), limit=200).items
    turned = services.learning.models.promote(tenant, ADMIN, version)
    assert (turned["serves"], turned["before"], turned["overridden"]) == (version, shipped, False)
    assert services.workspace.reader(tenant).model_version == version
    job = services.learning.jobs.one(tenant, turned["job_id"])
    assert (job["kind"], job["state"]) == ("reread", "queued")
    assert services.learning.rereading.waiting(tenant) == 24
    work(services, tenant)
    job = services.learning.jobs.one(tenant, turned["job_id"])
    assert (job["state"], job["result"]) == ("done", {"version": version, "accounts": 24, "left": 0})
    after = services.accounts.signals(tenant, Filters(), limit=200).items
    assert {row["model_version"] for row in after} == {version}
    assert sum(row["label"] == "workaround" for row in after) > sum(row["label"] == "workaround" for row in before) + 40
    with pytest.raises(InputError, match="in production"):
        run(services, tenant, JobKind.COMPARE, version=version)
    back = services.learning.models.rollback(tenant, ADMIN, "praise is no workaround")
    assert (back["serves"], back["before"]) == (shipped, version)
    work(services, tenant)
    again = services.accounts.signals(tenant, Filters(), limit=200).items
    assert [(row["signal_id"], row["score"], row["model_version"]) for row in again] == [
        (row["signal_id"], row["score"], row["model_version"]) for row in before
    ]
    events = services.learning.models.history(tenant).items
    assert [(row["action"], row["version"], row["before"], row["person"]) for row in events] == [
        ("rolled_back", shipped, version, "ada"),
        ("promoted", version, shipped, "ada"),
        ("installed", shipped, None, "installation"),
    ]
    assert events[1]["comparison_id"] is not None


def test_nothing_is_made_where_nothing_can_be_learned(services, tenant):
    judge(services, tenant, Strategy.DIVERSE, [judged_text("Nothing to see here.")])
    with pytest.raises(NotFound, match="no snapshot"):
        run(services, tenant, JobKind.HEADS)
    services.labeling.snapshots.make(tenant, ADMIN)
    with pytest.raises(InputError, match=r"nothing was learned.*too few answers"):
        run(services, tenant, JobKind.HEADS)
    assert services.learning.jobs.page(tenant).items[0]["state"] == "failed"
    version = planted(services, tenant)
    with pytest.raises(InputError, match="test set holds no signal"):
        run(services, tenant, JobKind.COMPARE, version=version)


def test_the_gate_refuses_and_only_a_named_admin_overrides_with_a_reason(services, tenant):
    version = planted(services, tenant, workaround=1.0)
    models = services.learning.models
    with pytest.raises(Conflict, match="was not compared with what serves"):
        models.promote(tenant, ADMIN, version)
    compared(services, tenant, version, promote=False)
    with pytest.raises(Conflict, match="may not be promoted: the gain is not sure"):
        models.promote(tenant, ADMIN, version)
    reason = Override("Reviewed by hand with the whole team.")
    with pytest.raises(Forbidden, match="role admin"):
        models.promote(tenant, Member("rita", Role.REVIEWER), version, reason)
    with pytest.raises(Forbidden, match="by name"):
        models.promote(tenant, Member("key abc", Role.ADMIN), version, reason)
    with pytest.raises(InputError, match="reason"):
        models.promote(tenant, ADMIN, version, Override("ok"))
    turned = models.promote(tenant, ADMIN, version, reason)
    assert (turned["overridden"], turned["reason"], turned["person"]) == (True, reason.reason, "ada")
    assert models.history(tenant).items[0]["overridden"]
    with pytest.raises(Conflict, match="in production"):
        models.promote(tenant, ADMIN, version, reason)


def test_an_old_comparison_with_another_champion_does_not_count(services, tenant):
    first, second = planted(services, tenant, workaround=1.0), planted(services, tenant, workaround=2.0)
    compared(services, tenant, second)
    promoted(services, tenant, first)
    with pytest.raises(Conflict, match="was not compared"):
        services.learning.models.promote(tenant, ADMIN, second)


def test_rolling_back_again_goes_further_back(services, tenant):
    first, second = planted(services, tenant, workaround=1.0), planted(services, tenant, workaround=2.0)
    promoted(services, tenant, first)
    promoted(services, tenant, second)
    models, shipped = services.learning.models, services.workspace.shipped(tenant).model_version
    assert models.rollback(tenant, ADMIN)["serves"] == first
    assert models.rollback(tenant, ADMIN)["serves"] == shipped
    with pytest.raises(Conflict, match="nothing was in production before"):
        models.rollback(tenant, ADMIN)
    promoted(services, tenant, second)
    assert models.rollback(tenant, ADMIN)["serves"] == shipped


def test_another_process_serves_what_was_promoted_at_once_and_other_tenants_do_not(
    services, tenant, settings, store, reader
):
    other = open_services(settings.model_copy(update={"tenant": tenant}), store=store)
    other.workspace._base = reader
    version = planted(services, tenant, **SILENT)
    document = make_document(RIVAL)
    assert other.workspace.reader(tenant).extract(document).signals
    promoted(services, tenant, version)
    assert other.workspace.reader(tenant).model_version == version
    assert not other.workspace.reader(tenant).extract(document).signals
    assert services.workspace.reader("t-somebody-else").extract(document).signals
    services.learning.models.rollback(tenant, ADMIN)
    assert other.workspace.reader(tenant).extract(document).signals


def test_an_account_is_old_or_new_as_a_whole_also_for_new_documents(services, tenant):
    services.ingest.add(
        tenant, [make_document(RIVAL, id="a-1", account_id="a"), make_document(EXCEL, id="b-1", account_id="b")]
    )
    drain(services.extraction)
    shipped = services.workspace.shipped(tenant).model_version
    version = planted(services, tenant, vendor_consolidation=50.0)
    promoted(services, tenant, version)
    services.ingest.add(
        tenant, [make_document(EXCEL, id="a-2", account_id="a"), make_document(EXCEL, id="c-1", account_id="c")]
    )
    drain(services.extraction)
    assert {found for _, found in labels_of(services, tenant, "a")} == {shipped}, "not yet its turn"
    assert {found for _, found in labels_of(services, tenant, "c")} == {version}, (
        "a new account begins with what serves"
    )
    work(services, tenant)
    for account in "abc":
        assert {found for _, found in labels_of(services, tenant, account)} == {version}
    assert services.accounts.one(tenant, "a")["risk"]["documents"] == 2
    services.ingest.add(tenant, [make_document(RIVAL, id="a-3", account_id="a")])
    drain(services.extraction)
    assert {found for _, found in labels_of(services, tenant, "a")} == {version}


def test_whoever_asks_while_accounts_are_read_anew_never_sees_a_mixture(services, tenant, monkeypatch):
    documents = [
        make_document(f"{RIVAL} {EXCEL}", id=f"{account}-{n}", account_id=account) for account in "ab" for n in range(4)
    ]
    services.ingest.add(tenant, documents)
    drain(services.extraction)
    version = planted(services, tenant, vendor_consolidation=50.0)
    promoted(services, tenant, version)
    seen: dict[str, list[set[str]]] = {"a": [], "b": []}
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            for account, versions in seen.items():
                versions.append({found for _, found in labels_of(services, tenant, account)})

    watcher = threading.Thread(target=look)
    watcher.start()
    work(services, tenant)
    stop.set()
    watcher.join()
    for account, versions in seen.items():
        assert versions, account
        assert all(len(of_moment) == 1 for of_moment in versions)
        assert {found for _, found in labels_of(services, tenant, account)} == {version}


def test_what_is_written_while_an_account_is_read_is_not_lost(services, tenant, monkeypatch):
    services.ingest.add(tenant, [make_document(RIVAL, id="a-1", account_id="a")])
    drain(services.extraction)
    version = planted(services, tenant, vendor_consolidation=50.0)
    turned = promoted(services, tenant, version)
    original, once = RereadingService._read, []

    def read_and_be_disturbed(self, *arguments):
        original(self, *arguments)
        if not once:
            once.append(True)
            services.ingest.add(
                tenant, [make_document(EXCEL, id="a-1", account_id="a"), make_document(RIVAL, id="a-2", account_id="a")]
            )
            drain(services.extraction)

    monkeypatch.setattr(RereadingService, "_read", read_and_be_disturbed)
    work(services, tenant)
    assert services.learning.jobs.one(tenant, turned["job_id"])["result"]["accounts"] == 1
    assert {found for _, found in labels_of(services, tenant, "a")} == {version}
    assert {row["document"]["id"] for row in services.accounts.signals(tenant, Filters(account_id="a")).items} == {
        "a-1",
        "a-2",
    }
    assert services.accounts.document(tenant, "file", "a-1")["text"] == EXCEL


def test_a_document_that_was_read_for_an_account_that_changed_over_meanwhile_is_read_again(services, tenant):
    services.ingest.add(tenant, [make_document(RIVAL, id="a-1", account_id="a")])
    drain(services.extraction)
    version = planted(services, tenant, vendor_consolidation=50.0)
    promoted(services, tenant, version)
    services.ingest.add(tenant, [make_document(EXCEL, id="a-2", account_id="a")])
    original = services.search.prepare

    class Disturbed:
        def __getattr__(self, name):
            return getattr(services.search, name)

        def prepare(self, *arguments):
            work(services, tenant)  # the account changes over after this document was read by the old reader
            return original(*arguments)

    from dataclasses import replace

    replace(services.extraction, search=Disturbed()).run_batch("test")
    assert services.accounts.document(tenant, "file", "a-2")["status"] == "waiting"
    drain(services.extraction)
    assert services.accounts.document(tenant, "file", "a-2")["status"] == "read"
    assert {found for _, found in labels_of(services, tenant, "a")} == {version}


def test_a_kept_signal_keeps_its_place_in_the_ledger_and_the_index(services, tenant):
    wish = "Please add a way to export the audit log, we have been asking for it since spring."
    services.ingest.add(tenant, [make_document(wish, id="a-1", account_id="a")])
    drain(services.extraction)
    before = services.requests.ranked(tenant)
    version = planted(services, tenant, workaround=-1.0)
    promoted(services, tenant, version)
    work(services, tenant)
    assert [row["request_id"] for row in services.requests.ranked(tenant)] == [row["request_id"] for row in before]
    assert before
    assert services.reindex.waiting(tenant) == 0


def test_the_challenger_reads_new_documents_and_is_never_served(services, tenant):
    services.ingest.add(tenant, [make_document(RIVAL, id="old")])
    drain(services.extraction)
    version = planted(services, tenant, vendor_consolidation=50.0, workaround=-50.0)
    services.learning.models.challenge(tenant, ADMIN, version)
    services.ingest.add(tenant, [make_document(RIVAL, id="n-1"), make_document(EXCEL, id="n-2")])
    drain(services.extraction)
    while services.learning.shadow.run():
        pass
    report = services.learning.shadow.report(tenant)
    assert (report["challenger"], report["documents"], report["waiting"]) == (version, 2, 0)
    assert report["labels"]["competitive_mention"] == {
        "both": 1,
        "only_champion": 0,
        "only_challenger": 0,
        "agreement": 1.0,
    }
    assert report["labels"]["workaround"]["only_champion"] >= 1
    assert report["labels"]["vendor_consolidation"]["agreement"] == 0.0
    assert {row["text"] for row in report["differences"] if row["label"] == "workaround"} == {EXCEL}
    shipped = services.workspace.shipped(tenant).model_version
    assert {row["model_version"] for row in services.accounts.signals(tenant, Filters()).items} == {shipped}
    services.ingest.remove(tenant, "file", "n-2")
    assert services.learning.shadow.report(tenant)["documents"] == 1
    promoted(services, tenant, version)
    assert services.learning.shadow.report(tenant)["challenger"] is None
    assert services.learning.shadow.run() == 0


def test_a_champion_of_another_base_does_not_serve_and_says_why(services, tenant):
    version = planted(services, tenant, **SILENT)
    promoted(services, tenant, version)
    base = services.workspace._base
    raw = base.manifest.raw | {"version": "2027.1.1"}
    from dataclasses import replace

    classifier = replace(base._classifier, manifest=replace(base.manifest, version="2027.1.1", raw=raw))
    upgraded = open_services(services.settings, store=services.store)
    upgraded.workspace._base = SignalReader(classifier)
    assert upgraded.workspace.reader(tenant).model_version == "2027.1.1"
    assert upgraded.workspace.reader(tenant).extract(make_document(RIVAL)).signals
    overview = upgraded.learning.models.overview(tenant)
    assert (overview["serving"], overview["champion"]) == ("2027.1.1", version)
    assert "was learned on top of reader" in overview["out_of_service"]
    with pytest.raises(ArtefactError):
        upgraded.workspace.reader_of(tenant, version)
    upgraded.ingest.add(tenant, [make_document(RIVAL)])
    drain(upgraded.extraction)
    noted = upgraded.learning.models.history(tenant).items[0]
    assert (noted["action"], noted["version"], noted["before"]) == ("installed", "2027.1.1", version)
    assert "can't serve on this release" in noted["reason"]


def test_files_that_were_tampered_with_do_not_serve(services, tenant, settings):
    import psycopg

    from core.db import owner_database_url

    version = planted(services, tenant, **SILENT)
    with psycopg.connect(owner_database_url(settings).replace("+psycopg", "")) as owner:
        owner.execute("set foreshock.across_tenants = 'on'")
        owner.execute("update model_files set content = content || '\\x00' where tenant_id = %s", (tenant,))
    fresh = open_services(services.settings, store=services.store)
    fresh.workspace._base = services.workspace._base
    with pytest.raises(ArtefactError, match="not those that were registered"):
        fresh.workspace.reader_of(tenant, version)


def test_a_changed_workspace_is_read_with_the_champion_and_reread_on_demand(services, tenant):
    services.ingest.add(tenant, [make_document(RIVAL)])
    drain(services.extraction)
    version = planted(services, tenant, workaround=1.0)
    promoted(services, tenant, version)
    work(services, tenant)
    services.workspace.replace(tenant, parse_workspace({"competitors": [{"name": "Deputy"}]}))
    assert services.workspace.reader(tenant).model_version == version
    assert services.learning.rereading.waiting(tenant) == 1
    kind, arguments = services.learning.models.start_rereading(tenant, ADMIN)
    assert run(services, tenant, kind, **arguments)["accounts"] == 1
    assert services.learning.rereading.waiting(tenant) == 0
