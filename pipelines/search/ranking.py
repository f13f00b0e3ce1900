"""One score out of two: how near in meaning, and how much of what was asked stands there."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipelines.search.candidates import Candidate
from pipelines.search.lexicon import Group
from pipelines.search.parameters import Fusion, Results

DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its score and the parts that sum to it."""

    candidate: Candidate
    score: float
    meaning: float
    words: float
    covered: float


@dataclass(frozen=True, slots=True)
class Found:
    """A document with its best sentences, the best first."""

    document_id: uuid.UUID
    score: float
    best: tuple[Scored, ...]

    @property
    def key(self) -> tuple[float, str]:
        """Where it stands in the ranking."""
        return -self.score, str(self.document_id)


class Scale:
    """Scores of one query. A sentence's score depends on the query and the statistics, and on no other sentence."""

    def __init__(self, groups: Sequence[Group], sentences: int, fusion: Fusion) -> None:
        self._idf = [group.idf(sentences) for group in groups]
        self._ideal = sum(self._idf)
        total = fusion.meaning + (fusion.words + fusion.covered if groups else 0.0)
        self._meaning = fusion.meaning / total
        self._words, self._covered = (fusion.words / total, fusion.covered / total) if groups else (0.0, 0.0)
        self._low, self._high = fusion.cosine_low, fusion.cosine_high

    def score(self, candidate: Candidate) -> Scored:
        """Weigh a candidate. BM25 is measured against a sentence of mean length that has each word once."""
        near = (candidate.cosine - self._low) / (self._high - self._low)
        covered = sum(idf for at, idf in enumerate(self._idf) if candidate.groups >> at & 1)
        meaning = self._meaning * min(1.0, max(0.0, near))
        words = self._words * min(1.0, candidate.bm25 / self._ideal) if self._ideal else 0.0
        share = self._covered * covered / self._ideal if self._ideal else 0.0
        return Scored(candidate, round(meaning + words + share, DECIMALS), meaning, words, share)


def by_document(scored: Iterable[Scored], results: Results) -> list[Found]:
    """Documents by their best sentence; each with those of its sentences that come near it."""
    groups: dict[uuid.UUID, list[Scored]] = defaultdict(list)
    for item in scored:
        if item.score >= results.least:
            groups[item.candidate.document_id].append(item)
    found = []
    for document_id, items in groups.items():
        items.sort(key=lambda item: (-item.score, item.candidate.start))
        best = items[0].score
        near = [item for item in items[: results.sentences] if item.score >= results.near_best * best]
        found.append(Found(document_id, best, tuple(near)))
    return sorted(found, key=lambda item: item.key)
