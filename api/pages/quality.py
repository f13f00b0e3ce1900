"""The quality card: what the reader can and can't do, by label, in figures and in words made of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from api.deps import ServicesDep
from api.pages.sessions import Visitor, page, please_sign_in
from core.entities import OperatingPoint
from labeling.annotators import wilson

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

POINTS = [point.value for point in OperatingPoint]
ENOUGH = 10
"""A share of fewer cases says next to nothing."""
OFTEN_WRONG = 0.5
TEN = 10


@router.get("/quality")
def quality(request: Request, services: ServicesDep, visitor: Visitor) -> Response:
    """What was measured of the reader in service."""
    if visitor is None:
        return please_sign_in(request)
    card = services.workspace.quality_card(visitor.tenant_id)
    measured = card["measured"]
    context = {
        "card": card,
        "measured": measured,
        "points": POINTS,
        "labels": [_label(name, measured["labels"].get(name), fitted) for name, fitted in card["labels"].items()]
        if measured
        else [],
        "attributes": _attributes(measured),
        "weaknesses": _weaknesses(measured) if measured else [],
        "enough": ENOUGH,
    }
    return page(request, "quality.html", context)


def _label(name: str, found: Mapping[str, Any] | None, fitted: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"name": name, "points": fitted["points"], "calibration_error": fitted["calibration_error"]}
    if not found or not found["precision"]:
        return row
    right = round(found["recall"] * found["gold"])
    marked = round(right / found["precision"])
    return row | {
        "gold": found["gold"],
        "f1": found["f1"],
        "f1_interval": found["interval"],
        "precision": found["precision"],
        "precision_interval": wilson(right, marked),
        "recall": found["recall"],
        "recall_interval": wilson(right, found["gold"]),
        "of_ten_marked": round(found["precision"] * TEN),
        "of_ten_there": round(found["recall"] * TEN),
    }


def _attributes(measured: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for name, (right, count) in measured.get("attributes", {}).items():
        label, attribute = name.split(".", 1)
        rows.append(
            {
                "label": label,
                "attribute": attribute,
                "right": right,
                "of": count,
                "share": right / count if count else None,
                "interval": wilson(right, count) if count else None,
            }
        )
    return rows


def _weaknesses(measured: Mapping[str, Any]) -> list[str]:
    """What the figures say against the reader, the gravest first."""
    found = []
    labels = measured["labels"]
    weakest = min(labels, key=lambda name: labels[name]["f1"])
    right, there = (round(labels[weakest][name] * TEN) for name in ("precision", "recall"))
    found.append(
        f"It is weakest at {_words(weakest)}: about {right} of ten that it marks are right, and it finds about {there} "
        "of ten that are there."
    )
    recall = measured.get("recall", {})
    if "hard" in recall and "plain" in recall:
        hard, plain = (share(*recall[name]) for name in ("hard", "plain"))
        found.append(f"Of what is said in passing or in other words it finds {hard}, of what is said plainly {plain}.")
    kinds = measured.get("slices", {}).get("kind", {})
    if kinds:
        worst, best = min(kinds, key=kinds.__getitem__), max(kinds, key=kinds.__getitem__)
        found.append(
            f"It reads {_words(worst)}s worst (F1 {kinds[worst]:.2f}) and {_words(best)}s best ({kinds[best]:.2f})."
        )
    if measured.get("documents_without_mention"):
        flagged = share(measured["of_these_flagged"], measured["documents_without_mention"])
        found.append(f"Of invented documents that hold no signal at all {flagged} were marked somewhere.")
    poor = [row for row in _attributes(measured) if row["of"] >= ENOUGH and row["share"] < OFTEN_WRONG]
    if poor:
        named = ", ".join(
            f"{_words(row['attribute'])} of {_words(row['label'])} ({row['right']} of {row['of']})" for row in poor
        )
        found.append(f"These attributes are more often not exactly right than right: {named}.")
    return found


def share(right: int, count: int) -> str:
    """A share in words: so many of so many."""
    return f"{right} of {count} ({right / count:.0%})"


def _words(name: str) -> str:
    return name.replace("_", " ")
