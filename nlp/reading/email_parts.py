"""A message: top header, automatic replies, quoted history, signature and small print."""

from __future__ import annotations

from collections.abc import Sequence

from core.entities import Document, SkipReason
from nlp.reading import phrases
from nlp.reading.history import mark_history, mark_top_header
from nlp.reading.lines import Line, live, runs_of
from nlp.reading.signatures import mark_endings

_AUTO_HEADERS = ("auto-submitted", "x-autoreply", "x-autorespond")
_AUTO_PROBE = 400


def mark_mail(document: Document, lines: Sequence[Line]) -> str | None:
    """Mark what is not the author's own; returns the sender that a header block on top names."""
    sender = mark_top_header(lines)
    body = live(lines)
    mark_history(body, document.title or "")
    if is_auto_reply(document, live(body)):
        for line in body:
            line.skip(SkipReason.AUTO_REPLY)
        return sender
    author = document.author.name if document.author else ""
    for run in runs_of(body):
        mark_endings(run, author)
    return sender


def is_auto_reply(document: Document, own: Sequence[Line]) -> bool:
    """Whether a machine answered: by header, by title, or by a short text that says who is away until when."""
    if any(_says_automatic(document, name) for name in _AUTO_HEADERS):
        return True
    title = (document.title or "").lower().strip()
    if title.startswith(phrases.AUTO_TITLES):
        return True
    text = " ".join(line.probe for line in own[:20])
    beginning = text[:_AUTO_PROBE].lower()
    if any(phrase in beginning for phrase in phrases.AUTO_CERTAIN):
        return True
    if len(text) > phrases.AUTO_REPLY_MAX or not phrases.IS_ABSENT.search(beginning):
        return False
    titled = title.startswith(phrases.ABSENCE_TITLES)
    return bool(phrases.IS_RETURNING.search(text)) and (titled or bool(phrases.NAMES_DEPUTY.search(text)))


def _says_automatic(document: Document, name: str) -> bool:
    values = [str(value) for key, value in document.metadata.items() if key.lower().replace("_", "-") == name]
    return any(value.strip().lower() not in ("", "no", "none", "false") for value in values)
