"""Word pieces, and the marker tokens that tell the encoder what plain words can't.

The markers are entries that BERT's vocabulary reserves; fine-tuning gives them their meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tokenizers import Tokenizer

from core.entities import Kind, Side

_SIDE = {Side.ACCOUNT: "[unused1]", Side.VENDOR: "[unused2]", Side.UNKNOWN: "[unused3]"}
_KIND = {
    Kind.MEETING_NOTE: "[unused10]",
    Kind.SUPPORT_TICKET: "[unused11]",
    Kind.EMAIL: "[unused12]",
    Kind.CALL_TRANSCRIPT: "[unused13]",
}
_NEW_BLOCK = "[unused4]"
_KNOWN_PRODUCT = "[unused5]"
_KNOWN_RIVAL = "[unused6]"
_KNOWN_SUITE = "[unused7]"
_OWN_NAME = "[unused8]"


@dataclass(frozen=True)
class Vocabulary:
    """A tokenizer with the ids of the marker tokens."""

    tokenizer: Tokenizer

    @classmethod
    def from_file(cls, path: Path) -> Vocabulary:
        """Read a ``tokenizer.json``; truncation and padding that it may ask for are switched off."""
        tokenizer = Tokenizer.from_file(str(path))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return cls(tokenizer)

    def id_of(self, token: str) -> int:
        """The id of a token that must be there.

        Raises:
            KeyError: if the vocabulary lacks it.
        """
        found = self.tokenizer.token_to_id(token)
        if found is None:
            raise KeyError(f"the vocabulary has no token {token}")
        return int(found)

    def _first_of(self, *tokens: str) -> int:
        return self.id_of(
            next((token for token in tokens if self.tokenizer.token_to_id(token) is not None), tokens[-1])
        )

    @cached_property
    def start(self) -> int:
        """``[CLS]``, or ``<s>`` where an encoder was trained with that: first of every window."""
        return self._first_of("<s>", "[CLS]")

    @cached_property
    def separator(self) -> int:
        """``[SEP]`` or ``</s>``, after the header and at the end."""
        return self._first_of("</s>", "[SEP]")

    @cached_property
    def mask(self) -> int:
        """``[MASK]`` or ``<mask>``, in place of a word that is hidden while training."""
        return self._first_of("<mask>", "[MASK]")

    @cached_property
    def first_word(self) -> int:
        """Tokens that stand for characters begin here; below lie special and reserved ones."""
        return self.id_of("!")

    @cached_property
    def new_block(self) -> int:
        """Stands where another paragraph, utterance or comment begins."""
        return self.id_of(_NEW_BLOCK)

    @cached_property
    def sides(self) -> dict[Side, int]:
        """Before each sentence: whose words they are."""
        return {side: self.id_of(token) for side, token in _SIDE.items()}

    @cached_property
    def kinds(self) -> dict[Kind, int]:
        """In the header: what sort of document it is."""
        return {kind: self.id_of(token) for kind, token in _KIND.items()}

    @cached_property
    def names(self) -> dict[str, int]:
        """Before a name that a gazetteer knows: ``product``, ``rival``, ``suite`` or ``own``."""
        return {
            "product": self.id_of(_KNOWN_PRODUCT),
            "rival": self.id_of(_KNOWN_RIVAL),
            "suite": self.id_of(_KNOWN_SUITE),
            "own": self.id_of(_OWN_NAME),
        }

    @cached_property
    def markers(self) -> frozenset[int]:
        """All marker ids: tokens that stand for no characters."""
        return frozenset({self.new_block, *self.sides.values(), *self.kinds.values(), *self.names.values()})
