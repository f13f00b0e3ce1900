"""The jobs behind better readers: cancelled, taken over, given back; and a whole reader trained by the command."""

from __future__ import annotations

import json
import sys
import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from core.errors import Conflict, Forbidden, ForeshockError, InputError, NotFound
from labeling.members import Member, Role
from labeling.queues.rules import Strategy
from pipelines.jobs.worker import ModelWorker, drain
from pipelines.learn import repository
from pipelines.learn.jobs import ALL, JobKind, Lost
from pipelines.learn.training import Command
from pipelines.services import Services
from tests.factories import make_document
from tests.learning import ADMIN, TRAINED, compared, judge, judged_text, labels_of, planted, work

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


def test_a_job_can_be_cancelled_and_is_taken_over_when_its_worker_is_lost(services, tenant):
    work(services, tenant)  # what other tests left
    jobs = services.learning.jobs
    job_id = jobs.add(tenant, JobKind.REREAD, {}, "ada")
    assert jobs.cancel(tenant, job_id)["state"] == "cancelled"
    with pytest.raises(Conflict, match="cancelled"):
        jobs.cancel(tenant, job_id)
    with pytest.raises(NotFound):
        jobs.one(tenant, 10**9)
    taken: list[int] = []

    def be_cancelled(job, progress):
        taken.append(job.job_id)
        jobs.cancel(tenant, job.job_id)
        progress.begin("on", 3)
        raise AssertionError

    jobs.handlers[JobKind.REREAD] = be_cancelled
    second = jobs.add(tenant, JobKind.REREAD, {}, "ada")
    assert jobs.run_next("one", ALL)
    assert (taken, jobs.one(tenant, second)["state"]) == ([second], "cancelled")

    def fail(job, progress):
        progress.begin("falling", 2)
        progress.step()
        raise ValueError("words of a customer")

    jobs.handlers[JobKind.REREAD] = fail
    third = jobs.add(tenant, JobKind.REREAD, {}, "ada")
    assert jobs.run_next("one", ALL)
    found = jobs.one(tenant, third)
    assert (found["state"], found["error"], found["progress"]["doing"]) == ("failed", "ValueError", "falling")

    def wait(job, progress):
        with services.store.tenant(tenant) as session:
            session.execute(
                text("update model_jobs set lease_until = clock_timestamp() - interval '1 second' where job_id = :id"),
                {"id": job.job_id},
            )
        jobs.handlers[JobKind.REREAD] = lambda job, progress: {"by": "two"}
        assert jobs.run_next("two", ALL)
        with pytest.raises(Lost):
            progress.begin("still here", 1)
        return {"by": "one"}

    jobs.handlers[JobKind.REREAD] = wait
    fourth = jobs.add(tenant, JobKind.REREAD, {}, "ada")
    assert jobs.run_next("one", ALL)
    assert (jobs.one(tenant, fourth)["state"], jobs.one(tenant, fourth)["result"]) == ("done", {"by": "two"})


def test_a_job_goes_back_when_its_process_ends(services, tenant):
    work(services, tenant)
    jobs = services.learning.jobs

    def end(job, progress):
        jobs.closing.set()
        progress.begin("on", 3)
        raise AssertionError

    usual = dict(jobs.handlers)
    jobs.handlers[JobKind.REREAD] = end
    job_id = jobs.add(tenant, JobKind.REREAD, {}, "ada")
    assert jobs.run_next("one", ALL)
    found = jobs.one(tenant, job_id)
    assert (found["state"], found["finished_at"]) == ("queued", None)
    jobs.closing.clear()
    jobs.handlers.update(usual)
    assert jobs.run_next("two", ALL)
    assert jobs.one(tenant, job_id)["state"] == "done"


def test_threads_work_off_what_waits(services, tenant):
    work(services, tenant)
    learner = ModelWorker(services.learning.jobs)
    learner.start()
    job_id = services.learning.jobs.add(tenant, JobKind.REREAD, {}, "ada")
    for _ in range(200):
        if services.learning.jobs.one(tenant, job_id)["state"] == "done":
            break
        threading.Event().wait(0.05)
    learner.stop()
    assert services.learning.jobs.one(tenant, job_id)["state"] == "done"


STUB = """
import json, pathlib, shutil, sys
reader, *options = sys.argv[1:]
given = dict(zip(options[::2], options[1::2]))
rows = [json.loads(line) for line in open(given["--extra"])]
out = pathlib.Path(given["--out"])
for number in range(1, 4):
    print(f"2026-11-28 10:00:00,000 progress {number}/3 epochs trained", file=sys.stderr)
if rows[0]["document"]["text"].startswith("Break"):
    sys.exit("ValueError: " + rows[0]["document"]["text"])
shutil.copytree(SHIPPED, out)
manifest = json.loads((out / "manifest.json").read_text())
manifest["version"] = given["--version"]
manifest["seen"] = [reader, len(rows), rows[0]["judged"], rows[0]["mentions"]]
(out / "manifest.json").write_text(json.dumps(manifest))
"""


@pytest.fixture
def stub(services, tmp_path):
    """The training command, played by a script that speaks its protocol."""
    from nlp.artefact import READERS

    script = tmp_path / "train.py"
    shipped = next(path for name, path in READERS.items() if name.value == "fast")
    script.write_text(STUB.replace("SHIPPED", repr(str(shipped))))
    training = services.learning.jobs.handlers[JobKind.FULL].__self__
    from dataclasses import replace

    command = Command((sys.executable, str(script)), ())
    services.learning.jobs.handlers[JobKind.FULL] = replace(training, command=command).full
    return services


def test_a_whole_reader_is_trained_by_the_command_and_serves(stub, tenant):
    judge(stub, tenant, Strategy.DIVERSE, [judged_text("Something was said here.")])
    stub.labeling.snapshots.make(tenant, ADMIN)
    shown: list[tuple[int, int | None, str | None]] = []
    result = stub.learning.jobs.run_here(tenant, JobKind.FULL, {}, "ada", lambda *said: shown.append(said))
    assert (1, 3, "epochs trained") in shown or (0, 3, "epochs trained") in shown
    version = result["version"]
    assert "+full." in version
    loaded = stub.workspace.reader_of(tenant, version)
    assert loaded.model_version == version
    assert loaded.manifest.raw["seen"] == ["fast", 1, [[0, 24, sorted(SILENT)]], []]
    promoted(stub, tenant, version)
    assert stub.workspace.reader(tenant).extract(make_document(RIVAL)).signals[0].model_version == version


def test_a_command_that_fails_or_can_not_run_says_so_without_words_of_documents(stub, services, tenant):
    judge(stub, tenant, Strategy.DIVERSE, [judged_text("Break it, said Dana.")])
    stub.labeling.snapshots.make(tenant, ADMIN)
    with pytest.raises(InputError, match=r"ended with 1 \(ValueError\)") as caught:
        run(stub, tenant, JobKind.FULL)
    assert "Dana" not in json.dumps(stub.learning.jobs.page(tenant).items) + str(caught.value)
    from dataclasses import replace

    training = stub.learning.jobs.handlers[JobKind.FULL].__self__
    missing = replace(training, command=Command(needs=("torch_of_nowhere",)))
    stub.learning.jobs.handlers[JobKind.FULL] = missing.full
    with pytest.raises(InputError, match="needs torch_of_nowhere"):
        run(stub, tenant, JobKind.FULL)


def test_who_may_start_what(services, tenant):
    rita = Member("rita", Role.REVIEWER)
    models = services.learning.models
    for start in (
        lambda: models.start_training(tenant, rita, snapshot=None, full=False),
        lambda: models.start_comparing(tenant, rita, "x", snapshot=None),
        lambda: models.start_preview(tenant, rita, "x"),
        lambda: models.start_rereading(tenant, rita),
        lambda: models.rollback(tenant, rita),
        lambda: models.challenge(tenant, rita, None),
    ):
        with pytest.raises(Forbidden):
            start()
    with pytest.raises(NotFound):
        models.start_comparing(tenant, ADMIN, "nowhere", snapshot=None)
    with pytest.raises(InputError):
        models.start_training(tenant, ADMIN, snapshot=None, full=False, epochs=3)
    with pytest.raises(ForeshockError):
        models.promote(tenant, ADMIN, "nowhere")


def test_what_was_promoted_before_documents_came_reads_them(services, tenant):
    version = planted(services, tenant, workaround=1.0)
    promoted(services, tenant, version)
    services.ingest.add(tenant, [make_document(RIVAL, account_id=TRAINED[0])])
    drain(services.extraction)
    assert {found for _, found in labels_of(services, tenant, TRAINED[0])} == {version}
    with services.store.tenant(tenant) as session:
        assert repository.accounts_by_version(session) == {version: 1}
    assert services.learning.models.history(tenant).items[0]["at"] < datetime.now(UTC).isoformat()
