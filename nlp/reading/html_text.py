"""HTML bodies, read in place: markup becomes blanks of the same length, so every offset stays true without a map.

Only text that really is HTML is touched. What mail clients mark as history or signature by tags is found by its tags.
Broken HTML is no error: a tag that never closes ends with the text, a ``<`` that begins no tag is text.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from core.entities import SkipReason, Span

FILLER = "\u2060"
"""Stands where an entity was longer than its character: invisible, and no end of a word."""

_TAG_MAX = 6_000
_PROBE_MAX = 20_000
_NAME = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,20})(?=[\s/>])")
_KNOWN = re.compile(
    r"</?(?:html|body|head|div|p|br|table|tbody|tr|td|span|blockquote|ul|ol|li|h[1-6]|strong|em|b|i|u|a|font|hr|img|pre|style|meta|center|section)(?:\s[^<>]{0,600})?/?>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,24});")
_BREAKING = frozenset(
    [
        "p",
        "div",
        "br",
        "tr",
        "td",
        "th",
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
        "center",
        "dl",
        "dt",
        "dd",
        "form",
        "fieldset",
    ]
)
_UNSEEN = frozenset(("script", "style", "head", "title", "noscript", "template"))
_VOID = frozenset(("br", "hr", "img", "input", "meta", "link", "col", "area", "base", "wbr"))
_HISTORY = re.compile(
    r"gmail_quote|gmail_extra|yahoo_quoted|moz-cite-prefix|divRplyFwdMsg|OutlookMessageHeader|protonmail_quote|zmail_extra|"
    r"mail-editor-reference-message|freshdesk_quote|type=[\"']?cite|ms-outlook-mobile-reference-message|replySplit",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"gmail_signature|id=[\"']?(?:x_)?Signature|moz-signature|ms-outlook-mobile-signature|protonmail_signature",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Blanked:
    """A text of the same length without markup, where markup stood, and what its tags mark as not the author's own."""

    text: str
    markup: tuple[Span, ...]
    marked: tuple[tuple[Span, SkipReason], ...]


@dataclass(slots=True)
class _Reading:
    pieces: list[str] = field(default_factory=list)
    markup: list[Span] = field(default_factory=list)
    marked: list[tuple[Span, SkipReason]] = field(default_factory=list)
    open_tags: list[tuple[str, int, SkipReason | None]] = field(default_factory=list)
    open_names: Counter[str] = field(default_factory=Counter)
    unclosed: set[str] = field(default_factory=set)


def is_html(text: str) -> bool:
    """Whether a text is HTML, rather than prose with an angle bracket in it."""
    tags = [match.group().lower() for match in _KNOWN.finditer(text, 0, _PROBE_MAX)]
    if not tags:
        return False
    head = text[:200].lstrip("\ufeff \t\r\n").lower()
    begins = head.startswith(("<!doctype html", "<html")) or bool(_KNOWN.match(head))
    paired = sum(tag.startswith(("</", "<br")) for tag in tags)
    return (begins and (len(tags) > 1 or paired > 0)) or (len(tags) > 2 and paired > 1)


def blank_markup(text: str) -> Blanked:
    """Replace tags by blanks (a line end where a block begins or ends) and entities by what they mean."""
    reading = _Reading()
    position = at = 0
    while (at := text.find("<", at)) >= 0:
        end, name, closing = _tag_at(text, at)
        if not end:
            at += 1
            continue
        reading.pieces.append(text[position:at])
        if name in _UNSEEN and not closing:
            end = _end_of_unseen(text, name, end, reading.unclosed)
        reading.pieces.append(("\n" if name in _BREAKING else " " if _wide(name) else FILLER) + FILLER * (end - at - 1))
        reading.markup.append(Span(at, end))
        _track(reading, text[at:end], name, closing, Span(at, end))
        position = at = end
    reading.pieces.append(text[position:])
    reading.marked += [(Span(start, len(text)), why) for _, start, why in reading.open_tags if why is not None]
    return Blanked(_decode("".join(reading.pieces)), tuple(reading.markup), tuple(_outermost(reading.marked)))


def _tag_at(text: str, at: int) -> tuple[int, str, bool]:
    """End, name and whether it closes, of the tag at ``at``; an end of 0 if there is none."""
    if text.startswith("<!--", at):
        end = text.find("-->", at + 4)
        return (end + 3 if end >= 0 else len(text)), "", False
    if text.startswith(("<!", "<?"), at):
        end = text.find(">", at, at + _TAG_MAX)
        return end + 1, "", False
    match = _NAME.match(text, at)
    if match is None:
        return 0, "", False
    return _end_of_tag(text, match.end()), match[2].lower(), bool(match[1])


def _end_of_tag(text: str, start: int) -> int:
    """Behind the ``>`` that is not in quotes; 0 if there is none near."""
    first = end = text.find(">", start, start + _TAG_MAX)
    for _ in range(4):
        if end < 0:
            break
        inside = text[start:end]
        if inside.count('"') % 2 == 0 or "=" not in inside:
            return end + 1
        end = text.find(">", end + 1, start + _TAG_MAX)
    return first + 1


def _end_of_unseen(text: str, name: str, start: int, unclosed: set[str]) -> int:
    """Behind ``</style>``; where the tag never closes, nothing of the text is lost."""
    closing = None if name in unclosed else re.compile(rf"</{name}\s{{0,9}}>", re.IGNORECASE).search(text, start)
    if closing is None:
        unclosed.add(name)
        return start
    return closing.end()


def _wide(name: str) -> bool:
    """Whether a tag parts words: all but those that change the look of letters."""
    return name not in (
        "b",
        "i",
        "u",
        "em",
        "strong",
        "span",
        "font",
        "a",
        "s",
        "sub",
        "sup",
        "mark",
        "o:p",
        "wbr",
        "small",
    )


def _track(reading: _Reading, tag: str, name: str, closing: bool, span: Span) -> None:
    if not name or name in _VOID or name in _UNSEEN or tag.endswith("/>"):
        return
    if not closing:
        reading.open_tags.append((name, span.start, _meaning(tag, name)))
        reading.open_names[name] += 1
        return
    while reading.open_names[name]:
        opened, start, why = reading.open_tags.pop()
        reading.open_names[opened] -= 1
        if why is not None:
            reading.marked.append((Span(start, span.end), why))
        if opened == name:
            return


def _meaning(tag: str, name: str) -> SkipReason | None:
    if name == "blockquote" or ("=" in tag and _HISTORY.search(tag)):
        return SkipReason.QUOTED_HISTORY
    return SkipReason.SIGNATURE if "=" in tag and _SIGNATURE.search(tag) else None


def _outermost(marked: Iterable[tuple[Span, SkipReason]]) -> list[tuple[Span, SkipReason]]:
    """Stretches in text order, without those inside others."""
    out: list[tuple[Span, SkipReason]] = []
    for span, reason in sorted(marked, key=lambda item: (item[0].start, -item[0].end)):
        if not out or span.start >= out[-1][0].end:
            out.append((span, reason))
    return out


def _decode(text: str) -> str:
    def meant(match: re.Match[str]) -> str:
        entity = match.group()
        decoded = html.unescape(entity)
        if len(decoded) != 1 or decoded in "\r\n":
            return entity
        return decoded + FILLER * (len(entity) - 1)

    return _ENTITY.sub(meant, text) if "&" in text else text
