"""Attributes of a signal in words, as labeled in the standard; what is not said is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from core.custom_labels import is_custom
from core.entities import Label

Attributes = Mapping[str, Any]

_STANCE = {
    "evaluating": "they are evaluating it",
    "comparing": "they compare us with it",
    "switching_to": "they are switching to it",
    "using_alongside": "they use it beside us",
    "switched_from": "they came to us from it",
    "prefers_us": "they prefer us",
    "mentioned": "named in passing",
}
_DIRECTION = {
    "away_from_us": "work moves away from us",
    "toward_us": "work moves to us",
    "undecided": "where it leads is open",
}
_DRIVER = {
    "finance": "led by finance",
    "procurement": "led by procurement",
    "it_security": "led by IT or security",
    "merger_or_parent": "led by a merger or the parent company",
    "executive": "led by an executive",
    "unknown": "who leads it is not said",
}
_MEANS = {
    "spreadsheet": "by spreadsheet",
    "script_or_api": "by a script or the API",
    "other_tool": "by another tool",
    "manual_work": "by hand",
    "misused_feature": "by bending a feature",
    "vendor_assisted": "with our help",
}
_WORKAROUND = {"in_use": "in use today", "proposed": "proposed", "retired": "no longer needed"}
_REQUEST = {
    "open": "open",
    "planned": "said to be planned",
    "shipped": "said to be shipped",
    "declined": "said to be declined",
}


def in_words(label: str, attributes: Attributes) -> str:
    """A line for a signal's attributes; empty where nothing is known, as of a signal of the workspace's own."""
    if is_custom(label):
        return ""
    told = _READERS[Label(label)](attributes)
    return "; ".join(part for part in told if part)


def _competitive(found: Attributes) -> Iterator[str | None]:
    names = found.get("competitors") or ()
    yield ("their own build" if list(names) == ["in-house"] else ", ".join(names)) if names else "no rival is named"
    yield _STANCE.get(found.get("stance", ""))


def _consolidation(found: Attributes) -> Iterator[str | None]:
    yield _DIRECTION.get(found.get("direction", ""))
    yield f"into {found['platform']}" if found.get("platform") else None
    yield _DRIVER.get(found.get("driver", ""))
    yield _dated("by", found.get("deadline"), found.get("deadline_date"))


def _workaround(found: Attributes) -> Iterator[str | None]:
    yield _MEANS.get(found.get("means", ""))
    yield _WORKAROUND.get(found.get("status", ""))
    hours = found.get("effort_hours_per_month")
    if found.get("effort"):
        yield f"“{found['effort']}”" + (f", {hours:g} hours a month" if hours is not None else "")
    yield f"because of: {found['gap']}" if found.get("gap") else None


def _request(found: Attributes) -> Iterator[str | None]:
    yield str(found["capability"]) if found.get("capability") else None
    criticality = found.get("criticality")
    yield "a blocker" if criticality == "blocker" else f"{criticality} importance" if criticality else None
    yield "asked before" if found.get("repeated") else None
    yield "has stopped asking" if found.get("gave_up") else None
    yield _dated("waiting since", found.get("waiting_since"), found.get("waiting_since_date"))
    yield _REQUEST.get(found.get("status", ""))


def _dated(what: str, said: str | None, date: str | None) -> str | None:
    if not said:
        return f"{what} {date}" if date else None
    return f"{what} “{said}”" + (f" ({date})" if date else "")


_READERS: dict[Label, Callable[[Attributes], Iterator[str | None]]] = {
    Label.COMPETITIVE_MENTION: _competitive,
    Label.VENDOR_CONSOLIDATION: _consolidation,
    Label.WORKAROUND: _workaround,
    Label.UNBUILT_FEATURE_REQUEST: _request,
}
