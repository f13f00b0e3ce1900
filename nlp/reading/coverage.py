"""What became of every character: sentences and skipped stretches tile the text, and the report adds up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from core.entities import Coverage, Sentence, Skipped, SkipReason, Span
from nlp.reading.language import ENGLISH
from nlp.reading.lines import Line

_MIXED = "parts in another language ({languages}) were not read; only English is read"
_WHOLE = "the text is in another language ({languages}) and was not read; only English is read"
_NOTHING = "nothing here is the author's own words: {reasons}"


def skipped_of(
    length: int,
    lines: Sequence[Line],
    sentences: Sequence[Sentence],
    markup: Sequence[Span] = (),
    extra: Iterable[Skipped] = (),
) -> tuple[Skipped, ...]:
    """All that is in no sentence, in text order, with the reason; what has none is markup or blank."""
    marks = sorted([*_marks(lines), *((item.span, item.reason) for item in extra)], key=lambda mark: mark[0].start)
    out: list[Skipped] = []
    mark_at = tag_at = 0
    for gap in _gaps(length, sentences):
        position = gap.start
        while mark_at < len(marks) and marks[mark_at][0].start < gap.end:
            span, reason = marks[mark_at]
            mark_at += 1
            start, end = max(span.start, position), min(span.end, gap.end)
            if start < end:
                tag_at = _fill(out, position, start, markup, tag_at)
                _add(out, start, end, reason)
                position = end
        tag_at = _fill(out, position, gap.end, markup, tag_at)
    return tuple(_joined(out))


def coverage_of(
    length: int, sentences: Sequence[Sentence], skipped: Sequence[Skipped], languages: Mapping[str, int]
) -> Coverage:
    """The report: how much was read, how much was not and why, and in which language the text is."""
    counts: Counter[SkipReason] = Counter()
    for item in skipped:
        counts[item.reason] += len(item.span)
    main = max(languages, key=lambda code: (languages[code], code == ENGLISH)) if languages else None
    read = sum(len(sentence.span) for sentence in sentences)
    return Coverage(length, read, dict(sorted(counts.items())), main, _notes(sentences, counts, languages))


def _notes(
    sentences: Sequence[Sentence], counts: Mapping[SkipReason, int], languages: Mapping[str, int]
) -> tuple[str, ...]:
    foreign = ", ".join(sorted(code for code in languages if code != ENGLISH))
    if foreign:
        return ((_MIXED if sentences else _WHOLE).format(languages=foreign),)
    reasons = sorted(reason for reason in counts if reason not in (SkipReason.BLANK, SkipReason.MARKUP))
    return () if sentences or not reasons else (_NOTHING.format(reasons=", ".join(reasons)),)


def _marks(lines: Sequence[Line]) -> Iterator[tuple[Span, SkipReason]]:
    for line in lines:
        yield from line.cuts
        if line.reason is not None and line.end > line.start:
            yield Span(line.start, line.end), line.reason


def _gaps(length: int, sentences: Sequence[Sentence]) -> Iterator[Span]:
    position = 0
    for sentence in sentences:
        if sentence.span.start > position:
            yield Span(position, sentence.span.start)
        position = sentence.span.end
    if position < length:
        yield Span(position, length)


def _fill(out: list[Skipped], start: int, end: int, markup: Sequence[Span], tag_at: int) -> int:
    """What no mark covers: tags are markup, the rest is blank. Returns the first tag that may still be needed."""
    while tag_at < len(markup) and markup[tag_at].start < end:
        tag = markup[tag_at]
        if tag.end > start:
            _add(out, start, max(start, tag.start), SkipReason.BLANK)
            _add(out, max(start, tag.start), min(end, tag.end), SkipReason.MARKUP)
            start = min(end, max(start, tag.end))
        if tag.end > end:
            break
        tag_at += 1
    _add(out, start, end, SkipReason.BLANK)
    return tag_at


def _add(out: list[Skipped], start: int, end: int, reason: SkipReason) -> None:
    if start < end:
        out.append(Skipped(Span(start, end), reason))


def _joined(items: Sequence[Skipped]) -> list[Skipped]:
    """Neighbours of one reason as one stretch, with the white space between them."""
    out: list[Skipped] = []
    for item in items:
        before = out[-1] if out else None
        blank = before is not None and before.reason is SkipReason.BLANK and len(out) > 1
        if before and before.span.end == item.span.start and before.reason is item.reason:
            out[-1] = Skipped(Span(before.span.start, item.span.end), item.reason)
        elif before and blank and before.span.end == item.span.start and _joins(out[-2], before, item):
            out[-2:] = [Skipped(Span(out[-2].span.start, item.span.end), item.reason)]
        else:
            out.append(item)
    return out


def _joins(first: Skipped, between: Skipped, last: Skipped) -> bool:
    same = first.reason is last.reason is not SkipReason.MARKUP
    return same and first.span.end == between.span.start
