"""One-click corrections of a document: what a reader of the page says goes to a queue, for a labeler to confirm.

A correction is a person's suggestion, not an annotation: it is shown pre-filled, with their name, and counts as nothing
until somebody who knows the standard has said so.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from core.clock import Clock, system_clock
from core.custom_labels import slug_of_label
from core.db import Store
from core.entities import Label
from core.errors import InputError, NotFound
from core.ids import new_id
from core.stored import ensure_tenant
from core.workspace import Workspace
from labeling import repository as records
from labeling.queues import candidates
from labeling.queues import repository as tasks
from labeling.queues.candidates import Stored
from labeling.queues.rules import QueueRules, Strategy, queue_of_signal
from labeling.records import LabelledSpan
from labeling.repository import Passage
from labeling.wire import span_json, spans_of
from nlp.extract import own_side
from nlp.reading.reader import read

BY_HAND = "correction"
"""Stands where a reader's suggestion names its version."""


class CorrectionKind(StrEnum):
    """What can be wrong with a document's signals."""

    NOT_A_SIGNAL = "not_a_signal"
    OTHER_LABEL = "other_label"
    ADJUST_SPAN = "adjust_span"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person says is wrong.

    Attributes:
        kind: what it is.
        signal_id: which signal; none where one was missed.
        label: what it is instead, or what was missed.
        start: where it begins; unset, ``quote`` is looked for.
        end: where it ends.
        quote: the words themselves, as they stand in the text.
        near: of several places with these words, the one nearest to this character.
        comment: anything else.
    """

    kind: CorrectionKind
    signal_id: uuid.UUID | None = None
    label: Label | None = None
    start: int | None = None
    end: int | None = None
    quote: str | None = None
    near: int = 0
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Corrected:
    """Where a correction went."""

    record_id: uuid.UUID
    queue: str
    start: int
    end: int
    spans: tuple[LabelledSpan, ...]


@dataclass(frozen=True, slots=True)
class CorrectionService:
    """Takes corrections."""

    store: Store
    workspace_for: Callable[[str], Workspace]
    clock: Clock = system_clock

    def correct(self, tenant_id: str, person: str, source: str, document_id: str, correction: Correction) -> Corrected:
        """Put what a person says of a document into the queue of corrections.

        Raises:
            NotFound: if there is no such document or signal.
            InputError: if something that the kind needs is missing, or the quoted words are not in the text.
        """
        with self.store.tenant(tenant_id) as session:
            row = records.stored_text(session, source, document_id)
            if row is None:
                raise NotFound("no such document", where=f"{source}/{document_id}")
            stored = candidates.as_stored(session, row)
            old = _old(stored, correction)
            queue = _queue_for(old, correction)
            new = _new(stored.document.text, old, correction)
            start, end, passage = self._passage(tenant_id, stored, [span for span in (old, new) if span])
            ensure_tenant(session, tenant_id)
            asked = "" if queue == Strategy.CORRECTIONS.value else queue
            text, origin = replace(stored.source(), asked=asked), Strategy.CUSTOM.value if asked else BY_HAND
            (record_id,) = records.add_records(session, tenant_id, text, [passage], origin)
            spans = [] if asked else self._base(session, stored, record_id, start, end)
            spans = [span for span in spans if old is None or not _same_place(span, old)]
            if new is not None and not any(_same_place(span, new) for span in spans):
                spans.append(new)
            self._suggest(session, tenant_id, person, record_id, spans)
            self._queue(session, tenant_id, queue, record_id, _words(person, old, new, correction.kind))
            if (correction.comment or "").strip():
                values = {"comment_id": new_id(), "tenant_id": tenant_id, "record_id": record_id, "person": person}
                records.add_comment(session, values | {"text": correction.comment, "made_at": self.clock()})
        return Corrected(record_id, queue, start, end, tuple(spans))

    def _passage(self, tenant_id: str, stored: Stored, spans: Sequence[LabelledSpan]) -> tuple[int, int, Passage]:
        """The whole sentences around what is spoken of."""
        start, end = min(span.start for span in spans), max(span.end for span in spans)
        sentences = read(stored.document, own_side(self.workspace_for(tenant_id))).sentences
        touched = [item for item in sentences if item.span.start < end and start < item.span.end]
        start = min([start, *(item.span.start for item in touched)])
        end = max([end, *(item.span.end for item in touched)])
        speaker = touched[0].speaker if touched else None
        name, side = (speaker.name, speaker.side.value) if speaker else (None, "unknown")
        return start, end, Passage(start, end, name, side)

    def _base(self, session: Session, stored: Stored, record_id: uuid.UUID, start: int, end: int) -> list[LabelledSpan]:
        """What holds so far: an earlier correction of the same passage, else what the reader found."""
        view = records.view(session, record_id)
        if view and view.suggested_by and view.record.suggestion:
            return list(view.record.suggestion.spans)
        return list(spans_of(candidates.suggestion_of(stored, start, end, BY_HAND)["spans"]))

    def _suggest(
        self, session: Session, tenant_id: str, person: str, record_id: uuid.UUID, spans: Sequence[LabelledSpan]
    ) -> None:
        suggestion: dict[str, Any] = {
            "record_id": record_id,
            "tenant_id": tenant_id,
            "spans": [span_json(span) for span in spans],
            "scores": {},
            "model_version": BY_HAND,
            "explanation": {},
            "person": person,
            "made_at": self.clock(),
        }
        records.add_suggestions(session, [suggestion])

    def _queue(self, session: Session, tenant_id: str, name: str, record_id: uuid.UUID, reason: str) -> None:
        if name == Strategy.CORRECTIONS.value:
            tasks.add_queue(session, tenant_id, name, QueueRules.of(Strategy.CORRECTIONS).values())
        row = tasks.queue(session, tenant_id, name)
        # The newest correction comes first: somebody waits for it.
        priority = -self.clock().timestamp()
        if row is not None and not tasks.add_tasks(session, row, [(record_id, priority, reason)]):
            tasks.reopen(session, name, record_id, priority, reason)

    def pending(self, tenant_id: str, source: str, document_id: str) -> list[dict[str, Any]]:
        """Corrections of a document that wait for a labeler: where, and what was said."""
        with self.store.tenant(tenant_id) as session:
            return tasks.waiting_in(session, Strategy.CORRECTIONS.value, source, document_id)


def _old(stored: Stored, correction: Correction) -> LabelledSpan | None:
    """The signal that is spoken of."""
    if correction.kind is CorrectionKind.MISSED:
        return None
    found = next((signal for signal in stored.signals if signal.signal_id == correction.signal_id), None)
    if found is None:
        raise NotFound("no such signal in this document", where="signal_id")
    return LabelledSpan(found.label, found.start, found.end, dict(found.attributes))


def _queue_for(old: LabelledSpan | None, correction: Correction) -> str:
    """Where what is said goes: of a signal of the workspace's own to the queue that teaches it."""
    slug = slug_of_label(old.label) if old else None
    if slug is None:
        return Strategy.CORRECTIONS.value
    if correction.kind is not CorrectionKind.NOT_A_SIGNAL:
        remedy = "its span is always the sentence; say that it is not one"
        raise InputError("of a signal of your own only that can be said", where="kind", remedy=remedy)
    return queue_of_signal(slug)


def _new(text: str, old: LabelledSpan | None, correction: Correction) -> LabelledSpan | None:
    """What holds instead."""
    match correction.kind:
        case CorrectionKind.NOT_A_SIGNAL:
            return None
        case CorrectionKind.OTHER_LABEL if old is not None:
            if correction.label is None or correction.label.value == old.label:
                raise InputError("say which other label it is", where="label")
            return replace(old, label=correction.label.value, attributes={})
        case CorrectionKind.ADJUST_SPAN if old is not None:
            start, end = _place(text, correction, old.start)
            return replace(old, start=start, end=end)
    if correction.label is None:
        raise InputError("say which label was missed", where="label")
    start, end = _place(text, correction, correction.near)
    return LabelledSpan(correction.label.value, start, end, {})


def _place(text: str, correction: Correction, near: int) -> tuple[int, int]:
    if correction.start is not None and correction.end is not None:
        if not 0 <= correction.start < correction.end <= len(text):
            raise InputError(f"not a stretch of the text's {len(text)} characters", where="start")
        return correction.start, correction.end
    words = (correction.quote or "").split()
    if not words:
        raise InputError("quote the words that it is about", where="quote")
    # Browsers and mails break lines as they like: any white space stands for any other. Each word is escaped.
    pattern = re.compile(r"\s+".join(map(re.escape, words)))
    places = [match.span() for match in pattern.finditer(text)]
    if not places:
        raise InputError("these words do not stand in the text like that", where="quote", remedy="copy them from it")
    return min(places, key=lambda place: abs(place[0] - near))


def _same_place(one: LabelledSpan, other: LabelledSpan) -> bool:
    return (one.label, one.start, one.end) == (other.label, other.start, other.end)


def _words(person: str, old: LabelledSpan | None, new: LabelledSpan | None, kind: CorrectionKind) -> str:
    names = [span.label.replace("_", " ") if span else "" for span in (old, new)]
    match kind:
        case CorrectionKind.NOT_A_SIGNAL:
            said = f"no {names[0]}"
        case CorrectionKind.OTHER_LABEL:
            said = f"{names[1]}, not {names[0]}"
        case CorrectionKind.ADJUST_SPAN:
            said = f"{names[1]} with another span"
        case CorrectionKind.MISSED:
            said = f"{names[1]} was missed"
    return f"{person} says: {said}"
