"""One score out of two: how near in meaning, and how much of what was asked stands there."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
    signal: float
    label: str | None
    """The signal that the query asks for and the sentence carries."""


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
    """Scores of one query. A sentence's score depends on the query and the statistics, and on no other sentence.

    Args:
        groups: the words of the query.
        sentences: how many the tenant has.
        wanted: by label, how near the query is to asking for that signal, 0 to 1; labels that it does not ask for are
            left out.
        fusion: the weights.
    """

    def __init__(self, groups: Sequence[Group], sentences: int, wanted: Mapping[str, float], fusion: Fusion) -> None:
        self._idf = [group.idf(sentences) for group in groups]
        self._ideal = sum(self._idf)
        self._wanted = wanted
        self._fusion = fusion
        lexical = fusion.words + fusion.covered if self._ideal else 0.0
        self._total = fusion.meaning + lexical + fusion.signal

    def score(self, candidate: Candidate, labels: Iterable[str]) -> Scored:
        """Weigh a candidate. BM25 is measured against a sentence of mean length that has each word once."""
        fusion = self._fusion
        near = stretched(candidate.cosine, fusion.cosine_low, fusion.cosine_high)
        has, share = 0.0, 0.0
        if self._ideal:
            has = min(1.0, candidate.bm25 / self._ideal)
            share = sum(idf for at, idf in enumerate(self._idf) if candidate.groups >> at & 1) / self._ideal
        label = max((label for label in labels if label in self._wanted), key=self._wanted.__getitem__, default=None)
        asked = self._wanted[label] if label else 0.0
        parts = (fusion.meaning * near, fusion.words * has, fusion.covered * share, fusion.signal * asked)
        meaning, words, covered, signal = (part / self._total for part in parts)
        total = round(meaning + words + covered + signal, DECIMALS)
        return Scored(candidate, total, meaning, words, covered, signal, label)


def stretched(value: float, low: float, high: float) -> float:
    """From 0 at ``low`` to 1 at ``high``."""
    return min(1.0, max(0.0, (value - low) / (high - low)))


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
