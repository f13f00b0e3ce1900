"""Labeling functions: each says yes, no or nothing of a passage, for one label.

Patterns run on RE2, whose time is linear in the text whatever the pattern is: a person's pattern can be wrong, but it
can't stop the service.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import re2

from models.linear import Numbers
from nlp.gazetteer import Entry, Gazetteer, Role

PATTERN_BYTES = 1 << 18
YES, NO, NOTHING = 1, 0, -1
"""Votes. Nothing: the function has no opinion."""

Encode = Callable[[Sequence[str]], Numbers]
"""Texts to unit vectors ``(texts, width)``."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What a function sees: the words, and facts such as ``kind`` or ``side``."""

    text: str
    facts: Mapping[str, str] = field(default_factory=dict)


class Finder(Protocol):
    """Says which of many passages it finds something in."""

    def found(self, passages: Sequence[Passage]) -> list[bool]:
        """One answer for each passage."""
        ...


@dataclass(frozen=True, slots=True)
class Phrases:
    """Any of these phrases, as whole words, whatever their case."""

    phrases: tuple[str, ...]

    def found(self, passages: Sequence[Passage]) -> list[bool]:
        """Whether one stands in the text; time does not depend on how many there are (Aho-Corasick)."""
        known = Gazetteer(Entry(phrase, phrase, "product") for phrase in self.phrases)
        return [bool(known.find(passage.text)) for passage in passages]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression in RE2's syntax, found anywhere in the text; case does not matter."""

    expression: str

    def found(self, passages: Sequence[Passage]) -> list[bool]:
        """Whether it matches."""
        compiled = compile_pattern(self.expression)
        return [compiled.search(passage.text) is not None for passage in passages]


@dataclass(frozen=True, slots=True)
class Names:
    """Any name that a gazetteer knows in one of these roles: the workspace's rivals, suites, products, our own."""

    roles: frozenset[Role]
    gazetteer: Gazetteer

    def found(self, passages: Sequence[Passage]) -> list[bool]:
        """Whether one stands in the text."""
        return [any(name.role in self.roles for name in self.gazetteer.find(one.text)) for one in passages]


@dataclass(frozen=True, slots=True)
class Similar:
    """At least so near in meaning to one of these examples (cosine)."""

    examples: tuple[str, ...]
    at_least: float
    encode: Encode

    def found(self, passages: Sequence[Passage]) -> list[bool]:
        """Whether the nearest example is near enough."""
        if not passages:
            return []
        examples, texts = self.encode(self.examples), self.encode([passage.text for passage in passages])
        nearest: list[float] = (texts @ examples.T).max(axis=1).tolist()
        return [cosine >= self.at_least for cosine in nearest]


@dataclass(frozen=True, slots=True)
class Anything:
    """Every passage: for functions that only look at facts."""

    def found(self, passages: Sequence[Passage]) -> list[bool]:
        """Always."""
        return [True] * len(passages)


@dataclass(frozen=True, slots=True)
class LabelingFunction:
    """Votes ``says`` for ``label`` where ``finder`` finds something and the facts are as ``where`` says."""

    name: str
    label: str
    says: bool
    finder: Finder
    where: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def votes(self, passages: Sequence[Passage]) -> list[int]:
        """One vote for each passage."""
        vote = YES if self.says else NO
        return [
            vote if found and self._fits(passage) else NOTHING
            for passage, found in zip(passages, self.finder.found(passages), strict=True)
        ]

    def _fits(self, passage: Passage) -> bool:
        return all(passage.facts.get(fact) in values for fact, values in self.where.items())


Votes = np.ndarray[tuple[int, int], np.dtype[np.int8]]
"""``(passages, functions)``: ``YES``, ``NO`` or ``NOTHING``."""


def vote(functions: Sequence[LabelingFunction], passages: Sequence[Passage]) -> Votes:
    """All votes of functions for one label."""
    columns = [function.votes(passages) for function in functions]
    return np.array(columns, dtype=np.int8).reshape(len(functions), len(passages)).T


def compile_pattern(expression: str) -> re2._Regexp:
    """A pattern, ready to search with.

    Raises:
        ValueError: saying what RE2 does not accept.
    """
    options = re2.Options()
    options.case_sensitive = False
    # Time is linear in the text, times the size of what a pattern compiles to: that is kept small as well.
    options.max_mem = PATTERN_BYTES
    options.log_errors = False
    try:
        return re2.compile(expression, options)
    except re2.error as error:
        message = error.args[0]
        raise ValueError(message.decode("utf-8", "replace") if isinstance(message, bytes) else str(message)) from None
