"""Changes to documents that should not change what they say, with the gold carried along.

A change is a list of edits; offsets of mentions are moved through them, so that spans stay exact.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.entities import Kind, Label, Span
from models.corpus import GoldDocument

TYPO_SHARE = 0.03
DISFLUENCY_SHARE = 0.06
_WORD = re.compile(r"[A-Za-z]{4,}")
_DISFLUENCIES = ("uh, ", "you know, ", "I mean, ", "like, ", "sort of ")
_EMOJI = (" 🙂", " 👍", " 😅", " 🚀")
_INTERJECTED = (
    "The lift is being painted this week.",
    "Somebody left a blue umbrella in the meeting room.",
    "The canteen has soup on Thursdays again.",
    "Parking is closed until noon.",
)
_INVENTED = ("Quorvex", "Trellistar", "Bramwick One", "Oskadia", "Fennelworks", "Zuvanto", "Palisode", "Norrbyte")


@dataclass(frozen=True, slots=True)
class Edit:
    """``text[start:end]`` becomes ``new``."""

    start: int
    end: int
    new: str


Perturbation = Callable[[GoldDocument, random.Random], list[Edit]]


def perturbed(gold: GoldDocument, change: Perturbation, chance: random.Random) -> GoldDocument:
    """The document after a change, with its mentions where their words now stand."""
    edits = sorted(change(gold, chance), key=lambda edit: (edit.start, edit.end))
    text, mentions = gold.document.text, gold.mentions
    moved = tuple(replace(mention, span=_move(mention.span, edits)) for mention in mentions)
    return replace(gold, document=replace(gold.document, text=_apply(text, edits)), mentions=moved)


def _apply(text: str, edits: Sequence[Edit]) -> str:
    parts, position = [], 0
    for edit in edits:
        parts += [text[position : edit.start], edit.new]
        position = edit.end
    return "".join([*parts, text[position:]])


def _move(span: Span, edits: Sequence[Edit]) -> Span:
    """What is put in at a mention's start stands before it, what is put in at its end behind it."""
    start = span.start + sum(len(e.new) - (e.end - e.start) for e in edits if e.end <= span.start)
    end = span.end + sum(
        len(e.new) - (e.end - e.start) for e in edits if e.end <= span.end and not (e.start == e.end == span.end)
    )
    return Span(start, end)


def typos(gold: GoldDocument, chance: random.Random) -> list[Edit]:
    """Two letters change places in some words."""
    edits = []
    for match in _WORD.finditer(gold.document.text):
        if chance.random() < TYPO_SHARE:
            at = match.start() + chance.randrange(1, len(match.group()) - 1)
            pair = gold.document.text[at : at + 2]
            edits.append(Edit(at, at + 2, pair[::-1]))
    return edits


def lower_case(gold: GoldDocument, chance: random.Random) -> list[Edit]:
    """No capitals."""
    return [Edit(m.start(), m.end(), m.group().lower()) for m in re.finditer(r"[A-Z]+", gold.document.text)]


def no_punctuation(gold: GoldDocument, chance: random.Random) -> list[Edit]:
    """Sentences without their marks, as speech recognition delivers them."""
    return [Edit(m.start(), m.end(), "") for m in re.finditer(r"(?<=\w)[.,;!?](?=\s)", gold.document.text)]


def disfluencies(gold: GoldDocument, chance: random.Random) -> list[Edit]:
    """Fillers between words."""
    spaces = re.finditer(r"(?<=[a-z]) (?=[a-z])", gold.document.text)
    return [Edit(m.end(), m.end(), chance.choice(_DISFLUENCIES)) for m in spaces if chance.random() < DISFLUENCY_SHARE]


def emoji(gold: GoldDocument, chance: random.Random) -> list[Edit]:
    """A picture after every other sentence."""
    ends = re.finditer(r"(?<=[a-z][.!?])(?=\s)", gold.document.text)
    return [Edit(m.end(), m.end(), chance.choice(_EMOJI)) for m in ends if chance.random() < 0.5]


def no_articles(gold: GoldDocument, chance: random.Random) -> list[Edit]:
    """English by people whose language has no articles."""
    found = re.finditer(r"\b(?:the|a|an) (?=[a-z])", gold.document.text)
    return [Edit(m.start(), m.end(), "") for m in found if not any(m.start() == x.span.start for x in gold.mentions)]


def interjections(gold: GoldDocument, chance: random.Random) -> list[Edit]:
    """Irrelevant neighbours: every third paragraph is followed by something else."""
    breaks = [m.start() for m in re.finditer(r"(?<=[.!?])\n(?=\s*\w)", gold.document.text)]
    inside = [mention.span for mention in gold.mentions]
    free = [at for at in breaks if not any(span.start < at < span.end for span in inside)]
    return [Edit(at, at, f" {chance.choice(_INTERJECTED)}") for at in free[::3]]


def invented_rivals(gold: GoldDocument, chance: random.Random) -> list[Edit]:
    """Rivals get names that stand in no list."""
    named = {
        name
        for mention in gold.mentions
        for name in mention.attributes.get(Label.COMPETITIVE_MENTION, {}).get("competitors", ())
        if name != "in-house"
    }
    edits: list[Edit] = []
    for name, new in zip(sorted(named, key=len, reverse=True), chance.sample(_INVENTED, len(_INVENTED)), strict=False):
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", gold.document.text, re.IGNORECASE):
            if not any(edit.start < match.end() and match.start() < edit.end for edit in edits):
                edits.append(Edit(match.start(), match.end(), new))
    return edits


def quoted_copy(gold: GoldDocument, chance: random.Random) -> list[Edit]:
    """The whole mail once more below, as quoted history: nothing new is said."""
    if gold.document.kind is not Kind.EMAIL:
        return []
    text = gold.document.text
    quoted = "\n".join(f"> {line}" for line in text.splitlines())
    return [
        Edit(len(text), len(text), f"\n\nOn Mon, 5 Jan 2026 at 09:12, Jane Roe <jane@roe.example> wrote:\n{quoted}\n")
    ]


PERTURBATIONS: dict[str, Perturbation] = {
    "typos": typos,
    "lower case": lower_case,
    "no punctuation": no_punctuation,
    "disfluencies": disfluencies,
    "emoji": emoji,
    "no articles": no_articles,
    "irrelevant neighbours": interjections,
    "invented names of rivals": invented_rivals,
    "quoted copy": quoted_copy,
}
