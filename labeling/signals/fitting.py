"""Fitting a signal's head anew on all that is known of it, and saying what the result is worth."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.clock import Clock, system_clock
from core.custom_labels import label_of
from core.db import Store
from core.entities import Document, Kind
from core.errors import NotFound
from core.ids import digest_json
from core.tables_custom import CustomExampleRow, CustomHeadRow, CustomSignalRow
from labeling import repository as records
from labeling.answers import answers
from labeling.custom import CustomHead, Quality, background_of, fit_custom, leave_one_out
from labeling.queues.rules import queue_of_signal
from labeling.signals import repository
from labeling.signals.sample import (
    Pool,
    near_documents,
    pool,
    read_sample,
    same_words,
    vector_alone,
    vector_in,
)
from nlp.encoder import Array
from nlp.extract import SignalReader
from nlp.meaning import MeaningEncoder

Flags = NDArray[np.bool_]
OTHER = "other"
"""Stands where a record was not picked by a signal but came by another way."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A version, the head itself, and the sentences that it can be asked about."""

    row: CustomHeadRow
    head: CustomHead
    pool: Pool
    known: Array


@dataclass(frozen=True, slots=True)
class _Known:
    """All labeled sentences of a signal, with how many of them were typed."""

    vectors: Array
    carries: Flags
    words: frozenset[str]
    typed: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Fitter:
    """Fits heads; weights are loaded when first needed."""

    store: Store
    reader_for: Callable[[str], SignalReader]
    meaning: Callable[[], MeaningEncoder]
    clock: Clock = system_clock

    def fit(self, tenant_id: str, slug: str, advance: Callable[[], None] = lambda: None) -> Fitted:
        """The newest version, fitted anew if anything was said since.

        Args:
            tenant_id: whose.
            slug: of which signal.
            advance: called after each document that had to be read.

        Raises:
            NotFound: if there is no such signal.
            InputError: if there is too little to fit on, or no document that was read.
        """
        reader = self.reader_for(tenant_id)
        version = reader.vectors_version
        with self.store.tenant(tenant_id) as session:
            signal = repository.signal(session, tenant_id, slug)
            if signal is None:
                raise NotFound("no such signal", where=f"signal {slug!r}")
            typed = repository.examples(session, slug)
            newest = repository.newest_head(session, slug)
            near = near_documents(session, self.meaning(), [row.text for row in typed if row.carries])
        read_sample(self.store, reader, tenant_id, near, advance)
        known = self._known(tenant_id, signal, typed, reader)
        with self.store.tenant(tenant_id) as session:
            asked = repository.asked_passages(session, queue_of_signal(slug))
            found = pool(session, version, {*known.words, *map(same_words, asked)})
        if newest is not None and newest.fingerprint == known.fingerprint:
            return Fitted(newest, repository.head_of(newest), found, known.vectors)
        description = vector_alone(reader, signal.description)
        texts = [place.text for place in found.places if place.drawn]
        background = background_of(found.vectors[found.drawn], texts) if texts else found.vectors[:0]
        began = time.monotonic()
        head = fit_custom(known.vectors, known.carries, background, description)
        quality = leave_one_out(known.vectors, known.carries, background, description)
        told = _told(quality, known, head, found.vectors[found.drawn], reader) | {
            "seconds": round(time.monotonic() - began, 2)
        }
        row = self._write(tenant_id, slug, version, head, known.fingerprint, told)
        return Fitted(row, repository.head_of(row), found, known.vectors)

    def current(self, tenant_id: str, slug: str) -> Fitted | None:
        """The newest version as it is, with the sentences that were read by now; nothing where it fits another reader.

        Raises:
            NotFound: if there is no such signal.
        """
        version = self.reader_for(tenant_id).vectors_version
        with self.store.tenant(tenant_id) as session:
            if repository.signal(session, tenant_id, slug) is None:
                raise NotFound("no such signal", where=f"signal {slug!r}")
            newest = repository.newest_head(session, slug)
            if newest is None or newest.vectors_version != version:
                return None
            words = [row.text for row in repository.examples(session, slug)]
            words += repository.asked_passages(session, queue_of_signal(slug))
            found = pool(session, version, set(map(same_words, words)))
        return Fitted(newest, repository.head_of(newest), found, found.vectors[:0])

    def _write(
        self, tenant_id: str, slug: str, version: str, head: CustomHead, fingerprint: str, quality: Mapping[str, Any]
    ) -> CustomHeadRow:
        with self.store.tenant(tenant_id) as session:
            # Who fits at the same time waits here, and takes the next number.
            repository.signal(session, tenant_id, slug, lock=True)
            newest = repository.newest_head(session, slug)
            if newest is not None and newest.fingerprint == fingerprint:
                return newest
            row = CustomHeadRow(
                tenant_id=tenant_id,
                slug=slug,
                version=newest.version + 1 if newest else 1,
                vectors_version=version,
                mean=head.mean.astype(np.float32).tobytes(),
                weights=head.head.weights.astype(np.float32).tobytes(),
                bias=head.head.bias,
                fingerprint=fingerprint,
                quality=dict(quality),
                made_at=self.clock(),
            )
            repository.add_head(session, row)
            return row

    def _known(
        self, tenant_id: str, signal: CustomSignalRow, typed: list[CustomExampleRow], reader: SignalReader
    ) -> _Known:
        label, version = label_of(signal.slug), reader.vectors_version
        with self.store.tenant(tenant_id) as session:
            said = answers(session, [queue_of_signal(signal.slug)])
            picks = repository.picks(session, signal.slug)
        rows = [self._example(tenant_id, row, reader) for row in typed]
        words = {same_words(row.text) for row in typed}
        carries = [row.carries for row in typed]
        for record_id, labels in sorted(said.items()):
            pick = picks.get(record_id)
            if pick is not None and pick.vectors_version == version:
                rows.append(repository.unpack(pick.vector, 1)[0])
            else:
                rows.append(self._record(tenant_id, signal.slug, record_id, reader))
            carries.append(label in labels)
        facts = {
            "vectors": version,
            "description": signal.description,
            "typed": [[row.example_id, row.carries] for row in typed],
            "said": sorted([str(record_id), label in labels] for record_id, labels in said.items()),
        }
        return _Known(
            np.stack(rows) if rows else np.zeros((0, 0), dtype=np.float32),
            np.array(carries, dtype=bool),
            frozenset(words),
            len(typed),
            digest_json(facts),
        )

    def _example(self, tenant_id: str, row: CustomExampleRow, reader: SignalReader) -> Array:
        """How a typed sentence looks; remembered, since examples seldom change."""
        if row.vector is not None and row.vectors_version == reader.vectors_version:
            known: Array = repository.unpack(row.vector, 1)[0]
            return known
        vector = vector_alone(reader, row.text)
        with self.store.tenant(tenant_id) as session:
            repository.keep_vector(session, row.example_id, reader.vectors_version, vector)
        return vector

    def _record(self, tenant_id: str, slug: str, record_id: uuid.UUID, reader: SignalReader) -> Array:
        """How an answered sentence looks to this reader, where no pick says it."""
        with self.store.tenant(tenant_id) as session:
            view = records.view(session, record_id)
        if view is None:
            raise NotFound("the record is gone with its document", where=f"record {record_id}")
        record = view.record
        kind = Kind(record.kind)
        text = Document(record.document_id, record.account_id, kind, record.occurred_at, record.text, title=view.title)
        vector = vector_in(reader, text, record.start, record.end)
        with self.store.tenant(tenant_id) as session:
            repository.put_picks(session, [pick_row(tenant_id, slug, record_id, OTHER, None, reader, vector)])
        return vector


def pick_row(
    tenant_id: str, slug: str, record_id: uuid.UUID, origin: str, version: int | None, reader: SignalReader,
    vector: Array,
) -> dict[str, Any]:  # fmt: skip
    """A row of ``custom_picks``."""
    return {
        "record_id": record_id,
        "tenant_id": tenant_id,
        "slug": slug,
        "origin": origin,
        "version": version,
        "vectors_version": reader.vectors_version,
        "vector": repository.pack(vector),
    }


def _told(quality: Quality, known: _Known, head: CustomHead, drawn: Array, reader: SignalReader) -> dict[str, Any]:
    """The estimate as it is kept: figures, and words for whoever reads them."""
    given = int(head.given(drawn).sum()) if len(drawn) else 0
    share = given / len(drawn) if len(drawn) else 0.0
    said = f"It {quality.words}. Of {len(drawn):,} sentences drawn by chance from your documents it is given to "
    said += f"{given:,} ({share:.1%}): whether these are right, only people who look at them can say."
    return {
        "found": quality.found,
        "positives": quality.positives,
        "false": quality.false,
        "negatives": quality.negatives,
        "f1": None if quality.f1 is None else round(quality.f1, 4),
        "typed": known.typed,
        "answered": len(known.carries) - known.typed,
        "given": given,
        "drawn": len(drawn),
        "reader": reader.model_version,
        "words": said,
    }
