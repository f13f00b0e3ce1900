"""Titles to levels."""

from __future__ import annotations

import pytest

from core.entities import Participant, Seniority
from nlp.seniority import seniority_among, seniority_of


@pytest.mark.parametrize(
    ("title", "level"),
    [
        ("CFO", "executive"),
        ("VP of Operations", "executive"),
        ("Vice President, Claims", "executive"),
        ("Managing Director", "executive"),
        ("Owner", "executive"),
        ("Head of Revenue Operations", "director"),
        ("IT Director", "director"),
        ("Product Owner", "individual"),
        ("Assistant to the CEO", "individual"),
        ("Office Manager", "manager"),
        ("Team Lead, Support", "manager"),
        ("Data Analyst", "individual"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_title_shows_a_level(title, level):
    assert seniority_of(title) is Seniority(level)


def test_a_speaker_has_the_title_that_the_document_gives():
    people = [None, Participant("Dana Whitfield", title="CEO"), Participant("Ola", title="Nurse")]
    assert seniority_among("dana whitfield", people) is Seniority.EXECUTIVE
    assert seniority_among("Somebody", people) is Seniority.UNKNOWN
    assert seniority_among(None, people) is Seniority.UNKNOWN
