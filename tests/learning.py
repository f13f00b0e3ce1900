"""Worlds to learn in, for tests: a signal that the shipped reader does not know, and versions made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np

from core.ids import new_id
from labeling.contracts import incoming, parse_record
from labeling.members import Member, Role
from labeling.queues.rules import QueueRules, Strategy
from labeling.snapshots.content import is_for_testing
from models.correction import Correction, LabelFit, overlay_files
from nlp.outputs import LABELS
from nlp.overlay import manifest_digest
from pipelines.accounts.repository import Filters
from pipelines.jobs.worker import drain
from pipelines.learn import repository
from pipelines.learn.jobs import ALL
from pipelines.services import Services
from tests.factories import make_document

ADMIN = Member("ada", Role.ADMIN)
WHEN = datetime(2026, 3, 1, tzinfo=UTC)
NAMES = [f"acc-{number}" for number in range(60)]
TRAINED = [name for name in NAMES if not is_for_testing(name)]
TESTED = [name for name in NAMES if is_for_testing(name)]
THINGS = ("dashboard", "planner", "calendar", "mobile app", "import", "search", "editor", "roster", "report", "inbox")
PRAISE = (
    "The new {} is wonderful and everybody here loves it.",
    "Honestly your {} made my whole week, what a joy.",
    "We are delighted with the {}, thank you so much.",
    "My team is so happy with the {} that they cheered.",
)
PLAIN = (
    "The meeting about the {} is on Tuesday at ten.",
    "Please send the invoice for the {} to our office.",
    "I will forward the notes on the {} to Miriam.",
    "The {} training has been moved to room four.",
)


def world(services: Services, tenant: str, accounts: int = 12, documents: int = 2) -> None:
    """Accounts on both sides, documents with one sentence of praise and one plain one each, all judged.

    Whoever judged them calls praise a workaround. Accounts for testing are judged as the random sample.
    """
    stored, picked, drawn = [], [], []
    for side, names, records in ((0, TRAINED, picked), (1, TESTED, drawn)):
        for at, account in enumerate(names[:accounts]):
            for number in range(documents):
                index = at * documents + number
                thing = THINGS[(index + 3 * side) % len(THINGS)]
                praise = PRAISE[index % len(PRAISE)].format(thing)
                plain = PLAIN[(index + at) % len(PLAIN)].format(thing)
                text = f"{plain} {praise}" if index % 2 else f"{praise} {plain}"
                document = make_document(text, id=f"{account}-{number}", account_id=account)
                stored.append(document)
                for sentence, label in ((praise, "workaround"), (plain, None)):
                    records.append(_judged(document, sentence, label))
    services.ingest.add(tenant, stored)
    drain(services.extraction)
    for strategy, records in ((Strategy.DIVERSE, picked), (Strategy.RANDOM, drawn)):
        judge(services, tenant, strategy, records)


def judge(services: Services, tenant: str, strategy: Strategy, records: list[dict[str, Any]]) -> None:
    """Put judged records into a queue."""
    name = strategy.value
    services.labeling.queues.put(tenant, ADMIN, name, QueueRules.of(strategy))
    given = [incoming(parse_record(row), WHEN) for row in records]
    services.labeling.archive.add(tenant, ADMIN, name, given)


def _judged(document: Any, sentence: str, label: str | None) -> dict[str, Any]:
    start = document.text.index(sentence)
    end = start + len(sentence)
    spans = [{"label": label, "start": start, "end": end}] if label else []
    return {
        "source": document.source,
        "document_id": document.id,
        "account_id": document.account_id,
        "kind": document.kind.value,
        "occurred_at": document.occurred_at.isoformat(),
        "text": document.text,
        "start": start,
        "end": end,
        "origin": "diverse",
        "annotations": [{"annotator": "dana", "spans": spans, "guideline_version": "1"}],
    }


def judged_text(text: str, account: str = TRAINED[0]) -> dict[str, Any]:
    """One record that is no signal."""
    return _judged(make_document(text, id=f"only-{account}", account_id=account), text, None)


def planted(services: Services, tenant: str, **bias: float) -> str:
    """A version that gives labels more or less often by so much, whatever stands there."""
    with services.store.tenant(tenant) as session:
        number = repository.next_number(session)
    if number == 1:
        judge(services, tenant, Strategy.IMPORTED, [judged_text("Nothing to see here.")])
    snapshot, _ = services.labeling.snapshots.make(tenant, ADMIN)
    base = services.workspace.shipped(tenant)
    version = f"{base.model_version}+heads.{number}"
    files = overlay_files(correction(base.manifest.raw["labels"], bias), base.manifest, version, {"snapshot": 1})
    with services.store.tenant(tenant) as session:
        values = {
            "tenant_id": tenant,
            "version": version,
            "number": number,
            "kind": "heads",
            "base_version": base.model_version,
            "base_digest": manifest_digest(base.manifest),
            "digest": repository.files_digest(files),
            "parent": base.model_version,
            "snapshot_id": snapshot.snapshot_id,
            "figures": {},
            "made_by": "ada",
            "made_at": WHEN,
        }
        repository.add_version(session, values, files)
    return version


def correction(points: Mapping[str, Any], bias: Mapping[str, float]) -> Correction:
    """A correction that adds a constant to labels' logits."""
    nothing = np.zeros(768)
    fits = tuple(
        LabelFit(label, 0, 0, 0, True, False, None, None, None, "planted", nothing, bias.get(label.value, 0.0))
        for label in LABELS
    )
    return Correction(fits, points)


def compared(services: Services, tenant: str, version: str, *, promote: bool = True) -> None:
    """Write down a comparison with what serves, as if it had come out so."""
    gain = {"name": "macro F1", "champion": 0.5, "candidate": 0.6, "difference": 0.1, "low": 0.02, "high": 0.2}
    gain |= {"mentions": 40, "words": "macro F1 gains 0.100"}
    said = "may be promoted: it gains" if promote else "may not be promoted: the gain is not sure"
    with services.store.tenant(tenant) as session:
        snapshot = services.labeling.snapshots.one(tenant)
        repository.add_comparison(
            session,
            {
                "comparison_id": new_id(),
                "tenant_id": tenant,
                "snapshot_id": snapshot.snapshot_id,
                "champion": services.workspace.reader(tenant).model_version,
                "candidate": version,
                "promote": promote,
                "result": {
                    "promote": promote,
                    "words": f"The candidate {said}.",
                    "reasons": [],
                    "overall": gain,
                    "labels": [gain],
                    "slices": [],
                    "margin": 0.03,
                    "test_set": {"passages": 40, "documents": 40, "accounts": 12},
                    "operating_point": "balanced",
                },
                "made_by": "ada",
                "made_at": datetime.now(UTC),
            },
        )


def work(services: Services, tenant: str) -> None:
    """Do all waiting model jobs, of whichever tenant."""
    while services.learning.jobs.run_next("test", ALL):
        pass


def labels_of(services: Services, tenant: str, account: str) -> set[tuple[str, str]]:
    """Label and version of all signals of an account."""
    page = services.accounts.signals(tenant, Filters(account_id=account), limit=200)
    return {(row["label"], row["model_version"]) for row in page.items}
