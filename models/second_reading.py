"""The second reading of the corpus: a blind annotation of a sample, how far it agrees, and what becomes of the rest.

``models/data/second_reading.jsonl`` holds for each document of the sample the mentions that a second person marked
without seeing the gold. Where the two differ the mention becomes ``unsure``: neither learned, nor asked for, nor held
against anybody. ``python -m models.second_reading`` prints the agreement.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.entities import Document, Label
from models.corpus import GoldDocument, GoldMention, gold_mention
from models.evaluation.score import same_place

SECOND_READING = Path(__file__).parent / "data" / "second_reading.jsonl"
DIGEST_LENGTH = 16


def digest_of(document: Document) -> str:
    """Tells whether a text is still the one that was annotated."""
    return hashlib.sha256(document.text.encode()).hexdigest()[:DIGEST_LENGTH]


@lru_cache(maxsize=1)
def second_readings(path: Path = SECOND_READING) -> Mapping[str, dict[str, Any]]:
    """The rows of the file by document id."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8") as lines:
        return {row["id"]: row for row in map(json.loads, lines)}


def second_mentions(gold: GoldDocument) -> tuple[GoldMention, ...] | None:
    """What the second reader marked; ``None`` where the document was not read, or was changed since."""
    row = second_readings().get(gold.document.id)
    if row is None or row["digest"] != digest_of(gold.document):
        return None
    return tuple(gold_mention(gold.document, item) for item in row["mentions"])


def reconciled(gold: GoldDocument) -> GoldDocument:
    """The gold after the second reading: what only one of the two marked is unsure."""
    second = second_mentions(gold)
    if second is None:
        return gold
    mentions = [part for mention in gold.mentions for part in _confirmed(mention, second)]
    for mention in second:
        alone = tuple(label for label in mention.labels if not has_label(gold.mentions, mention, label))
        if alone:
            mentions.append(replace(mention, labels=alone, attributes={}, unsure=True))
    return replace(gold, mentions=tuple(mentions))


def _confirmed(mention: GoldMention, second: tuple[GoldMention, ...]) -> list[GoldMention]:
    """The mention, parted into labels that the second reader saw as well and labels that it did not."""
    seen = tuple(label for label in mention.labels if has_label(second, mention, label))
    parts = []
    if seen:
        parts.append(replace(mention, labels=seen))
    rest = tuple(label for label in mention.labels if label not in seen)
    if rest:
        parts.append(replace(mention, labels=rest, unsure=True))
    return parts


def has_label(mentions: tuple[GoldMention, ...], wanted: GoldMention, label: Label) -> bool:
    """Whether a mention of ``label`` stands where ``wanted`` stands."""
    return any(label in other.labels and same_place(other.span, wanted.span) for other in mentions)
