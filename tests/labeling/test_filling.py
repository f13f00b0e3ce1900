"""What goes into queues: unsure, unlike, disputed and drawn sentences; and masks, guideline, attributes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Forbidden, InputError, NotFound
from labeling.guideline import guideline
from labeling.masking import MASK, masked
from labeling.queues.rules import Strategy, random_for, random_turn
from labeling.queues.strategies import SAME, disputed, diverse, drawn, unsureness
from nlp.extract import SignalReader
from nlp.outputs import LABELS
from pipelines.jobs.worker import drain
from tests.factories import make_document
from tests.labeling.conftest import ADMIN, ANA, handed

SENTENCES = (
    "We might look at other tools some day.",
    "Could the report be scheduled?",
    "Finance asked how many tools we have.",
    "Sam copies some of it by hand.",
    "Deputy was mentioned in a meeting.",
    "Lunch was nice, thanks.",
    "We still wait for the export.",
)


@pytest.fixture
def documents(services, tenant):
    texts = [" ".join(SENTENCES[at:] + SENTENCES[:at]) for at in range(3)]
    services.ingest.add(tenant, [make_document(text, id=f"d-{at}") for at, text in enumerate(texts)])
    drain(services.extraction)
    return texts


def records(labeling, tenant, queue):
    return list(labeling.archive.lines(tenant, ADMIN, queue=queue))


def test_unsure_sentences_lie_between_the_thresholds_and_bring_a_random_share(labeling, tenant, documents, reader):
    filled = labeling.queues.fill(tenant, ADMIN, "abstain", 8)
    assert filled.documents == 3
    assert filled.added == min(8, filled.found) > 0
    assert filled.random_added == round(filled.added / 4)
    points = reader.manifest.labels
    for row in records(labeling, tenant, "abstain"):
        if row["origin"] == "random":
            continue  # drawn by chance as well, and such come without scores
        scores = np.array([[row["suggestion"]["scores"][label.value] for label in LABELS]], dtype=np.float32)
        assert unsureness(scores, points)[0][0] > 0
        assert row["text"][row["start"] : row["end"]].strip()
    assert {row["origin"] for row in records(labeling, tenant, "random")} == {"random"}
    rules = {row["queue"]: row["biased"] for row in labeling.queues.overview(tenant, ADMIN)}
    assert rules == {"abstain": True, "random": False}
    again = labeling.queues.fill(tenant, ADMIN, "abstain", 8)
    before = {row["record_id"] for row in records(labeling, tenant, "abstain")}
    assert len(before) == filled.added + again.added, "a second filling adds others"


def test_diverse_sentences_are_no_near_duplicates(labeling, tenant, documents):
    filled = labeling.queues.fill(tenant, ADMIN, "diverse", 50)
    assert filled.near_duplicates > 0, "each sentence stands in three documents"
    assert filled.added == filled.found - filled.near_duplicates
    passages = [row["text"][row["start"] : row["end"]] for row in records(labeling, tenant, "diverse")]
    assert len(passages) == len(set(passages))


def test_disputed_sentences_name_both_readers(labeling, tenant, documents, reader):
    other = Contrary(reader)
    queues = replace(labeling.queues, other_reader_for=lambda _: other)
    assert queues.fill(tenant, ADMIN, "disagreement", 5).added == 5
    task = handed(labeling, tenant, ADMIN, "disagreement")
    assert "0.90 says other-1" in task.reason
    assert reader.model_version in task.reason


@dataclass
class Contrary:
    """Marks what the reader does not, and nothing else."""

    reader: SignalReader
    model_version: str = "other-1"

    @property
    def manifest(self):
        return self.reader.manifest

    def probabilities(self, document):
        sentences, found = self.reader.probabilities(document)
        return sentences, np.where(found > 0.5, 0.0, 0.9).astype(np.float32)


def test_the_random_sample_knows_nothing_of_other_queues(labeling, tenant, documents):
    labeling.queues.fill(tenant, ADMIN, "abstain", 50)
    everything = labeling.queues.fill(tenant, ADMIN, "random", 100)
    assert everything.found == 3 * len(SENTENCES)
    assert len(records(labeling, tenant, "random")) == everything.found
    assert labeling.queues.fill(tenant, ADMIN, "random", 100).added == 0


def test_a_filling_says_what_it_can_not(labeling, tenant, make_queue):
    with pytest.raises(Forbidden):
        labeling.queues.fill(tenant, ANA, "abstain", 5)
    with pytest.raises(NotFound):
        labeling.queues.fill(tenant, ADMIN, "nothing", 5)
    with pytest.raises(InputError, match="filled by others"):
        labeling.queues.fill(tenant, ADMIN, make_queue(), 5)
    assert labeling.queues.fill(tenant, ADMIN, "random", 5).added == 0
    with pytest.raises(InputError, match="for good"):
        make_queue(name="random", strategy=Strategy.SEARCH)


def test_records_go_with_their_document(labeling, services, tenant, documents):
    labeling.queues.fill(tenant, ADMIN, "random", 100)
    services.ingest.remove(tenant, "file", "d-1")
    assert {row["document_id"] for row in records(labeling, tenant, "random")} == {"d-0", "d-2"}
    assert labeling.queues.one(tenant, ADMIN, "random")["records"] == 2 * len(SENTENCES)


@given(st.lists(st.integers(0, 6), max_size=12), st.integers(1, 40), st.integers(0, 9))
def test_a_draw_is_without_repetition_and_within_the_documents(counts, size, seed):
    picks = drawn(counts, size, seed)
    assert len(picks) == len(set(picks)) == min(size, sum(counts))
    assert all(0 <= sentence < counts[at] for at, sentence in picks)
    assert drawn(counts, size + 3, seed)[:size] == picks


def test_every_sentence_is_as_likely_as_any_other():
    counts = [1, 5, 2]
    hits = Counter(pick for seed in range(4_000) for pick in drawn(counts, 2, seed))
    assert len(hits) == 8
    assert all(850 < count < 1_150 for count in hits.values()), hits


@given(st.integers(2, 30), st.integers(1, 30), st.integers(0, 1_000))
def test_what_is_chosen_as_diverse_is_apart_and_what_is_left_out_is_counted(count, size, seed):
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(count, 3)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    unsure = random.uniform(0.1, 1, count).tolist()
    chosen, repeated = diverse(unsure, vectors, size)
    assert chosen[0] == int(np.argmax(np.float32(unsure)))
    near = vectors[chosen] @ vectors[chosen].T - np.eye(len(chosen))
    assert near.max() < SAME
    assert 0 <= repeated <= count - len(chosen)
    if len(chosen) < size:
        assert repeated == count - len(chosen)


def test_two_readers_dispute_only_what_one_of_them_marks():
    first, second = np.array([[0.9, 0.1, 0, 0], [0.4, 0, 0, 0]]), np.array([[0.8, 0.1, 0, 0], [0.6, 0, 0, 0]])
    limits = np.full(4, 0.5)
    strength, labels = disputed(first.astype(np.float32), second.astype(np.float32), limits, limits)
    assert strength.tolist() == pytest.approx([0, 0.2])
    assert labels == ["", LABELS[0].value]


def test_the_random_share_stays_level():
    own = sample = 0
    for _ in range(1_000):
        if random_turn(0.2, own, sample):
            sample += 1
        else:
            own += 1
        assert abs(sample - 0.2 * (own + sample)) <= 1
    assert (random_for(0.2, 100), random_for(0, 100)) == (25, 0)


PEOPLE = ["Dana Whitfield", "Will", "priya@vendor.example"]


@pytest.mark.parametrize(
    ("text", "gone", "kept"),
    [
        ("Dana said so. Whitfield, D.", ["Dana", "Whitfield"], ["said so"]),
        ("Will it work? Ask Will.", ["Ask Will"], ["it work"]),
        ("Hi Marta,\nfine.\n\nJonas", ["Marta", "Jonas"], ["fine."]),
        ("mail priya@vendor.example or b.c+d@x.co.uk!", ["priya", "x.co"], ["mail", "or", "!"]),
        ("Danae is no Dana.", ["no Dana"], ["Danae is"]),
    ],
)
def test_names_and_addresses_are_covered(text, gone, kept):
    found = masked(text, PEOPLE)
    assert len(found) == len(text)
    assert all(words not in found for words in gone)
    assert all(words in found for words in kept)


@given(st.text(max_size=80), st.lists(st.text(max_size=10), max_size=4))
def test_masking_keeps_every_other_character_in_its_place(text, people):
    found = masked(text, people)
    assert len(found) == len(text)
    assert all(new in (old, MASK) for old, new in zip(text, found, strict=True))


def test_the_guideline_has_a_version_and_names_every_label():
    assert guideline().version == "1"
    assert all(label.value in guideline().text for label in LABELS)
