"""The training loop: seeded, AdamW with warm-up and linear decay, windows in batches by token budget."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import torch

from models.training.examples import Example
from models.training.network import Masking, Reader, collate, loss_of
from nlp.encoder import Array
from nlp.tokens import Vocabulary
from nlp.windows import Window

logger = logging.getLogger(__name__)

PREDICTED_AT_ONCE = 8
"""Windows in a batch while nothing is trained."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides a training run besides its data."""

    epochs: int = 6
    learning_rate: float = 2e-4
    head_learning_rate: float = 1e-3
    warmup: float = 0.1
    weight_decay: float = 0.01
    batch_tokens: int = 1_536
    masked: float = 0.12
    rank: int | None = None
    """Learn low-rank adapters instead of all weights."""
    attribute_pull: float = 0.02
    seed: int = 13


def train(
    base: Path,
    vocabulary: Vocabulary,
    examples: Callable[[int], Sequence[Example]],
    recipe: Recipe,
    after_epoch: Callable[[int, Reader], None] | None = None,
) -> Reader:
    """Fine-tune ``base`` on the windows that ``examples(epoch)`` gives for each epoch."""
    random.seed(recipe.seed)
    np.random.seed(recipe.seed)
    torch.manual_seed(recipe.seed)
    reader = Reader(base, recipe.rank, recipe.attribute_pull)
    encoder_parameters = [weights for weights in reader.encoder.parameters() if weights.requires_grad]
    heads = (reader.label_head, reader.attribute_head, reader.name_head)
    head_parameters = [weights for head in heads for weights in head.parameters()]
    optimizer = torch.optim.AdamW(
        [
            {"params": encoder_parameters, "lr": recipe.learning_rate},
            {"params": head_parameters, "lr": recipe.head_learning_rate},
        ],
        weight_decay=recipe.weight_decay,
        fused=True,
    )
    steps = recipe.epochs * len(batches(examples(0), recipe.batch_tokens, random.Random(0)))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate(step, steps, recipe.warmup))
    shuffle = random.Random(recipe.seed)
    chance = np.random.default_rng(recipe.seed)
    masking = Masking(recipe.masked, vocabulary.mask, vocabulary.first_word, chance)
    for epoch in range(recipe.epochs):
        reader.train()
        total, count = 0.0, 0
        for batch in batches(examples(epoch), recipe.batch_tokens, shuffle):
            padded = collate(batch, masking)
            outputs, names = reader(padded.ids, padded.mask, padded.ranges)
            loss = loss_of(outputs, names, padded)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total, count = total + float(loss.detach()), count + 1
        logger.info("epoch %d of %d: loss %.4f", epoch + 1, recipe.epochs, total / max(1, count))
        if after_epoch:
            after_epoch(epoch, reader)
    reader.eval()
    return reader


class Windowed(Protocol):
    """Anything made of a window."""

    @property
    def window(self) -> Window:
        """Its tokens."""
        ...


W = TypeVar("W", bound=Windowed)


def batches(examples: Sequence[W], budget: int, shuffle: random.Random) -> list[list[W]]:
    """Windows of like length together, no batch over ``budget`` tokens, in random order."""
    order = sorted(examples, key=lambda example: len(example.window.ids) + shuffle.random() * 8)
    out: list[list[W]] = []
    longest = 0
    for example in order:
        longest = max(longest, len(example.window.ids))
        if out and longest * (len(out[-1]) + 1) <= budget:
            out[-1].append(example)
        else:
            out.append([example])
            longest = len(example.window.ids)
    shuffle.shuffle(out)
    return out


def predict(reader: Reader, examples: Sequence[Example]) -> list[Array]:
    """Outputs ``(sentences, outputs)`` of each window, with the torch model."""
    reader.eval()
    results: list[Array] = [np.empty(0, dtype=np.float32)] * len(examples)
    order = sorted(range(len(examples)), key=lambda at: len(examples[at].window.ids))
    with torch.inference_mode():
        for start in range(0, len(order), PREDICTED_AT_ONCE):
            chosen = order[start : start + PREDICTED_AT_ONCE]
            batch = collate([examples[at] for at in chosen])
            outputs, _ = reader(batch.ids, batch.mask, batch.ranges)
            sizes = [len(examples[at].window.ranges) for at in chosen]
            for at, rows in zip(chosen, outputs.split(sizes), strict=True):
                results[at] = rows.numpy()
    return results


def rate(step: int, steps: int, warmup: float) -> float:
    """Share of the learning rate at a step: up while warming, then straight down to nothing."""
    rising = max(1, int(steps * warmup))
    if step < rising:
        return (step + 1) / rising
    return max(0.0, (steps - step) / max(1, steps - rising))
