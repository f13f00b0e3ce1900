"""The written corpus: documents of fictitious vendors with gold mentions.

models/data/corpus/<vendor>/vendor.json  docs.jsonl  gold.jsonl  accounts.jsonl
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.contracts import parse_document
from core.entities import Document, Label, RiskLevel, Span
from models.written import parse_written

WRITTEN = Path(__file__).parent / "data" / "written"
CORPUS = Path(__file__).parent / "data" / "corpus"
SAMPLE_WORKSPACE = Path(__file__).parent / "data" / "sample_workspace"

TEST_VENDORS = frozenset(
    {"brightquill", "caravellearn", "fernlock", "fieldhaven", "ledgerwren", "nettlegate", "rimefrost", "wickerbase"}
)
"""Never trained on, neither for weights nor for thresholds: what ``models.evaluation.run`` measures with."""
CALIBRATION_VENDORS = frozenset(
    {"clinwave", "harborline", "kitebrook", "oddfellow", "pikestone", "saltpeg", "siltstone", "stowline", "tallowbank"}
)
"""Train no weights: calibration and thresholds are fitted on them."""


@dataclass(frozen=True, slots=True)
class GoldMention:
    """What a careful person marked: a span, its labels, attributes by label."""

    span: Span
    labels: tuple[Label, ...]
    attributes: Mapping[Label, Mapping[str, Any]]
    hard: bool = False
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class GoldDocument:
    """A document with its gold; not ``annotated``: nobody looked for mentions."""

    document: Document
    mentions: tuple[GoldMention, ...]
    vendor: str
    annotated: bool = True


@dataclass(frozen=True, slots=True)
class Vendor:
    """One fictitious vendor of the corpus."""

    slug: str
    name: str
    product: str
    email_domain: str
    rivals: tuple[str, ...]
    documents: tuple[GoldDocument, ...]


def load_corpus(written: Path = WRITTEN, folder: Path = CORPUS) -> list[Vendor]:
    """All vendors of both forms, in alphabetical order; ``split`` parts them."""
    vendors = [load_written(path) for path in sorted(written.glob("*.txt"))]
    vendors += [load_vendor(path.parent) for path in sorted(folder.glob("*/vendor.json"))]
    return sorted(vendors, key=lambda vendor: vendor.slug)


def risk_of_accounts(written: Path = WRITTEN, folder: Path = CORPUS) -> dict[str, RiskLevel]:
    """The risk that its author saw at the end of each account, by account id; ``critical`` is high."""
    rows = [
        row
        for path in sorted(written.glob("*.txt"))
        for row in parse_written(path.read_text("utf-8"), path.stem).accounts
    ]
    rows += [row for path in sorted(folder.glob("*/accounts.jsonl")) for row in _rows(path)]
    return {
        row["account_id"]: RiskLevel.HIGH if row["risk_at_end"] == "critical" else RiskLevel(row["risk_at_end"])
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class Split:
    """The vendors of the corpus, each on one side."""

    train: tuple[Vendor, ...]
    calibration: tuple[Vendor, ...]
    test: tuple[Vendor, ...]


def split(vendors: Iterable[Vendor]) -> Split:
    """Vendors to train on, to calibrate with and to test on."""
    known = tuple(vendors)
    held = TEST_VENDORS | CALIBRATION_VENDORS
    return Split(
        train=tuple(vendor for vendor in known if vendor.slug not in held),
        calibration=tuple(vendor for vendor in known if vendor.slug in CALIBRATION_VENDORS),
        test=tuple(vendor for vendor in known if vendor.slug in TEST_VENDORS),
    )


def load_written(path: Path) -> Vendor:
    """One vendor's documents from text with marks.

    Raises:
        WrittenError: naming file and line where the form is broken.
    """
    draft = parse_written(path.read_text(encoding="utf-8"), path.stem)
    gold = {row["id"]: row["mentions"] for row in draft.gold}
    return _vendor(draft.vendor, _gold_documents(draft.documents, gold, path.stem, path.name))


def load_vendor(folder: Path) -> Vendor:
    """One vendor's documents from JSON Lines.

    Raises:
        ValueError: if a gold quote does not stand exactly once in its document.
    """
    facts = json.loads((folder / "vendor.json").read_text(encoding="utf-8"))
    return _vendor(facts, load_gold_documents(folder / "docs.jsonl", folder / "gold.jsonl", vendor=facts["slug"]))


def load_gold_documents(docs: Path, gold: Path, *, vendor: str) -> list[GoldDocument]:
    """Documents of one file with the mentions of another."""
    mentions = {row["id"]: row["mentions"] for row in _rows(gold)}
    return _gold_documents(_rows(docs), mentions, vendor, docs.name)


def _vendor(facts: Mapping[str, Any], documents: list[GoldDocument]) -> Vendor:
    return Vendor(
        slug=facts["slug"],
        name=facts["vendor"],
        product=facts["product"],
        email_domain=facts.get("email_domain", ""),
        rivals=tuple(facts.get("known_rivals", ())),
        documents=tuple(documents),
    )


def _gold_documents(
    rows: Iterable[Mapping[str, Any]], mentions: Mapping[str, Any], vendor: str, name: str
) -> list[GoldDocument]:
    documents = []
    for row in rows:
        document = parse_document(dict(row), where=f"{name}, {row.get('id')}")
        found = tuple(gold_mention(document, item) for item in mentions[document.id])
        documents.append(GoldDocument(document, found, vendor))
    return documents


def gold_mention(document: Document, item: Mapping[str, Any]) -> GoldMention:
    """A mention from its JSON form."""
    return GoldMention(
        span=_span(document, item),
        labels=tuple(Label(label) for label in item["labels"]),
        attributes={Label(label): attributes for label, attributes in (item.get("attributes") or {}).items()},
        hard=bool(item.get("hard")),
        unsure=bool(item.get("unsure")),
    )


def _span(document: Document, item: Mapping[str, Any]) -> Span:
    """Gold states a span, or a quote that stands exactly once in the text."""
    if "start" in item:
        return Span(item["start"], item["end"])
    start = document.text.find(item["quote"])
    if start < 0 or document.text.find(item["quote"], start + 1) >= 0:
        raise ValueError(f"{document.id}: a gold quote must stand exactly once in its text: {item['quote'][:60]!r}")
    return Span(start, start + len(item["quote"]))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())
