"""The words of a query, looked up in a tenant's vocabulary: other forms, and what a misspelt word may have meant."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import text
from sqlalchemy.orm import Session

from nlp.lexical import Word
from pipelines.search.parameters import Lexical

Nearness = Literal["exact", "form", "typo"]
_SHORTEST_TYPO = 4
"""Shorter words have too many neighbours to guess from."""

_BY_STEM = text("select term, term_id, stem from search_terms where tenant_id = :tenant and stem = any(:stems)")
# Length is compared first: it spares nine of ten words the trigrams.
_BY_TRIGRAMS = text("""
    select term, term_id, similarity(term, :word) as near from search_terms
     where tenant_id = :tenant and length(term) between length(:word) - 2 and length(:word) + 2
       and similarity(term, :word) >= :least
     order by near desc, term limit :words
""")
_FREQUENCY = text("""
    select term_id, (select count(*) from (select from sentence_terms t where t.tenant_id = :tenant
                                              and t.term_id = v.term_id limit :most) as seen)
      from unnest(cast(:terms as integer[])) as v(term_id)
""")


@dataclass(frozen=True, slots=True)
class Known:
    """A word of the vocabulary that stands for a word of the query, and how much of it that is worth."""

    term: str
    term_id: int
    worth: float
    nearness: Nearness


@dataclass(frozen=True, slots=True)
class Group:
    """A word of the query with all that stands for it; ``frequency`` is in how many sentences any of that stands."""

    asked: str
    known: tuple[Known, ...]
    frequency: int

    def idf(self, sentences: int) -> float:
        """How much a match tells, as in Lucene: never below 0."""
        return math.log1p((max(sentences, self.frequency) - self.frequency + 0.5) / (self.frequency + 0.5))


def look_up(session: Session, tenant_id: str, asked: Sequence[Word], parameters: Lexical, most: int) -> list[Group]:
    """A group for each distinct word of a query, in its order.

    Args:
        session: of the tenant.
        tenant_id: whose vocabulary.
        asked: the query's words.
        parameters: of the lexical side.
        most: frequencies are counted up to here.
    """
    distinct = list({word.form: word for word in asked}.values())
    by_stem = defaultdict(list)
    for term, term_id, stem in session.execute(
        _BY_STEM, {"tenant": tenant_id, "stems": sorted({word.stem for word in distinct})}
    ):
        by_stem[stem].append((term, term_id))
    found: list[tuple[str, tuple[Known, ...]]] = []
    for word in distinct:
        forms = tuple(
            Known(term, term_id, 1.0, "exact")
            if term == word.form
            else Known(term, term_id, parameters.other_form, "form")
            for term, term_id in sorted(by_stem[word.stem])
        )
        found.append((word.form, forms or _misspelt(session, tenant_id, word.form, parameters)))
    counts = _frequencies(session, tenant_id, [known.term_id for _, forms in found for known in forms], most)
    return [Group(form, forms, sum(counts[known.term_id] for known in forms)) for form, forms in found]


def _misspelt(session: Session, tenant_id: str, word: str, parameters: Lexical) -> tuple[Known, ...]:
    if len(word) < _SHORTEST_TYPO or any(letter.isdigit() for letter in word):
        return ()  # a code is right or wrong, and never nearly another
    rows = session.execute(
        _BY_TRIGRAMS,
        {"tenant": tenant_id, "word": word, "least": parameters.typo_similarity, "words": parameters.typo_words},
    )
    return tuple(Known(term, term_id, parameters.typo * float(near) ** 0.5, "typo") for term, term_id, near in rows)


def _frequencies(session: Session, tenant_id: str, terms: Sequence[int], most: int) -> dict[int, int]:
    if not terms:
        return {}
    rows = session.execute(_FREQUENCY, {"tenant": tenant_id, "terms": sorted(set(terms)), "most": most})
    return {term_id: int(count) for term_id, count in rows}
