"""``read``: a document taken apart into sentences, with a report of every character that was passed over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from core.entities import Coverage, Document, Kind, ReadDocument, Sentence, Side, Skipped, SkipReason, Span, Speaker
from nlp.intake.email_parts import mark_mail
from nlp.intake.html_text import blank_markup, is_html
from nlp.intake.language import ENGLISH, language_of
from nlp.intake.lines import NOBODY, Line, split_lines
from nlp.intake.notes import BULLET, mark_note, part_bullet
from nlp.intake.segment import sentences_in
from nlp.intake.sides import OwnSide, People
from nlp.intake.tickets import mark_ticket
from nlp.intake.transcripts import mark_transcript

_WRAPPED_MIN = 40
_LANGUAGE_BLOCK_MIN = 80
_ENDS = (".", "!", "?", ":", ";", "…", ".)", '."', "!)", "?)")
_MIXED_NOTE = "parts in {languages} were skipped; only English is read"
_WHOLE_NOTE = "the text is in {languages}; only English is read"


def read(document: Document, own: OwnSide) -> ReadDocument:
    """Take a document apart. Pure and deterministic; its time grows linearly with the text."""
    text = document.text
    blanked = blank_markup(text) if is_html(text) else None
    lines = split_lines(blanked.text if blanked else text)
    if blanked:
        _mark_ranges(lines, blanked.quoted)
    people = People(document, own)
    _mark_by_kind(document, lines, people)
    _number_blocks(lines)
    blocks = _blocks(lines)
    languages = _skip_foreign(blocks)
    sentences = [
        Sentence(span, speaker, number)
        for number, block in enumerate(blocks)
        for speaker, start, end in _runs(block)
        for span in sentences_in(blanked.text if blanked else text, start, end)
    ]
    skipped = _skipped(lines, blanked.markup if blanked else (), sentences)
    return ReadDocument(tuple(sentences), skipped, _coverage(text, sentences, skipped, languages))


def _mark_by_kind(document: Document, lines: Sequence[Line], people: People) -> None:
    match document.kind:
        case Kind.EMAIL:
            mark_mail(document, lines)
            _speak(lines, _author(document, people))
            for line in lines:
                if line.reason is None:
                    part_bullet(line)
        case Kind.SUPPORT_TICKET:
            mark_ticket(lines, people)
            _speak(lines, _author(document, people), only_nobody=True)
        case Kind.CALL_TRANSCRIPT:
            mark_transcript(lines, people)
            author = _author(document, people)
            if author.side is Side.ACCOUNT or not any(line.speaker is not NOBODY for line in lines):
                _speak(lines, author, only_nobody=True)
        case Kind.MEETING_NOTE:
            mark_note(lines, people)


def _author(document: Document, people: People) -> Speaker:
    if document.author is None:
        return NOBODY
    return Speaker(document.author.name or None, people.side_of(document.author))


def _speak(lines: Iterable[Line], speaker: Speaker, *, only_nobody: bool = False) -> None:
    for line in lines:
        if not only_nobody or line.speaker is NOBODY:
            line.speaker = speaker


def _mark_ranges(lines: Sequence[Line], ranges: Sequence[Span]) -> None:
    for span in ranges:
        for line in lines:
            if not line.blank and span.start <= line.start and line.end <= span.end:
                line.skip(SkipReason.QUOTED_HISTORY)


def _number_blocks(lines: Sequence[Line]) -> None:
    """A block is a paragraph, a comment or a bullet: lines of one speaker with nothing between them."""
    block = 0
    previous: Line | None = None
    for line in lines:
        if line.reason or line.blank:
            previous = None if line.blank or line.reason is not SkipReason.SPEAKER_LINE else previous
            continue
        fresh = previous is None or line.speaker != previous.speaker or line.alone
        block += fresh
        line.block = block
        previous = line


def _blocks(lines: Sequence[Line]) -> list[list[Line]]:
    blocks: dict[int, list[Line]] = {}
    for line in lines:
        if line.reason is None and not line.blank:
            blocks.setdefault(line.block, []).append(line)
    return list(blocks.values())


def _skip_foreign(blocks: list[list[Line]]) -> dict[str, int]:
    """Skip what is in another language, whole or block by block; returns letters by language."""
    letters: dict[str, int] = {}
    whole = "\n".join(line.text for block in blocks for line in block)
    language = language_of(whole)
    if language != ENGLISH:
        found = [(block, language) for block in blocks]
    else:
        found = [
            (block, language_of(content) if len(content) >= _LANGUAGE_BLOCK_MIN else ENGLISH)
            for block in blocks
            for content in [" ".join(line.text for line in block)]
        ]
    for block, code in found:
        letters[code] = letters.get(code, 0) + sum(len(line.text) for line in block)
        if code != ENGLISH:
            for line in block:
                line.skip(SkipReason.LANGUAGE)
    blocks[:] = [block for block, code in found if code == ENGLISH]
    return letters


def _runs(block: Sequence[Line]) -> Iterable[tuple[Speaker, int, int]]:
    """Stretches of a block in which sentences may go over line ends, because the lines were wrapped."""
    start = block[0].start
    for line, following in pairwise(block):
        if not _goes_on(line, following):
            yield line.speaker, start, line.end
            start = following.start
    yield block[-1].speaker, start, block[-1].end


def _goes_on(line: Line, following: Line) -> bool:
    if following.alone or following.skipped or BULLET.match(following.text):
        return False
    ending, beginning = line.text.rstrip(), following.text.lstrip()
    if not beginning or ending.endswith(_ENDS):
        return bool(beginning) and ending.endswith((".", "!", "?")) and len(ending) >= _WRAPPED_MIN
    if beginning[0].islower() or ending.endswith((",", "-", "–", "(")):
        return True
    return len(ending) >= _WRAPPED_MIN and not re.match(r"[A-Z][\w ]{0,30}:", beginning)


def _skipped(lines: Sequence[Line], markup: Sequence[Span], sentences: Sequence[Sentence]) -> tuple[Skipped, ...]:
    found = [Skipped(span, reason) for line in lines for span, reason in line.skipped if len(span)]
    for line in lines:
        if line.reason is not None and line.end > line.start:
            found.append(Skipped(Span(line.start, line.end), line.reason))
    found += [Skipped(span, SkipReason.MARKUP) for span in markup]
    return _disjoint(found, sentences)


def _disjoint(found: Sequence[Skipped], sentences: Sequence[Sentence]) -> tuple[Skipped, ...]:
    """Every character once: sentences first, then the earlier and longer stretch."""
    taken = sorted((sentence.span.start, sentence.span.end) for sentence in sentences)
    out: list[Skipped] = []
    position, index = 0, 0
    for item in sorted(found, key=lambda skip: (skip.span.start, -skip.span.end)):
        start = max(position, item.span.start)
        while index < len(taken) and taken[index][1] <= start:
            index += 1
        at = index
        while start < item.span.end:
            limit = item.span.end
            if at < len(taken) and taken[at][0] < item.span.end:
                if taken[at][0] <= start:
                    start = max(start, taken[at][1])
                    at += 1
                    continue
                limit = taken[at][0]
            out.append(Skipped(Span(start, limit), item.reason))
            start = limit
        position = max(position, item.span.end)
    return tuple(out)


def _coverage(
    text: str, sentences: Sequence[Sentence], skipped: Sequence[Skipped], languages: dict[str, int]
) -> Coverage:
    read_characters = sum(len(sentence.span) for sentence in sentences)
    counts: dict[SkipReason, int] = {}
    for item in skipped:
        counts[item.reason] = counts.get(item.reason, 0) + len(item.span)
    blank = len(text) - read_characters - sum(counts.values())
    if blank:
        counts[SkipReason.BLANK] = blank
    foreign = sorted(code for code in languages if code != ENGLISH)
    notes: tuple[str, ...] = ()
    if foreign:
        template = _MIXED_NOTE if sentences else _WHOLE_NOTE
        notes = (template.format(languages=", ".join(foreign)),)
    main = max(languages, key=lambda code: languages[code]) if languages else None
    return Coverage(len(text), read_characters, counts, main, notes)
