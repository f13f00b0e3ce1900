"""Trains upper layers of their own for attributes and names: ``python -m models.training.upper``.

What the encoder learned for labels keeps little of who leads a cut or how serious a rival is. So the layers above the
middle get a second adapter that learns nothing else, from the middle states as they are served, int8 and all. Only
windows that carry a mention are read with them. Training of the accurate reader ends with this.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import load_file
from torch import Tensor, nn
from transformers import AutoModel

from core.entities import ReaderName
from models.base import pretrained
from models.corpus import load_corpus, split
from models.export.adapter import smoothing_in
from models.export.artefact import write_attributes
from models.export.encoder_graph import quantise, write_encoder
from models.export.families import FAMILIES
from models.export.prepare import adapted_weights
from models.training.adapters import adapt
from models.training.examples import Example
from models.training.loop import batches, rate
from models.training.material import VendorReading, read_vendor
from models.training.network import Head, Ranges, attribute_loss, binary_loss, pooled
from nlp.artefact import ADAPTER_FILE, HEADS_FILE, MANIFEST_FILE, READERS
from nlp.encoder import Array, Encoder, Heads
from nlp.outputs import CHOICES, FIRST_ATTRIBUTE, OUTPUTS, TAGS, choice_range
from nlp.tokens import Vocabulary
from nlp.windows import Window

logger = logging.getLogger(__name__)

EPOCHS = 5
RANK = 16
LEARNING_RATE, HEAD_LEARNING_RATE = 3e-4, 1e-3
WARMUP = 0.1
BATCH_TOKENS = 1_536
DROPOUT = 0.1
TAG_WEIGHT = 1.0
SAMPLE = 60
_MASKED = -30_000.0


@dataclass(frozen=True, slots=True)
class Seen:
    """A window with its middle states ``(tokens, width)``, as the served encoder computes them."""

    example: Example
    middle: Array

    @property
    def window(self) -> Window:
        """Its tokens."""
        return self.example.window


class Upper(nn.Module):
    """The layers above the middle of an adapted encoder with adapters beside them, and the heads.

    Args:
        encoder: of the published family, whatever its weights.
        weights: of the whole encoder, by name, with what was learned for labels.
        middle: number of layers below.
        rank: of the adapters.
    """

    def __init__(self, encoder: Any, weights: dict[str, Array], middle: int, rank: int = RANK) -> None:
        super().__init__()
        known = {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in weights.items()}
        encoder.load_state_dict({name: known[name] for name in encoder.state_dict() if name in known}, strict=False)
        adapt(encoder, rank)
        self.encoder = encoder
        self.layers = encoder.encoder.layer[middle:]
        width = int(encoder.config.hidden_size)
        self.head = Head(2 * width, len(OUTPUTS) - FIRST_ATTRIBUTE)
        self.tag_head = nn.Linear(width, len(TAGS))
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, middle: Tensor, mask: Tensor, ranges: Ranges) -> tuple[Tensor, Tensor]:
        """For middle states ``(windows, tokens, width)``: attributes by sentence, tags ``(windows, tokens, tags)``."""
        states = self.dropout(middle).to(self.encoder.embeddings.word_embeddings.weight.dtype)
        bias = self.encoder.encoder.compute_position_bias(states)
        hidden = ((1 - mask) * _MASKED)[:, None, None, :].to(states.dtype)
        for layer in self.layers:
            states = layer(states, hidden, bias)[0]
        states = states.float()
        tags: Tensor = self.tag_head(states)
        return self.head(self.dropout(pooled(states, ranges))), tags

    def head_weights(self) -> dict[str, Tensor]:
        """The heads in the form of ``nlp.encoder.Heads``."""
        return {
            "w1": self.head.first.weight.T,
            "b1": self.head.first.bias,
            "w2": self.head.last.weight.T,
            "b2": self.head.last.bias,
            "w3": self.tag_head.weight.T,
            "b3": self.tag_head.bias,
        }


def with_attributes(vendors: Sequence[Sequence[Example]]) -> list[Example]:
    """The windows of all vendors of which an attribute is known."""
    return [
        example
        for examples in vendors
        for example in examples
        if not np.isnan(example.targets[:, FIRST_ATTRIBUTE:]).all()
    ]


def seen_by(encoder: Encoder, examples: Sequence[Example]) -> list[Seen]:
    """Windows with their middle states."""
    with ThreadPoolExecutor() as pool:
        states = pool.map(lambda example: encoder.states(example.window.ids)[1], examples)
        return [Seen(example, middle.astype(np.float16)) for example, middle in zip(examples, states, strict=True)]


def train_upper(
    upper: Upper, examples: Sequence[Seen], held: Sequence[Seen], *, epochs: int = EPOCHS, seed: int = 13
) -> None:
    """Train adapters and heads; says after each epoch how often each attribute is right on windows held out."""
    torch.manual_seed(seed)
    shuffle = random.Random(seed)
    adapters = [weights for weights in upper.layers.parameters() if weights.requires_grad]
    heads = [*upper.head.parameters(), *upper.tag_head.parameters()]
    optimizer = torch.optim.AdamW(
        [{"params": adapters, "lr": LEARNING_RATE}, {"params": heads, "lr": HEAD_LEARNING_RATE}], weight_decay=0.01
    )
    steps = epochs * len(batches(examples, BATCH_TOKENS, random.Random(0)))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate(step, steps, WARMUP))
    for epoch in range(epochs):
        upper.train()
        for batch in batches(examples, BATCH_TOKENS, shuffle):
            loss = _loss(upper, batch)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_([*adapters, *heads], 1.0)
            optimizer.step()
            schedule.step()
        logger.info("attributes after epoch %d, vendors held out: %s", epoch + 1, accuracies(upper, held))
    upper.eval()


def _loss(upper: Upper, batch: Sequence[Seen]) -> Tensor:
    middle, mask, ranges = _padded(batch)
    attributes, tags = upper(middle, mask, ranges)
    targets = torch.from_numpy(np.concatenate([seen.example.targets for seen in batch]))
    wanted = torch.full(tags.shape, torch.nan)
    for row, seen in enumerate(batch):
        wanted[row, : len(seen.middle)] = torch.from_numpy(seen.example.tags)
    loss = attribute_loss(torch.cat([torch.zeros(len(targets), FIRST_ATTRIBUTE), attributes], dim=1), targets)
    for tag in range(len(TAGS)):
        loss = loss + TAG_WEIGHT * binary_loss(tags[..., tag], wanted[..., tag])
    return loss


def _padded(batch: Sequence[Seen]) -> tuple[Tensor, Tensor, list[Sequence[tuple[int, int]]]]:
    longest = max(len(seen.middle) for seen in batch)
    middle = torch.zeros(len(batch), longest, batch[0].middle.shape[1])
    mask = torch.zeros(len(batch), longest)
    for row, seen in enumerate(batch):
        middle[row, : len(seen.middle)] = torch.from_numpy(seen.middle.astype(np.float32))
        mask[row, : len(seen.middle)] = 1
    return middle, mask, [seen.window.ranges for seen in batch]


def accuracies(upper: Upper, held: Sequence[Seen]) -> dict[str, float]:
    """How often each choice is right where the gold states it."""
    upper.eval()
    outputs, targets = [], []
    with torch.inference_mode():
        for batch in batches(held, 2 * BATCH_TOKENS, random.Random(0)):
            middle, mask, ranges = _padded(batch)
            outputs.append(upper(middle, mask, ranges)[0].numpy())
            targets.append(np.concatenate([seen.example.targets for seen in batch]))
    found, gold = np.concatenate(outputs), np.concatenate(targets)
    result = {}
    for choice in CHOICES:
        where = choice_range(choice)
        inside = slice(where.start - FIRST_ATTRIBUTE, where.stop - FIRST_ATTRIBUTE)
        known = ~np.isnan(gold[:, where]).any(axis=1)
        if known.any():
            right = found[known, inside].argmax(axis=1) == gold[known, where].argmax(axis=1)
            result[f"{choice.label}.{choice.key}"] = round(float(right.mean()), 3)
    return result


def add_attributes(
    folder: Path, readings: Sequence[VendorReading], held: Sequence[VendorReading], *, epochs: int, seed: int
) -> None:
    """Train the upper layers for the artefact ``folder``, and write them into it."""
    name = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))["base"]
    base, family = pretrained(name), FAMILIES[name]
    vocabulary = Vocabulary.from_file(base / "tokenizer.json")
    weights = adapted_weights(folder, name)
    with tempfile.TemporaryDirectory() as scratch:
        full, served = Path(scratch) / "full.onnx", Path(scratch) / "served.onnx"
        write_encoder(weights, family, full, smoothing_in(load_file(folder / ADAPTER_FILE)), with_middle=True)
        quantise(full, served)
        encoder = Encoder(served, Heads.load(folder / HEADS_FILE))
        # Every second vendor as a configured workspace would mark it: names known here and unknown there.
        marked = [reading.windows(vocabulary, informed=bool(at % 2)) for at, reading in enumerate(readings)]
        kept = [reading.windows(vocabulary, informed=False) for reading in held]
        examples, control = (seen_by(encoder, with_attributes(part)) for part in (marked, kept))
    logger.info("%d windows, %d held out", len(examples), len(control))
    published = AutoModel.from_pretrained(
        str(base), add_pooling_layer=False, local_files_only=True, attention_probs_dropout_prob=0.0
    )
    upper = Upper(published, weights, family.middle)
    train_upper(upper, examples, control, epochs=epochs, seed=seed)
    sample = [seen.middle.astype(np.float32) for seen in examples[:: -(-len(examples) // SAMPLE)]]
    write_attributes(folder, upper.encoder, upper.head_weights(), weights, family, sample)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--seed", type=int, default=13)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    vendors = split(load_corpus())
    readings = [read_vendor(vendor) for vendor in vendors.train]
    held = [read_vendor(vendor) for vendor in vendors.calibration]
    add_attributes(READERS[ReaderName.ACCURATE], readings, held, epochs=options.epochs, seed=options.seed)


if __name__ == "__main__":
    main()
