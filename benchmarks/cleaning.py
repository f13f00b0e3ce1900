"""Cleaning of mail and tickets on the written gold, beside quotequail and mail-parser-reply.

Both alternatives take a plain-text mail and return the reply; neither knows signatures of every sort, tickets or
offsets, so what they return is looked up in the text line by line.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import quotequail
from mailparser_reply import EmailReplyParser
from rich.console import Console
from rich.table import Table

from core.entities import Document
from models.evaluation.cleaning_gold import figures, load_gold
from nlp.reading.language import language_of
from nlp.reading.reader import read
from nlp.reading.sides import OwnSide

LANGUAGES = ["en", "de", "fr", "es", "pt"]


def ours(document: Document) -> list[bool]:
    """Per character, whether it is read."""
    kept = [False] * len(document.text)
    for sentence in read(document, OwnSide()).sentences:
        kept[sentence.span.start : sentence.span.end] = [True] * len(sentence.span)
    return kept


def with_quotequail(document: Document) -> list[bool]:
    """The top part that quotequail finds."""
    unwrapped = quotequail.unwrap(document.text)
    if not unwrapped:
        return [True] * len(document.text)
    return _lines_kept(document.text, unwrapped.get("text_top") or "")


def with_mail_parser_reply(document: Document) -> list[bool]:
    """The latest reply that mail-parser-reply finds, without signature and disclaimer."""
    message = EmailReplyParser(languages=LANGUAGES).read(text=document.text)
    return _lines_kept(document.text, message.latest_reply or "")


def _lines_kept(text: str, reply: str) -> list[bool]:
    wanted = [line.strip() for line in reply.splitlines() if line.strip()]
    kept: list[bool] = []
    at = 0
    for line in text.splitlines(keepends=True):
        is_kept = at < len(wanted) and line.strip() == wanted[at]
        at += is_kept
        kept += [is_kept] * len(line)
    return kept


def main() -> None:
    """Print the comparison."""
    gold = load_gold()
    contenders: dict[str, Callable[[Document], Iterable[bool]]] = {
        "foreshock": ours,
        "quotequail": with_quotequail,
        "mail-parser-reply": with_mail_parser_reply,
    }
    ours(gold[0].document)
    language_of("Ein deutscher Satz, der das Sprachmodell lädt.")
    columns = ("cleaner", "split", "messages", "history, signatures, disclaimers skipped", "own words kept", "ms each")
    table = Table(*columns)
    for name, cleaner in contenders.items():
        for split in ("dev", "test"):
            messages = [message for message in gold if message.split == split]
            begun = time.perf_counter()
            result = figures(messages, cleaner)
            spent = (time.perf_counter() - begun) / len(messages)
            table.add_row(name, split, str(len(messages)), f"{result.skipped:.1%}", f"{result.kept:.1%}",
                          f"{spent * 1000:.2f}")  # fmt: skip
    Console().print(table)


if __name__ == "__main__":
    main()
