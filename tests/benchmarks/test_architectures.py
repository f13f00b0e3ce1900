"""The ways that are compared are given what they say they are given."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.architectures.contrastive import pairs_of
from benchmarks.architectures.judging import against, judge
from benchmarks.architectures.shapes import Around, Remembering, memory_of, windows, words_only
from benchmarks.architectures.span_tags import tags_of
from models.base import pretrained
from models.corpus import load_corpus
from models.training.examples import Prepared
from models.training.material import read_vendor
from nlp.gazetteer import Gazetteer, shipped_entries
from nlp.outputs import LABELS
from nlp.tokens import Vocabulary
from nlp.windows import NOWHERE

NAMES = Gazetteer(shipped_entries())


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    """The small encoder's."""
    return Vocabulary.from_file(pretrained("all-MiniLM-L6-v2") / "tokenizer.json")


@pytest.fixture(scope="module")
def read() -> tuple[Prepared, ...]:
    """One vendor's documents."""
    vendor = next(vendor for vendor in load_corpus() if vendor.slug == "brightquill")
    return read_vendor(vendor).documents


def test_a_sentence_is_cut_out_with_its_targets(vocabulary: Vocabulary, read: tuple[Prepared, ...]):
    item = max(read[:20], key=lambda item: len(item.sentences))
    whole = windows(item, vocabulary, NAMES)
    decided = [(at, example) for example in whole for at in range(len(example.window.ranges))]
    for around in (0, 1):
        cut = Around(around)(item, vocabulary, NAMES)
        assert len(cut) == len(decided)
        for one, (at, example) in zip(cut, decided, strict=True):
            (start, end), (begin, stop) = one.window.ranges[0], example.window.ranges[at]
            assert one.window.ids[start:end] == example.window.ids[begin:stop]
            assert one.window.places[start:end] == example.window.places[begin:stop]
            assert len(one.tags) == len(one.window.ids) == len(one.window.places)
            assert np.array_equal(one.targets[0], example.targets[at], equal_nan=True)
    alone, near = (sum(len(e.window.ids) for e in Around(n)(item, vocabulary, NAMES)) for n in (0, 1))
    assert near > 1.5 * alone


def test_words_only_hides_all_markers(vocabulary: Vocabulary, read: tuple[Prepared, ...]):
    for example in words_only(read[0], vocabulary, NAMES):
        shown = {token for token in example.window.ids[1:-1] if token != vocabulary.mask}
        assert min(shown) >= vocabulary.first_word
        assert len(example.window.ids) == len(example.tags)


def test_memory_is_what_stood_in_earlier_documents(vocabulary: Vocabulary, read: tuple[Prepared, ...]):
    memory = memory_of(read)
    ordered = sorted(read, key=lambda item: (item.gold.document.occurred_at, item.gold.document.id))
    first = {}
    for item in ordered:
        first.setdefault(item.gold.document.account_id, item.gold.document.id)
    assert all(memory[document] == () for document in first.values())
    item = next(item for item in ordered if memory[item.gold.document.id])
    longer, plain = Remembering(memory)(item, vocabulary, NAMES), windows(item, vocabulary, NAMES)
    for one, other in zip(longer, plain, strict=True):
        (start, end), (begin, stop) = one.window.ranges[-1], other.window.ranges[-1]
        assert len(one.window.ids) > len(other.window.ids)
        assert one.window.ids[start:end] == other.window.ids[begin:stop]
        assert len(one.tags) == len(one.window.ids) == len(one.window.places)


def test_tokens_are_tagged_where_a_mention_stands(vocabulary: Vocabulary, read: tuple[Prepared, ...]):
    item = next(item for item in read if item.gold.mentions and not item.gold.mentions[0].unsure)
    mention = item.gold.mentions[0]
    column = LABELS.index(mention.labels[0])
    tagged = [
        example.window.places[token]
        for example in windows(item, vocabulary, NAMES)
        for token in np.flatnonzero(tags_of(example, item)[:, column] == 1)
    ]
    assert NOWHERE not in tagged
    inside = [place for place in tagged if mention.span.start < place[1] and place[0] < mention.span.end]
    assert min(start for start, _ in inside) == mention.span.start


def test_pairs_are_alike_where_their_labels_are():
    gold = np.zeros((60, 4), dtype=np.float32)
    for column in range(4):
        gold[column * 10 : column * 10 + 10, column] = 1
    gold[59] = np.nan
    for one, other, alike in pairs_of(gold, seed=1)[:200]:
        assert alike == bool((gold[one] == gold[other]).all())


def test_the_better_way_is_told_apart():
    chance = np.random.default_rng(3)
    gold = (chance.random((600, 4)) < 0.2).astype(np.float32)
    accounts = [f"a{at % 20}" for at in range(len(gold))]
    good = (gold * 4 - 2 + chance.normal(0, 0.5, gold.shape)).astype(np.float32)
    poor = (gold * 4 - 2 + chance.normal(0, 3.0, gold.shape)).astype(np.float32)
    first, second = (judge(name, (x, gold), (x, gold), accounts) for name, x in (("good", good), ("poor", poor)))
    assert first.macro > 0.98
    difference, low, high = against(second, first)
    assert low <= difference <= high < 0
    gold[:, 0] = np.nan
    assert judge("nothing known of one label", (good, gold), (good, gold), accounts).labels[1] > 0.9
