"""Invented messages with gold for cleaning: which characters are the author's own, and which are history and the like.

The form of the files is described in ``models/data/cleaning_gold/README.md``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.entities import Document, Kind, Participant, Side, SkipReason

GOLD_DIR = Path(__file__).parents[1] / "data" / "cleaning_gold" / "written"
OWN = "own"
CODES = {
    "Q": SkipReason.QUOTED_HISTORY,
    "F": SkipReason.FORWARDED,
    "S": SkipReason.SIGNATURE,
    "D": SkipReason.DISCLAIMER,
    "A": SkipReason.AUTO_REPLY,
    "M": SkipReason.MACRO,
    "H": SkipReason.HEADER,
    "X": SkipReason.MARKUP,
    "G": SkipReason.LANGUAGE,
}
MEASURED = frozenset("QFSD")
_TOKEN = re.compile(r"⟦([A-Z])\||⟧")
_ESCAPES = {"sp": " ", "nbsp": "\u00a0", "nnbsp": "\u202f", "zwsp": "\u200b", "rlm": "\u200f", "tab": "\t"}
_AUTHOR = re.compile(r"(?P<name>.*?)\s*<(?P<email>[^>]*)>\s*(?P<side>\w+)?$")


@dataclass(frozen=True, slots=True)
class GoldMessage:
    """A message and, per character of its text, the code of the stretch it is in (``own`` outside of all)."""

    document: Document
    client: str
    split: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CleaningFigures:
    """Shares of characters that are no white space: gold stretches skipped, own characters kept; per code too."""

    skipped: float
    kept: float
    by_code: dict[str, float]


def load_gold(directory: Path = GOLD_DIR) -> list[GoldMessage]:
    """All messages of the gold set.

    Raises:
        ValueError: a file breaks its form; names the message.
    """
    return [message for path in sorted(directory.glob("*.txt")) for message in _messages(path.read_text("utf-8"))]


def figures(messages: Iterable[GoldMessage], kept: Callable[[Document], Iterable[bool]]) -> CleaningFigures:
    """Compare a cleaner with the gold.

    Args:
        messages: gold messages.
        kept: for a document, per character of its text, whether the cleaner keeps it.
    """
    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for message in messages:
        for character, code, is_kept in zip(message.document.text, message.codes, kept(message.document), strict=True):
            if not character.isspace():
                total[code] += 1
                right[code] += is_kept == (code == OWN)
    measured = sum(total[code] for code in MEASURED)
    return CleaningFigures(
        skipped=sum(right[code] for code in MEASURED) / max(1, measured),
        kept=right[OWN] / max(1, total[OWN]),
        by_code={code: right[code] / total[code] for code in sorted(total)},
    )


def _messages(content: str) -> Iterator[GoldMessage]:
    for block in re.split(r"^#### ", content, flags=re.MULTILINE)[1:]:
        head, _, body = block.partition("\n----\n")
        first, *fields = head.splitlines()
        name, client, _, split = first.split()
        values = dict(line.split(": ", 1) for line in fields if ": " in line)
        text, codes = _parted(body.rstrip("\n"), name)
        if values.get("crlf") == "yes":
            codes = [code for character, code in zip(text, codes, strict=True) for code in [code] * _width(character)]
            text = text.replace("\n", "\r\n")
        yield GoldMessage(_document(name, values, text), client, split, tuple(codes))


def _parted(body: str, name: str) -> tuple[str, list[str]]:
    body = re.sub(r"\{(\w+)\}", lambda match: _ESCAPES.get(match[1], match[0]), body)
    pieces: list[str] = []
    codes: list[str] = []
    code, at = OWN, 0
    for token in _TOKEN.finditer(body):
        pieces.append(body[at : token.start()])
        codes += [code] * (token.start() - at)
        if (token[1] is None) == (code == OWN):
            raise ValueError(f"cleaning gold {name}: stretches must be closed and may not nest")
        if token[1] is not None and token[1] not in CODES:
            raise ValueError(f"cleaning gold {name}: unknown code {token[1]}")
        code, at = token[1] or OWN, token.end()
    if code != OWN:
        raise ValueError(f"cleaning gold {name}: a stretch is not closed")
    return "".join(pieces) + body[at:], codes + [OWN] * (len(body) - at)


def _width(character: str) -> int:
    return 2 if character == "\n" else 1


def _document(name: str, values: dict[str, str], text: str) -> Document:
    match = _AUTHOR.match(values.get("author", ""))
    author = (
        Participant(name=match["name"], email=match["email"] or None, side=Side(match["side"] or "unknown"))
        if match
        else None
    )
    return Document(
        id=name,
        account_id="gold",
        kind=Kind(values.get("kind", "email")),
        occurred_at=datetime(2026, 3, 2, tzinfo=UTC),
        text=text,
        title=values.get("title"),
        author=author,
    )
