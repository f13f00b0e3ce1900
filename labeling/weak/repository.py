"""The SQL behind labeling functions: the file by version, and the sentences that functions look at."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import numpy as np
from sqlalchemy import func, insert, null, select
from sqlalchemy.orm import Session

from core.tables import DocumentRow, SentenceRow
from core.tables_custom import LabelFunctionsRow
from labeling.weak.functions import Passage
from nlp.encoder import Array


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of the index, with its vector of meaning where it was asked for."""

    document_id: uuid.UUID
    start: int
    end: int
    speaker: str | None
    passage: Passage
    vector: Array | None


def newest(session: Session) -> LabelFunctionsRow | None:
    """The file as it is now."""
    return session.scalars(select(LabelFunctionsRow).order_by(LabelFunctionsRow.version.desc()).limit(1)).first()


def add(session: Session, tenant_id: str, text: str, by: str) -> int:
    """Write a new version; returns its number."""
    before = session.scalar(select(func.coalesce(func.max(LabelFunctionsRow.version), 0))) or 0
    values = {"tenant_id": tenant_id, "version": before + 1, "text": text, "by": by}
    session.execute(insert(LabelFunctionsRow).values(**values))
    return before + 1


def count_sentences(session: Session) -> int:
    """How many sentences are in the index."""
    return session.scalar(select(func.count()).select_from(SentenceRow)) or 0


def sentences(session: Session, limit: int, *, vectors: bool) -> list[Said]:
    """Sentences that chance chose, always the same ones while nothing comes in."""
    cut = func.substr(DocumentRow.text, SentenceRow.start + 1, SentenceRow.end - SentenceRow.start)
    # Ids are digests, so that their order is one of chance.
    rows = session.execute(
        select(
            SentenceRow.document_id,
            SentenceRow.start,
            SentenceRow.end,
            SentenceRow.speaker,
            SentenceRow.kind,
            SentenceRow.side,
            cut,
            SentenceRow.vector if vectors else null(),
        )
        .join(DocumentRow, DocumentRow.document_id == SentenceRow.document_id)
        .order_by(SentenceRow.sentence_id)
        .limit(limit)
    )
    return [
        Said(
            document_id,
            start,
            end,
            speaker,
            Passage(text, {"kind": kind, "side": side}),
            None if vector is None else np.asarray(vector, dtype=np.float32),
        )
        for document_id, start, end, speaker, kind, side, text, vector in rows
    ]
