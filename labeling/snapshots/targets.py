"""A snapshot as training and measuring want it: targets of sentences, gold documents that know where nobody looked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.entities import Document, Label, Sentence, Signal, Span
from core.errors import InputError
from labeling.queues.rules import Strategy
from labeling.snapshots.content import Item, Material, Split, document_json
from models.corpus import GoldDocument, GoldMention
from models.correction import Answers, Background
from models.evaluation.score import Slice
from models.vectors import read_vectors
from nlp.encoder import Array
from nlp.extract import SignalReader
from nlp.outputs import LABELS

FAIR = frozenset({Strategy.ABSTAIN.value, Strategy.DIVERSE.value, Strategy.DISAGREEMENT.value})
"""Picked by their score, so that calibration may look at them; corrections and finds were picked for what they say."""
_NAMES = frozenset(label.value for label in LABELS)


def targets_of(sentences: Sequence[Sentence], items: Iterable[Item]) -> tuple[Array, np.ndarray[Any, Any]]:
    """Targets ``(sentences, labels)``, NaN where nothing is known, and which sentences were fairly chosen."""
    targets = np.full((len(sentences), len(LABELS)), np.nan, dtype=np.float32)
    fair = np.zeros(len(sentences), dtype=bool)
    for item in items:
        passage = Span(item.start, item.end)
        for at, sentence in enumerate(sentences):
            if _covers(sentence.span, passage):
                fair[at] |= item.origin in FAIR
                for column, label in enumerate(LABELS):
                    if label.value in item.labels and np.isnan(targets[at, column]):
                        targets[at, column] = 0.0
            for span in item.spans:
                if span.label in _NAMES and _covers(sentence.span, Span(span.start, span.end)):
                    targets[at, LABELS.index(Label(span.label))] = 1.0
    return targets, fair


def _covers(first: Span, second: Span) -> bool:
    shared = first.overlap(second)
    return shared > 0 and shared >= 0.5 * min(len(first), len(second))


def answers_of(
    reader: SignalReader, material: Material, advance: Callable[[], None] = lambda: None
) -> tuple[Answers, Background]:
    """What the training items say of the sentences of their documents, and all these sentences.

    Args:
        reader: whose vectors and logits they get.
        material: the snapshot.
        advance: called after each document.

    Raises:
        InputError: if there is nothing to train on.
    """
    chosen = material.of(Split.TRAIN)
    documents = [(material.documents[text_id], items) for text_id, items in sorted(chosen.items())]
    features, logits, targets, fair, accounts = [], [], [], [], []
    by_document = {id(document): items for document, items in documents}
    pairs = ((document, reader.sentences(document)) for document, _ in documents)
    for read in read_vectors(reader.ungated, pairs, reader.gazetteer):
        of_document, chosen_fairly = targets_of(read.sentences, by_document[id(read.document)])
        features.append(read.features)
        logits.append(read.logits)
        targets.append(of_document)
        fair.append(chosen_fairly)
        accounts += [read.document.account_id] * len(read.sentences)
        advance()
    if not features:
        raise InputError(
            "the snapshot has nothing to train on",
            remedy="label what queues picked in more accounts; half of all accounts are for testing alone",
        )
    everything = Background(np.concatenate(features), np.concatenate(logits))
    known = np.flatnonzero(~np.isnan(np.concatenate(targets)).all(axis=1))
    answers = Answers(
        everything.features[known],
        everything.logits[known],
        np.concatenate(targets)[known],
        [accounts[at] for at in known.tolist()],
        np.concatenate(fair)[known],
    )
    return answers, everything


@dataclass(frozen=True, slots=True)
class Judged:
    """Judged passages of one document and one side: their gold, and where it is known."""

    gold: GoldDocument
    passages: tuple[Item, ...]
    side: str

    @property
    def slices(self) -> tuple[Slice, ...]:
        """What it is a part of."""
        return Slice("kind", self.gold.document.kind.value), Slice("side", self.side)

    def seen(self, signals: Sequence[Signal]) -> list[Signal]:
        """Of a reader's signals those in judged passages, of labels that could be said there."""
        return [
            signal
            for signal in signals
            if any(
                signal.label.value in item.labels
                and _covers(Span(signal.start, signal.end), Span(item.start, item.end))
                for item in self.passages
            )
        ]


def frozen_set(material: Material) -> list[Judged]:
    """The frozen test set: one entry for each document and side."""
    found = []
    for text_id, items in sorted(material.of(Split.TEST).items()):
        for side in sorted({item.side for item in items}):
            passages = tuple(item for item in items if item.side == side)
            mentions = tuple(mention for item in passages for mention in _mentions(item))
            found.append(Judged(GoldDocument(material.documents[text_id], mentions, ""), passages, side))
    return found


def _mentions(item: Item) -> Iterator[GoldMention]:
    for span in item.spans:
        if span.label in _NAMES:
            yield GoldMention(Span(span.start, span.end), (Label(span.label),), {})


def training_lines(material: Material) -> Iterator[dict[str, Any]]:
    """Documents of the training items as full training takes them: mentions, and passages that were judged."""
    for text_id, items in sorted(material.of(Split.TRAIN).items()):
        document = material.documents[text_id]
        yield {
            "document": document_json(document) | {"text": document.text},
            "judged": [[item.start, item.end, list(item.labels)] for item in items],
            "mentions": [
                {"start": span.start, "end": span.end, "labels": [span.label], "attributes": _attributes(span)}
                for item in items
                for span in item.spans
                if span.label in _NAMES
            ],
        }


def _attributes(span: Any) -> Mapping[str, Any]:
    return {span.label: dict(span.attributes)} if span.attributes else {}


def documents_of(frozen: Iterable[Judged]) -> list[Document]:
    """The documents of a test set, each once."""
    return list({id(item.gold.document): item.gold.document for item in frozen}.values())
