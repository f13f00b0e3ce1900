"""What a snapshot holds, how it is parted, and its hash. Pure.

Accounts are parted once and for all, by a hash of their id: what one snapshot tests with, none ever trains on. In the
accounts for testing, the random sample is the test set; in the others, what was picked trains. Nothing else is used:

            accounts for training   accounts for testing
picked      train                   held_back (an account that is tested is never trained on)
random      reserve                 test
            (the random sample is never trained on)
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.entities import Document, Kind, Participant, Side
from core.ids import digest, digest_json
from labeling.records import LabelledSpan
from labeling.repository import RANDOM
from labeling.wire import span_json

_TEST_SHARE = 0.5


class Split(StrEnum):
    """What an item is for."""

    TRAIN = "train"
    TEST = "test"
    RESERVE = "reserve"
    HELD_BACK = "held_back"


@dataclass(frozen=True, slots=True)
class Item:
    """A judged passage ``text[start:end]`` with its answer; of labels outside of ``labels`` nothing is known.

    ``text_id`` is empty where the document was deleted since.
    """

    record_id: uuid.UUID
    text_id: uuid.UUID | None
    split: Split
    source: str
    origin: str
    side: str
    start: int
    end: int
    labels: tuple[str, ...]
    spans: tuple[LabelledSpan, ...]

    def digest(self, document: Document) -> str:
        """The hash of passage, document and answer."""
        return digest_json(
            {
                "document": document_json(document) | {"text": digest(document.text)},
                "split": self.split.value,
                "source": self.source,
                "origin": self.origin,
                "side": self.side,
                "start": self.start,
                "end": self.end,
                "labels": list(self.labels),
                "spans": [span_json(span) for span in self.spans],
            }
        )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot without its items."""

    snapshot_id: uuid.UUID
    number: int
    digest: str
    guideline_version: str
    counts: Mapping[str, Any]
    note: str | None
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Material:
    """A snapshot with what is left of its items and documents, the latter by text id."""

    snapshot: Snapshot
    documents: Mapping[uuid.UUID, Document]
    items: tuple[Item, ...]

    def of(self, split: Split) -> dict[uuid.UUID, list[Item]]:
        """The items of a split whose documents are still there, by text id."""
        found: dict[uuid.UUID, list[Item]] = {}
        for item in self.items:
            if item.split is split and item.text_id and item.text_id in self.documents:
                found.setdefault(item.text_id, []).append(item)
        return found


def is_for_testing(account_id: str) -> bool:
    """On which side an account stands, in every snapshot."""
    return int(digest(f"split\0{account_id}")[:8], 16) < _TEST_SHARE * 16**8


def split_of(account_id: str, origin: str) -> Split:
    """What a passage is for, by its account and whether it was drawn at random."""
    if is_for_testing(account_id):
        return Split.TEST if origin == RANDOM else Split.HELD_BACK
    return Split.RESERVE if origin == RANDOM else Split.TRAIN


def without_repetitions(items: Sequence[tuple[Item, str]]) -> list[Item]:
    """Items of pairs with the digest of their words; what reads like something of the test set does not train.

    Templates and forwarded mails stand in several accounts.
    """
    tested = {words for item, words in items if item.split is Split.TEST}
    return [
        replace(item, split=Split.HELD_BACK) if item.split is Split.TRAIN and words in tested else item
        for item, words in items
    ]


def snapshot_digest(item_digests: Iterable[str]) -> str:
    """The hash of a snapshot: that of its items' hashes in order."""
    return digest("\n".join(item_digests))


def counts_of(items: Sequence[Item], accounts: Mapping[uuid.UUID, str]) -> dict[str, Any]:
    """How much there is of each split, and how many passages of it carry each label."""
    found: dict[str, Any] = {}
    for split in Split:
        chosen = [item for item in items if item.split is split]
        carries = Counter(label for item in chosen for label in {span.label for span in item.spans})
        known = {accounts[item.text_id] for item in chosen if item.text_id and item.text_id in accounts}
        found[split.value] = {
            "items": len(chosen),
            "accounts": len(known),
            "empty": sum(not item.spans for item in chosen),
            "positives": dict(sorted(carries.items())),
        }
    return found


def document_json(document: Document) -> dict[str, Any]:
    """All of a document that reading it looks at, but its text."""
    return {
        "source": document.source,
        "id": document.id,
        "account_id": document.account_id,
        "kind": document.kind.value,
        "occurred_at": document.occurred_at.isoformat(),
        "title": document.title,
        "author": _person_json(document.author) if document.author else None,
        "participants": [_person_json(person) for person in document.participants],
    }


def document_of_json(row: Mapping[str, Any], text: str) -> Document:
    """The document of such JSON and a text."""
    return Document(
        id=row["id"],
        account_id=row["account_id"],
        kind=Kind(row["kind"]),
        occurred_at=datetime.fromisoformat(row["occurred_at"]),
        text=text,
        source=row["source"],
        title=row["title"],
        author=_person(row["author"]) if row["author"] else None,
        participants=tuple(_person(person) for person in row["participants"]),
    )


def _person_json(person: Participant) -> dict[str, Any]:
    return {"name": person.name, "email": person.email, "title": person.title, "side": person.side.value}


def _person(row: Mapping[str, Any]) -> Participant:
    return Participant(row["name"], row["email"], row["title"], Side(row["side"]))
