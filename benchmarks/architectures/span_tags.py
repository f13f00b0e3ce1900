"""Tagging tokens: each token is inside a mention of a label or not; a sentence is as likely as its likeliest token."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from transformers import AutoModel

from benchmarks.architectures.data import Sides, documents, shipped
from benchmarks.architectures.ways import NEVER
from models.training.examples import Example, Floats, Prepared, examples_of
from models.training.loop import Recipe, batches, rate
from models.training.material import VendorReading
from models.training.network import POSITIVE_WEIGHT, Masking, binary_loss, collate
from nlp.outputs import INDEX, LABELS
from nlp.tokens import Vocabulary
from nlp.windows import NOWHERE, Window


@dataclass(frozen=True, slots=True)
class Tagged:
    """A window with tags of its tokens ``(tokens, labels)``, NaN where nothing is learned."""

    example: Example
    tags: Floats

    @property
    def window(self) -> Window:
        """Its tokens."""
        return self.example.window


class Tagger(nn.Module):
    """A BERT encoder with one output a label at each token."""

    def __init__(self, base: Path) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(
            str(base), add_pooling_layer=False, local_files_only=True, attention_probs_dropout_prob=0.0
        )
        self.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
        self.head = nn.Linear(int(self.encoder.config.hidden_size), len(LABELS))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Logits ``(windows, tokens, labels)``."""
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.training):
            states: Tensor = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        logits: Tensor = self.head(states.float())
        return logits


@dataclass(frozen=True, slots=True)
class SpanTagging:
    """Trained by the recipe of the fine-tuned readers."""

    base: Path
    recipe: Recipe

    def __call__(self, sides: Sides) -> tuple[Floats, Floats]:
        """Train, read both sides."""
        vocabulary = Vocabulary.from_file(self.base / "tokenizer.json")
        torch.manual_seed(self.recipe.seed)
        tagger = Tagger(self.base)
        self._train(tagger, [tagged for _, tagged in _tagged(sides.train, vocabulary)], vocabulary)
        tagger.eval()
        return _read(tagger, sides.calibration, vocabulary), _read(tagger, sides.test, vocabulary)

    def _train(self, tagger: Tagger, windows: Sequence[Tagged], vocabulary: Vocabulary) -> None:
        recipe = self.recipe
        shuffle = random.Random(recipe.seed)
        chance = np.random.default_rng(recipe.seed)
        masking = Masking(recipe.masked, vocabulary.mask, vocabulary.first_word, chance)
        encoder = [weights for weights in tagger.encoder.parameters() if weights.requires_grad]
        groups = [{"params": encoder, "lr": recipe.learning_rate}]
        groups += [{"params": list(tagger.head.parameters()), "lr": recipe.head_learning_rate}]
        optimizer = torch.optim.AdamW(groups, weight_decay=recipe.weight_decay, fused=True)
        steps = recipe.epochs * len(batches(_turn(windows, 0), recipe.batch_tokens, random.Random(0)))
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate(step, steps, recipe.warmup))
        for number in range(recipe.epochs):
            tagger.train()
            for batch in batches(_turn(windows, number), recipe.batch_tokens, shuffle):
                padded = collate([tagged.example for tagged in batch], masking)
                tags = np.full((*padded.ids.shape, len(LABELS)), np.nan, dtype=np.float32)
                for row, tagged in enumerate(batch):
                    tags[row, : len(tagged.tags)] = tagged.tags
                logits = tagger(padded.ids, padded.mask)
                loss = binary_loss(logits, torch.from_numpy(tags), POSITIVE_WEIGHT)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(tagger.parameters(), 1.0)
                optimizer.step()
                schedule.step()


def _turn(windows: Sequence[Tagged], number: int) -> list[Tagged]:
    return [tagged for at, tagged in enumerate(windows) if tagged.example.positive or (at + number // 2) % 2 == 0]


def _tagged(readings: Sequence[VendorReading], vocabulary: Vocabulary) -> list[tuple[Prepared, Tagged]]:
    names = shipped()
    return [
        (item, Tagged(example, tags_of(example, item)))
        for item in documents(readings)
        for example in examples_of(item, vocabulary, names)
    ]


def tags_of(example: Example, item: Prepared) -> Floats:
    """Which tokens stand in a mention of each label, ``(tokens, labels)``; nothing is known of what is unsure."""
    tags = np.full((len(example.window.ids), len(LABELS)), np.nan, dtype=np.float32)
    for start, end in example.window.ranges:
        for token in range(start, end):
            place = example.window.places[token]
            if place == NOWHERE:
                continue
            tags[token] = 0.0
            for mention in item.gold.mentions:
                if mention.span.start < place[1] and place[0] < mention.span.end:
                    for label in mention.labels:
                        tags[token, INDEX[label]] = np.nan if mention.unsure else 1.0
    return tags


def _read(tagger: Tagger, readings: Sequence[VendorReading], vocabulary: Vocabulary) -> Floats:
    found = {id(item): np.full((len(item.sentences), len(LABELS)), NEVER) for item in documents(readings)}
    with torch.inference_mode():
        for item, tagged in _tagged(readings, vocabulary):
            ids = torch.tensor([tagged.window.ids], dtype=torch.long)
            logits = tagger(ids, torch.ones_like(ids))[0].numpy()
            for sentence, (start, end) in zip(tagged.window.sentences, tagged.window.ranges, strict=True):
                rows = found[id(item)]
                rows[sentence] = np.maximum(rows[sentence], logits[min(start + 1, end - 1) : end].max(axis=0))
    return np.concatenate([found[id(item)] for item in documents(readings)])
