"""The numbers that search depends on, read from ``parameters.toml``."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from core.entities import Label

PARAMETERS_FILE = Path(__file__).with_name("parameters.toml")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Lexical(_Section):
    """BM25, and what counts as less than the word itself."""

    k1: float = Field(gt=0)
    b: float = Field(ge=0, le=1)
    context: float = Field(ge=0, le=1)
    other_form: float = Field(gt=0, le=1)
    typo: float = Field(gt=0, le=1)
    typo_similarity: float = Field(gt=0, le=1)
    typo_words: int = Field(ge=0)
    postings: int = Field(gt=0)


class Fusion(_Section):
    """Weights of the parts of a score, and the stretches of cosines that are spread over 0 to 1."""

    meaning: float = Field(gt=0)
    words: float = Field(ge=0)
    covered: float = Field(ge=0)
    signal: float = Field(ge=0)
    cosine_low: float
    cosine_high: float
    signal_low: float
    signal_high: float


class Candidates(_Section):
    """How many sentences are looked at, and from how many on approximately."""

    each: int = Field(gt=0)
    exact_rows: int = Field(gt=0)
    index_step: float = Field(gt=0)
    ef_search: int = Field(gt=0, le=1000)
    scan_tuples: int = Field(gt=0)


class Results(_Section):
    """What of the ranking is shown."""

    least: float = Field(ge=0, le=1)
    sentences: int = Field(gt=0)
    near_best: float = Field(ge=0, le=1)
    answer: float = Field(ge=0, le=1)
    answer_near_best: float = Field(ge=0, le=1)
    news: float = Field(ge=0, le=1)


class SearchParameters(_Section):
    """All of the file."""

    version: str
    lexical: Lexical
    fusion: Fusion
    signals: dict[Label, tuple[str, ...]]
    candidates: Candidates
    results: Results


@lru_cache(maxsize=1)
def default_parameters() -> SearchParameters:
    """What the shipped file says."""
    return SearchParameters.model_validate(tomllib.loads(PARAMETERS_FILE.read_text(encoding="utf-8")))
