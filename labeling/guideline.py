"""The labelling standard that is shown beside every task, and its version, which every annotation carries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

GUIDELINE_FILE = Path(__file__).parent / "guideline.md"
_VERSION = re.compile(r"^Version (?P<version>\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Guideline:
    """The text in Markdown."""

    version: str
    text: str


@lru_cache(maxsize=1)
def guideline() -> Guideline:
    """The standard as it is shipped.

    Raises:
        ValueError: if the file names no version.
    """
    text = GUIDELINE_FILE.read_text(encoding="utf-8")
    found = _VERSION.search(text)
    if found is None:
        raise ValueError(f"{GUIDELINE_FILE.name} has no line `Version …`")
    return Guideline(found["version"], text)
