"""The two readers that are trained, and how."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.entities import ReaderName
from models.training.loop import Recipe
from nlp.artefact import READERS


@dataclass(frozen=True, slots=True)
class Plan:
    """A reader's pretrained base, its place in the tree, and its recipe."""

    base: str
    folder: Path
    recipe: Recipe


PLANS = {
    ReaderName.ACCURATE: Plan(
        "all-mpnet-base-v2",
        READERS[ReaderName.ACCURATE],
        Recipe(epochs=4, learning_rate=3e-4, batch_tokens=1_344, masked=0.15, rank=16, attribute_pull=0.05),
    ),
    ReaderName.FAST: Plan("all-MiniLM-L6-v2", READERS[ReaderName.FAST], Recipe()),
}
