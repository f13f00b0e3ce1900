"""How well groups agree with gold groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence


def b_cubed(found: Sequence[Hashable], gold: Sequence[Hashable]) -> tuple[float, float, float]:
    """Precision, recall and F1 of B-cubed (Bagga and Baldwin, 1998): averages over items, so each counts once."""
    both = Counter(zip(found, gold, strict=True))
    by_found, by_gold = Counter(found), Counter(gold)
    total = len(found)
    precision = sum(count * count / by_found[group] for (group, _), count in both.items()) / total
    recall = sum(count * count / by_gold[group] for (_, group), count in both.items()) / total
    return precision, recall, 2 * precision * recall / (precision + recall)


def pairwise(found: Sequence[Hashable], gold: Sequence[Hashable]) -> tuple[float, float, float]:
    """Precision, recall and F1 over pairs of items that stand together."""
    together = _pairs(Counter(zip(found, gold, strict=True)))
    precision = together / max(1, _pairs(Counter(found)))
    recall = together / max(1, _pairs(Counter(gold)))
    return precision, recall, 2 * precision * recall / max(1e-12, precision + recall)


def _pairs(counts: Counter[Hashable] | Counter[tuple[Hashable, Hashable]]) -> int:
    return sum(count * (count - 1) // 2 for count in counts.values())
