"""Who says what: the newest submitted annotation of each person for each record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from core.entities import Span
from labeling.records import Annotation, AnnotationState, LabelledSpan
from models.evaluation.score import same_place

Ballots = dict[str, dict[str, Annotation]]
"""By record id, by annotator."""


def ballots(annotations: Iterable[Annotation]) -> Ballots:
    """The annotations that count: submitted, and of one person for one record only the newest."""
    found: Ballots = defaultdict(dict)
    for annotation in annotations:
        if annotation.state is not AnnotationState.SUBMITTED:
            continue
        before = found[annotation.record_id].get(annotation.annotator)
        if before is None or annotation.made_at >= before.made_at:
            found[annotation.record_id][annotation.annotator] = annotation
    return dict(found)


def labels_of(annotation: Annotation) -> frozenset[str]:
    """The labels that an annotation gives anywhere in its passage."""
    return frozenset(span.label for span in annotation.spans)


def all_labels(found: Ballots) -> list[str]:
    """Every label that anybody gave, in alphabetical order."""
    return sorted({span.label for by in found.values() for one in by.values() for span in one.spans})


def matched(one: Sequence[LabelledSpan], other: Sequence[LabelledSpan]) -> int:
    """How many spans of two annotations speak of one mention: same label, same place, each at most once.

    Those that share most are matched first. Same place means what it means when the reader is measured.
    """
    pairs = [
        (_span(first).overlap(_span(second)), at, to)
        for at, first in enumerate(one)
        for to, second in enumerate(other)
        if first.label == second.label and same_place(_span(first), _span(second))
    ]
    taken_one: set[int] = set()
    taken_other: set[int] = set()
    for _, at, to in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if at not in taken_one and to not in taken_other:
            taken_one.add(at)
            taken_other.add(to)
    return len(taken_one)


def _span(span: LabelledSpan) -> Span:
    return Span(span.start, span.end)
