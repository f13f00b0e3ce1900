"""Mail: the author's own words against history, signatures, disclaimers and automatic text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.entities import Document, SkipReason
from nlp.intake import markers
from nlp.intake.lines import Line

_HEADER_WINDOW = 8
_INTRO_LINES = 3
_BLANKS_BEFORE_HEADER = 2
_SIGNATURE_LINES_MAX = 14
_SIGNATURE_LINE_MAX = 110
_AUTO_REPLY_MAX = 1_500
_CONTACT = re.compile(
    r"@[\w-]+\.\w|https?://|www\.|\+\d[\d\s().-]{6,}|\b(?:tel|phone|mobile?|cell|fax|office|direct|m|t|p|w|e|fon)\b\s?[.:]\s?[+\d(]|"
    r"\b\d{3}[-.\s]\d{3}[-.\s]\d{4}\b|linkedin|\|",
    re.IGNORECASE,
)
_SENTENCE_LIKE = re.compile(
    r"[a-zà-þ]{2,}[.!?]\s*$|\b(?:i|we|you|is|are|was|have|has|can|will|please|would)\b", re.IGNORECASE
)


def mark_mail(document: Document, lines: Sequence[Line]) -> None:
    """Mark everything that is not the author's own in a mail."""
    if _is_auto_reply(document, lines):
        for line in lines:
            line.skip(SkipReason.AUTO_REPLY)
        return
    _mark_leading_headers(lines)
    mark_history(lines)
    mark_endings(lines, document.author.name if document.author else "")


def mark_history(lines: Sequence[Line]) -> None:
    """Quoted and forwarded messages, by the marks of many clients and languages."""
    for line in lines:
        if line.text.lstrip(" \t").startswith((">", "|>")) and not line.reason:
            line.skip(SkipReason.QUOTED_HISTORY)
    index = 0
    while index < len(lines):
        if lines[index].reason is None or lines[index].reason is SkipReason.QUOTED_HISTORY:
            taken = _history_at(lines, index)
            if taken:
                index = taken
                continue
        index += 1


def mark_endings(lines: Sequence[Line], author: str) -> None:
    """Signature, mobile footer and disclaimer at the end of somebody's own lines; a postscript is read."""
    for line in lines:
        if line.reason is None and not line.blank:
            if markers.MOBILE_FOOTER.match(line.text):
                line.skip(SkipReason.SIGNATURE)
            elif markers.RULER.match(line.text):
                line.skip(SkipReason.MARKUP)
    _mark_disclaimers(lines)
    for run in own_runs(lines):
        _mark_signature(run, author)


def own_runs(lines: Sequence[Line]) -> list[list[Line]]:
    """Stretches of lines between history: in each, somebody may sign. Blank and footer lines do not part them."""
    runs: list[list[Line]] = [[]]
    for line in lines:
        if line.reason in (SkipReason.QUOTED_HISTORY, SkipReason.FORWARDED, SkipReason.SPEAKER_LINE):
            if runs[-1]:
                runs.append([])
        else:
            runs[-1].append(line)
    return [run for run in runs if any(line.reason is None and not line.blank for line in run)]


def _is_auto_reply(document: Document, lines: Sequence[Line]) -> bool:
    if document.title and markers.AUTO_REPLY_TITLE.match(document.title):
        return True
    own = [line for line in lines if not line.blank]
    head = " ".join(line.text for line in own[:4])
    if sum(len(line.text) for line in own) > _AUTO_REPLY_MAX:
        return False
    if own and markers.AUTO_REPLY_TITLE.match(
        re.sub(r"^\s*(?:subject|betreff|objet|asunto|assunto):\s*", "", own[0].text, flags=re.I)
    ):
        return True
    says_so = markers.AUTO_REPLY_TEXT.search(head)
    promises = re.search(
        r"until|back on|return|urgent|bis zum|ab dem|rückkehr|dringend|jusqu|retour|hasta|regres|até|retorno|monitored",
        head + " ".join(line.text for line in own[4:8]),
        re.I,
    )
    return bool(says_so and promises and len(own) <= 14)


def _mark_leading_headers(lines: Sequence[Line]) -> None:
    """A mail that was saved with its own headers: From, To, Subject before the text."""
    own = [index for index, line in enumerate(lines) if not line.blank]
    header = []
    for index in own:
        if not markers.HEADER_FIELD.match(lines[index].text):
            break
        header.append(index)
    if len(header) >= 2 or (
        header and lines[header[0]].text.lower().lstrip().startswith(("subject:", "betreff:", "re:"))
    ):
        for index in header:
            lines[index].skip(SkipReason.HEADER)


def _history_at(lines: Sequence[Line], index: int) -> int:
    """If history begins at ``index``, mark it and return the line behind it, else 0."""
    text = lines[index].text
    if markers.ORIGINAL.match(text):
        reason = SkipReason.FORWARDED if markers.FORWARD.search(text) else SkipReason.QUOTED_HISTORY
        return _mark_rest(lines, index, reason)
    if markers.RULER.match(text) and _header_block(lines, index + 1):
        return _mark_rest(lines, index, SkipReason.QUOTED_HISTORY)
    if _header_block(lines, index):
        before = any(line.reason is None and not line.blank for line in lines[:index])
        return _mark_rest(lines, index, SkipReason.QUOTED_HISTORY if before else SkipReason.FORWARDED)
    length = _reply_intro(lines, index)
    if not length:
        return 0
    following = next((line for line in lines[index + length :] if not line.blank), None)
    for line in lines[index : index + length]:
        line.skip(SkipReason.QUOTED_HISTORY)
    if following is None or following.reason is SkipReason.QUOTED_HISTORY:
        return index + length  # Marked line by line: answers may stand between or below the quotes.
    return _mark_rest(lines, index + length, SkipReason.QUOTED_HISTORY)


def _header_block(lines: Sequence[Line], index: int) -> bool:
    """An Outlook block: From, then at least two of Sent, To, Subject, ... right after."""
    for _ in range(_BLANKS_BEFORE_HEADER):
        if index < len(lines) and lines[index].blank:
            index += 1
    if index >= len(lines) or not markers.FROM_FIELD.match(lines[index].text):
        return False
    window = [line.text for line in lines[index + 1 : index + _HEADER_WINDOW] if not line.blank]
    return sum(bool(markers.HEADER_FIELD.match(text)) for text in window[:5]) >= 2


def _reply_intro(lines: Sequence[Line], index: int) -> int:
    """How many lines "On ..., Dana wrote:" takes at ``index``; clients wrap it over up to three."""
    first = lines[index].text
    if lines[index].blank or len(first) > 400:
        return 0
    if markers.REPLY_INTRO.match(first):
        return 1
    if not markers.INTRO_START.match(first):
        return 0
    joined = first
    for extra in range(1, _INTRO_LINES):
        if index + extra >= len(lines) or lines[index + extra].blank or len(joined) > 300:
            return 0
        joined = joined.rstrip() + " " + lines[index + extra].text.strip()
        if markers.REPLY_INTRO.match(joined):
            return extra + 1
    return 0


def _mark_rest(lines: Sequence[Line], index: int, reason: SkipReason) -> int:
    for line in lines[index:]:
        line.skip(reason)
    return len(lines)


def _mark_disclaimers(lines: Sequence[Line]) -> None:
    """Whole paragraphs that hold a disclaimer's phrases, unless they stand at the very top."""
    paragraphs: list[list[Line]] = [[]]
    for line in lines:
        if line.blank or line.reason:
            if paragraphs[-1]:
                paragraphs.append([])
        else:
            paragraphs[-1].append(line)
    for number, paragraph in enumerate(paragraphs):
        text = " ".join(line.text for line in paragraph)
        if not text or not markers.DISCLAIMER.search(text):
            continue
        first = next(at for at, line in enumerate(paragraph) if _starts_disclaimer(paragraph, at))
        if number or first or len(text) > 200:
            for line in paragraph[first:]:
                line.skip(SkipReason.DISCLAIMER)


def _starts_disclaimer(paragraph: Sequence[Line], at: int) -> bool:
    """Whether the phrases lie in or behind this line and not in the next ones alone."""
    joined = " ".join(line.text for line in paragraph[at : at + 3])
    later = " ".join(line.text for line in paragraph[at + 1 : at + 4])
    found = markers.DISCLAIMER.search(joined)
    return bool(found and (found.start() < len(paragraph[at].text) or not later)) or at == len(paragraph) - 1


def _mark_signature(run: Sequence[Line], author: str) -> None:
    """The signature of one message: after ``--``, after a closing formula, or a contact block under the name."""
    live = [line for line in run if not line.blank and line.reason is None]
    start = _signature_start(live, author)
    if start is None:
        return
    for line in live[start:]:
        if markers.POSTSCRIPT.match(line.text):
            break
        line.skip(SkipReason.SIGNATURE)


def _signature_start(live: Sequence[Line], author: str) -> int | None:
    for at, line in enumerate(live):
        if markers.SIGNATURE_MARK.match(line.text):
            return at
    tail = max(0, len(live) - _SIGNATURE_LINES_MAX)
    for at in range(len(live) - 1, tail - 1, -1):
        if markers.CLOSING.match(live[at].text) and (at or len(live) > 1) and _all_short(live[at + 1 :]):
            return at
    names = {author.lower(), author.split(" ")[0].lower()} - {""}
    for at in range(tail, len(live)):
        text = live[at].text.strip().rstrip(",.").lower()
        rest = live[at + 1 :]
        if text in names and at and _all_short(rest):
            return at
        contact = any(_CONTACT.search(line.text) for line in rest[:6])
        if at and text.startswith(author.lower()) and author and contact and _all_short(rest):
            return at
    return None


def _all_short(lines: Sequence[Line]) -> bool:
    """What follows a closing looks like a card, not like talk. A postscript ends the card."""
    for number, line in enumerate(lines):
        text = line.text.strip()
        if markers.POSTSCRIPT.match(text):
            return True
        if len(text) > _SIGNATURE_LINE_MAX and not _CONTACT.search(text):
            return False
        if number > 0 and _SENTENCE_LIKE.search(text) and not _CONTACT.search(text) and len(text.split()) > 8:
            return False
    return True
