"""SetFit's way (Tunstall et al., 2022): all weights learn from pairs of sentences, then logistic heads.

Each sentence stands alone, with the kind of document, its title and the side that speaks in front of it as words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from benchmarks.architectures.data import Sides, documents, targets
from benchmarks.architectures.ways import by_heads
from models.linear import Floats as Wide
from models.training.examples import Floats
from models.training.material import VendorReading

POSITIVES, OTHERS = 400, 1_600
"""Sentences of each label, and without any, that pairs are drawn from."""
PAIRS = 12_000
BATCH = 32


@dataclass(frozen=True, slots=True)
class Contrastive:
    """Pairs are alike if they carry the same labels; those without any are alike too."""

    folder: Path
    seed: int = 13

    def __call__(self, sides: Sides) -> tuple[Floats, Floats]:
        """Train, fit heads on all training sentences, read both sides."""
        from sentence_transformers import InputExample, SentenceTransformer
        from sentence_transformers.sentence_transformer.losses import CosineSimilarityLoss
        from torch.utils.data import DataLoader

        torch.manual_seed(self.seed)
        model = SentenceTransformer(str(self.folder), device="cpu")
        texts = texts_of(sides.train)
        pairs = [
            InputExample(texts=[texts[a], texts[b]], label=float(alike))
            for a, b, alike in pairs_of(targets(sides.train), self.seed)
        ]
        loader: DataLoader[InputExample] = DataLoader(pairs, shuffle=True, batch_size=BATCH)  # type: ignore[arg-type]
        model.old_fit([(loader, CosineSimilarityLoss(model))], epochs=1, show_progress_bar=False)

        def encode(readings: Sequence[VendorReading]) -> Wide:
            return np.asarray(model.encode(texts_of(readings), batch_size=BATCH), dtype=np.float64)

        return by_heads([encode(part) for part in (sides.train, sides.calibration, sides.test)], sides)


def texts_of(readings: Sequence[VendorReading]) -> list[str]:
    """Each sentence with what is known of it in front."""
    return [
        f"{document.kind.value.replace('_', ' ')}, {document.title or ''}, {sentence.speaker.side.value}: "
        f"{sentence.span.of(document.text)}"
        for item in documents(readings)
        for document in [item.gold.document]
        for sentence in item.sentences
    ]


def pairs_of(gold: Floats, seed: int) -> list[tuple[int, int, bool]]:
    """Pairs of sentences ``(one, other, alike)``, half of them alike, every label as often."""
    chance = np.random.default_rng(seed)
    known = ~np.isnan(gold).any(axis=1)
    groups = [np.flatnonzero(known & (gold[:, column] == 1)) for column in range(gold.shape[1])]
    groups.append(np.flatnonzero(known & (gold == 0).all(axis=1)))
    sizes = (*(POSITIVES for _ in range(gold.shape[1])), OTHERS)
    drawn = [chance.permutation(group)[:size] for group, size in zip(groups, sizes, strict=True)]
    found = []
    for _ in range(PAIRS // 2):
        one, other = chance.choice(len(drawn), size=2, replace=False)
        a, b = (int(at) for at in chance.choice(drawn[one], size=2))
        found.append((a, b, True))
        a, b = int(chance.choice(drawn[one])), int(chance.choice(drawn[other]))
        found.append((a, b, bool((gold[a] == gold[b]).all())))
    return found
