"""Risk as a terminal shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from api.cli.console import LEVEL_STYLE

_ARROWS = {"new": "new", "rising": "↑", "steady": "→", "falling": "↓"}
_SHORT = {
    "competitive_mention": "rival",
    "vendor_consolidation": "consolidation",
    "workaround": "workaround",
    "unbuilt_feature_request": "request",
}
QUOTE_MAX = 160


def accounts_table(accounts: Sequence[dict[str, Any]]) -> Table:
    """Accounts by risk, each with drivers, trend and its strongest sentence."""
    table = Table(show_lines=True, expand=True)
    table.add_column("risk", justify="right", no_wrap=True)
    table.add_column("account", ratio=3)
    table.add_column("drivers", ratio=3)
    table.add_column("strongest sentence", ratio=7)
    for account in accounts:
        risk = account["risk"]
        table.add_row(_score(risk), _name(account), _drivers(risk), _strongest(risk))
    return table


def account_panel(account: dict[str, Any], risk: dict[str, Any]) -> Panel:
    """One account: every driver with the sentences behind it and what to do next."""
    parts: list[RenderableType] = [_headline(account, risk)]
    for driver in risk["drivers"]:
        parts.append(Text())
        parts.append(_driver_title(driver))
        parts += [_evidence(item) for item in driver["evidence"][:5]]
        if len(driver["evidence"]) > 5:
            parts.append(Text(f"    and {len(driver['evidence']) - 5} more", style="dim"))
    for combination in risk["combinations"]:
        parts += [Text(), _driver_title(combination)]
    if risk["quiet_signals"]:
        parts += [Text(), Text("quiet", style="bold")]
        parts += [_quiet(signal) for signal in risk["quiet_signals"]]
    if risk["recommended_actions"]:
        parts += [Text(), Text("what to do", style="bold")]
        parts += [_step(step, risk["as_of"][:10]) for step in risk["recommended_actions"]]
    return Panel(Group(*parts), title=account["account_name"] or account["account_id"], title_align="left")


def change_table(change: dict[str, Any]) -> Table:
    """Why a score changed: each step with the sentence behind it."""
    before, after = change["before"], change["after"]
    title = f"{before['as_of'][:10]} {before['score']:.1f} → {after['as_of'][:10]} {after['score']:.1f}"
    table = Table(title=f"{title} ({change['difference']:+.1f})", title_justify="left")
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("what happened", no_wrap=True)
    table.add_column("to")
    for step in sorted(change["steps"], key=lambda step: -abs(step["points"])):
        said = _quoted(step["evidence"]) if step["evidence"] else Text()
        table.add_row(
            f"{step['points']:+.2f}", step["kind"], Text(f"{step['name'].replace('_', ' ')}\n").append_text(said)
        )
    return table


def _quiet(signal: dict[str, Any]) -> Text:
    contact = signal["contact"]
    who = f" {contact['name']}" + (f", {contact['title']}" if contact["title"] else "") if contact else ""
    text = Text(f"  {signal['kind'].replace('_', ' ')}{who}")
    measured = f"{signal['before']:g} → {signal['after']:g}, by chance {signal['chance']:.1%}"
    return text.append(f"  since {signal['since'][:10]}, {measured}", style="dim")


def _step(step: dict[str, Any], today: str) -> Text:
    when = ("overdue since", "red") if step["due"] < today else ("by", "")
    return Text.assemble((f"  {when[0]} {step['due']}", when[1]), f"  {step['action']} ({step['owner']})")


def _score(risk: dict[str, Any] | None) -> Text:
    if risk is None:
        return Text("not read", style="dim")
    return Text(f"{risk['score']:.0f}\n{risk['level']}", style=LEVEL_STYLE[risk["level"]])


def _name(account: dict[str, Any]) -> Text:
    text = Text(account["account_name"] or account["account_id"], style="bold")
    facts = ["best customer"] if account["tier"] == "best_customer" else []
    if account["arr_usd"] is not None:
        facts.append(f"${account['arr_usd']:,.0f}")
    text.append("\n" + account["account_id"], style="dim")
    if facts:
        text.append("\n" + ", ".join(facts), style="dim not bold")
    return text


def _drivers(risk: dict[str, Any] | None) -> Text:
    text = Text()
    for driver in risk["drivers"] if risk else ():
        text.append(f"{_SHORT[driver['label']]} ")
        text.append(f"{driver['contribution']:+.0f}", style="bold")
        text.append(f" {_ARROWS[driver['trend']]}\n", style="dim")
    text.rstrip()
    return text


def _strongest(risk: dict[str, Any] | None) -> Text:
    if not risk or not risk["drivers"]:
        return Text("nothing that raises the risk" if risk else "", style="dim")
    evidence = [item for driver in risk["drivers"] for item in driver["evidence"]]
    best = max(evidence, key=lambda item: item["points"])
    return _quoted(best)


def _quoted(item: dict[str, Any]) -> Text:
    quote = " ".join(item["text"].split())
    if len(quote) > QUOTE_MAX:
        quote = quote[: QUOTE_MAX - 1] + "…"
    text = Text(f"“{quote}”")
    speaker = f"{item['speaker']}, " if item["speaker"] else ""
    text.append(f"\n{speaker}{item['document_id']}, {item['occurred_at'][:10]}", style="dim")
    return text


def _headline(account: dict[str, Any], risk: dict[str, Any]) -> Text:
    text = Text(f"{risk['level']} {risk['score']:.0f}", style=LEVEL_STYLE[risk["level"]])
    tier = "best customer" if account["tier"] == "best_customer" else "standard"
    text.append(f"  as of {risk['as_of'][:10]}, {risk['documents']} documents, {tier}", style="not bold dim")
    if account["owner"]:
        text.append(f", {account['owner']}", style="not bold dim")
    if risk["held_since"]:
        text.append(f"\nstill {risk['level']}: reached on {risk['held_since'][:10]}", style="not bold dim")
    return text


def _driver_title(driver: dict[str, Any]) -> Text:
    text = Text(driver["label"].replace("_", " "), style="bold")
    text.append(f"  {driver['contribution']:+.1f} points, {driver['trend']}", style="not bold")
    return text


def _evidence(item: dict[str, Any]) -> Text:
    text = Text(f"  {item['points']:+5.1f}  ")
    text.append_text(_quoted(item))
    return text
