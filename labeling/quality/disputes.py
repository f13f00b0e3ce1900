"""Adjudication: what people differ over, the worst first, and what a reviewer decides."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from core.db import Store
from core.errors import InputError, NotFound
from core.repository import Page, decode_cursor, encode_cursor
from labeling.adjudication import Dispute, Reason, disputes
from labeling.annotators import rushed
from labeling.archive import ArchiveService, Review, Verdict
from labeling.members import Member, Role
from labeling.quality import repository
from labeling.quality.repository import Passage, Said
from labeling.quality.scope import queues_for
from labeling.records import AnnotationState, LabelledSpan, Record
from labeling.wire import spans_of

WORDS_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Decision:
    """What a reviewer decides: spans of their own, or those of an answer; and why people differed."""

    reason: Reason
    spans: tuple[LabelledSpan, ...] | None = None
    annotation_id: uuid.UUID | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class DisputeService:
    """Lists disputes and takes decisions."""

    store: Store
    archive: ArchiveService

    def list(
        self, tenant_id: str, member: Member, *, queue: str | None, label: str | None, limit: int, cursor: str | None
    ) -> Page[dict[str, Any]]:
        """Records over which people differ and nobody decided, the worst first.

        Raises:
            Forbidden: if the member is no reviewer.
            NotFound: if the queue was not given to them.
            CursorError: if the cursor is not of this list.
        """
        queues = queues_for(member, queue)
        after = decode_cursor("disputes", cursor, (float, float, str)) if cursor else None
        with self.store.tenant(tenant_id) as session:
            found = [one for one in _open(session, queues) if label is None or label in one.labels]
            rest = [one for one in found if after is None or _key(one) > after]
            words = repository.passages(session, [one.record_id for one in rest[:limit]])
        items = tuple(_listed(one, words[one.record_id]) for one in rest[:limit])
        more = encode_cursor("disputes", *_key(rest[limit - 1])) if len(rest) > limit else None
        return Page(items, more)

    def count(self, tenant_id: str, member: Member, *, queue: str | None = None, label: str | None = None) -> int:
        """How many disputes wait for a decision.

        Raises:
            Forbidden: if the member is no reviewer.
            NotFound: if the queue was not given to them.
        """
        queues = queues_for(member, queue)
        with self.store.tenant(tenant_id) as session:
            return sum(label is None or label in one.labels for one in _open(session, queues))

    def one(self, tenant_id: str, member: Member, record_id: uuid.UUID) -> dict[str, Any]:
        """A record with the answers that count, equal ones together and the most common first, and the decision.

        Raises:
            Forbidden: if the member is no reviewer.
            NotFound: if there is no such record in a queue of theirs.
        """
        member.require(Role.REVIEWER)
        found = self.archive.one(tenant_id, member, record_id)
        rejected = {row["annotation_id"] for row in found["reviews"] if row["verdict"] == Verdict.REJECTED.value}
        given = [
            said
            for said in found.pop("annotations")
            if said["state"] == AnnotationState.SUBMITTED.value and said["annotation_id"] not in rejected
        ]
        with self.store.tenant(tenant_id) as session:
            passage = repository.passages(session, [str(record_id)])
            too_fast = _rushed(repository.said_of_record(session, record_id), passage)
            labels = repository.labels_asked(session, record_id)
        decided = [row for row in found["reviews"] if row["verdict"] == Verdict.RESOLVED.value]
        spoken = {span["label"] for said in given for span in said["spans"]}
        return found | {
            "labels": [*labels, *sorted(spoken - set(labels))],
            "answers": _side_by_side(found["text"], given, too_fast.get(str(record_id), ())),
            "decision": decided[-1] if decided else None,
        }

    def decide(self, tenant_id: str, member: Member, record_id: uuid.UUID, decision: Decision) -> None:
        """Say what holds of a record, whoever said what. It outranks everybody, and places at it close.

        Raises:
            Forbidden: if the member is no reviewer.
            NotFound: if there is no such record in a queue of theirs, or no such answer at it.
            InputError: if neither spans nor an answer are given, or both; or a span can't be.
        """
        if (decision.spans is None) == (decision.annotation_id is None):
            raise InputError("give either spans, be they none, or the answer that is right", where="spans")
        spans = decision.spans
        if spans is None:
            answers = self.one(tenant_id, member, record_id)["answers"]
            taken = [one["spans"] for one in answers if str(decision.annotation_id) in one["annotation_ids"]]
            if not taken:
                raise NotFound("no such answer at this record", where=f"annotation {decision.annotation_id}")
            spans = spans_of(taken[0])
        review = Review(Verdict.RESOLVED, None, spans, decision.reason.value, decision.comment)
        self.archive.review(tenant_id, member, record_id, review)


def _open(session: Session, queues: Sequence[str] | None) -> Sequence[Dispute]:
    said = [one for one in repository.said(session, queues, shared=True) if not one.rejected]
    words = repository.passages(session, sorted({one.annotation.record_id for one in said}))
    decided = repository.decisions(session, queues)
    return disputes([one.annotation for one in said], decided, _rushed(said, words))


def _rushed(said: Iterable[Said], words: Mapping[str, Passage]) -> dict[str, tuple[str, ...]]:
    return rushed((one.annotation for one in said), {key: as_record(passage) for key, passage in words.items()})


def as_record(passage: Passage) -> Record:
    """A record whose text is its passage alone; enough to tell how long it takes to read."""
    return Record(
        passage.record_id, passage.document_id, passage.account_id, passage.kind, passage.occurred_at,
        passage.words, 0, len(passage.words), None, "",
    )  # fmt: skip


def _key(dispute: Dispute) -> tuple[float, float, str]:
    return dispute.agreement, -dispute.doubt, dispute.record_id


def _listed(dispute: Dispute, passage: Passage) -> dict[str, Any]:
    return {
        "record_id": dispute.record_id,
        "source": passage.source,
        "document_id": passage.document_id,
        "account_id": passage.account_id,
        "kind": passage.kind,
        "words": passage.words[:WORDS_SHOWN],
        "agreement": round(dispute.agreement, 4),
        "doubt": round(dispute.doubt, 4),
        "labels": list(dispute.labels),
        "people": list(dispute.annotators),
        "rushed": list(dispute.rushed),
    }


def _side_by_side(text: str, given: Sequence[dict[str, Any]], too_fast: Sequence[str]) -> list[dict[str, Any]]:
    alike: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for said in given:
        alike[tuple(sorted((span["start"], span["end"], span["label"]) for span in said["spans"]))].append(said)
    rows = sorted(alike.items(), key=lambda row: (-len(row[1]), row[0]))
    return [
        {
            "people": [said["annotator"] for said in saying],
            "annotation_ids": [said["annotation_id"] for said in saying],
            "spans": [span | {"text": text[span["start"] : span["end"]]} for span in saying[0]["spans"]],
            "seconds": [said["seconds"] for said in saying],
            "rushed": [said["annotator"] for said in saying if said["annotator"] in too_fast],
            "comments": [said["comment"] for said in saying if said["comment"]],
        }
        for _, saying in rows
    ]
