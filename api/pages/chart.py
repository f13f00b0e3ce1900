"""The score over time as a picture: stacked columns, each part a link to the sentences that made it on that day.

Drawn by pygal on the server. Its styles and scripts are taken out, which the pages' policy would not let in anyway:
colours come from our style sheet, so that dark is dark, and hovering shows the browser's own tooltip. The table beside
it says the same to those who do not see it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from api.pages.times import day
from core.entities import Label, QuietKind

PARTS = (*(label.value for label in Label), "together", "less")
"""The layers of the columns from below; all combinations are one, and so is all that became less."""
TITLES = {label.value: label.value.replace("_", " ") for label in Label} | {
    "together": "what weighs more together",
    "less": "what became less",
}
WIDTH, HEIGHT = 960, 300
LABEL_EVERY = 3
QUOTE_MAX = 140
_GROUPS = ("together", "less")
_QUIET = frozenset(kind.value for kind in QuietKind)


def layers(course: Sequence[Mapping[str, Any]], account_id: str, driver: float = 0.0) -> list[dict[str, Any]]:
    """A row for each moment of a course, with the points of each layer, what is told of it, and where it leads.

    A label with fewer points than a ``driver`` has no section of its own: it leads to the documents, which name it.
    """
    rows = []
    for item in course:
        points = dict.fromkeys(PARTS, 0.0)
        newest: dict[str, Any] = {}
        for part in item["parts"]:
            layer = layer_of(part["name"])
            points[layer] = round(points[layer] + part["points"], 2)
            newest[layer] = part["newest"]
        date = day(item["as_of"])
        address = f"/account/{quote(account_id, safe='')}?as_of={date}"
        rows.append(
            {
                "date": date,
                "score": item["score"],
                "level": item["level"],
                "address": address,
                "points": points,
                "parts": [
                    {
                        "name": name,
                        "points": points[name],
                        "address": f"{address}#{name if name in _GROUPS or points[name] >= driver else 'documents'}",
                        "told": _told(name, date, points[name], newest.get(name)),
                    }
                    for name in PARTS
                ],
            }
        )
    return rows


def layer_of(name: str) -> str:
    """The layer that a part of the score belongs to."""
    if name in TITLES:
        return name
    return "less" if name in _QUIET else "together"


def _told(name: str, date: str, points: float, newest: Mapping[str, Any] | None) -> str:
    told = f"{date}: {TITLES[name]}, {points:.1f} points."
    if newest:
        said = " ".join(newest["text"].split())
        said = said if len(said) <= QUOTE_MAX else said[: QUOTE_MAX - 1] + "…"
        told += f" Last on {day(newest['occurred_at'])}, {newest['speaker'] or newest['document_id']}: “{said}”"
    return "".join(letter if letter.isprintable() else " " for letter in told)


def present(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The layers that say anything at any time."""
    return [name for name in PARTS if any(row["points"][name] for row in rows)]


def drawn(rows: Sequence[Mapping[str, Any]], levels: Mapping[str, float], shown: datetime) -> Markup:
    """The picture; an account is at a level of ``levels`` from that score on, ``shown`` is the day of the page."""
    layers_shown = present(rows)
    lines = [("", 0.0), *((f"{name} ", value) for name, value in levels.items()), ("", 100.0)]
    chart = _library()(
        js=(),
        css=(),
        no_prefix=True,
        disable_xml_declaration=True,
        width=WIDTH,
        height=HEIGHT,
        show_legend=False,
        margin=4,
        margin_left=20,
        spacing=4,
        range=(0, max(100.0, *(sum(row["points"].values()) for row in rows))),
        x_labels=[row["date"] for row in rows],
        x_labels_major_every=LABEL_EVERY,
        show_minor_x_labels=False,
        truncate_label=-1,
        y_labels=[{"value": value, "label": f"{name}{value:g}"} for name, value in lines],
    )
    for name in layers_shown:
        chart.add(name, [_bar(row, name) for row in rows])
    chart.add_xml_filter(lambda root: _ours(root, rows, layers_shown, day(shown)))
    # What the library writes it escapes, and nothing else is in it.
    return Markup(chart.render(is_unicode=True))


def _library() -> Any:
    """The kind of chart, loaded late: it takes a while, and only this page needs it."""
    from pygal import PluginImportFixer, StackedBar

    # It leaves a finder of the old kind behind, for maps in packages of their own, and Python warns at every import.
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, PluginImportFixer)]
    return StackedBar


def _bar(row: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    part = next(part for part in row["parts"] if part["name"] == name)
    if not part["points"]:
        return None
    return {"value": part["points"], "label": part["told"], "xlink": {"href": part["address"], "target": "_self"}}


def _ours(root: Any, rows: Sequence[Mapping[str, Any]], names: Sequence[str], shown: str) -> Any:
    """The library's picture without its styles, scripts and tooltips, and with our names on everything."""
    for parent in list(root.iter()):
        for child in list(parent):
            if _foreign(child):
                parent.remove(child)
    root.attrib.pop("id", None)
    root.set("class", "course")
    root.set("role", "group")
    first, last = rows[0], rows[-1]
    root.set("aria-label", f"Score from {first['date']} ({first['score']:.0f}) to {last['date']} ({last['score']:.0f})")
    for element in root.iter():
        kind = element.get("class", "")
        if kind.startswith("series serie-"):
            element.set("class", f"part {names[int(kind.split()[1].removeprefix('serie-'))]}")
    for link in root.iter("a"):
        _link(link, shown)
    return root


def _foreign(element: Any) -> bool:
    kind = element.get("class", "") if isinstance(element.tag, str) else ""
    return (
        not isinstance(element.tag, str)
        or (kind == "bar" and element.find("a") is None)
        or element.tag in ("defs", "style", "script")
        or (element.tag == "title" and element.text == "Pygal")
        or any(name in kind.split() for name in ("overlay", "text-overlay", "tooltip-overlay", "titles", "legends"))
    )


def _link(link: Any, shown: str) -> None:
    """A column's part: a link with what it tells, which hovering shows; the table has the same for the keyboard."""
    told = next(item.text for item in link if item.get("class") == "label")
    for item in list(link):
        if item.tag == "desc":
            link.remove(item)
    href = next(value for key, value in link.attrib.items() if str(key).endswith("href"))
    link.attrib.clear()
    link.set("href", href)
    link.set("aria-label", told)
    link.set("tabindex", "-1")
    if f"as_of={shown}#" in href:
        link.set("class", "shown")
    title = link.makeelement("title", {})
    title.text = told
    link.insert(0, title)
