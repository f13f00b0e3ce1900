"""Which language a text is in, offline. English is read; what is surely something else is reported and skipped."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

ENGLISH = "en"
_LETTERS_MIN = 40
_SURE = 0.9
_SAMPLE = 1_200
_WORD = re.compile(r"[^\W\d_]+")
_COMMON = frozenset(
    [
        "the",
        "a",
        "an",
        "and",
        "or",
        "but",
        "of",
        "to",
        "in",
        "on",
        "at",
        "for",
        "with",
        "from",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "it",
        "this",
        "that",
        "we",
        "you",
        "i",
        "they",
        "he",
        "she",
        "our",
        "your",
        "their",
        "not",
        "no",
        "can",
        "will",
        "would",
        "have",
        "has",
        "had",
        "do",
        "does",
        "did",
        "as",
        "if",
        "so",
        "by",
        "about",
        "what",
        "when",
        "which",
        "there",
        "just",
        "still",
        "also",
        "need",
        "want",
        "get",
        "use",
        "any",
        "all",
        "please",
        "thanks",
        "hi",
    ]
)
_COMMON_SHARE = 0.16


def language_of(text: str) -> str:
    """ISO 639-1 code of a text; ``en`` where it is short or not surely anything else."""
    sample = text[:_SAMPLE]
    words = _WORD.findall(sample.lower())
    if sum(map(len, words)) < _LETTERS_MIN:
        return ENGLISH
    if sum(word in _COMMON for word in words) >= _COMMON_SHARE * len(words):
        return ENGLISH
    code, probability = _identifier().classify(sample)
    return str(code) if probability >= _SURE else ENGLISH


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
