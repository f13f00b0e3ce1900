"""Perturbed documents keep their gold in place."""

from __future__ import annotations

import random

import pytest

from core.entities import Kind, Label, Span
from models.corpus import GoldDocument, GoldMention
from models.evaluation.perturb import PERTURBATIONS, perturbed
from tests.factories import make_document

TEXT = (
    "Hello Jane, thanks for the call.\nThe team is having a look at Deputy this month, and the board likes it. "
    "Every Friday somebody copies the hours into a sheet.\nSee you on the 4th.\nBest, Tom"
)


def gold(kind=Kind.EMAIL):
    start, end = TEXT.index("The team"), TEXT.index(" Every")
    mention = GoldMention(
        Span(start, end), (Label.COMPETITIVE_MENTION,), {Label.COMPETITIVE_MENTION: {"competitors": ["Deputy"]}}
    )
    second = TEXT.index("Every")
    other = GoldMention(Span(second, TEXT.index("\nSee")), (Label.WORKAROUND,), {})
    return GoldDocument(make_document(TEXT, kind=kind), (mention, other), "v")


def ends(words):
    """First and last word, whatever the order of their letters."""
    letters = [sorted(char for char in word.lower() if char.isalpha()) for word in words.split()]
    found = [word for word in letters if word]
    return found[0], found[-1]


@pytest.mark.parametrize("name", PERTURBATIONS)
@pytest.mark.parametrize("seed", range(10))
def test_mentions_stay_on_their_words(name, seed):
    before = gold()
    after = perturbed(before, PERTURBATIONS[name], random.Random(seed))
    for old, new in zip(before.mentions, after.mentions, strict=True):
        assert ends(new.span.of(after.document.text)) == ends(old.span.of(before.document.text))


def test_every_change_changes_something():
    same = {
        name
        for name, change in PERTURBATIONS.items()
        if perturbed(gold(), change, random.Random(1)).document.text == TEXT
    }
    assert same <= {"typos", "emoji"}


def test_rivals_lose_their_names_and_copies_are_for_mails():
    changed = perturbed(gold(), PERTURBATIONS["invented names of rivals"], random.Random(1))
    assert "Deputy" not in changed.document.text
    assert perturbed(gold(Kind.MEETING_NOTE), PERTURBATIONS["quoted copy"], random.Random(1)).document.text == TEXT
