"""How a person works: silent gold tasks, and answers that came faster than anybody reads."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from core.ids import digest
from labeling.records import Annotation, AnnotationState, LabelledSpan, Record
from labeling.votes import ballots, matched

GOLD_EVERY = 20
FLOOR = 0.7
ENOUGH = 10
"""Gold tasks before anything is said of a person."""
UNANIMOUS = 3
"""So many people who agree make a record fit to become gold."""
WORDS_A_SECOND = 10.0
"""Nobody reads a passage faster; skilled readers do 5."""
LEAST_SECONDS = 0.6
"""To see a passage at all and to press a key."""


def gold_turn(annotator: str, done: int, secret: str, every: int = GOLD_EVERY) -> bool:
    """Whether a person's next task should be a gold one: one in each run, at a place nobody can guess.

    Args:
        annotator: who asks.
        done: how many tasks the person was given so far.
        secret: anything that annotators don't know, the same for all calls.
        every: the length of a run.
    """
    run, at = divmod(done, every)
    return int(digest(f"{secret}/{annotator}/{run}")[:12], 16) % every == at


@dataclass(frozen=True, slots=True)
class GoldScore:
    """How a person did on gold tasks; ``right``: nothing missed, nothing too much. The interval is Wilson's, 95 %."""

    annotator: str
    tasks: int
    right: int
    missed: int
    wrong: int
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """What follows, in words; nobody is below the floor by bad luck alone."""
        if self.tasks < ENOUGH:
            return f"{self.tasks} of {ENOUGH} gold tasks done: too early to say"
        share = f"{self.right} of {self.tasks} gold tasks right ({self.low:.0%} to {self.high:.0%})"
        if self.high < FLOOR:
            return f"{share}: below {FLOOR:.0%}; go through the guideline together before more is labeled"
        if self.right < FLOOR * self.tasks:
            return f"{share}: perhaps below {FLOOR:.0%}; look at what was missed"
        return f"{share}: fine"


def gold_scores(annotations: Iterable[Annotation], gold: Mapping[str, Sequence[LabelledSpan]]) -> tuple[GoldScore, ...]:
    """How each person did on the records that ``gold`` has spans for (none: nothing is there to be found)."""
    rows: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for record, by in ballots(annotations).items():
        if record in gold:
            for annotator, one in by.items():
                found = matched(one.spans, gold[record])
                rows[annotator].append((len(gold[record]) - found, len(one.spans) - found))
    scores = []
    for annotator, counted in sorted(rows.items()):
        right = sum(missed == wrong == 0 for missed, wrong in counted)
        low, high = wilson(right, len(counted))
        missed, wrong = (sum(column) for column in zip(*counted, strict=True))
        scores.append(GoldScore(annotator, len(counted), right, missed, wrong, low, high))
    return tuple(scores)


def gold_candidates(annotations: Iterable[Annotation], people: int = UNANIMOUS) -> dict[str, tuple[LabelledSpan, ...]]:
    """Records over which so many people agree entirely, with the spans of the first of them."""
    found = {}
    for record, by in ballots(annotations).items():
        first, *others = by.values()
        alike = all(matched(first.spans, one.spans) == len(first.spans) == len(one.spans) for one in others)
        if len(by) >= people and alike:
            found[record] = first.spans
    return found


def least_seconds(record: Record) -> float:
    """The time under which nobody can have read a passage."""
    words = len(record.text[record.start : record.end].split())
    return max(LEAST_SECONDS, words / WORDS_A_SECOND)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a person works; ``hourly`` is decisions an hour at the median."""

    annotator: str
    timed: int
    median_seconds: float
    hourly: int
    rushed: tuple[str, ...]

    @property
    def words(self) -> str:
        """For a page."""
        said = f"{self.median_seconds:.1f} s a decision ({self.hourly:,} an hour)"
        if not self.rushed:
            return said
        return f"{said}; {len(self.rushed)} of {self.timed} faster than the passage can be read"


def paces(annotations: Iterable[Annotation], records: Mapping[str, Record]) -> tuple[Pace, ...]:
    """How fast each person works. Annotations without a time (labeled together with an equal one) are left out."""
    rows: dict[str, list[Annotation]] = defaultdict(list)
    for annotation in annotations:
        timed = annotation.seconds is not None and annotation.state is AnnotationState.SUBMITTED
        if timed and annotation.record_id in records:
            rows[annotation.annotator].append(annotation)
    found = []
    for annotator, timed_ones in sorted(rows.items()):
        middle = median(one.seconds or 0.0 for one in timed_ones)
        fast = tuple(
            one.record_id for one in timed_ones if (one.seconds or 0.0) < least_seconds(records[one.record_id])
        )
        found.append(Pace(annotator, len(timed_ones), middle, round(3600 / max(middle, LEAST_SECONDS)), fast))
    return tuple(found)


def rushed(annotations: Iterable[Annotation], records: Mapping[str, Record]) -> dict[str, tuple[str, ...]]:
    """By record id, who answered faster than it can be read."""
    found: dict[str, tuple[str, ...]] = {}
    for pace in paces(annotations, records):
        for record in pace.rushed:
            found[record] = (*found.get(record, ()), pace.annotator)
    return found


def wilson(right: int, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    if not count:
        return 0.0, 1.0
    z, share = 1.96, right / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    width = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return max(0.0, middle - width), min(1.0, middle + width)
