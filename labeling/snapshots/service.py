"""Making snapshots, checking them, and giving them out."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from core.clock import Clock, system_clock
from core.db import Store
from core.errors import InputError, NotFound
from core.ids import new_id
from core.stored import ensure_tenant
from labeling import repository as records
from labeling.consensus import Answer, Source
from labeling.guideline import guideline
from labeling.members import Member, Role
from labeling.repository import RecordView
from labeling.snapshots import repository
from labeling.snapshots.answers import Said, answers_of, said_of
from labeling.snapshots.content import (
    Item,
    Material,
    Snapshot,
    counts_of,
    document_json,
    snapshot_digest,
    split_of,
    without_repetitions,
)
from labeling.wire import span_json

PAGE = 500
NOTE_MAX = 300


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a snapshot is what it was: ``changed`` items are none of its own; ``forgotten`` ones were deleted."""

    whole: bool
    items: int
    forgotten: int
    changed: int


@dataclass(frozen=True, slots=True)
class SnapshotService:
    """Snapshots of a tenant."""

    store: Store
    clock: Clock = system_clock

    def make(self, tenant_id: str, member: Member, note: str | None = None) -> tuple[Snapshot, bool]:
        """Freeze what people have said so far; returns the snapshot, and whether it is new.

        The same labels make the same snapshot, whoever asks.

        Raises:
            Forbidden: if the member is no admin.
            InputError: if nobody has submitted anything, or the note is too long.
        """
        member.require(Role.ADMIN)
        if note and len(note) > NOTE_MAX:
            raise InputError(f"a note has up to {NOTE_MAX} characters", where="note")
        with self.store.tenant(tenant_id) as session:
            ensure_tenant(session, tenant_id)
            repository.lock(session)
            views, said = self._all(session)
            answers, notes = answers_of(said)
            items = self._items(session, views, said, answers)
            if not items:
                raise InputError("nobody has submitted an answer yet", remedy="label some records first: /label")
            texts = repository.documents(session, {item.text_id for item in items if item.text_id})
            order = [(item, item.digest(texts[item.text_id])) for item in items if item.text_id]
            order.sort(key=lambda pair: pair[1])
            digest = snapshot_digest(of_item for _, of_item in order)
            known = repository.by_digest(session, digest)
            if known:
                return known, False
            snapshot = Snapshot(
                new_id(),
                repository.next_number(session),
                digest,
                guideline().version,
                self._counts(items, texts, said, answers, notes),
                note,
                member.person,
                self.clock(),
            )
            repository.add(session, tenant_id, snapshot, texts, order)
        return snapshot, True

    def _all(self, session: Session) -> tuple[list[RecordView], list[Said]]:
        views: list[RecordView] = []
        said: list[Said] = []
        after = None
        while True:
            page = records.views(session, queue=None, limit=PAGE, after=after)
            views += page.items
            said.append(said_of(session, [view.row_id for view in page.items]))
            if page.next_cursor is None:
                return views, said
            after = records.after_of(page.next_cursor)

    def _items(
        self, session: Session, views: Sequence[RecordView], said: Sequence[Said], answers: Sequence[Answer]
    ) -> list[Item]:
        by_record = {view.record.record_id: view for view in views}
        texts = {key: text for at in range(0, len(views), PAGE)
                 for key, text in repository.text_ids(session, views[at : at + PAGE]).items()}  # fmt: skip
        judged = {record: labels for part in said for record, labels in part.judged.items()}
        pairs = []
        for answer in answers:
            if answer.source is Source.UNRESOLVED:
                continue
            view = by_record[answer.record_id]
            record = view.record
            labels = judged.get(answer.record_id, frozenset()) | {span.label for span in answer.spans}
            item = Item(
                record_id=uuid.UUID(answer.record_id),
                text_id=texts[view.row_id],
                split=split_of(record.account_id, record.origin),
                source=answer.source.value,
                origin=record.origin,
                side=view.side,
                start=record.start,
                end=record.end,
                labels=tuple(sorted(labels)),
                spans=tuple(sorted(answer.spans, key=lambda span: (span.start, span.end, span.label))),
            )
            pairs.append((item, view.passage_digest))
        return without_repetitions(pairs)

    def _counts(
        self,
        items: Sequence[Item],
        texts: dict[uuid.UUID, Any],
        said: Sequence[Said],
        answers: Sequence[Answer],
        notes: Sequence[str],
    ) -> dict[str, Any]:
        annotations = [annotation for part in said for annotation in part.annotations]
        return {
            "items": len(items),
            "documents": len(texts),
            "accounts": len({document.account_id for document in texts.values()}),
            "people": len({annotation.annotator for annotation in annotations}),
            "splits": counts_of(items, {text_id: document.account_id for text_id, document in texts.items()}),
            "sources": dict(Counter(answer.source.value for answer in answers)),
            "guidelines": dict(Counter(annotation.guideline_version for annotation in annotations)),
            "notes": list(notes),
        }

    def list(self, tenant_id: str, member: Member) -> list[Snapshot]:
        """All snapshots, the newest first.

        Raises:
            Forbidden: if the member is no reviewer.
        """
        member.require(Role.REVIEWER)
        with self.store.tenant(tenant_id) as session:
            return repository.snapshots(session)

    def one(self, tenant_id: str, number: int | None = None) -> Snapshot:
        """A snapshot by its number, the newest by default.

        Raises:
            NotFound: if there is none.
        """
        with self.store.tenant(tenant_id) as session:
            found = repository.newest(session) if number is None else repository.by_number(session, number)
        if found is None:
            raise NotFound(
                "no such snapshot" if number is not None else "there is no snapshot yet",
                where=f"snapshot {number}" if number is not None else None,
                remedy="make one: `foreshock models snapshot`",
            )
        return found

    def material(self, tenant_id: str, snapshot: Snapshot) -> Material:
        """A snapshot with what is left of it, as it was."""
        with self.store.tenant(tenant_id) as session:
            documents = repository.texts_of(session, snapshot.snapshot_id)
            items = tuple(item for item, _ in repository.items_of(session, snapshot.snapshot_id))
        return Material(snapshot, documents, items)

    def check(self, tenant_id: str, snapshot: Snapshot) -> Checked:
        """Compute every hash anew."""
        with self.store.tenant(tenant_id) as session:
            documents = repository.texts_of(session, snapshot.snapshot_id)
            rows = list(repository.items_of(session, snapshot.snapshot_id))
        changed = sum(
            item.digest(documents[item.text_id]) != digest
            for item, digest in rows
            if item.text_id and item.text_id in documents
        )
        forgotten = sum(item.text_id not in documents for item, _ in rows)
        whole = not changed and snapshot_digest(digest for _, digest in rows) == snapshot.digest
        return Checked(whole, len(rows), forgotten, changed)

    def lines(self, tenant_id: str, member: Member, snapshot: Snapshot) -> Iterator[dict[str, Any]]:
        """One line for each item whose document is still there.

        Raises:
            Forbidden: if the member is no admin.
        """
        member.require(Role.ADMIN)
        material = self.material(tenant_id, snapshot)
        for item in material.items:
            if item.text_id and item.text_id in material.documents:
                document = material.documents[item.text_id]
                yield {
                    "record_id": str(item.record_id),
                    "split": item.split.value,
                    "source": item.source,
                    "origin": item.origin,
                    "side": item.side,
                    "labels": list(item.labels),
                    "document": document_json(document),
                    "text": document.text,
                    "start": item.start,
                    "end": item.end,
                    "spans": [span_json(span) for span in item.spans],
                }


def snapshot_json(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot as it goes out."""
    return {
        "number": snapshot.number,
        "snapshot_id": str(snapshot.snapshot_id),
        "digest": snapshot.digest,
        "guideline_version": snapshot.guideline_version,
        "counts": dict(snapshot.counts),
        "note": snapshot.note,
        "made_by": snapshot.made_by,
        "made_at": snapshot.made_at.isoformat(),
    }
