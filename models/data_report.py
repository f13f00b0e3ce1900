"""Counts of the written corpus by vendor, kind and label: ``python -m models.data_report``."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.table import Table

from core.entities import Kind, Label
from models.corpus import Vendor, load_corpus, split
from models.training.material import read_vendor


def counts_of(vendor: Vendor) -> Counter[str]:
    """Documents, documents without a mention, mentions, labels and kinds of one vendor."""
    counts: Counter[str] = Counter(documents=len(vendor.documents))
    for gold in vendor.documents:
        counts[gold.document.kind.value] += 1
        counts["free"] += not gold.mentions
        counts["mentions"] += len(gold.mentions)
        counts.update(label.value for mention in gold.mentions for label in mention.labels)
        counts["words"] += len(gold.document.text.split())
    counts["sentences"] += sum(len(item.sentences) for item in read_vendor(vendor).documents)
    return counts


def main() -> None:
    """Print the table."""
    columns = ["documents", "free", "sentences", "words", "mentions", *(label.value for label in Label)]
    columns += [kind.value for kind in Kind]
    table = Table("vendor", "side", *columns)
    sides = split(load_corpus())
    total: Counter[str] = Counter()
    for side, vendors in (("train", sides.train), ("calibration", sides.calibration), ("test", sides.test)):
        subtotal: Counter[str] = Counter()
        for vendor in vendors:
            counts = counts_of(vendor)
            subtotal.update(counts)
            table.add_row(vendor.slug, side, *(str(counts[column]) for column in columns))
        table.add_row(f"{len(vendors)} vendors", side, *(f"{subtotal[column]:,}" for column in columns), style="bold")
        table.add_section()
        total.update(subtotal)
    table.add_row("all", "", *(f"{total[column]:,}" for column in columns), style="bold")
    Console(width=240).print(table)


if __name__ == "__main__":
    main()
