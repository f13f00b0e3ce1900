"""Fits the attribute head anew on an encoder that stays as it is: seconds instead of a training.

While the encoder learns labels, the attribute head sees few of its cases a step. Here it sees all of them, many times.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from models.training.examples import Example
from models.training.network import Head, Reader, attribute_loss
from nlp.outputs import FIRST_ATTRIBUTE, OUTPUTS

EPOCHS = 60
BATCH = 256
LEARNING_RATE = 1e-3
WEIGHT_DECAY = 0.1


def refit_attributes(reader: Reader, examples: Sequence[Example], seed: int) -> None:
    """Replace the attribute head by one fitted on the sentences of ``examples`` whose attributes are known."""
    torch.manual_seed(seed)
    features, targets = _known(reader, examples)
    head = Head(features.shape[1], len(OUTPUTS) - FIRST_ATTRIBUTE)
    optimizer = torch.optim.AdamW(head.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    steps = EPOCHS * -(-len(features) // BATCH)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, total_iters=steps)
    labels = torch.zeros(BATCH, FIRST_ATTRIBUTE)
    for _ in range(EPOCHS):
        for rows in torch.split(torch.randperm(len(features)), BATCH):
            outputs = torch.cat([labels[: len(rows)], head(features[rows])], dim=1)
            loss = attribute_loss(outputs, targets[rows])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    reader.attribute_head = head.eval()


def _known(reader: Reader, examples: Sequence[Example]) -> tuple[Tensor, Tensor]:
    """Features ``(sentences, 2 * width)`` and targets ``(sentences, outputs)`` of sentences with an attribute."""
    reader.eval()
    features, targets = [], []
    with torch.inference_mode():
        for example in examples:
            known = ~np.isnan(example.targets[:, FIRST_ATTRIBUTE:]).all(axis=1)
            if known.any():
                ids = torch.tensor([example.window.ids], dtype=torch.long)
                found = reader.features(ids, torch.ones_like(ids), [example.window.ranges])
                features.append(found[torch.from_numpy(known)])
                targets.append(torch.from_numpy(example.targets[known]))
    return torch.cat(features).clone(), torch.cat(targets)
