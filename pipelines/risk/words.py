"""A change of the score in sentences: what was new, what good news took, what faded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from core.entities import Label, QuietKind
from pipelines.risk.facts import BOUNDS

_LABELS = frozenset(label.value for label in Label)
_QUIET = frozenset(kind.value for kind in QuietKind)
_SMALL = 0.005


def in_words(change: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The steps of a change (as ``change_json`` gives them) as sentences with points, the weightiest first.

    New evidence of a label stands for itself and carries its sentence; all else is summed by the part of the score. The
    points of all sentences sum to the difference.
    """
    told = []
    sums: dict[tuple[str, str], float] = defaultdict(float)
    fresh = {step["name"] for step in change["steps"] if step["kind"] == "added"}
    for step in change["steps"]:
        if step["kind"] == "added" and step["name"] in _LABELS:
            text = f"New: {_named(step['name'])}"
            told.append({"text": text, "name": step["name"], "points": step["points"], "evidence": step["evidence"]})
        else:
            sums[step["kind"], step["name"]] += step["points"]
    for (kind, name), points in sums.items():
        if abs(points) >= _SMALL:
            text = _sentence(kind, name, points, again=name in fresh)
            told.append({"text": text, "name": name, "points": round(points, 2), "evidence": None})
    return sorted(told, key=lambda item: (-abs(item["points"]), item["text"]))


def _sentence(kind: str, name: str, points: float, *, again: bool) -> str:
    called = _named(name)
    if name == BOUNDS:
        return "What would lie beyond 100 is not counted"
    if kind == "added":
        return f"New together: {called}"
    if name in _QUIET:
        return f"{called.capitalize()}: {'weighs more' if points > 0 else 'weighs less by age'}"
    match kind:
        case "faded":
            return f"What was said before of {called} faded" + ("" if again else "; nothing new was said of it")
        case "resolved":
            return f"Good news took from what was said of {called}"
        case _:
            if points > 0:
                return f"{called.capitalize()}: what was said before counts more beside what is new"
            return f"{called.capitalize()}: what was said before gives way to what is new"


def _named(name: str) -> str:
    return name.replace("_", " ")
