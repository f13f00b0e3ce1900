"""Reading stored documents for sentences to judge, with what the reader thinks of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.custom_labels import is_custom
from core.entities import Document, Label, OperatingPoint, Sentence
from core.stored import document_of
from core.tables import DocumentRow, ReadingRow, SignalRow
from labeling.masking import people_of
from labeling.queues.strategies import disputed, unsureness
from labeling.repository import Passage, Source
from nlp.encoder import Array
from nlp.extract import SignalReader, own_side
from nlp.outputs import LABELS
from nlp.reading.reader import read

SCORE_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Stored:
    """A document that was read, with the signals found in it."""

    row_id: uuid.UUID
    document: Document
    signals: tuple[SignalRow, ...]

    def source(self, sentences: Iterable[Sentence] = ()) -> Source:
        """The text to take passages from."""
        document = self.document
        return Source(
            self.row_id, document.source, document.id, document.account_id, document.kind.value,
            document.occurred_at, document.title, document.text, tuple(people_of(document, sentences)),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage worth judging: how much (lower is sooner), why, and what the reader thinks of it."""

    source: Source
    passage: Passage
    priority: float
    reason: str
    suggestion: dict[str, Any]

    @property
    def text(self) -> str:
        """What it says."""
        return self.source.text[self.passage.start : self.passage.end]


def newest(session: Session, limit: int) -> list[Stored]:
    """The newest documents that were read as they are now."""
    rows = session.scalars(_read().order_by(DocumentRow.occurred_at.desc(), DocumentRow.document_id).limit(limit))
    return _with_signals(session, rows.all())


def sentence_counts(session: Session) -> list[tuple[uuid.UUID, int]]:
    """How many sentences every document has that was read, in a fixed order."""
    rows = session.execute(
        select(ReadingRow.document_id, ReadingRow.sentences)
        .join(DocumentRow, DocumentRow.document_id == ReadingRow.document_id)
        .where(ReadingRow.revision == DocumentRow.revision)
        .order_by(ReadingRow.document_id)
    )
    return [(document_id, int(count)) for document_id, count in rows]


def by_ids(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Stored]:
    """Documents that were read, by their row's id."""
    rows = session.scalars(_read().where(DocumentRow.document_id.in_(ids))).all()
    return {stored.row_id: stored for stored in _with_signals(session, rows)}


def as_stored(session: Session, row: DocumentRow) -> Stored:
    """A document with its signals, read or not."""
    return _with_signals(session, [row])[0]


def _read() -> Any:
    return select(DocumentRow).join(
        ReadingRow,
        (ReadingRow.document_id == DocumentRow.document_id) & (ReadingRow.revision == DocumentRow.revision),
    )


def _with_signals(session: Session, rows: Sequence[DocumentRow]) -> list[Stored]:
    found: dict[uuid.UUID, list[SignalRow]] = {row.document_id: [] for row in rows}
    query = select(SignalRow).where(SignalRow.document_id.in_(list(found)))
    for signal in session.scalars(query.order_by(SignalRow.start, SignalRow.label)):
        found[signal.document_id].append(signal)
    return [Stored(row.document_id, document_of(row), tuple(found[row.document_id])) for row in rows]


def unsure(reader: SignalReader, documents: Iterable[Stored], advance: Callable[[], None]) -> Iterator[Candidate]:
    """Sentences in the band between the thresholds."""
    for stored in documents:
        sentences, probabilities = reader.probabilities(stored.document)
        strength, labels = unsureness(probabilities, reader.manifest.labels)
        source = stored.source(sentences)
        for at in np.flatnonzero(strength > 0).tolist():
            p = float(probabilities[at, LABELS.index(Label(labels[at]))])
            reason = f"{labels[at].replace('_', ' ')} at {p:.2f}: too close to call"
            yield _candidate(stored, source, sentences[at], -float(strength[at]), reason, reader, probabilities[at])
        advance()


def in_dispute(
    reader: SignalReader, other: SignalReader, documents: Iterable[Stored], advance: Callable[[], None]
) -> Iterator[Candidate]:
    """Sentences that one reader marks and the other does not."""
    limits = [_thresholds(reader), _thresholds(other)]
    for stored in documents:
        sentences, mine = reader.probabilities(stored.document)
        same, others = other.probabilities(stored.document)
        if sentences and sentences == same:
            strength, labels = disputed(mine, others, *limits)
            source = stored.source(sentences)
            for at in np.flatnonzero(strength > 0).tolist():
                column = LABELS.index(Label(labels[at]))
                reason = (
                    f"{labels[at].replace('_', ' ')}: {float(mine[at, column]):.2f} says {reader.model_version}, "
                    f"{float(others[at, column]):.2f} says {other.model_version}"
                )
                yield _candidate(stored, source, sentences[at], -float(strength[at]), reason, reader, mine[at])
        advance()


def at_random(
    reader: SignalReader, documents: dict[uuid.UUID, Stored], picks: Sequence[tuple[uuid.UUID, int]]
) -> Iterator[Candidate]:
    """The drawn sentences, in the order of the draw. Always one sentence, whatever was found in it."""
    parts: dict[uuid.UUID, tuple[Sentence, ...]] = {}
    own = own_side(reader.workspace)
    for order, (row_id, at) in enumerate(picks):
        stored = documents.get(row_id)
        if stored is None:
            continue
        if row_id not in parts:
            parts[row_id] = read(stored.document, own).sentences
        sentences = parts[row_id]
        if at < len(sentences):
            source = stored.source(sentences)
            passage = _passage(sentences[at])
            suggestion = _suggestion(stored, passage, reader.model_version, {})
            yield Candidate(source, passage, float(order), "drawn at random", suggestion)


def _candidate(
    stored: Stored,
    source: Source,
    sentence: Sentence,
    priority: float,
    reason: str,
    reader: SignalReader,
    probabilities: Array,
) -> Candidate:
    passage = _passage(sentence)
    touched = _touched(stored, passage)
    start = min([passage.start, *(signal.start for signal in touched)])
    end = max([passage.end, *(signal.end for signal in touched)])
    passage = Passage(start, end, passage.speaker_name, passage.side)
    scores = {
        label.value: round(float(p), SCORE_DECIMALS) for label, p in zip(LABELS, probabilities.tolist(), strict=True)
    }
    return Candidate(source, passage, priority, reason, _suggestion(stored, passage, reader.model_version, scores))


def _passage(sentence: Sentence) -> Passage:
    return Passage(sentence.span.start, sentence.span.end, sentence.speaker.name, sentence.speaker.side.value)


def _suggestion(stored: Stored, passage: Passage, version: str, scores: dict[str, float]) -> dict[str, Any]:
    """What the store says of a passage; scores of what was not read anew are those of its signals.

    A workspace's own signals are no part of it: they are asked for in queues of their own.
    """
    found = _touched(stored, passage)
    return {
        "spans": [{"label": s.label, "start": s.start, "end": s.end, "attributes": dict(s.attributes)} for s in found],
        "scores": {signal.label: signal.score for signal in found} | scores,
        "model_version": found[0].model_version if found else version,
        "explanation": {signal.label: signal.explanation for signal in found},
    }


def _touched(stored: Stored, passage: Passage) -> list[SignalRow]:
    return [s for s in stored.signals if s.start < passage.end and passage.start < s.end and not is_custom(s.label)]


def suggestion_of(stored: Stored, start: int, end: int, version: str) -> dict[str, Any]:
    """What the store says of the characters from ``start`` to ``end``."""
    return _suggestion(stored, Passage(start, end), version, {})


def _thresholds(reader: SignalReader) -> Array:
    points = reader.manifest.labels
    return np.array([points[label].thresholds[OperatingPoint.BALANCED] for label in LABELS], dtype=np.float32)
