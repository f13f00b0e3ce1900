"""A reader that errs as the shipped one was measured to: what it finds of what was said, and what it makes up.

found        each mention with the recall of its label; accounts differ around it
attributes   each drawn from what the reader said where that value was the truth (``habits.json``), held to the
             rate of the quality card
made up      false signals wherever there is talk, so many that precision over all accounts is the card's;
             accounts differ, attributes are those that false signals came with
confidence   calibrated: a signal of confidence c is right in c of all cases
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.simulate.habits import ABSENT, HABITS, KEYS, value_of
from benchmarks.simulate.story import Errors
from benchmarks.simulate.world import Life, Mention
from core.entities import Label, ReaderName, Seniority
from nlp.artefact import READERS
from pipelines.risk.facts import Person, SignalFact

_FLAGS = frozenset({"gave_up", "repeated"})
_SURE = 0.99


@dataclass(frozen=True, slots=True)
class Spread:
    """Values with their probabilities."""

    values: tuple[str, ...]
    sums: tuple[float, ...]

    @classmethod
    def of(cls, weights: Mapping[str, float]) -> Spread:
        """From weights that need not sum to one."""
        total, running, sums = sum(weights.values()), 0.0, []
        for weight in weights.values():
            running += weight / total
            sums.append(running)
        return cls(tuple(weights), tuple(sums))

    def draw(self, chance: np.random.Generator) -> str:
        """One of the values."""
        place = int(np.searchsorted(self.sums, chance.random()))
        return self.values[min(place, len(self.values) - 1)]


@dataclass(frozen=True, slots=True)
class Quality:
    """How a reader errs. ``said`` and ``made_up`` are keyed ``label.attribute``."""

    precision: Mapping[Label, float]
    recall: Mapping[Label, float]
    said: Mapping[str, Mapping[str, Spread]]
    made_up: Mapping[str, Spread]
    errors: Errors


def measured(errors: Errors, reader: ReaderName = ReaderName.ACCURATE) -> Quality:
    """The quality on the card of a shipped reader, with the habits that were measured beside it."""
    card = json.loads((READERS[reader] / "quality.json").read_text(encoding="utf-8"))
    habits = json.loads(HABITS.read_text(encoding="utf-8"))
    said = {
        place: {
            truth: Spread.of(_held(truth, counts, rows, card["attributes"].get(place), errors.habits_weight))
            for truth, counts in rows.items()
        }
        for place, rows in habits["said_for_gold"].items()
    }
    made_up = {
        place: Spread.of({value: count + 0.5 for value, count in counts.items()})
        for place, counts in habits["attributes_of_wrong_signals"].items()
    }
    labels = card["labels"]
    return Quality(
        precision={label: labels[label.value]["precision"] for label in Label},
        recall={label: labels[label.value]["recall"] for label in Label},
        said=said,
        made_up=made_up,
        errors=errors,
    )


def _held(
    truth: str,
    counts: Mapping[str, int],
    rows: Mapping[str, Mapping[str, int]],
    card: Sequence[int] | None,
    weight: float,
) -> dict[str, float]:
    """What is said for one truth: its counts, and ``weight`` more that are right as often as the card says."""
    if truth == ABSENT or card is None:
        return {value: float(count) for value, count in counts.items()}
    right = card[0] / card[1]
    others: dict[str, float] = {}
    for row in rows.values():
        for value, times in row.items():
            if value != truth:
                others[value] = others.get(value, 0.0) + times
    total = sum(others.values())
    weights = {truth: counts.get(truth, 0) + weight * right}
    for value, count in others.items():
        weights[value] = counts.get(value, 0) + (weight * (1 - right) * count / total if right < 1 else 0.0)
    return {value: share for value, share in weights.items() if share > 0}


def false_rates(lives: Sequence[Life], quality: Quality) -> dict[Label, float]:
    """False signals a sentence, so that over all these accounts precision is that of the card."""
    sentences = sum(document.sentences for life in lives for document in life.documents)
    said = dict.fromkeys(Label, 0.0)
    for life in lives:
        for mention in life.mentions:
            said[mention.label] += 1
    return {
        label: said[label]
        * quality.recall[label]
        * (1 - quality.precision[label])
        / quality.precision[label]
        / sentences
        for label in Label
    }


def read(life: Life, quality: Quality, false: Mapping[Label, float], seed: int) -> tuple[SignalFact, ...]:
    """What the reader finds in an account."""
    chance = np.random.default_rng([seed, int(life.account_id[1:]), 1])
    pseudo = quality.errors.account_recall
    signals = []
    recall = {
        label: float(chance.beta(pseudo * share, pseudo * (1 - share))) for label, share in quality.recall.items()
    }
    for number, mention in enumerate(life.mentions):
        if chance.random() < recall[mention.label]:
            attributes = {key: _say(quality, mention, key, chance) for key in KEYS[mention.label]}
            score = _confidence(quality, mention.label, True, chance)
            signals.append(_signal(life, mention.document, number, mention.label, attributes, mention.speaker, score))
    shape = quality.errors.account_false
    sentences = np.array([document.sentences for document in life.documents], dtype=np.float64)
    number = len(life.mentions)
    for label, rate in false.items():
        counts = chance.poisson(rate * float(chance.gamma(shape, 1 / shape)) * sentences)
        for at in np.repeat(np.arange(len(sentences)), counts):
            attributes = {key: quality.made_up[f"{label}.{key}"].draw(chance) for key in KEYS[label]}
            people = life.documents[at].people
            speaker = (
                people[int(chance.integers(len(people)))]
                if people and chance.random() < quality.errors.named_speaker
                else None
            )
            score = _confidence(quality, label, False, chance)
            signals.append(_signal(life, int(at), number, label, attributes, speaker, score))
            number += 1
    return tuple(sorted(signals, key=lambda signal: (signal.occurred_at, signal.start)))


def read_without_error(life: Life) -> tuple[SignalFact, ...]:
    """What was truly said."""
    return tuple(
        _signal(life, mention.document, number, mention.label,
                {key: value_of(mention.attributes, key) for key in KEYS[mention.label]}, mention.speaker, _SURE)
        for number, mention in enumerate(life.mentions)
    )  # fmt: skip


def _say(quality: Quality, mention: Mention, key: str, chance: np.random.Generator) -> str:
    truth = value_of(mention.attributes, key)
    spread = quality.said[f"{mention.label}.{key}"].get(truth)
    return spread.draw(chance) if spread else truth


def _confidence(quality: Quality, label: Label, right: bool, chance: np.random.Generator) -> float:
    """From Beta(a, b) with mean precision, weighted by c for right signals and 1 - c for wrong ones: so c is true."""
    precision, certainty = quality.precision[label], quality.errors.certainty
    first, second = certainty * precision + right, certainty * (1 - precision) + (not right)
    return round(float(chance.beta(first, second)), 4)


def _signal(
    life: Life, at: int, number: int, label: Label, said: Mapping[str, str], speaker: Person | None, score: float
) -> SignalFact:
    document = life.documents[at]
    attributes: dict[str, Any] = {
        key: True if key in _FLAGS else value for key, value in said.items() if value != ABSENT
    }
    return SignalFact(
        label, document.document_id, document.occurred_at, number * 100, number * 100 + 80,
        f"statement number {number} of {life.account_id}", score, attributes,
        speaker.name if speaker else None, speaker.seniority if speaker else Seniority.UNKNOWN,
    )  # fmt: skip
