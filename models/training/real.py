"""Real public text for training, read where it lies and never copied.

``python -m models.training.run --real FOLDER``; the folders and their licences are listed in the model card.

- ``negatives``: ordinary talk that holds next to none of the signals. Only parts that no false-alarm measurement uses
  are taken (``train`` and ``val`` splits, every second of the minutes).
- ``unlabelled``: more of the same, for a teacher to read.
- ``annotated``: survey answers, comments and chats whose mentions were marked by hand. ``models/data/real_gold.jsonl``
  keeps places, not words: set, row, digest of the text, offsets.
"""

from __future__ import annotations

import csv
import hashlib
import itertools
import json
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from core.entities import Document, Kind, Participant, Side
from models.corpus import GoldDocument, gold_mention

DAY = datetime(2026, 1, 15, tzinfo=UTC)
TURNS_A_DOCUMENT = 12
CHARACTERS_A_NOTE = 1_500
TITLE_CHARACTERS = 90
CHARACTERS_AT_LEAST = 45
DIGEST_LENGTH = 16
REAL_GOLD = Path(__file__).parent.parent / "data" / "real_gold.jsonl"
CUSTOMER = Participant("Customer", side=Side.ACCOUNT)
_SPOKEN = (Kind.MEETING_NOTE, Kind.CALL_TRANSCRIPT)


class Part(Enum):
    """What a set is used for; no text serves both."""

    TRAINING = "training"
    MEASURING = "measuring"

    @property
    def splits(self) -> tuple[str, ...]:
        """The names of its split in sets that come split."""
        return ("train",) if self is Part.TRAINING else ("test", "dev", "validation")


def negatives(folder: Path, characters: int, seed: int = 13) -> list[GoldDocument]:
    """Documents without a mention, about ``characters`` of every set that is there, in mixed order."""
    found = []
    for documents in _drawn(folder, Part.TRAINING, seed).values():
        size = 0
        for document in documents:
            found.append(GoldDocument(document, (), "real"))
            size += len(document.text)
            if size >= characters:
                break
    random.Random(seed).shuffle(found)
    return found


def held_out(folder: Path, count: int, seed: int = 13) -> dict[str, list[Document]]:
    """At most ``count`` documents of the parts of each set that training never sees, by the set's name."""
    return {name: documents[:count] for name, documents in _drawn(folder, Part.MEASURING, seed).items()}


def _drawn(folder: Path, part: Part, seed: int) -> dict[str, list[Document]]:
    """All documents of one part of each set, in random order."""
    chance = random.Random(seed)
    drawn = {}
    for name, texts_of in _READERS.items():
        texts = list(texts_of(folder, part))
        drawn[name] = [
            Document(f"{name}-{index}", name, kind, DAY, text, author=None if kind in _SPOKEN else CUSTOMER)
            for index, (kind, text) in enumerate(chance.sample(texts, len(texts)))
        ]
    return drawn


def annotated(folder: Path, gold: Path = REAL_GOLD) -> list[GoldDocument]:
    """The documents of ``real_gold.jsonl``, as far as their sets lie in ``folder``.

    Raises:
        ValueError: if a row holds another text than the one that was annotated.
    """
    rows: dict[str, list[dict[str, Any]]] = {}
    documents = []
    with gold.open(encoding="utf-8") as lines:
        for entry in map(json.loads, lines):
            name, row = entry["set"], entry["row"]
            if name not in rows:
                rows[name] = _json_lines(folder / _ANNOTATED[name])
            kind, title, text = _TEXT_OF[name](rows[name][row])
            if hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH] != entry["digest"]:
                raise ValueError(f"{_ANNOTATED[name]}, row {row}: not the text that was annotated")
            identity = f"{name}-{row}"
            document = Document(identity, identity, kind, DAY, text, title=title, author=CUSTOMER)
            mentions = tuple(gold_mention(document, item) for item in entry["mentions"])
            documents.append(GoldDocument(document, mentions, "real"))
    return documents


def unlabelled(folder: Path, count: int, gold: Path = REAL_GOLD, seed: int = 13) -> list[GoldDocument]:
    """At most ``count`` survey answers and comments that nobody annotated, for a teacher to read."""
    with gold.open(encoding="utf-8") as lines:
        taken = {(entry["set"], entry["row"]) for entry in map(json.loads, lines)}
    found = []
    for name in _SURVEYS:
        for row, content in enumerate(_json_lines(folder / _ANNOTATED[name])):
            kind, title, text = _TEXT_OF[name](content)
            if (name, row) not in taken and len(text) >= CHARACTERS_AT_LEAST:
                identity = f"{name}-{row}"
                found.append(Document(identity, identity, kind, DAY, text, title=title, author=CUSTOMER))
    chosen = random.Random(seed).sample(found, min(len(found), count))
    return [GoldDocument(document, (), "real", annotated=False) for document in chosen]


def _answer(row: dict[str, Any]) -> tuple[Kind, str, str]:
    """Jupyter: an answer in a survey; its question is not told."""
    return Kind.EMAIL, "", row["text"]


def _comment(row: dict[str, Any]) -> tuple[Kind, str, str]:
    """CNCF: a comment with the question that it answers."""
    return Kind.EMAIL, row["question"][:TITLE_CHARACTERS], row["text"]


def _dialogue(row: dict[str, Any]) -> tuple[Kind, str, str]:
    """FRMiner: a chat among users."""
    return Kind.CALL_TRANSCRIPT, "", "\n".join(f"{turn['user']}: {turn['text']}" for turn in row["turns"])


_ANNOTATED = {
    "jupyter": "s34_jupyter_surveys/ux2015_freetext.jsonl",
    "cncf": "s4_cncf_surveys/comments.jsonl",
    "frminer": "s4_frminer_chat/dialogs.jsonl",
}
_SURVEYS = ("jupyter", "cncf")
_TEXT_OF = {"jupyter": _answer, "cncf": _comment, "frminer": _dialogue}


def _json_lines(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _mails(folder: Path, part: Part) -> Iterator[tuple[Kind, str]]:
    """Parakweet: sentences of business mails, by threes."""
    rows = _csv(folder / "neg_parakweet_email_intent" / "sentences.csv")
    said = [row["sentence"] for row in rows if row["split"] in part.splits]
    for start in range(0, len(said) - 3, 3):
        yield Kind.EMAIL, "\n\n".join(said[start : start + 3])


def _chats(folder: Path, part: Part) -> Iterator[tuple[Kind, str]]:
    """MultiDoGO: the customer's turns of a support chat."""
    turns: dict[str, list[str]] = {}
    for name in ("software.csv", "finance.csv", "insurance.csv", "media.csv"):
        for row in _csv(folder / "neg_multidogo_support" / name):
            if row["split"] in part.splits:
                turns.setdefault(row["conversationId"], []).append(row["utterance"])
    for said in turns.values():
        yield Kind.SUPPORT_TICKET, "\n".join(said)


def _questions(folder: Path, part: Part) -> Iterator[tuple[Kind, str]]:
    """Banking77: short questions."""
    for row in _csv(folder / "neg_banking77" / ("train.csv" if part is Part.TRAINING else "test.csv")):
        yield Kind.SUPPORT_TICKET, row["text"]


def _meetings(folder: Path, part: Part) -> Iterator[tuple[Kind, str]]:
    """QMSum: spoken turns of design, research and committee meetings."""
    for path in sorted(
        (folder / "neg_qmsum_meetings").glob("*_val.jsonl" if part is Part.TRAINING else "*_test.jsonl")
    ):
        with path.open(encoding="utf-8") as lines:
            meetings = [json.loads(line)["turns"] for line in lines]
        for meeting in meetings:
            turns = [f"{turn['s']}: {turn['t']}" for turn in meeting if turn["t"].strip()]
            for start in range(0, len(turns), TURNS_A_DOCUMENT):
                yield Kind.CALL_TRANSCRIPT, "\n".join(turns[start : start + TURNS_A_DOCUMENT])


def _minutes(folder: Path, part: Part) -> Iterator[tuple[Kind, str]]:
    """OpenJS: every second of the council's minutes, in parts."""
    with (folder / "neg_openjs_cpc_minutes" / "minutes.jsonl").open(encoding="utf-8") as lines:
        for line in itertools.islice(lines, 0 if part is Part.TRAINING else 1, None, 2):
            yield from ((Kind.MEETING_NOTE, part) for part in _parts(json.loads(line)["text"].split("\n\n")))


_READERS = {
    "Parakweet": _mails, "MultiDoGO": _chats, "Banking77": _questions, "QMSum": _meetings, "OpenJS": _minutes
}  # fmt: skip


def _parts(paragraphs: Iterable[str]) -> Iterator[str]:
    part = ""
    for paragraph in paragraphs:
        part = f"{part}\n\n{paragraph}".strip()
        if len(part) >= CHARACTERS_A_NOTE:
            yield part[: 2 * CHARACTERS_A_NOTE]
            part = ""
    if part:
        yield part


def _csv(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)
