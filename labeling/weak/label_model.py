"""From votes to probabilities: how far each function can be trusted, estimated from where they agree and differ.

Functions are taken to err independently of each other, given the truth (Dawid and Skene; Ratner et al., Snorkel, 2017).
A passage's odds are those of the label's usual share, times what each vote is worth. Silence is no vote. Where gold is
at hand it takes part as passages whose truth is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.weak.functions import NOTHING, YES, Votes
from models.linear import Floats, sigmoid

ROUNDS = 200
CLOSE = 1e-6
BELIEVED = 0.75
"""How often a function is right before anything is known of it."""
BELIEF = 10.0
"""That belief counts as so many checked votes."""


@dataclass(frozen=True, slots=True)
class LabelModel:
    """``accuracies`` ``(functions,)``: how often each is right; ``share`` of passages with the label."""

    accuracies: Floats
    share: float

    def probabilities(self, votes: Votes) -> Floats:
        """Probability ``(passages,)`` that each carries the label; ``share`` where no function speaks."""
        worth = _logit(self.accuracies)
        signs = np.where(votes == NOTHING, 0, np.where(votes == YES, 1, -1))
        return sigmoid(_logit(np.array(self.share)) + signs @ worth)


def fit_label_model(votes: Votes, share: float | None = None, gold: NDArray[np.int8] | None = None) -> LabelModel:
    """Estimate how far each function can be trusted.

    Args:
        votes: ``(passages, functions)``.
        share: of passages that carry the label, where it is known, say from a random sample; estimated otherwise,
            which a few functions that all say yes can't carry.
        gold: ``(passages,)`` ``YES``, ``NO`` or ``NOTHING`` where nobody looked.

    Raises:
        ValueError: if there is nothing to fit on, or ``share`` is no share.
    """
    if not votes.size:
        raise ValueError("no votes to fit on")
    if share is not None and not 0 < share < 1:
        raise ValueError("share must lie between 0 and 1")
    known = np.full(len(votes), NOTHING, dtype=np.int8) if gold is None else gold
    speaks = votes != NOTHING
    model = LabelModel(np.full(votes.shape[1], BELIEVED), share or _first_share(votes))
    for _ in range(ROUNDS):
        truth = np.where(known == NOTHING, model.probabilities(votes), known == YES)
        agreement = np.where(votes == YES, truth[:, None], 1 - truth[:, None]) * speaks
        accuracies = (agreement.sum(axis=0) + BELIEVED * BELIEF) / (speaks.sum(axis=0) + BELIEF)
        # A function that is wrong more often than right would turn the meaning of the label over.
        accuracies = np.clip(accuracies, 0.5, 0.995)
        found = LabelModel(accuracies, share or float(np.clip(truth.mean(), 1e-3, 1 - 1e-3)))
        moved = float(np.abs(found.accuracies - model.accuracies).max())
        model = found
        if moved < CLOSE:
            break
    return model


def _first_share(votes: Votes) -> float:
    yes = (votes == YES).any(axis=1).mean()
    return float(np.clip(yes, 0.01, 0.5))


def _logit(probabilities: Floats) -> Floats:
    result: Floats = np.log(probabilities) - np.log1p(-probabilities)
    return result
