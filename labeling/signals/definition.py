"""What a person writes to make a signal: a name, what it means, sentences that carry it and some that only look so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.custom_labels import slug_of
from core.errors import InputError
from labeling.custom import EXAMPLES_MIN
from labeling.signals.sample import same_words

NAME_MAX = 60
DESCRIPTION_MIN, DESCRIPTION_MAX = 10, 1_000
EXAMPLES_MAX = 200
EXAMPLE_MAX = 1_000
SIGNALS_MAX = 20
COLOURS = 6


@dataclass(frozen=True, slots=True)
class Definition:
    """A signal as it was written down; counterexamples look like it and do not carry it."""

    name: str
    description: str
    examples: tuple[str, ...]
    counterexamples: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        """Its part of an address."""
        return slug_of(self.name)

    def checked(self) -> Definition:
        """The same without white space around and without repetitions.

        Raises:
            InputError: naming the field that can't be.
        """
        name, description = self.name.strip(), self.description.strip()
        if not 0 < len(name) <= NAME_MAX or not name.isprintable():
            raise InputError(f"a name has 1 to {NAME_MAX} printable characters", where="name")
        if not slug_of(name):
            raise InputError("must hold letters or digits of the Latin alphabet", where="name", remedy="say Price talk")
        if not DESCRIPTION_MIN <= len(description) <= DESCRIPTION_MAX or "\x00" in description:
            said = f"say in {DESCRIPTION_MIN} to {DESCRIPTION_MAX} characters what a sentence with the signal says"
            raise InputError(said, where="description")
        examples = checked_examples(self.examples, "examples")
        if len(examples) < EXAMPLES_MIN:
            remedy = f"give {EXAMPLES_MIN} sentences, as different from each other as the signal is"
            said = f"{len(examples)} different examples, at least {EXAMPLES_MIN} are needed"
            raise InputError(said, where="examples", remedy=remedy)
        counterexamples = checked_examples(self.counterexamples, "counterexamples")
        both = {same_words(text) for text in examples} & {same_words(text) for text in counterexamples}
        if both:
            raise InputError("a sentence can't be an example and a counterexample", where="counterexamples")
        return Definition(name, description, examples, counterexamples)


def checked_examples(texts: Sequence[str], where: str) -> tuple[str, ...]:
    """Sentences without white space around, each once.

    Raises:
        InputError: naming the first that can't be one.
    """
    if len(texts) > EXAMPLES_MAX:
        remedy = "begin with some; label sentences of your documents then"
        raise InputError(f"{len(texts):,} sentences, at most {EXAMPLES_MAX}", where=where, remedy=remedy)
    found: dict[str, str] = {}
    for at, given in enumerate(texts):
        text = given.strip()
        if not text:
            continue
        if len(text) > EXAMPLE_MAX or "\x00" in text:
            raise InputError(f"a sentence has up to {EXAMPLE_MAX} characters", where=f"{where}[{at}]")
        found.setdefault(same_words(text), text)
    return tuple(found.values())
