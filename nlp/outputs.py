"""The decisions that the heads make for a sentence, and where each stands among the outputs.

Training and serving share this table; an artefact lists the names so that neither can drift from the other.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.entities import Label


@dataclass(frozen=True, slots=True)
class Choice:
    """An attribute with exclusive values, decided by softmax."""

    label: Label
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flag:
    """An attribute that holds or does not, decided by sigmoid."""

    label: Label
    key: str


LABELS = tuple(Label)

CHOICES = (
    Choice(
        Label.COMPETITIVE_MENTION,
        "stance",
        ("evaluating", "comparing", "switching_to", "using_alongside", "switched_from", "prefers_us", "mentioned"),
    ),
    Choice(Label.VENDOR_CONSOLIDATION, "direction", ("away_from_us", "toward_us", "undecided")),
    Choice(
        Label.VENDOR_CONSOLIDATION,
        "driver",
        ("finance", "procurement", "it_security", "merger_or_parent", "executive", "unknown"),
    ),
    Choice(
        Label.WORKAROUND,
        "means",
        ("spreadsheet", "script_or_api", "other_tool", "manual_work", "misused_feature", "vendor_assisted"),
    ),
    Choice(Label.WORKAROUND, "status", ("in_use", "proposed", "retired")),
    Choice(Label.UNBUILT_FEATURE_REQUEST, "criticality", ("blocker", "high", "medium", "low")),
    Choice(Label.UNBUILT_FEATURE_REQUEST, "status", ("open", "planned", "shipped", "declined")),
)

FLAGS = (
    Flag(Label.COMPETITIVE_MENTION, "in_house"),
    Flag(Label.UNBUILT_FEATURE_REQUEST, "repeated"),
    Flag(Label.UNBUILT_FEATURE_REQUEST, "gave_up"),
)


def _names() -> tuple[str, ...]:
    names = [label.value for label in LABELS]
    names += [f"{label}:joins" for label in LABELS]
    for choice in CHOICES:
        names += [f"{choice.label}.{choice.key}={value}" for value in choice.values]
    names += [f"{flag.label}.{flag.key}" for flag in FLAGS]
    return tuple(names)


OUTPUTS = _names()
"""One name per output. ``<label>:joins`` says that the sentence goes on with the mention of the sentence before."""

FIRST_ATTRIBUTE = 2 * len(LABELS)
"""Outputs before this one are labels and joins."""

TAGS = ("rival", "platform")
"""What a token may belong to: the name of a rival, of a suite that work moves into."""

INDEX = {name: index for index, name in enumerate(OUTPUTS)}


def choice_range(choice: Choice) -> slice:
    """Where the values of a choice stand among the outputs."""
    start = INDEX[f"{choice.label}.{choice.key}={choice.values[0]}"]
    return slice(start, start + len(choice.values))
