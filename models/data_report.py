"""Counts of the written corpus by vendor, kind and label: ``python -m models.data_report``."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.table import Table

from core.entities import Label
from models.corpus import TEST_VENDORS, Vendor, load_corpus


def counts_of(vendor: Vendor) -> Counter[str]:
    """Documents, documents without a mention, mentions, labels and kinds of one vendor."""
    counts: Counter[str] = Counter(documents=len(vendor.documents))
    for gold in vendor.documents:
        counts[gold.document.kind.value] += 1
        counts["free"] += not gold.mentions
        counts["mentions"] += len(gold.mentions)
        counts.update(label.value for mention in gold.mentions for label in mention.labels)
        counts["words"] += len(gold.document.text.split())
    return counts


def main() -> None:
    """Print the table."""
    columns = ["documents", "free", "words", "mentions", *(label.value for label in Label)]
    table = Table("vendor", "split", *columns)
    total: Counter[str] = Counter()
    for vendor in load_corpus():
        counts = counts_of(vendor)
        total.update(counts)
        part = "test" if vendor.slug in TEST_VENDORS else "train"
        table.add_row(vendor.slug, part, *(str(counts[column]) for column in columns))
    table.add_section()
    table.add_row("all", "", *(str(total[column]) for column in columns))
    Console().print(table)


if __name__ == "__main__":
    main()
