"""``read``: a document taken apart into sentences, with a report of every character that was passed over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from core.entities import Document, Kind, ReadDocument, Sentence, Side, Skipped, SkipReason, Speaker
from nlp.reading.coverage import coverage_of, skipped_of
from nlp.reading.email_parts import mark_mail
from nlp.reading.html_text import Blanked, blank_markup, is_html
from nlp.reading.language import ENGLISH, language_of
from nlp.reading.lines import NOBODY, Line, live, split_lines
from nlp.reading.machine_text import mark_machine_text
from nlp.reading.macros import mark_frames, part_canned
from nlp.reading.notes import mark_note, part_bullet
from nlp.reading.segment import sentences_in
from nlp.reading.sides import OwnSide, People
from nlp.reading.tickets import mark_ticket
from nlp.reading.transcripts import mark_transcript, split_turns

_WRAPPED_MIN = 45
_STOPS = (".", "!", "?", "…", ":", ";", ".)", '."', "!)", "?)", ".”", "?”", ".'")
_GOES_ON = (",", "-", "–", "(", "&", "/", "and", "or", "the", "of", "to", "with", "for")
_BLOCK_LETTERS_MIN = 60


def read(document: Document, own: OwnSide) -> ReadDocument:
    """Take a document apart. Pure and deterministic; its time grows linearly with the text.

    Args:
        document: any text; offsets in the result are code points of ``document.text`` as it is.
        own: what is known of our side; may be empty.
    """
    text = document.text
    blanked = blank_markup(text) if is_html(text) else Blanked(text, (), ())
    lines = split_lines(blanked.text)
    _mark_by_tags(lines, blanked)
    lines = _mark_by_kind(document, lines, People(document, own))
    blocks = list(_blocks(lines, document.kind))
    languages = _skip_foreign(blocks)
    sentences = list(_sentences(blanked.text, [block for block in blocks if block[0].reason is None]))
    canned: list[Skipped] = []
    if document.kind is Kind.SUPPORT_TICKET:
        sentences, canned = part_canned(text, sentences)
    skipped = skipped_of(len(text), lines, sentences, blanked.markup, canned)
    return ReadDocument(tuple(sentences), skipped, coverage_of(len(text), sentences, skipped, languages))


def _mark_by_kind(document: Document, lines: list[Line], people: People) -> list[Line]:
    """Mark what is not somebody's own words, and give each line its speaker; transcripts may get more lines."""
    match document.kind:
        case Kind.EMAIL:
            _mark_email(document, lines, people)
        case Kind.SUPPORT_TICKET:
            name = document.author.name if document.author else ""
            sender = mark_ticket(lines, people, name)
            _speak(lines, _author(document, people, sender))
            _part_bullets(lines)
        case Kind.CALL_TRANSCRIPT:
            lines = split_turns(lines)
            mark_transcript(lines, people)
            author = _author(document, people, None)
            if author.side is Side.ACCOUNT:
                _speak(lines, author)
        case Kind.MEETING_NOTE:
            mark_note(lines, people)
    return lines


def _mark_email(document: Document, lines: list[Line], people: People) -> None:
    if mark_frames(lines):
        sender = mark_ticket(lines, people, "")
    else:
        sender = mark_mail(document, lines)
        mark_machine_text(live(lines))
    _speak(lines, _author(document, people, sender))
    _part_bullets(lines)


def _author(document: Document, people: People, sender: str | None) -> Speaker:
    """The author as delivered, else the sender that the text itself names on top."""
    if document.author is not None:
        return Speaker(document.author.name or None, people.side_of(document.author))
    if not sender:
        return NOBODY
    name, _, address = sender.partition("<")
    return people.speaker(name.strip(' "') or address.strip(" >"), address or sender)


def _speak(lines: Sequence[Line], speaker: Speaker) -> None:
    for line in lines:
        if line.speaker is NOBODY:
            line.speaker = speaker


def _part_bullets(lines: Sequence[Line]) -> None:
    for line in lines:
        if line.reason is None:
            part_bullet(line)


def _mark_by_tags(lines: Sequence[Line], blanked: Blanked) -> None:
    """Mark the lines inside what HTML tags show as history or signature."""
    marked = iter(blanked.marked)
    current = next(marked, None)
    for line in lines:
        while current is not None and current[0].end <= line.start:
            current = next(marked, None)
        if current is None:
            return
        visible = line.start + len(line.text) - len(line.text.lstrip("\u2060 \t"))
        if current[0].start <= visible and line.start + len(line.text.rstrip("\u2060 \t")) <= current[0].end:
            line.skip(current[1])


def _blocks(lines: Sequence[Line], kind: Kind) -> Iterator[list[Line]]:
    """Paragraphs, comments, utterances, groups of bullets: lines of one speaker that belong together."""
    block: list[Line] = []
    broken = False
    for line in lines:
        if line.reason is not None:
            broken = broken or line.reason is not SkipReason.SPEAKER_LINE
            continue
        if block and _begins_block(block[-1], line, kind, broken):
            yield block
            block = []
        block.append(line)
        broken = False
    if block:
        yield block


def _begins_block(before: Line, line: Line, kind: Kind, broken: bool) -> bool:
    if line.speaker != before.speaker or line.fresh:
        return True
    if kind is Kind.CALL_TRANSCRIPT:
        return line.gap and line.speaker is NOBODY and not line.solo
    return line.gap or broken


def _skip_foreign(blocks: Sequence[list[Line]]) -> dict[str, int]:
    """Skip what is in another language, whole or block by block; returns letters by language."""
    texts = [" ".join(line.text for line in block) for block in blocks]
    whole = language_of("\n".join(texts)[:20_000])
    letters: dict[str, int] = {}
    for block, content in zip(blocks, texts, strict=True):
        code = whole if len(content) < _BLOCK_LETTERS_MIN else language_of(content)
        letters[code] = letters.get(code, 0) + len(content)
        if code != ENGLISH:
            for line in block:
                line.skip(SkipReason.LANGUAGE)
    return letters


def _sentences(text: str, blocks: Sequence[list[Line]]) -> Iterator[Sentence]:
    for number, block in enumerate(blocks):
        for start, end in _runs(block):
            for span in sentences_in(text, start, end):
                yield Sentence(span, block[0].speaker, number)


def _runs(block: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Stretches of a block in which a sentence may go over a line end, because the lines were wrapped."""
    start = block[0].start
    for line, following in pairwise(block):
        if following.solo or following.cuts or not _goes_on(line, following):
            yield start, line.end
            start = following.start
    yield start, block[-1].end


def _goes_on(line: Line, following: Line) -> bool:
    """Whether a line was broken by its width rather than by its writer."""
    ending, beginning = line.text.rstrip(), following.text.lstrip()
    if not ending or not beginning:
        return False
    wide = len(line.text) >= _WRAPPED_MIN
    if ending.endswith(_STOPS):
        return wide and ending.endswith((".", "!", "?"))
    if beginning[0].islower() or ending.lower().endswith(_GOES_ON):
        return True
    return wide and len(line.text) + len(beginning.split(" ", 1)[0]) >= 60
