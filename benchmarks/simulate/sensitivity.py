"""How wrong may we be? The model's numbers are moved, then those of the story; does the lead over the counts hold?

Every number is multiplied by a factor of its own, drawn evenly on a logarithmic scale between ``1 / f`` and ``f``.
"""

from __future__ import annotations

import math
import random
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np

from benchmarks.simulate.protocol import CHIEF_DAYS, auc, leaving, scores_before
from benchmarks.simulate.scores import BASELINES, Observed, observe, ours, scores
from benchmarks.simulate.story import shaken_story
from pipelines.risk.parameters import Parameters, default_parameters, parse_parameters

FACTORS = (1.5, 2.0, 3.0)
_LEVELS = "levels"
"""Where levels begin moves no rank."""
_SHARES = ("repetition", "relief", "chance")


@dataclass(frozen=True, slots=True)
class Shaken:
    """AUC of ours and of the best of the three counts in each trial of one factor."""

    what: str
    factor: float
    ours: tuple[float, ...]
    best: tuple[float, ...]

    @property
    def leads(self) -> float:
        """Share of the trials in which ours is ahead."""
        return float(np.mean([own > other for own, other in zip(self.ours, self.best, strict=True)]))


def shaken_parameters(factor: float, chance: random.Random) -> Parameters:
    """The model's parameters, each multiplied by a factor of its own."""
    text = resources.files("pipelines.risk").joinpath("parameters.toml").read_text(encoding="utf-8")
    return parse_parameters(_moved(tomllib.loads(text), (), factor, chance))


def _moved(node: Any, path: tuple[str, ...], factor: float, chance: random.Random) -> Any:
    if isinstance(node, dict):
        return {
            key: value if key in (_LEVELS, "version") else _moved(value, (*path, key), factor, chance)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [_moved(value, path, factor, chance) for value in node]
    if isinstance(node, bool) or not isinstance(node, int | float):
        return node
    moved = node * math.exp(chance.uniform(-1, 1) * math.log(factor))
    if any(key in _SHARES for key in path):
        return min(1.0, moved)
    return moved if any("half_life_days" in key for key in path) else min(100.0, moved)


def shake_parameters(seen: Sequence[Observed], trials: int, seed: int) -> Iterator[Shaken]:
    """The same accounts, scored by models whose every number is wrong."""
    positive = leaving(seen)
    best = _best(seen)
    for factor in FACTORS:
        found = []
        for trial in range(trials):
            parameters = shaken_parameters(factor, random.Random(f"{seed} {factor} {trial}"))
            found.append(auc(scores_before(seen, ours(parameters), CHIEF_DAYS), positive))
        yield Shaken("the model's parameters", factor, tuple(found), (best,) * trials)


def shake_story(accounts: int, trials: int, seed: int) -> Iterator[Shaken]:
    """Our model as it is, in worlds whose every number is another."""
    parameters = default_parameters()
    for factor in FACTORS:
        own, other = [], []
        for trial in range(trials):
            story = shaken_story(factor, random.Random(f"{seed} {factor} {trial}"))
            seen = observe(story, accounts, seed + 1_000 + trial)
            own.append(auc(scores_before(seen, ours(parameters), CHIEF_DAYS), leaving(seen)))
            other.append(_best(seen))
        yield Shaken("the story's numbers", factor, tuple(own), tuple(other))


def _best(seen: Sequence[Observed]) -> float:
    named = scores(default_parameters())
    return max(auc(scores_before(seen, named[name], CHIEF_DAYS), leaving(seen)) for name in BASELINES)
