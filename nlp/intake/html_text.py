"""HTML bodies, read in place: markup becomes blanks of the same length, so offsets need no map.

Only text that really is HTML is touched. Quoted history that mail clients mark (``blockquote``, ``gmail_quote``,
``divRplyFwdMsg``, ...) is found by its tags.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.entities import Span

_TAG = re.compile(
    r"<(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]{0,15})(?P<rest>(?:\s[^<>]{0,4000})?)/?>|<!--|<!(?i:doctype)[^<>]{0,500}>"
)
_LOOKS_LIKE = re.compile(
    r"<(?:html|body|div|p|br|table|span|blockquote|ul|ol|li|td|h[1-6]|strong|b|a)\b[^<>]{0,2000}>", re.IGNORECASE
)
_ENTITY = re.compile(r"&(?:nbsp|zwnj|zwsp|#160|#8203|#xa0);", re.IGNORECASE)
_BLOCKS = frozenset(
    [
        "p",
        "div",
        "br",
        "tr",
        "table",
        "ul",
        "ol",
        "li",
        "blockquote",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "body",
        "html",
        "head",
        "section",
        "article",
        "header",
        "footer",
        "pre",
        "title",
    ]
)
_UNSEEN = frozenset(("script", "style", "head", "title"))
_VOID = frozenset(["br", "hr", "img", "input", "meta", "link", "col", "area", "base", "wbr"])
_QUOTE_CLASS = re.compile(
    r"gmail_quote|gmail_extra|yahoo_quoted|moz-cite-prefix|divRplyFwdMsg|OutlookMessageHeader|protonmail_quote|zmail_extra|"
    r"appendonsend|mail-editor-reference-message|freshdesk_quote",
    re.IGNORECASE,
)
_TAGS_MIN = 3


@dataclass(frozen=True, slots=True)
class Blanked:
    """A text of the same length without markup, where markup stood, and where quoted history stands."""

    text: str
    markup: tuple[Span, ...]
    quoted: tuple[Span, ...]


def is_html(text: str) -> bool:
    """Whether a text is HTML, rather than prose with an angle bracket in it."""
    tags = 0
    for tags, _ in enumerate(_LOOKS_LIKE.finditer(text), 1):
        if tags >= _TAGS_MIN:
            return True
    return tags > 0 and text.lstrip().startswith("<") and text.rstrip().endswith(">")


def blank_markup(text: str) -> Blanked:
    """Replace tags by blanks (a line break where a block begins or ends), offsets unchanged."""
    pieces: list[str] = []
    markup: list[Span] = []
    quoted: list[Span] = []
    open_tags: list[tuple[str, int, bool]] = []
    position = 0
    while match := _TAG.search(text, position):
        end = _end_of_comment(text, match) if match.group() == "<!--" else match.end()
        name = (match["name"] or "").lower()
        if name in _UNSEEN and not match["close"]:
            end = _end_of_unseen(text, name, end)
        pieces.append(text[position : match.start()])
        pieces.append(("\n" if name in _BLOCKS else " ") + " " * (end - match.start() - 1))
        markup.append(Span(match.start(), end))
        if name not in _UNSEEN:
            _track(open_tags, quoted, match, name, end)
        position = end
    pieces.append(text[position:])
    quoted += [Span(start, len(text)) for _, start, is_quote in open_tags if is_quote]
    blanked = _ENTITY.sub(lambda found: " " * len(found.group()), "".join(pieces))
    return Blanked(blanked, tuple(markup), tuple(quoted))


def _end_of_comment(text: str, match: re.Match[str]) -> int:
    end = text.find("-->", match.end())
    return end + 3 if end >= 0 else match.end()


def _end_of_unseen(text: str, name: str, start: int) -> int:
    closing = text.lower().find(f"</{name}", start) if len(text) < 1_000_000 else text.find(f"</{name}", start)
    if closing < 0:
        return start
    end = text.find(">", closing)
    return end + 1 if end >= 0 else start


def _track(
    open_tags: list[tuple[str, int, bool]], quoted: list[Span], match: re.Match[str], name: str, end: int
) -> None:
    if not name or name in _VOID:
        return
    if not match["close"]:
        is_quote = name == "blockquote" or bool(_QUOTE_CLASS.search(match["rest"]))
        if len(open_tags) < 500:
            open_tags.append((name, match.start(), is_quote))
        return
    for index in range(len(open_tags) - 1, -1, -1):
        if open_tags[index][0] == name:
            quoted += [Span(start, end) for _, start, is_quote in open_tags[index:] if is_quote]
            del open_tags[index:]
            return
