"""From gold documents to training windows: the same reading and packing as in service, with targets beside.

Targets per sentence follow ``nlp.outputs.OUTPUTS``; ``NaN`` means that nothing is known and nothing is learned there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.entities import Label, Sentence
from models.corpus import GoldDocument, GoldMention
from nlp.gazetteer import Gazetteer
from nlp.outputs import CHOICES, FLAGS, INDEX, OUTPUTS
from nlp.reading.reader import read
from nlp.reading.sides import OwnSide
from nlp.tokens import Vocabulary
from nlp.windows import Window, windows_of

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Example:
    """One window with targets ``(sentences decided here, outputs)``."""

    window: Window
    targets: Floats


@dataclass(frozen=True, slots=True)
class Prepared:
    """A gold document, read: its sentences and their targets."""

    gold: GoldDocument
    sentences: tuple[Sentence, ...]
    targets: Floats


def prepare(gold: GoldDocument, own: OwnSide) -> Prepared:
    """Read a document and lay its gold over the sentences."""
    sentences = read(gold.document, own).sentences
    return Prepared(gold, sentences, targets_of(sentences, gold.mentions))


def examples_of(prepared: Prepared, vocabulary: Vocabulary, gazetteer: Gazetteer) -> list[Example]:
    """The windows of a document with their targets."""
    document = prepared.gold.document
    windows = windows_of(document, prepared.sentences, vocabulary, gazetteer.find(document.text))
    return [Example(window, prepared.targets[list(window.sentences)]) for window in windows]


def targets_of(sentences: Sequence[Sentence], mentions: Sequence[GoldMention]) -> Floats:
    """Targets ``(sentences, outputs)``."""
    targets = np.full((len(sentences), len(OUTPUTS)), np.nan, dtype=np.float32)
    for label in Label:
        targets[:, INDEX[label]] = 0.0
    for mention in mentions:
        covered = [index for index, sentence in enumerate(sentences) if _covers(sentence, mention)]
        for label in mention.labels:
            for order, index in enumerate(covered):
                _lay(targets[index], label, mention, joins=order > 0)
    _separate_neighbours(targets)
    return targets


def _covers(sentence: Sentence, mention: GoldMention) -> bool:
    shared = sentence.span.overlap(mention.span)
    return shared > 0 and shared >= 0.5 * min(len(sentence.span), len(mention.span))


def _lay(row: Floats, label: Label, mention: GoldMention, *, joins: bool) -> None:
    if mention.unsure:
        row[INDEX[label]] = np.nan
        return
    row[INDEX[label]] = 1.0
    if joins:
        row[INDEX[f"{label}:joins"]] = 1.0
    attributes = mention.attributes.get(label, {})
    for choice in CHOICES:
        if choice.label == label and attributes.get(choice.key) in choice.values:
            for value in choice.values:
                row[INDEX[f"{label}.{choice.key}={value}"]] = float(value == attributes[choice.key])
    for flag in FLAGS:
        if flag.label == label:
            row[INDEX[f"{label}.{flag.key}"]] = float(_flag_holds(flag.key, attributes))


def _flag_holds(key: str, attributes: object) -> bool:
    if not isinstance(attributes, dict):
        return False
    if key == "in_house":
        return "in-house" in [str(name).lower() for name in attributes.get("competitors") or ()]
    return bool(attributes.get(key))


def _separate_neighbours(targets: Floats) -> None:
    """Two neighbours that are positive for other mentions of one label teach where a mention ends."""
    for label in Label:
        label_column, joins = INDEX[label], INDEX[f"{label}:joins"]
        both = (targets[1:, label_column] == 1) & (targets[:-1, label_column] == 1)
        fresh = both & np.isnan(targets[1:, joins])
        targets[1:, joins][fresh] = 0.0
