"""Documents of a workspace among what a reader is trained on. People judged passages of them, and nobody the rest.

One JSON object a line: ``document`` (as it is delivered), ``judged`` ``[[start, end, labels], ...]``, ``mentions`` as
in the gold of the corpus. What nobody judged teaches nothing: it is laid over with mentions of which nobody is sure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.contracts import parse_document
from core.entities import Document, Label, Span
from models.corpus import GoldDocument, GoldMention, Vendor, gold_mention
from models.training.examples import prepare
from models.training.material import VendorReading
from nlp.outputs import LABELS
from nlp.reading.sides import OwnSide

WORKSPACE = "workspace"


def read_extra(path: Path) -> VendorReading:
    """Read such a file.

    Raises:
        DocumentError: naming the line that is no document.
    """
    documents = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            row = json.loads(line)
            document = parse_document(row["document"], where=f"{path.name}, line {number}")
            documents.append(GoldDocument(document, tuple(_mentions(document, row)), WORKSPACE))
    vendor = Vendor(WORKSPACE, "", "", "", (), tuple(documents))
    return VendorReading(vendor, tuple(prepare(gold, OwnSide()) for gold in documents))


def _mentions(document: Document, row: Mapping[str, Any]) -> Iterator[GoldMention]:
    judged = sorted((int(start), int(end), frozenset(labels)) for start, end, labels in row["judged"])
    for label in LABELS:
        known = [(start, end) for start, end, labels in judged if label.value in labels]
        yield from (_unknown(label, start, end) for start, end in _between(known, len(document.text)))
    # After the unknown stretches, so that a mention that reaches into one is learned all the same.
    yield from (gold_mention(document, mention) for mention in row["mentions"])


def _unknown(label: Label, start: int, end: int) -> GoldMention:
    return GoldMention(Span(start, end), (label,), {}, unsure=True)


def _between(known: Sequence[tuple[int, int]], length: int) -> Iterator[tuple[int, int]]:
    """The stretches of a text outside of others, which are in order."""
    at = 0
    for start, end in known:
        if start > at:
            yield at, start
        at = max(at, end)
    if at < length:
        yield at, length
