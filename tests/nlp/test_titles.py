"""Titles to levels, on a written list of four hundred."""

from __future__ import annotations

from pathlib import Path

import models
from core.entities import Seniority
from nlp.seniority import seniority_of

TITLES = Path(models.__file__).parent / "data" / "titles.txt"


def titles():
    level = Seniority.UNKNOWN
    for line in TITLES.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            level = Seniority(line.strip("[]"))
        elif line and not line.startswith("#"):
            yield from ((title, level) for title in line.split("; "))


def test_nearly_all_titles_of_the_written_list_are_read_right():
    listed = list(titles())
    wrong = [title for title, level in listed if seniority_of(title) is not level]
    assert len(listed) == len(dict(listed)) > 400
    assert len(wrong) <= 0.02 * len(listed), wrong
