"""What labeling functions do: coverage, overlaps, conflicts, and how often they are right where gold is at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.annotators import wilson
from labeling.weak.functions import NO, NOTHING, YES, LabelingFunction, Votes


@dataclass(frozen=True, slots=True)
class FunctionReport:
    """One function. Shares are of all passages; ``right`` of ``checked`` are those with gold, with Wilson's interval.

    ``overlaps``: others vote there too; ``conflicts``: others vote the opposite. ``missed`` is the share of gold
    passages with the label that no function says yes to; it is the same for all functions of a label.
    """

    name: str
    label: str
    says: bool
    coverage: float
    overlaps: float
    conflicts: float
    checked: int
    right: int
    low: float
    high: float

    @property
    def words(self) -> str:
        """For a page."""
        said = f"speaks in {self.coverage:.1%} of the passages, against others in {self.conflicts:.1%}"
        if not self.checked:
            return f"{said}; how often it is right cannot be said, because nobody labeled a passage in which it speaks"
        share = self.right / self.checked
        return f"{said}; right in {self.right} of {self.checked} ({share:.0%}, {self.low:.0%} to {self.high:.0%})"


def report(
    functions: Sequence[LabelingFunction], votes: Votes, gold: NDArray[np.int8] | None = None
) -> list[FunctionReport]:
    """A row for each function of one label.

    Args:
        functions: as in the columns of ``votes``.
        votes: ``(passages, functions)``.
        gold: ``(passages,)`` ``YES``, ``NO``, or ``NOTHING`` where nobody looked.
    """
    rows = []
    speaks = votes != NOTHING
    for at, function in enumerate(functions):
        mine = speaks[:, at]
        others = np.delete(votes, at, axis=1)
        against = (others == (NO if function.says else YES)).any(axis=1)
        known = mine & (gold != NOTHING) if gold is not None else np.zeros(len(votes), dtype=bool)
        right = int((votes[known, at] == gold[known]).sum()) if gold is not None else 0
        low, high = wilson(right, int(known.sum()))
        rows.append(
            FunctionReport(
                function.name,
                function.label,
                function.says,
                coverage=_share(mine),
                overlaps=_share(mine & (others != NOTHING).any(axis=1)),
                conflicts=_share(mine & against),
                checked=int(known.sum()),
                right=right,
                low=low,
                high=high,
            )
        )
    return rows


def missed(votes: Votes, gold: NDArray[np.int8]) -> float | None:
    """The share of gold passages with the label that no function says yes to; nothing where gold has none."""
    carrying = gold == YES
    return float((votes[carrying] != YES).all(axis=1).mean()) if carrying.any() else None


def _share(chosen: NDArray[np.bool_]) -> float:
    return float(chosen.mean()) if len(chosen) else 0.0
