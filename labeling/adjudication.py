"""What a reviewer should decide: records over which people differ, the worst first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from labeling.consensus import consensus
from labeling.records import Annotation, LabelledSpan, Record
from labeling.votes import ballots, labels_of, matched


class Reason(StrEnum):
    """Why people differed; a reviewer records one with the decision."""

    AMBIGUOUS_TEXT = "ambiguous_text"
    GUIDELINE_GAP = "guideline_gap"
    ANNOTATOR_ERROR = "annotator_error"
    EDGE_CASE = "edge_case"
    SUBJECTIVE = "subjective"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Dispute:
    """A record to decide: how far people agree on it (0 to 1), over which labels they differ, and who was there.

    ``doubt`` is how little the model of people can tell (1: nothing). ``rushed`` names who answered too fast.
    """

    record_id: str
    agreement: float
    labels: tuple[str, ...]
    annotators: tuple[str, ...]
    doubt: float
    rushed: tuple[str, ...]


def disputes(
    annotations: Iterable[Annotation],
    decided: Collection[str] = (),
    rushed: Mapping[str, Collection[str]] | None = None,
) -> list[Dispute]:
    """Records that two or more people judged and not alike, the worst first.

    Args:
        annotations: of all people.
        decided: ids of records that a reviewer has decided; they are left out.
        rushed: by record id, who answered too fast (``labeling.annotators.rushed``).
    """
    known = list(annotations)
    doubts = {answer.record_id: answer.probabilities for answer in consensus(known, {}).answers}
    found = []
    for record, by in ballots(known).items():
        agreement = agreement_on(list(by.values()))
        if record in decided or agreement == 1.0:
            continue
        given = [labels_of(one) for one in by.values()]
        differ = frozenset.union(*given) - frozenset.intersection(*given)
        # Where all give the same labels they differ over places.
        labels = tuple(sorted(differ or frozenset.union(*given)))
        doubt = max((1 - abs(2 * p - 1) for p in doubts[record].values()), default=0.0)
        found.append(
            Dispute(record, agreement, labels, tuple(sorted(by)), doubt, tuple((rushed or {}).get(record, ())))
        )
    return sorted(found, key=lambda dispute: (dispute.agreement, -dispute.doubt, dispute.record_id))


def agreement_on(annotations: Collection[Annotation]) -> float:
    """Mean over pairs of people of the F1 of their spans; two who mark nothing agree."""
    values = []
    for one, other in combinations(annotations, 2):
        marked = len(one.spans) + len(other.spans)
        values.append(2 * matched(one.spans, other.spans) / marked if marked else 1.0)
    return sum(values) / len(values) if values else 1.0


def side_by_side(record: Record, annotations: Iterable[Annotation]) -> list[tuple[str, tuple[str, ...]]]:
    """For a reviewer: for each person the marked words with their labels, most common answer first."""
    by = ballots(annotations).get(record.record_id, {})
    rows = [
        (who, tuple(f"{span.label}: {record.text[span.start : span.end]}" for span in sorted(one.spans, key=_place)))
        for who, one in by.items()
    ]
    answers = [row[1] for row in rows]
    return sorted(rows, key=lambda row: (-answers.count(row[1]), row[0]))


def _place(span: LabelledSpan) -> tuple[int, str]:
    return span.start, span.label
