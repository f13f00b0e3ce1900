"""What the encoder is given: the product's windows, or less, or more, of what stands around a sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.training.examples import Example, Prepared, examples_of
from nlp.gazetteer import Gazetteer
from nlp.tokens import Vocabulary
from nlp.windows import NOWHERE, Window

Shape = Callable[[Prepared, Vocabulary, Gazetteer], list[Example]]
MEMORY_TOKENS = 32


def windows(item: Prepared, vocabulary: Vocabulary, names: Gazetteer) -> list[Example]:
    """As the product reads: many sentences at once, each pooled out of the window."""
    return examples_of(item, vocabulary, names)


@dataclass(frozen=True, slots=True)
class Around:
    """Each sentence encoded for itself, with so many neighbours on each side of it, as far as its window has them."""

    neighbours: int

    def __call__(self, item: Prepared, vocabulary: Vocabulary, names: Gazetteer) -> list[Example]:
        """One example a sentence."""
        found = []
        for example in examples_of(item, vocabulary, names):
            header = example.window.ids.index(vocabulary.separator) + 1
            for at in range(len(example.window.ranges)):
                left = max(0, at - self.neighbours)
                right = min(len(example.window.ranges), at + self.neighbours + 1)
                found.append(_cut(example, header, at, (left, right)))
        return found


def _cut(example: Example, header: int, at: int, reach: tuple[int, int]) -> Example:
    """One sentence of a window, with the header and the sentences in ``reach``."""
    window = example.window
    start, end = window.ranges[reach[0]][0], window.ranges[reach[1] - 1][1]
    shift = header - start
    begin, stop = window.ranges[at]
    ids = (*window.ids[:header], *window.ids[start:end], window.ids[-1])
    places = (*window.places[:header], *window.places[start:end], NOWHERE)
    tags = np.concatenate([example.tags[:header], example.tags[start:end], example.tags[-1:]])
    one = Window(ids, places, (window.sentences[at],), ((begin + shift, stop + shift),))
    return Example(one, example.targets[at : at + 1], tags, example.taught[at : at + 1])


def words_only(item: Prepared, vocabulary: Vocabulary, names: Gazetteer) -> list[Example]:
    """Windows without kind, title, sides and marks: every special token between the first and the last is hidden."""
    found = []
    for example in examples_of(item, vocabulary, Gazetteer([])):
        window = example.window
        header = window.ids.index(vocabulary.separator)
        hidden = [
            vocabulary.mask
            if 0 < at < len(window.ids) - 1 and (at <= header or window.places[at] == NOWHERE)
            else token
            for at, token in enumerate(window.ids)
        ]
        found.append(replace(example, window=replace(window, ids=tuple(hidden))))
    return found


@dataclass(frozen=True, slots=True)
class Remembering:
    """Windows that begin with what the account's earlier documents named: rivals, suites, wishes.

    ``memory`` is by document id. It comes from the gold, so what it brings is the most that it could.
    """

    memory: dict[str, tuple[str, ...]]

    def __call__(self, item: Prepared, vocabulary: Vocabulary, names: Gazetteer) -> list[Example]:
        """The windows of a document, each with the same memory after its title."""
        named = ", ".join(self.memory.get(item.gold.document.id, ()))
        ids = tuple(vocabulary.tokenizer.encode(named, add_special_tokens=False).ids[-MEMORY_TOKENS:])
        extra = (*ids, vocabulary.separator)
        return [_with_memory(example, extra, vocabulary) for example in examples_of(item, vocabulary, names)]


def _with_memory(example: Example, extra: tuple[int, ...], vocabulary: Vocabulary) -> Example:
    window, more = example.window, len(extra)
    header = window.ids.index(vocabulary.separator) + 1
    longer = Window(
        (*window.ids[:header], *extra, *window.ids[header:]),
        (*window.places[:header], *(NOWHERE,) * more, *window.places[header:]),
        window.sentences,
        tuple((start + more, end + more) for start, end in window.ranges),
    )
    unknown = np.full((more, example.tags.shape[1]), np.nan, dtype=np.float32)
    tags = np.concatenate([example.tags[:header], unknown, example.tags[header:]])
    return replace(example, window=longer, tags=tags)


def memory_of(
    items: Sequence[Prepared], keys: Sequence[str] = ("competitors", "platform", "capability")
) -> dict[str, tuple[str, ...]]:
    """What each document's account had named before it, the latest last, by document id."""
    known: dict[str, list[str]] = {}
    found = {}
    for item in sorted(items, key=lambda item: (item.gold.document.occurred_at, item.gold.document.id)):
        document = item.gold.document
        said = known.setdefault(document.account_id, [])
        found[document.id] = tuple(said)
        for mention in item.gold.mentions:
            for attributes in mention.attributes.values():
                for key in keys:
                    value = attributes.get(key) or ()
                    said += [value] if isinstance(value, str) else [str(name) for name in value]
    return found
