"""From gold documents to training windows: the same reading and packing as in service, with targets beside.

Targets per sentence follow ``nlp.outputs.OUTPUTS``; ``NaN`` means that nothing is known and nothing is learned there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.entities import Label, Sentence, Span
from models.corpus import GoldDocument, GoldMention
from nlp.attributes.names import IN_HOUSE
from nlp.gazetteer import Gazetteer, shipped_entries
from nlp.outputs import CHOICES, FLAGS, INDEX, LABELS, OUTPUTS, TAGS
from nlp.reading.reader import read
from nlp.reading.sides import OwnSide
from nlp.tokens import Vocabulary
from nlp.windows import NOWHERE, Window, windows_of

Floats = NDArray[np.float32]
SHORTEST_WORD = 4
"""Shorter words of a name ("SAP", "go") stand for it only as a whole or as an alias."""


@dataclass(frozen=True, slots=True)
class Example:
    """One window with targets ``(sentences decided here, outputs)`` and tags of its tokens ``(tokens, tags)``.

    ``taught`` ``(sentences, labels)`` are a teacher's probabilities.
    """

    window: Window
    targets: Floats
    tags: Floats
    taught: Floats

    @property
    def teaches(self) -> bool:
        """Whether anything is to be learned from it."""
        return not (np.isnan(self.targets).all() and np.isnan(self.taught).all())

    @property
    def positive(self) -> bool:
        """Whether any sentence of it carries a signal, or may."""
        labels = self.targets[:, : len(LABELS)]
        return bool((np.isnan(labels) | (labels > 0)).any())


@dataclass(frozen=True, slots=True)
class Prepared:
    """A gold document, read: its sentences, their targets, and where a teacher read it, what it said of labels."""

    gold: GoldDocument
    sentences: tuple[Sentence, ...]
    targets: Floats
    taught: Floats | None = None


def prepare(gold: GoldDocument, own: OwnSide) -> Prepared:
    """Read a document and lay its gold over the sentences."""
    sentences = read(gold.document, own).sentences
    return Prepared(gold, sentences, targets_of(sentences, gold.mentions if gold.annotated else None))


def examples_of(prepared: Prepared, vocabulary: Vocabulary, gazetteer: Gazetteer) -> list[Example]:
    """The windows of a document with their targets."""
    document = prepared.gold.document
    windows = windows_of(document, prepared.sentences, vocabulary, gazetteer.find(document.text))
    named = (rival_spans(prepared.gold), platform_spans(prepared.gold))
    untaught = np.full((len(prepared.sentences), len(LABELS)), np.nan, dtype=np.float32)
    taught = untaught if prepared.taught is None else prepared.taught
    return [
        Example(window, prepared.targets[rows], tags_of(window, prepared, named), taught[rows])
        for window in windows
        for rows in [list(window.sentences)]
    ]


TAGGED_LABELS = (Label.COMPETITIVE_MENTION, Label.VENDOR_CONSOLIDATION)
"""In whose sentences a name of each tag is looked for."""


def tags_of(window: Window, prepared: Prepared, named: Sequence[Sequence[Span]]) -> Floats:
    """For each token and tag whether it belongs to such a name; known only inside sentences of the tag's label."""
    tags = np.full((len(window.ids), len(TAGS)), np.nan, dtype=np.float32)
    columns = [INDEX[label] for label in TAGGED_LABELS]
    for sentence, (start, end) in zip(window.sentences, window.ranges, strict=True):
        for tag, (column, spans) in enumerate(zip(columns, named, strict=True)):
            if prepared.targets[sentence, column] != 1:
                continue
            for token in range(start, end):
                place = window.places[token]
                if place != NOWHERE:
                    tags[token, tag] = float(any(span.start < place[1] and place[0] < span.end for span in spans))
    return tags


def rival_spans(gold: GoldDocument) -> list[Span]:
    """Where the rivals of the gold stand by name inside the mentions that name them."""
    spans = []
    for mention in gold.mentions:
        attributes = mention.attributes.get(Label.COMPETITIVE_MENTION, {})
        text = mention.span.of(gold.document.text)
        for name in attributes.get("competitors", ()):
            spans += _places(name, text, mention.span.start)
    return spans


def platform_spans(gold: GoldDocument) -> list[Span]:
    """Where the suites that work moves into stand by name inside the mentions that name them."""
    return [
        place
        for mention in gold.mentions
        for platform in [mention.attributes.get(Label.VENDOR_CONSOLIDATION, {}).get("platform")]
        if platform
        for place in _places(str(platform), mention.span.of(gold.document.text), mention.span.start)
    ]


def _places(name: str, text: str, origin: int) -> list[Span]:
    """Where a name stands in a text that begins at ``origin``, in any of its spellings."""
    return [
        Span(origin + match.start(), origin + match.end())
        for spelling in _spellings(name)
        for match in re.finditer(rf"(?<!\w){re.escape(spelling)}(?!\w)", text, re.IGNORECASE)
    ]


def _spellings(name: str) -> list[str]:
    """The ways in which a text may write a rival: whole, as the catalogue knows it, or by one of its own words."""
    if name.lower() == IN_HOUSE:
        return []
    words = [word for word in name.split() if len(word) >= SHORTEST_WORD]
    return [name, *_aliases().get(name.lower(), ()), *words]


@lru_cache(maxsize=1)
def _aliases() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entry in shipped_entries():
        found.setdefault(entry.canonical.lower(), []).append(entry.spelling)
    return found


def targets_of(sentences: Sequence[Sentence], mentions: Sequence[GoldMention] | None) -> Floats:
    """Targets ``(sentences, outputs)``; ``None`` for mentions: nobody looked."""
    targets = np.full((len(sentences), len(OUTPUTS)), np.nan, dtype=np.float32)
    if mentions is None:
        return targets
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
