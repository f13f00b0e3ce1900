"""How sentences of a workspace look to the reader: the ordinary ones that a signal is told from, and the pool.

Reading costs, fitting does not. So the vectors of some documents are kept: of so many that chance chose, and of those
in which something is like an example, since what is rare is hardly in a sample.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from pgvector import HalfVector
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import Store
from core.entities import Document, Kind, Sentence, Side, Span, Speaker
from core.stored import document_of
from core.tables import DocumentRow, SentenceRow
from labeling.signals import repository
from nlp.encoder import Array, sentence_features
from nlp.extract import SignalReader
from nlp.meaning import MeaningEncoder

SENTENCES = 2_000
"""So many sentences are drawn by chance; whole documents, until there are as many."""
NEAR_EXAMPLES, NEAR_EACH, NEAR_DOCUMENTS = 10, 10, 40
"""Of so many examples, the documents of so many nearest sentences are read, but of the nearest no more than so many."""
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence of the pool."""

    document_id: uuid.UUID
    start: int
    end: int
    text: str
    drawn: bool


@dataclass(frozen=True, slots=True)
class Pool:
    """Sentences with their vectors ``(places, width)``."""

    places: tuple[Place, ...]
    vectors: Array

    @property
    def drawn(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Which of them chance chose."""
        return np.array([place.drawn for place in self.places], dtype=bool)


def vectors_of(reader: SignalReader, document: Document, sentences: Sequence[Sentence]) -> Array:
    """Vectors ``(sentences, width)`` of sentences in their context, as heads take them."""
    return np.stack([sentence_features(output.hidden) for output in reader.everything(document, sentences)])


def vector_alone(reader: SignalReader, text: str) -> Array:
    """The vector ``(width,)`` of a sentence that stands nowhere: as a mail of the account's that says nothing else."""
    mail = Document("example", "example", Kind.EMAIL, _LONG_AGO, text)
    sentence = Sentence(Span(0, len(text)), Speaker(None, Side.ACCOUNT), 0)
    found: Array = vectors_of(reader, mail, (sentence,))[0]
    return found


def vector_in(reader: SignalReader, document: Document, start: int, end: int) -> Array:
    """The vector ``(width,)`` of what stands at a place of a text: of the sentence that shares most with it."""
    sentences = reader.sentences(document)
    shared = [sentence.span.overlap(Span(start, end)) for sentence in sentences]
    if not any(shared):
        return vector_alone(reader, document.text[start:end])
    found: Array = vectors_of(reader, document, sentences)[int(np.argmax(shared))]
    return found


def read_sample(
    store: Store,
    reader: SignalReader,
    tenant_id: str,
    near: Sequence[uuid.UUID] = (),
    advance: Callable[[], None] = lambda: None,
) -> int:
    """Read what belongs to the sample and has no vectors of this reader; returns how many documents that were.

    Each document is written by itself: what was read stays read, whatever becomes of the rest.
    """
    version = reader.vectors_version
    with store.tenant(tenant_id) as session:
        first = repository.first_documents(session, SENTENCES)
        ends = np.cumsum([count for _, _, count in first])
        drawn = {row[0]: row[1] for row in first[: int(np.searchsorted(ends, SENTENCES)) + 1]}
        repository.mark_drawn(session, sorted(drawn))
        known = repository.sampled_versions(session)
        kept = drawn | repository.revisions(session, {*near, *known} - drawn.keys())
        wanted = [row_id for row_id, revision in kept.items() if known.get(row_id) != (revision, version)]
    for row_id in wanted:
        _read_one(store, reader, tenant_id, row_id, drawn=row_id in drawn)
        advance()
    return len(wanted)


def _read_one(store: Store, reader: SignalReader, tenant_id: str, row_id: uuid.UUID, *, drawn: bool) -> None:
    with store.tenant(tenant_id) as session:
        row = session.get(DocumentRow, row_id)
        if row is None:
            return
        document, revision = document_of(row), row.revision
    sentences = reader.sentences(document)
    if not sentences:
        return
    vectors = vectors_of(reader, document, sentences)
    with store.tenant(tenant_id) as session:
        if session.get(DocumentRow, row_id) is None:
            return
        values = {
            "document_id": row_id,
            "tenant_id": tenant_id,
            "revision": revision,
            "vectors_version": reader.vectors_version,
            "drawn": drawn,
            "starts": [sentence.span.start for sentence in sentences],
            "ends": [sentence.span.end for sentence in sentences],
            "vectors": repository.pack(vectors),
        }
        repository.put_sample(session, values)


def near_documents(session: Session, meaning: MeaningEncoder, texts: Sequence[str]) -> list[uuid.UUID]:
    """Documents with a sentence that means nearly the same as one of these, the nearest first."""
    best: dict[uuid.UUID, float] = {}
    for vector in meaning.vectors(texts[:NEAR_EXAMPLES]):
        distance = SentenceRow.vector.max_inner_product(HalfVector(vector))
        rows = session.execute(select(SentenceRow.document_id, distance).order_by(distance).limit(NEAR_EACH))
        for document_id, far in rows:
            best[document_id] = min(far, best.get(document_id, 0.0))
    return sorted(best, key=lambda document_id: (best[document_id], document_id))[:NEAR_DOCUMENTS]


def pool(session: Session, version: str, besides: set[str]) -> Pool:
    """Every sentence that was sampled, but for those whose words are known, and each wording once."""
    seen = set(besides)
    places: list[Place] = []
    rows: list[Array] = []
    for document in repository.sample(session, version):
        for (start, end), vector in zip(document.places, document.vectors, strict=True):
            text = document.text[start:end]
            if (words := same_words(text)) in seen:
                continue
            seen.add(words)
            places.append(Place(document.document_id, start, end, text, document.drawn))
            rows.append(vector)
    return Pool(tuple(places), np.stack(rows) if rows else np.zeros((0, 0), dtype=np.float32))


def same_words(text: str) -> str:
    """A text as one that says the same in the same words would give it."""
    return " ".join(text.lower().split())
