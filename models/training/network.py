"""The reader as a torch module: a BERT encoder, sentences pooled out of its windows, small heads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from transformers import AutoModel

from models.training.examples import Example
from nlp.outputs import CHOICES, FLAGS, INDEX, LABELS, OUTPUTS, choice_range

HEAD_WIDTH = 128
"""Hidden width of each of the two heads: labels with joins, and attributes."""
MASK = 103
FIRST_WORD = 999
"""In BERT's vocabulary words begin here; below lie special and marker tokens."""
DROPOUT = 0.1
LABEL_WEIGHT = 8.0
"""Positives are rare, so the mean over all sentences is small."""
POSITIVE_WEIGHT = 2.0
JOIN_WEIGHT = 0.1
ATTRIBUTE_PULL = 0.02
"""Share of the attributes' gradient that reaches the encoder: they read what the labels made of it."""
FIRST_ATTRIBUTE = 2 * len(LABELS)
"""Outputs before this one are labels and joins."""


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
    """Same arithmetic as ``nlp.encoder``: marker and mean of each sentence, tanh layer, outputs."""

    def __init__(self, base: Path) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(str(base), add_pooling_layer=False, local_files_only=True)
        width = int(self.encoder.config.hidden_size)
        self.label_head = Head(2 * width, FIRST_ATTRIBUTE)
        self.attribute_head = Head(2 * width, len(OUTPUTS) - FIRST_ATTRIBUTE)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, ids: Tensor, mask: Tensor, ranges: Sequence[Sequence[tuple[int, int]]]) -> Tensor:
        """Outputs ``(sentences of all windows, outputs)`` for ids and mask ``(windows, tokens)``."""
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        features = torch.stack(
            [
                torch.cat([states[row, start], states[row, min(start + 1, end - 1) : end].mean(dim=0)])
                for row, window in enumerate(ranges)
                for start, end in window
            ]
        )
        features = self.dropout(features)
        held = ATTRIBUTE_PULL * features + (1 - ATTRIBUTE_PULL) * features.detach()
        return torch.cat([self.label_head(features), self.attribute_head(held)], dim=1)

    def head_weights(self) -> dict[str, Tensor]:
        """Both heads as one, in the form of ``nlp.encoder.Heads``: ``tanh(x @ w1 + b1) @ w2 + b2``."""
        heads = (self.label_head, self.attribute_head)
        last = torch.zeros(len(OUTPUTS), len(heads) * HEAD_WIDTH)
        last[:FIRST_ATTRIBUTE, :HEAD_WIDTH] = self.label_head.last.weight
        last[FIRST_ATTRIBUTE:, HEAD_WIDTH:] = self.attribute_head.last.weight
        return {
            "w1": torch.cat([head.first.weight for head in heads]).T,
            "b1": torch.cat([head.first.bias for head in heads]),
            "w2": last.T,
            "b2": torch.cat([head.last.bias for head in heads]),
        }


def collate(
    examples: Sequence[Example], masked: float = 0.0, chance: np.random.Generator | None = None
) -> tuple[Tensor, Tensor, list[Sequence[tuple[int, int]]], Tensor]:
    """Pad windows to one batch: ids, mask, ranges, targets.

    A share ``masked`` of the word tokens is hidden, so that no decision hangs on one word.
    """
    longest = max(len(example.window.ids) for example in examples)
    ids = np.zeros((len(examples), longest), dtype=np.int64)
    mask = np.zeros((len(examples), longest), dtype=np.int64)
    for row, example in enumerate(examples):
        ids[row, : len(example.window.ids)] = example.window.ids
        mask[row, : len(example.window.ids)] = 1
    if masked and chance is not None:
        ids[(chance.random(ids.shape) < masked) & (ids >= FIRST_WORD)] = MASK
    targets = np.concatenate([example.targets for example in examples])
    ranges: list[Sequence[tuple[int, int]]] = [example.window.ranges for example in examples]
    return torch.from_numpy(ids), torch.from_numpy(mask), ranges, torch.from_numpy(targets)


def loss_of(outputs: Tensor, targets: Tensor) -> Tensor:
    """Labels by weighted binary cross-entropy; joins and attributes where the gold states them, each counting once."""
    labels = slice(0, len(LABELS))
    loss = LABEL_WEIGHT * _binary(outputs[:, labels], targets[:, labels], POSITIVE_WEIGHT)
    joins = slice(len(LABELS), FIRST_ATTRIBUTE)
    loss = loss + JOIN_WEIGHT * _binary(outputs[:, joins], targets[:, joins])
    others = outputs.sum() * 0.0
    for choice in CHOICES:
        where = choice_range(choice)
        known = ~torch.isnan(targets[:, where]).any(dim=1)
        if known.any():
            wanted = targets[known][:, where].argmax(dim=1)
            others = others + nn.functional.cross_entropy(outputs[known][:, where], wanted)
    for flag in FLAGS:
        column = INDEX[f"{flag.label}.{flag.key}"]
        others = others + _binary(outputs[:, column], targets[:, column])
    return loss + others


def _binary(outputs: Tensor, targets: Tensor, positive_weight: float = 1.0) -> Tensor:
    known = ~torch.isnan(targets)
    if not known.any():
        return outputs.sum() * 0.0
    wanted = targets[known]
    weight = torch.where(wanted > 0.5, positive_weight, 1.0)
    return nn.functional.binary_cross_entropy_with_logits(outputs[known], wanted, weight=weight)
