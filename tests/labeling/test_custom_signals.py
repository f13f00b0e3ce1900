"""A workspace's own signal in the store: defined, estimated, taught, served, retired."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from core.errors import Conflict, Forbidden, InputError, NotFound
from core.tables import SignalRow
from labeling.corrections import Correction, CorrectionKind
from labeling.queues.rules import QueueRules, Strategy
from labeling.service import Nothing
from labeling.signals.definition import EXAMPLES_MAX, Definition
from pipelines.accounts.repository import Filters
from pipelines.jobs.worker import drain
from tests.factories import make_document
from tests.labeling.conftest import ADMIN, ANA, handed, submitted
from tests.labeling.price_talk import CARRY, DESCRIPTION, DO_NOT, SAID, documents

PRICE = Definition("Price talk", DESCRIPTION, tuple(CARRY[:5]), tuple(DO_NOT[-3:]))
LABEL, QUEUE = "custom:price-talk", "signal-price-talk"


@pytest.fixture
def workspace(services, tenant):
    """Documents that were read, before there was any signal."""
    services.ingest.add(tenant, documents())
    drain(services.extraction)
    return tenant


def answer_all(labeling, tenant):
    """Say the truth of whatever waits; returns how many carry it."""
    carry = 0
    while not isinstance(task := labeling.tasks.next(tenant, ADMIN, QUEUE), Nothing):
        record = task.view.record
        passage = record.text[record.start : record.end]
        spans = [(LABEL, record.start, record.end)] if passage in SAID else []
        labeling.tasks.answer(tenant, ADMIN, task.task_id, submitted(*spans))
        carry += bool(spans)
    return carry


def served(services, tenant):
    return list(services.accounts.signals(tenant, Filters(label=LABEL), limit=200).items)


def test_from_five_examples_to_mentions_and_back(services, labeling, workspace):
    tenant, signals = workspace, labeling.signals
    made = signals.create(tenant, ADMIN, PRICE)
    assert (made["slug"], made["label"], made["state"], made["queue"]) == ("price-talk", LABEL, "draft", QUEUE)
    told = made["estimate"]
    assert (told["version"], told["typed"], told["answered"], told["positives"], told["negatives"]) == (1, 8, 0, 5, 3)
    assert "wrongly given to" in told["words"]
    assert f"Of {told['drawn']} sentences drawn by chance" in told["words"]
    assert signals.estimate(tenant, "price-talk")["estimate"]["version"] == 1, "nothing new was said"

    put = signals.next(tenant, ADMIN, "price-talk", 20)
    assert put.added > 5
    task = handed(labeling, tenant, ADMIN, QUEUE)
    assert task.view.record.origin == "custom"
    assert labeling.signals.one(tenant, "price-talk")["waiting"] > 0
    assert answer_all(labeling, tenant) > 2
    taught = signals.estimate(tenant, "price-talk")
    assert taught["estimate"]["version"] == 2
    assert taught["estimate"]["answered"] == put.added
    assert taught["answers"]["newer_than_estimate"] == 0
    assert taught["by_chance"]["judged"] > 0
    assert len(taught["versions"]) == 2
    assert served(services, tenant) == [], "a draft finds nothing"

    active = signals.activate(tenant, ADMIN, "price-talk")
    assert (active["state"], active["serving"]) == ("active", 2)
    assert (active["reading"]["read"], active["reading"]["documents"]) == (0, 12)
    drain(services.extraction)
    after = signals.one(tenant, "price-talk")
    assert after["reading"] == {"read": 12, "documents": 12}
    found = served(services, tenant)
    assert after["mentions"] == len(found) > 2
    for mention in found:
        text = services.accounts.document(tenant, "file", mention["document"]["id"])["text"]
        assert mention["text"] == text[mention["start"] : mention["end"]]
        assert mention["model_version"] == f"{LABEL}@2"
        assert mention["explanation"]["words"]
    assert sum(mention["text"] in SAID for mention in found) >= len(found) / 2

    services.ingest.add(tenant, [make_document(f"Hello. {CARRY[0]} Bye then.", id="new", account_id="acme-1")])
    drain(services.extraction)
    assert {m["text"] for m in served(services, tenant)} > {m["text"] for m in found}, "new documents are read for it"
    drivers = services.risk.report(tenant, "acme-1", None)["drivers"]
    assert not [part for part in drivers if part["label"].startswith("custom:")], "it has no points"

    gone = signals.retire(tenant, ADMIN, "price-talk")
    assert (gone["state"], gone["serving"], gone["mentions"]) == ("retired", None, 0)
    assert served(services, tenant) == []
    assert services.custom.catch_up(tenant) == 0
    assert signals.activate(tenant, ADMIN, "price-talk")["state"] == "active", "and may come back"
    signals.retire(tenant, ADMIN, "price-talk")


def test_its_question_is_another_than_that_of_all_other_queues(services, labeling, workspace):
    tenant, signals = workspace, labeling.signals
    signals.create(tenant, ADMIN, PRICE)
    signals.next(tenant, ADMIN, "price-talk", 50)
    labeling.queues.fill(tenant, ADMIN, "random", 100)
    before = labeling.queues.one(tenant, ADMIN, "random")["places"]["open"]
    task = handed(labeling, tenant, ADMIN, QUEUE)
    receipt = labeling.tasks.answer(tenant, ADMIN, task.task_id, replace(submitted(), equal=True))
    assert receipt.copies == 0, "no answer to this is one to the four"
    assert labeling.queues.one(tenant, ADMIN, "random")["places"]["open"] == before
    assert {record.origin for record, _ in labeling.archive.material(tenant)} == {"random"}
    assert {record.origin for record, _ in labeling.archive.material(tenant, QUEUE)} == {"custom"}
    with pytest.raises(InputError, match="is not asked here"):
        labeling.tasks.answer(tenant, ADMIN, task.task_id, submitted(("workaround", 0, 3)))
    with pytest.raises(InputError, match="made with its signal"):
        labeling.queues.put(tenant, ADMIN, "mine", QueueRules.of(Strategy.CUSTOM))
    changed = labeling.queues.put(tenant, ADMIN, QUEUE, replace(QueueRules.of(Strategy.CUSTOM), overlap=2))
    assert changed["labels"] == [LABEL]


def test_a_check_tells_how_often_it_is_right(labeling, workspace):
    tenant, signals = workspace, labeling.signals
    signals.create(tenant, ADMIN, PRICE)
    put = signals.next(tenant, ADMIN, "price-talk", 5, check=True)
    assert put.added > 0
    task = handed(labeling, tenant, ADMIN, QUEUE)
    assert "how often it is right" in task.reason
    assert task.view.record.suggestion is None, "judged without knowing what the head thinks"
    right = answer_all(labeling, tenant)
    (check,) = signals.one(tenant, "price-talk")["checks"]
    assert (check["version"], check["judged"], check["right"]) == (1, put.added, right)
    assert check["low"] <= right / put.added <= check["high"]
    assert signals.likeliest(tenant, "price-talk", 3)


def test_not_a_signal_on_a_page_teaches_it(services, labeling, workspace):
    tenant, signals = workspace, labeling.signals
    signals.create(tenant, ADMIN, PRICE)
    signals.activate(tenant, ADMIN, "price-talk")
    drain(services.extraction)
    with services.store.tenant(tenant) as session:
        row = session.scalars(select(SignalRow).where(SignalRow.label == LABEL).limit(1)).one()
    name = next(d["id"] for d in services.accounts.documents(tenant, Filters(label=LABEL), limit=50).items)
    shown = services.accounts.document(tenant, "file", name)
    mention = next(s for s in shown["signals"] if s["label"] == LABEL)
    assert row.label == mention["label"]
    wrong = Correction(CorrectionKind.NOT_A_SIGNAL, signal_id=UUID(mention["signal_id"]))
    corrected = labeling.corrections.correct(tenant, "dana", "file", name, wrong)
    assert (corrected.queue, corrected.spans) == (QUEUE, ())
    task = handed(labeling, tenant, ADMIN, QUEUE)
    assert task.reason == "dana says: no custom:price-talk"
    labeling.tasks.answer(tenant, ADMIN, task.task_id, submitted())
    after = signals.estimate(tenant, "price-talk")
    assert after["answers"]["do_not"] == 1
    assert after["estimate"]["version"] == 2, "an answer that no head picked is read anew and learned from"
    with pytest.raises(InputError, match="only that can be said"):
        labeling.corrections.correct(
            tenant, "dana", "file", name, replace(wrong, kind=CorrectionKind.ADJUST_SPAN, start=0, end=3)
        )
    with pytest.raises(InputError, match="only the four"):
        services.accounts.why(tenant, UUID(mention["signal_id"]), services.workspace.reader(tenant))


def test_what_can_not_be_is_said(services, labeling, tenant):
    signals = labeling.signals
    with pytest.raises(Forbidden):
        signals.create(tenant, ANA, PRICE)
    with pytest.raises(InputError, match="4 different examples"):
        signals.create(tenant, ADMIN, replace(PRICE, examples=(*CARRY[:4], CARRY[0].upper())))
    with pytest.raises(InputError, match="10,000 sentences, at most"):
        signals.create(tenant, ADMIN, replace(PRICE, examples=("x",) * 10_000))
    assert EXAMPLES_MAX < 10_000
    with pytest.raises(InputError) as caught:
        signals.create(tenant, ADMIN, replace(PRICE, examples=(*CARRY[:5], "y" * 2_000)))
    assert caught.value.where == "examples[5]"
    for broken in ({"name": "  "}, {"name": "???"}, {"name": "x" * 61}, {"description": "short"}):
        with pytest.raises(InputError) as caught:
            signals.create(tenant, ADMIN, replace(PRICE, **broken))
        assert caught.value.where == next(iter(broken))
    with pytest.raises(InputError, match="an example and a counterexample"):
        signals.create(tenant, ADMIN, replace(PRICE, counterexamples=(CARRY[0],)))
    made = signals.create(tenant, ADMIN, PRICE)
    assert made["estimate"] is None
    assert "no ordinary sentences" in made["why_no_estimate"]
    with pytest.raises(InputError, match="no ordinary sentences"):
        signals.activate(tenant, ADMIN, "price-talk")
    with pytest.raises(Conflict, match="there is a signal"):
        signals.create(tenant, ADMIN, replace(PRICE, name="PRICE talk!"))
    for method in (signals.one, signals.estimate, signals.likeliest):
        with pytest.raises(NotFound):
            method(tenant, "nothing")
    with pytest.raises(InputError, match="1 to 100"):
        signals.next(tenant, ADMIN, "price-talk", 0)
