"""Which request a wish belongs to: the nearest known wishes are looked at, and the model of pairs decides."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from nlp.meaning import Array, MeaningEncoder
from nlp.pairs import PairModel, Wish
from pipelines.requests.repository import Known

CANDIDATES = 20
"""So many nearest known wishes are compared closely."""
_REMEMBERED = 500


class Matcher:
    """Loaded once; the encoder and the weights of pairs."""

    def __init__(self, encoder: MeaningEncoder | None = None, model: PairModel | None = None) -> None:
        self._encoder = encoder or MeaningEncoder()
        self._model = model or PairModel.load()
        self._wish = lru_cache(maxsize=_REMEMBERED)(self._read)

    def vector(self, text: str) -> Array:
        """The meaning of a wish, a unit vector."""
        return self._wish(text).meaning.vector

    def place(self, text: str, known: Sequence[Known]) -> tuple[uuid.UUID | None, float]:
        """The request that a wish joins, and how likely; none where no known wish is like it."""
        if not known:
            return None, 0.0
        wish = self._wish(text)
        near = np.stack([item.vector for item in known]) @ wish.meaning.vector
        # Ties are broken by the order of ``known``, which is fixed, so that twice the same gives the same.
        nearest = np.argsort(-near, kind="stable")[:CANDIDATES]
        members = [(known[at].request_id, self._wish(known[at].text)) for at in nearest.tolist()]
        return self._model.choose(wish, members)

    def _read(self, text: str) -> Wish:
        return Wish.of(text, self._encoder.encode([text])[0])
