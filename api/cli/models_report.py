"""Model versions as a terminal shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

QUOTE_MAX = 110


def versions_table(found: Mapping[str, Any]) -> Table:
    """All versions, with what serves marked."""
    table = Table(expand=True)
    table.add_column("version", no_wrap=True)
    for name in ("kind", "snapshot", "made", "against what serves"):
        table.add_column(name)
    table.add_column("accounts", justify="right")
    for row in found["versions"]:
        shown = Text(row["version"], style="bold green" if row["version"] == found["serving"] else "")
        for alias, version in (("champion", found["champion"]), ("challenger", found["challenger"])):
            if row["version"] == version:
                shown.append(f"\n{alias}", style="dim not bold")
        made = f"{row['made_at'][:10]} by {row['made_by']}" if row.get("made_at") else ""
        snapshot = str(row["snapshot"]) if row.get("snapshot") else ""
        table.add_row(shown, row["kind"], snapshot, Text(made), _verdict(row, found["serving"]), str(row["accounts"]))
    return table


def _verdict(row: Mapping[str, Any], serving: str) -> Text:
    comparison = row.get("comparison")
    if row["kind"] == "shipped" or row["version"] == serving:
        return Text()
    if comparison is None:
        return Text("not compared", style="dim")
    gain = comparison["overall"]
    style = "green" if comparison["promote"] else "yellow"
    return Text(f"{gain['difference']:+.3f} ({gain['low']:+.3f} to {gain['high']:+.3f})", style=style)


def snapshots_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """All snapshots, with how much there is of each split."""
    table = Table("snapshot", "digest", "made", "note", expand=True)
    for name in ("train", "test", "reserve", "held back"):
        table.add_column(name, justify="right")
    for row in rows:
        splits = row["counts"]["splits"]
        sizes = [str(splits[name]["items"]) for name in ("train", "test", "reserve", "held_back")]
        made = f"{row['made_at'][:10]} by {row['made_by']}"
        table.add_row(str(row["number"]), row["digest"][:12], Text(made), Text(row["note"] or ""), *sizes)
    return table


def comparison_table(comparison: Mapping[str, Any]) -> Table:
    """F1 of both by label and slice."""
    facts = comparison["test_set"]
    title = (
        f"snapshot {comparison['snapshot']}: {facts['passages']} passages, {facts['documents']} documents, "
        f"{facts['accounts']} accounts"
    )
    table = Table("", "mentions", title=title, title_justify="left")
    for name in (comparison["champion"], comparison["candidate"], "gain", "95 % interval"):
        table.add_column(name, justify="right")
    for part in (comparison["overall"], *comparison["labels"], *comparison["slices"]):
        interval = f"{part['low']:+.3f} to {part['high']:+.3f}"
        table.add_row(
            part["name"].replace("_", " "), f"{part['mentions']:,}", f"{part['champion']:.3f}",
            f"{part['candidate']:.3f}", f"{part['difference']:+.3f}", interval,
        )  # fmt: skip
    return table


def preview_tables(result: Mapping[str, Any]) -> Iterator[Table]:
    """What would appear and vanish, and whose level would change."""
    title = (
        f"{result['version']} on {result['documents']} of {result['of']['documents']} documents, "
        f"{result['accounts']} of {result['of']['accounts']} accounts"
    )
    counts = Table("", title=title, title_justify="left")
    for name in ("kept", "appear", "vanish"):
        counts.add_column(name, justify="right")
    for label, of_label in result["labels"].items():
        counts.add_row(label.replace("_", " "), *(str(of_label.get(name, 0)) for name in ("kept", "appear", "vanish")))
    yield counts
    for name in ("appear", "vanish"):
        if result[name]:
            yield _sentences(f"signals that would {name}", result[name])
    if result["levels"]:
        levels = Table("account", "now", "then", title="levels that would change", title_justify="left")
        for row in result["levels"]:
            said = [f"{row[when]['level']} {row[when]['score']:.0f}" for when in ("before", "after")]
            levels.add_row(Text(row["account_id"]), *said)
        yield levels


def shadow_tables(found: Mapping[str, Any]) -> Iterator[Table]:
    """Agreement by label, and where both differ."""
    title = (
        f"{found['challenger']} beside {found['champion']}: {found['documents']} documents, {found['waiting']} waiting"
    )
    table = Table("", title=title, title_justify="left")
    for name in ("both", "champion alone", "challenger alone", "agreement"):
        table.add_column(name, justify="right")
    for label, of_label in found["labels"].items():
        share = "" if of_label["agreement"] is None else f"{of_label['agreement']:.0%}"
        counts = (of_label["both"], of_label["only_champion"], of_label["only_challenger"])
        table.add_row(label.replace("_", " "), *map(str, counts), share)
    yield table
    if found["differences"]:
        yield _sentences("where they differ", found["differences"])


def history_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """What was in production when."""
    table = Table("when", "alias", "what", "version", "before", "who", "reason", expand=True)
    for row in rows:
        what = row["action"].replace("_", " ") + (" against the gate" if row["overridden"] else "")
        texts = (row["version"] or "", row["before"] or "", row["person"], row["reason"] or "")
        table.add_row(row["at"][:19].replace("T", " "), row["alias"], what, *map(Text, texts))
    return table


def _sentences(title: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(
        "label", "account", "document", "found by", "sentence", title=title, title_justify="left", expand=True
    )
    for row in rows:
        quote = " ".join(row["text"].split())
        quote = quote if len(quote) <= QUOTE_MAX else quote[: QUOTE_MAX - 1] + "…"
        place = Text(f"{row['document_id']} {row['start']}-{row['end']}")
        label = row["label"].replace("_", " ")
        table.add_row(label, Text(row["account_id"]), place, row["found_by"], Text(f"“{quote}”"))
    return table
