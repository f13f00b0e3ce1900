"""Real public text for training, read where it lies and never copied: what is no signal, in other people's words.

``python -m models.training.run --real FOLDER``; the folders and their licences are listed in the model card. Only parts
that no false-alarm measurement uses are taken (``train`` and ``val`` splits, every second of the minutes).
"""

from __future__ import annotations

import csv
import itertools
import json
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from core.entities import Document, Kind, Participant, Side
from models.corpus import GoldDocument

DAY = datetime(2026, 1, 15, tzinfo=UTC)
TURNS_A_DOCUMENT = 12
CHARACTERS_A_NOTE = 1_500
CUSTOMER = Participant("Customer", side=Side.ACCOUNT)


def negatives(folder: Path, count: int, seed: int = 13) -> list[GoldDocument]:
    """``count`` documents without a mention, in equal shares of every set that is there."""
    readers = (_mails, _chats, _questions, _meetings, _minutes)
    sets = [list(texts_of(folder)) for texts_of in readers]
    chance = random.Random(seed)
    chosen = []
    for number, texts in enumerate(sets):
        for index, (kind, text) in enumerate(chance.sample(texts, min(len(texts), count // len(sets)))):
            author = None if kind in (Kind.MEETING_NOTE, Kind.CALL_TRANSCRIPT) else CUSTOMER
            document = Document(f"real-{number}-{index}", f"real-{number}", kind, DAY, text, author=author)
            chosen.append(GoldDocument(document, (), "real"))
    return chosen


def _mails(folder: Path) -> Iterator[tuple[Kind, str]]:
    """Parakweet: sentences of business mails, by threes."""
    rows = _csv(folder / "neg_parakweet_email_intent" / "sentences.csv")
    said = [row["sentence"] for row in rows if row["split"] == "train"]
    for start in range(0, len(said) - 3, 3):
        yield Kind.EMAIL, "\n\n".join(said[start : start + 3])


def _chats(folder: Path) -> Iterator[tuple[Kind, str]]:
    """MultiDoGO: the customer's turns of a support chat."""
    turns: dict[str, list[str]] = {}
    for name in ("software.csv", "finance.csv", "insurance.csv", "media.csv"):
        for row in _csv(folder / "neg_multidogo_support" / name):
            if row["split"] == "train":
                turns.setdefault(row["conversationId"], []).append(row["utterance"])
    for said in turns.values():
        yield Kind.SUPPORT_TICKET, "\n".join(said)


def _questions(folder: Path) -> Iterator[tuple[Kind, str]]:
    """Banking77: short questions."""
    for row in _csv(folder / "neg_banking77" / "train.csv"):
        yield Kind.SUPPORT_TICKET, row["text"]


def _meetings(folder: Path) -> Iterator[tuple[Kind, str]]:
    """QMSum: spoken turns of design, research and committee meetings."""
    for path in sorted((folder / "neg_qmsum_meetings").glob("*_val.jsonl")):
        with path.open(encoding="utf-8") as lines:
            meetings = [json.loads(line)["turns"] for line in lines]
        for meeting in meetings:
            turns = [f"{turn['s']}: {turn['t']}" for turn in meeting if turn["t"].strip()]
            for start in range(0, len(turns), TURNS_A_DOCUMENT):
                yield Kind.CALL_TRANSCRIPT, "\n".join(turns[start : start + TURNS_A_DOCUMENT])


def _minutes(folder: Path) -> Iterator[tuple[Kind, str]]:
    """OpenJS: every second of the council's minutes, in parts."""
    with (folder / "neg_openjs_cpc_minutes" / "minutes.jsonl").open(encoding="utf-8") as lines:
        for line in itertools.islice(lines, 0, None, 2):
            yield from ((Kind.MEETING_NOTE, part) for part in _parts(json.loads(line)["text"].split("\n\n")))


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
