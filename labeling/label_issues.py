"""Labels that are probably wrong, most likely ones first: confident learning on out-of-fold probabilities.

C. G. Northcutt, L. Jiang, I. L. Chuang, Confident Learning, 2021. A head that did not see a sentence says what it would
expect there. A given label is suspect where the head is surer of the opposite than it is, on average, of sentences that
carry the opposite. About half of such flags are real errors in published sets: they are a queue for people, no verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.linear import Floats, Numbers, Scaling, folds_of, out_of_fold

Given = NDArray[np.bool_]
FOLDS = 5
STRENGTH = 1.0
CORRECTING = 40.0
"""Pull on heads that only correct a reader which knows the label: they must not learn the errors that they look for."""
LEAST_MARKED = 10
"""With fewer sentences that carry a label, nothing is said of it."""


@dataclass(frozen=True, slots=True)
class LabelIssue:
    """One doubtful decision: ``given`` says whether row ``row`` carries ``label``, ``probability`` what is expected."""

    row: int
    label: str
    given: bool
    probability: float
    doubt: float

    @property
    def words(self) -> str:
        """For a page."""
        said = "is marked" if self.given else "is not marked"
        return f"{said} as {self.label}, expected with a probability of {self.probability:.0%}"


@dataclass(frozen=True, slots=True)
class LabelIssues:
    """Doubtful decisions, the most doubtful first, and labels of which nothing could be said and why."""

    issues: tuple[LabelIssue, ...]
    notes: tuple[str, ...]


def find_issues(
    features: Numbers,
    given: Given,
    labels: Sequence[str],
    groups: Sequence[str],
    *,
    logits: Numbers | None = None,
    seed: int = 0,
) -> LabelIssues:
    """Doubtful decisions over sentences that people labeled.

    Args:
        features: ``(rows, width)`` sentence vectors of the frozen reader.
        given: ``(rows, labels)`` what people said.
        labels: names of the columns.
        groups: for each row what it was drawn with (its document): no head judges a document that it was fitted on.
        logits: ``(rows, labels)`` of the shipped reader, where it knows the labels; heads then only correct them.
        seed: of the folds.
    """
    scaled = Scaling.of(features)(features)
    folds = folds_of(tuple(groups), min(FOLDS, len(set(groups))), seed)
    issues: list[LabelIssue] = []
    notes = []
    for column, label in enumerate(labels):
        marked = given[:, column]
        if marked.sum() < LEAST_MARKED or (~marked).sum() < LEAST_MARKED or len(set(groups)) < 2:
            notes.append(f"{label}: too few sentences carry it, or carry it not, to say which are wrong")
            continue
        offset, strength = (None, STRENGTH) if logits is None else (logits[:, column], CORRECTING)
        expected = out_of_fold(scaled, marked.astype(np.float64), folds, strength=strength, offset=offset)
        for row in suspects(expected, marked):
            doubt = abs(float(expected[row]) - float(marked[row]))
            issues.append(LabelIssue(int(row), label, bool(marked[row]), float(expected[row]), doubt))
    return LabelIssues(tuple(sorted(issues, key=lambda issue: (-issue.doubt, issue.row, issue.label))), tuple(notes))


def suspects(expected: Floats, marked: Given) -> NDArray[np.int64]:
    """Rows whose label is suspect.

    Args:
        expected: ``(rows,)`` out-of-fold probabilities that a row carries the label.
        marked: ``(rows,)`` whether it is said to.
    """
    usual_yes = expected[marked].mean()
    usual_no = (1 - expected[~marked]).mean()
    missing = ~marked & (expected >= usual_yes)
    extra = marked & (1 - expected >= usual_no)
    return np.flatnonzero(missing | extra)
