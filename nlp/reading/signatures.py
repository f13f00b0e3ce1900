"""Signatures, footers and small print at the ends of what one person wrote."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.entities import SkipReason
from nlp.reading import phrases
from nlp.reading.cards import are_card_lines, has_contact, is_card_line, is_name, is_talk, names_author
from nlp.reading.lines import Line, paragraphs_of

_TAIL_MAX = 18
"""How many lines before the end a signature may begin."""
_DELIMITERS = frozenset(("--", "—", "––", "-- ", "__", "___", "~~", "**"))
_RULE = re.compile(r"[-_=*]{5,}$")
_PARTS = re.compile(r"\s*(?:/|&|\||,|\+|\band\b|\bund\b|\bet\b|\be\b|\by\b)\s*", re.IGNORECASE)
_PLACE = re.compile(r"\s(?:aus|from|vom|von|depuis|desde|de|da|till|uit)\s\S.{0,40}$", re.IGNORECASE)
_POSTSCRIPT = re.compile(r"p\.?\s?p?\.?\s?s\b\.?\s?[:.,-]?\s|n\.?b\.?[:\s]", re.IGNORECASE)
_PARAGRAPH_MAX = 2_500


def mark_endings(run: Sequence[Line], author: str = "") -> None:
    """Mark banner, small print, footers and signature in what one person wrote without a break."""
    lines = [line for line in run if line.reason is None]
    _mark_banner(lines)
    lines = [line for line in lines if line.reason is None]
    _mark_tail(lines)
    lines = [line for line in lines if line.reason is None]
    start = signature_start(lines, author)
    if start is None:
        return
    for line in lines[start:]:
        if _POSTSCRIPT.match(line.probe):
            break
        line.skip(SkipReason.SIGNATURE)


def signature_start(lines: Sequence[Line], author: str) -> int | None:
    """Where the signature begins, if there is one."""
    tail = max(0, len(lines) - _TAIL_MAX)
    for at in range(tail, len(lines)):
        if lines[at].probe in _DELIMITERS and _mostly_card(lines[at + 1 :]):
            return at
    probes = [line.probe for line in lines]
    end = next((at for at in range(tail, len(lines)) if _POSTSCRIPT.match(probes[at])), len(probes))
    for at in range(max(1, tail), end):
        rest = probes[at + 1 : end]
        if is_closing(probes[at], author) and are_card_lines(rest) and (end == len(probes) or rest):
            return at
        if _begins_card(probes[at], rest, author):
            return at
    return None


def is_closing(probe: str, author: str = "") -> bool:
    """Whether a line is a closing formula, perhaps two of them, perhaps with the author's name."""
    if len(probe) > 90:
        return False
    words = " ".join(probe.lower().rstrip(" ,.!:;)(-–—").split())
    if words in phrases.CLOSING_SET:
        return True
    first, *others = _PARTS.split(words)
    if _without_place(first) not in phrases.CLOSING_SET:
        return _is_closing_with_name(words, author)
    names = set(author.lower().split())
    return all(_without_place(part) in phrases.CLOSING_SET or set(part.split()) <= names or not part for part in others)


def _is_closing_with_name(words: str, author: str) -> bool:
    first = author.lower().split()[:1]
    head, _, last = words.rpartition(" ")
    return bool(first) and last == first[0] and head.rstrip(",.!") in phrases.CLOSING_SET


def _without_place(words: str) -> str:
    return _PLACE.sub("", words).strip(" ,.!")


def _begins_card(probe: str, rest: Sequence[str], author: str) -> bool:
    """A name with at least one more line of a card below, and nothing else."""
    if not rest or not are_card_lines(rest):
        return False
    if author:
        first_alone = probe.rstrip(",.").lower() == author.lower().split()[0] and any(map(has_contact, rest))
        return (names_author(probe, author) and is_card_line(probe)) or first_alone
    return is_name(probe) and any(map(has_contact, rest))


def _mostly_card(lines: Sequence[Line]) -> bool:
    """Below ``--`` a slogan or a quotation is allowed, but not a text that goes on."""
    talk = sum(len(line.probe) > 60 and is_talk(line.probe) for line in lines)
    return len(lines) <= _TAIL_MAX and talk <= max(1, len(lines) // 3)


def _mark_banner(lines: Sequence[Line]) -> None:
    paragraphs = paragraphs_of(lines)
    if len(paragraphs) < 2:
        return
    first = paragraphs[0]
    text = " ".join(line.probe for line in first)
    if len(text) < 600 and phrases.IS_BANNER.search(text):
        for line in first:
            line.skip(SkipReason.DISCLAIMER)


def _mark_tail(lines: Sequence[Line]) -> None:
    """Mark small print and footers from the end backwards, as long as nothing else comes."""
    paragraphs = paragraphs_of(lines)
    for number in range(len(paragraphs) - 1, -1, -1):
        paragraph = paragraphs[number]
        first = _small_print_start(paragraph)
        if first is not None and (first or number):
            for line in paragraph[first:]:
                line.skip(SkipReason.DISCLAIMER)
        _mark_footers(paragraph)
        left = [line for line in paragraph if line.reason is None]
        if left and not are_card_lines([line.probe for line in left]):
            return


def _small_print_start(paragraph: Sequence[Line]) -> int | None:
    """The first line of a disclaimer that goes on to the end of the paragraph."""
    for at, line in enumerate(paragraph):
        probe = line.probe
        if probe.lower().lstrip("*_ ").startswith(phrases.FOOTER_STARTS) and not is_talk(probe[:60]):
            return at
        joined = " ".join(following.probe for following in paragraph[at : at + 3])[:_PARAGRAPH_MAX]
        found = phrases.IS_DISCLAIMER.search(joined)
        if found and (found.start() <= len(probe) or at == 0):
            return at
    return None


def _mark_footers(paragraph: Sequence[Line]) -> None:
    """``Sent from my phone``, ``Get Outlook for iOS``: only as the last lines."""
    for line in reversed(paragraph):
        if line.reason is not None or _RULE.match(line.probe):
            continue
        if not is_mobile_footer(line.probe):
            return
        line.skip(SkipReason.SIGNATURE)


def is_mobile_footer(probe: str) -> bool:
    """Whether a line is what a phone or a web mailer adds by itself."""
    lowered = probe.lower().lstrip("-–—*_[(< ")
    if len(probe) > phrases.MOBILE_FOOTER_MAX or not lowered.startswith(phrases.MOBILE_STARTS):
        return False
    return any(word in lowered for word in phrases.MOBILE_WORDS)
