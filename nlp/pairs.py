"""Do two wishes ask for the same thing? A small model over how near they are in meaning and in words."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from core.errors import ArtefactError
from nlp.artefact import ARTEFACTS
from nlp.meaning import Array, Meaning

PAIR_MODEL = ARTEFACTS / "requests" / "pairs.json"
FEATURES = ("cosine", "tokens", "words", "shorter", "cosine_of_short")
"""In this order in every row of features and in the file of weights."""
MEMBERS = 1
"""A wish joins a request by its mean likeness to so many of its nearest members."""
_WORD = re.compile(r"[^\W\d_]{4,}")
_ENDING = re.compile(r"(?:ing|ed|es|s|ly|ion|ions)$")
_LONG = 30.0
Group = TypeVar("Group", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Wish:
    """A statement of a wish, as pairs of them are compared."""

    meaning: Meaning
    words: frozenset[str]

    @classmethod
    def of(cls, text: str, meaning: Meaning) -> Wish:
        """With the stems of its longer words."""
        return cls(meaning, frozenset(_ENDING.sub("", word) for word in _WORD.findall(text.lower())))


def features(one: Wish, others: Sequence[Wish]) -> NDArray[np.float64]:
    """Rows ``(others, features)``: symmetric measures of nearness."""
    rows = np.empty((len(others), len(FEATURES)))
    for at, other in enumerate(others):
        cosine = float(one.meaning.vector @ other.meaning.vector)
        shorter = min(len(one.meaning.tokens), len(other.meaning.tokens))
        share = len(one.words & other.words) / max(1, min(len(one.words), len(other.words)))
        short = min(1.0, shorter / _LONG)
        rows[at] = (cosine, _late(one.meaning.tokens, other.meaning.tokens), share, short, cosine * (1 - short))
    return rows


def _late(one: Array, other: Array) -> float:
    """Mean over the tokens of each of the nearest token of the other."""
    near = one @ other.T
    return float(near.max(axis=1).mean() + near.max(axis=0).mean()) / 2


@dataclass(frozen=True, slots=True)
class PairModel:
    """Logistic regression over ``FEATURES``, and the probability from which on a wish joins a request."""

    weights: NDArray[np.float64]
    bias: float
    threshold: float

    @classmethod
    def load(cls, path: Path = PAIR_MODEL) -> PairModel:
        """Read the weights.

        Raises:
            ArtefactError: if the file is missing or was made for other features.
        """
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ArtefactError("can't be read", where=str(path), remedy="restore it from the release") from error
        if tuple(raw["features"]) != FEATURES:
            raise ArtefactError("made for other features", where=str(path), remedy="python -m models.requests.train")
        return cls(np.asarray(raw["weights"]), float(raw["bias"]), float(raw["threshold"]))

    def probabilities(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """That each pair asks for the same."""
        result: NDArray[np.float64] = 1 / (1 + np.exp(-(rows @ self.weights + self.bias)))
        return result

    def choose(self, wish: Wish, members: Sequence[tuple[Group, Wish]]) -> tuple[Group | None, float]:
        """The group that a wish joins, with how likely it belongs there; no group where none is likely enough.

        Args:
            wish: what was said.
            members: known wishes, each with the group that it is in.
        """
        if not members:
            return None, 0.0
        likeness: dict[Group, list[float]] = {}
        found = self.probabilities(features(wish, [member for _, member in members]))
        for (group, _), probability in zip(members, found.tolist(), strict=True):
            likeness.setdefault(group, []).append(probability)
        scores = {group: float(np.mean(sorted(all_of)[-MEMBERS:])) for group, all_of in likeness.items()}
        best = max(scores, key=lambda group: (scores[group], str(group)))
        return (best if scores[best] >= self.threshold else None), scores[best]
