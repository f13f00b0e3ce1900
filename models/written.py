"""The written corpus in the form in which it is written: plain text with the gold marked in place.

    # Crewlark | shift scheduling | crewlark.example | rivals: Deputy, When I Work
    @ Priya Raman, CSM                                  one of us
    ## northgate; Northgate Hotels; b; 84000; high; rival evaluation
    + Dana Whitfield, Head of Operations                one of theirs
    === e 2026-02-03 Dana>Priya | Rosters               kind, day, author>others, title
    Any news? [[R:high:repeated|Four managers still can't swap shifts themselves.]]
    ~ t 03-14 Dana | Fine app. [[R|Still no dark mode.]]     a whole document on one line; the year may be left out

Kinds: n meeting note, t ticket, e mail, c call. Codes (several joined by ``+``):

    C:<stance>[:name,name]    V:<away|toward|undecided>:<driver>[:platform=X][:deadline=..][:by=2026-03]
    W:<means>[:status][:effort=..][:gap=..]
    R[:criticality][:repeated][:gave_up][:status][:since=..][:cap=..]

A part ``hard`` says that no list of words would find the mention, ``unsure`` that careful people could disagree.
Marks may not nest; ``models.corpus.load_corpus`` reads these files as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from core.entities import Label
from nlp.outputs import CHOICES

_KINDS = {"n": "meeting_note", "t": "support_ticket", "e": "email", "c": "call_transcript"}
_LABELS = {
    "C": Label.COMPETITIVE_MENTION,
    "V": Label.VENDOR_CONSOLIDATION,
    "W": Label.WORKAROUND,
    "R": Label.UNBUILT_FEATURE_REQUEST,
}
_SHORT = {
    "away": "away_from_us", "toward": "toward_us", "merger": "merger_or_parent", "it": "it_security",
    "sheet": "spreadsheet", "script": "script_or_api", "tool": "other_tool", "manual": "manual_work",
    "misused": "misused_feature", "vendor": "vendor_assisted", "alongside": "using_alongside",
    "switching": "switching_to", "from": "switched_from", "prefers": "prefers_us",
}  # fmt: skip
_REMARKS = ("hard", "unsure")
_MARK = re.compile(r"\[\[([^|\[\]]+)\|(.*?)\]\]", re.DOTALL)


class WrittenError(ValueError):
    """A written file breaks its form; the message names file and line."""


@dataclass
class Draft:
    """A vendor's file, parsed: the same rows as the JSON Lines files of other vendors hold."""

    vendor: dict[str, Any] = field(default_factory=dict)
    us: list[dict[str, str]] = field(default_factory=list)
    them: list[dict[str, str]] = field(default_factory=list)
    account: dict[str, Any] = field(default_factory=dict)
    accounts: list[dict[str, Any]] = field(default_factory=list)
    documents: list[dict[str, Any]] = field(default_factory=list)
    gold: list[dict[str, Any]] = field(default_factory=list)


def parse_written(content: str, slug: str) -> Draft:
    """One vendor's file.

    Raises:
        WrittenError: naming the line.
    """
    draft = Draft()
    header: tuple[int, str] | None = None
    body: list[str] = []
    for number, line in enumerate([*content.splitlines(), "##"], 1):
        if line.startswith(("# ", "@ ", "## ", "+ ", "=== ")) or (line == "##"):
            if header:
                _document(draft, slug, header, "\n".join(body).strip("\n"))
                header = None
            try:
                header = _heading(draft, slug, line, number)
            except (ValueError, KeyError) as error:
                raise WrittenError(f"{slug}.txt, line {number}: {error}") from error
            body = []
        elif line.startswith("~ "):
            if header:
                _document(draft, slug, header, "\n".join(body).strip("\n"))
                header = None
            facts, _, content = line[2:].partition(" | ")
            _document(draft, slug, (number, facts), content.replace(" / ", "\n"))
        elif header:
            body.append(line)
    return draft


def _heading(draft: Draft, slug: str, line: str, number: int) -> tuple[int, str] | None:
    if line.startswith("=== "):
        return number, line[4:]
    if line.startswith("# "):
        name, category, domain, rivals = (part.strip() for part in line[2:].split("|"))
        names = [rival.strip() for rival in rivals.removeprefix("rivals:").split(",")]
        draft.vendor = {"slug": slug, "vendor": name, "product": name, "category": category, "email_domain": domain,
                        "known_rivals": names}  # fmt: skip
    elif line.startswith("@ "):
        draft.us.append(_person(line[2:], "vendor"))
    elif line.startswith("+ "):
        draft.them.append(_person(line[2:], "account"))
    elif line.startswith("## "):
        key, name, tier, arr, risk, storyline = (part.strip() for part in line[3:].split(";"))
        draft.them = []
        draft.account = {
            "account_id": f"{slug}-{key}", "account_name": name,
            "tier": {"s": "standard", "b": "best_customer"}[tier],
            "arr_usd": int(arr), "storyline": storyline, "risk_at_end": risk,
        }  # fmt: skip
        draft.accounts.append(draft.account)
    return None


def _person(text: str, side: str) -> dict[str, str]:
    name, _, title = text.partition(",")
    return {"name": name.strip(), "title": title.strip(), "side": side}


def _document(draft: Draft, slug: str, header: tuple[int, str], marked: str) -> None:
    number, line = header
    try:
        facts, _, title = line.partition("|")
        if not marked.strip():  # A one-liner has no title.
            title, marked = "", title.strip()
        if "[[" in title:
            raise ValueError("a mark stands in a title")
        kind, day, people = facts.split(None, 2)
        day = day if len(day) > 5 else f"2026-{day}"
        names = [name for name in re.split(r"[>,\s]+", people.strip()) if name]
        present = [_who(draft, name) for name in names]
        text, mentions = _marks(marked)
    except (ValueError, KeyError, StopIteration) as error:
        raise WrittenError(f"{slug}.txt, line {number}: {error!r}") from error
    identity = f"{slug}-{len(draft.documents) + 1:03d}"
    draft.documents.append({
        "id": identity, "account_id": draft.account["account_id"], "account_name": draft.account["account_name"],
        "kind": _KINDS[kind], "occurred_at": f"{day}T{8 + len(draft.documents) % 10:02d}:{len(text) % 60:02d}:00+00:00",
        "title": title.strip(), "author": present[0], "participants": present, "text": text,
    })  # fmt: skip
    draft.gold.append({"id": identity, "mentions": mentions})


def _who(draft: Draft, name: str) -> dict[str, str]:
    return next(person for person in [*draft.them, *draft.us] if name in person["name"].split())


def _marks(marked: str) -> tuple[str, list[dict[str, Any]]]:
    """The plain text, and its mentions as spans."""
    pieces: list[str] = []
    mentions = []
    position = length = 0
    for match in _MARK.finditer(marked):
        before = marked[position : match.start()]
        pieces += [before, match[2]]
        start = length + len(before)
        length = start + len(match[2])
        labels, attributes, remarks = _codes(match[1])
        mentions.append({"start": start, "end": length, "labels": labels, "attributes": attributes, **remarks})
        position = match.end()
    pieces.append(marked[position:])
    text = "".join(pieces)
    if "[[" in text or "]]" in text:
        raise ValueError("a mark is not closed")
    return text, mentions


def _codes(codes: str) -> tuple[list[str], dict[str, dict[str, Any]], dict[str, bool]]:
    labels: list[str] = []
    attributes: dict[str, dict[str, Any]] = {}
    remarks: dict[str, bool] = {}
    for code in codes.split("+"):
        letter, *parts = code.strip().split(":")
        label = _LABELS[letter]
        labels.append(label.value)
        attributes[label.value] = _attributes(label, [part for part in parts if part not in _REMARKS])
        remarks |= {part: True for part in parts if part in _REMARKS}
    return labels, attributes, remarks


def _attributes(label: Label, parts: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"competitors": []} if label is Label.COMPETITIVE_MENTION else {}
    if label is Label.WORKAROUND:
        found["status"] = "in_use"
    for part in parts:
        key, _, value = part.partition("=")
        if value:
            found[
                {"by": "deadline_date", "since": "waiting_since", "gap": "gap", "cap": "capability"}.get(key, key)
            ] = value
        elif part in ("repeated", "gave_up"):
            found[part] = True
        else:
            _choice(label, _SHORT.get(part, part), part, found)
    return found


def _choice(label: Label, value: str, part: str, found: dict[str, Any]) -> None:
    for choice in CHOICES:
        if choice.label is label and value in choice.values:
            found[choice.key] = value
            return
    if label is not Label.COMPETITIVE_MENTION:
        raise ValueError(f"{part!r} is nothing that {label} can be")
    found["competitors"] = [name.strip() for name in part.split(",")]
