"""Near-duplicates in the written corpus: ``python -m models.duplicates``.

Documents, and gold mentions of six words or more, are compared by the cosine of their weighted character 5-grams; pairs
at or over the limit are listed. A corpus of templates would show here.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from sklearn.feature_extraction.text import TfidfVectorizer

from models.corpus import Vendor, load_corpus

LIMIT = 0.7
MENTION_WORDS = 6
_ROWS = 2_000


def near_duplicates(texts: Sequence[str], limit: float = LIMIT) -> Iterator[tuple[int, int, float]]:
    """Pairs of indexes of texts that are alike, and how much; each pair once."""
    if len(texts) < 2:
        return
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(5, 5), min_df=1).fit_transform(texts)
    for start in range(0, len(texts), _ROWS):
        alike = (vectors[start : start + _ROWS] @ vectors.T).tocoo()
        for row, column, cosine in zip(alike.row.tolist(), alike.col.tolist(), alike.data.tolist(), strict=True):
            if cosine >= limit and start + row < column:
                yield start + row, column, float(cosine)


def documents_of(vendors: Sequence[Vendor]) -> list[tuple[str, str]]:
    """Every document: where it stands, and its text."""
    return [(gold.document.id, gold.document.text) for vendor in vendors for gold in vendor.documents]


def mentions_of(vendors: Sequence[Vendor]) -> list[tuple[str, str]]:
    """Every mention of some length: where it stands, and its words."""
    said = [
        (gold.document.id, mention.span.of(gold.document.text))
        for vendor in vendors
        for gold in vendor.documents
        for mention in gold.mentions
    ]
    return [(where, words) for where, words in said if len(words.split()) >= MENTION_WORDS]


def main(arguments: Sequence[str] | None = None) -> None:
    """List the pairs; exit code 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=float, default=LIMIT)
    options = parser.parse_args(arguments)
    vendors = load_corpus()
    found = 0
    for name, rows in (("documents", documents_of(vendors)), ("mentions", mentions_of(vendors))):
        pairs = sorted(near_duplicates([text for _, text in rows], options.limit), key=lambda pair: -pair[2])
        print(f"{name}: {len(rows):,} compared, {len(pairs)} pairs at {options.limit} or over")  # noqa: T201
        for first, second, cosine in pairs:
            words = " ".join(rows[first][1].split())[:70]
            print(f"  {cosine:.2f}  {rows[first][0]}  {rows[second][0]}  {words}")  # noqa: T201
        found += len(pairs)
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main()
