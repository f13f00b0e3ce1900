"""The reader as a torch module: a BERT encoder, sentences pooled out of its windows, small heads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import AutoModel

from models.training.adapters import adapt
from models.training.examples import Example
from nlp.outputs import CHOICES, FIRST_ATTRIBUTE, FLAGS, INDEX, LABELS, OUTPUTS, TAGS, choice_range

HEAD_WIDTH = 128
"""Hidden width of each of the two heads: labels with joins, and attributes."""
DROPOUT = 0.1
LABEL_WEIGHT = 8.0
"""Positives are rare, so the mean over all sentences is small."""
POSITIVE_WEIGHT = 2.0
TAUGHT_WEIGHT = 8.0
"""What a stronger reader says counts as much as the gold."""
JOIN_WEIGHT = 0.1
LENGTH_STEP = 16
"""Batches are padded to multiples of this: few shapes, so that kernels made for one serve again."""


Ranges = Sequence[Sequence[tuple[int, int]]]
"""For each window, the token ranges of its sentences."""


class Head(nn.Module):
    """Sentence features ``(sentences, width)`` to outputs, over one hidden layer."""

    def __init__(self, width: int, outputs: int) -> None:
        super().__init__()
        self.first = nn.Linear(width, HEAD_WIDTH)
        self.last = nn.Linear(HEAD_WIDTH, outputs)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, features: Tensor) -> Tensor:
        """Outputs ``(sentences, outputs)``."""
        outputs: Tensor = self.last(self.dropout(torch.tanh(self.first(features))))
        return outputs


class Reader(nn.Module):
    """Same arithmetic as ``nlp.encoder``: marker and mean of each sentence, tanh layer, outputs.

    Word vectors stay as pretrained: half of the weights, and words that no written vendor uses keep their meaning.
    Attention goes without dropout, which would keep it from the fused kernel; hidden words regularise instead. While
    training the encoder computes in bfloat16.

    Args:
        base: folder of the pretrained encoder.
        rank: learn low-rank adapters of this rank instead of all weights.
        attribute_pull: share of the attributes' gradient that reaches the encoder; they read what labels made of it.
    """

    def __init__(self, base: Path, rank: int | None = None, attribute_pull: float = 0.0) -> None:
        super().__init__()
        self.attribute_pull = attribute_pull
        self.encoder = AutoModel.from_pretrained(
            str(base), add_pooling_layer=False, local_files_only=True, attention_probs_dropout_prob=0.0
        )
        self.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
        self.adapted = rank is not None
        if rank is not None:
            adapt(self.encoder, rank)
        width = int(self.encoder.config.hidden_size)
        self.label_head = Head(2 * width, FIRST_ATTRIBUTE)
        self.attribute_head = Head(2 * width, len(OUTPUTS) - FIRST_ATTRIBUTE)
        self.name_head = nn.Linear(width, 1)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, ids: Tensor, mask: Tensor, ranges: Ranges) -> tuple[Tensor, Tensor]:
        """For ids and mask ``(windows, tokens)``: outputs ``(sentences, outputs)``, names ``(windows, tokens)``."""
        states = self._states(ids, mask)
        features = self.dropout(pooled(states, ranges))
        held = self.attribute_pull * features + (1 - self.attribute_pull) * features.detach()
        names: Tensor = self.name_head(states)
        return torch.cat([self.label_head(features), self.attribute_head(held)], dim=1), names.squeeze(-1)

    def features(self, ids: Tensor, mask: Tensor, ranges: Ranges) -> Tensor:
        """What the heads see of each sentence, ``(sentences, 2 * width)``."""
        return pooled(self._states(ids, mask), ranges)

    def _states(self, ids: Tensor, mask: Tensor) -> Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.training and not self.adapted):
            states: Tensor = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        return states.float()

    def head_weights(self) -> dict[str, Tensor]:
        """All heads in the form of ``nlp.encoder.Heads``, the two over sentences joined to one."""
        heads = (self.label_head, self.attribute_head)
        last = torch.zeros(len(OUTPUTS), len(heads) * HEAD_WIDTH)
        last[:FIRST_ATTRIBUTE, :HEAD_WIDTH] = self.label_head.last.weight
        last[FIRST_ATTRIBUTE:, HEAD_WIDTH:] = self.attribute_head.last.weight
        return {
            "w1": torch.cat([head.first.weight for head in heads]).T,
            "b1": torch.cat([head.first.bias for head in heads]),
            "w2": last.T,
            "b2": torch.cat([head.last.bias for head in heads]),
            "w3": self.name_head.weight[0],
            "b3": self.name_head.bias,
        }


def pooled(states: Tensor, ranges: Ranges) -> Tensor:
    """Marker and mean of the words of each sentence."""
    return torch.stack(
        [
            torch.cat([states[row, start], states[row, min(start + 1, end - 1) : end].mean(dim=0)])
            for row, window in enumerate(ranges)
            for start, end in window
        ]
    )


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows padded to one length: ids and mask ``(windows, tokens)``, sentence ranges, and what is to be learned.

    ``targets`` are ``(sentences, outputs)``, ``names`` ``(windows, tokens)``, ``taught`` what a teacher says of labels
    ``(sentences, labels)``; ``NaN`` where nothing is known.
    """

    ids: Tensor
    mask: Tensor
    ranges: list[Sequence[tuple[int, int]]]
    targets: Tensor
    names: Tensor
    taught: Tensor


@dataclass(frozen=True, slots=True)
class Masking:
    """Hides a share of the words, so that no decision hangs on one of them."""

    share: float
    mask: int
    first_word: int
    chance: np.random.Generator

    def hide(self, ids: NDArray[np.int64]) -> None:
        """Put the mask in place of some words."""
        ids[(self.chance.random(ids.shape) < self.share) & (ids >= self.first_word)] = self.mask


def collate(examples: Sequence[Example], masking: Masking | None = None) -> Batch:
    """Pad windows to one batch."""
    longest = max(len(example.window.ids) for example in examples)
    longest = -(-longest // LENGTH_STEP) * LENGTH_STEP
    ids = np.zeros((len(examples), longest), dtype=np.int64)
    mask = np.zeros((len(examples), longest), dtype=np.int64)
    names = np.full((len(examples), longest), np.nan, dtype=np.float32)
    for row, example in enumerate(examples):
        ids[row, : len(example.window.ids)] = example.window.ids
        mask[row, : len(example.window.ids)] = 1
        names[row, : len(example.window.ids)] = example.tags[:, TAGS.index("rival")]
    if masking:
        masking.hide(ids)
    targets = np.concatenate([example.targets for example in examples])
    ranges: list[Sequence[tuple[int, int]]] = [example.window.ranges for example in examples]
    taught = np.concatenate([example.taught for example in examples])
    arrays = (torch.from_numpy(array) for array in (targets, names, taught))
    return Batch(torch.from_numpy(ids), torch.from_numpy(mask), ranges, *arrays)


def loss_of(outputs: Tensor, names: Tensor, batch: Batch) -> Tensor:
    """Labels by weighted binary cross-entropy; joins, attributes and names where the gold states them."""
    targets = batch.targets
    labels = slice(0, len(LABELS))
    loss = LABEL_WEIGHT * binary_loss(outputs[:, labels], targets[:, labels], POSITIVE_WEIGHT)
    loss = loss + TAUGHT_WEIGHT * binary_loss(outputs[:, labels], batch.taught, POSITIVE_WEIGHT)
    joins = slice(len(LABELS), FIRST_ATTRIBUTE)
    loss = loss + JOIN_WEIGHT * binary_loss(outputs[:, joins], targets[:, joins])
    return loss + attribute_loss(outputs, targets) + binary_loss(names, batch.names, POSITIVE_WEIGHT)


def attribute_loss(outputs: Tensor, targets: Tensor) -> Tensor:
    """Attributes where the gold states them, each choice and each flag counting once."""
    loss = outputs.sum() * 0.0
    for choice in CHOICES:
        where = choice_range(choice)
        known = ~torch.isnan(targets[:, where]).any(dim=1)
        if known.any():
            wanted = targets[known][:, where].argmax(dim=1)
            loss = loss + nn.functional.cross_entropy(outputs[known][:, where], wanted)
    for flag in FLAGS:
        column = INDEX[f"{flag.label}.{flag.key}"]
        loss = loss + binary_loss(outputs[:, column], targets[:, column])
    return loss


def binary_loss(outputs: Tensor, targets: Tensor, positive_weight: float = 1.0) -> Tensor:
    """Mean cross-entropy where a target is known, positives weighing more."""
    known = ~torch.isnan(targets)
    if not known.any():
        return outputs.sum() * 0.0
    wanted = targets[known]
    weight = 1.0 + (positive_weight - 1.0) * wanted
    return nn.functional.binary_cross_entropy_with_logits(outputs[known], wanted, weight=weight)
