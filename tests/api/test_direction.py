"""What a text opens of direction is closed behind it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from api.pages.direction import closed

LRE, PDF, RLO, LRI, RLI, PDI = "\u202a", "\u202c", "\u202e", "\u2066", "\u2067", "\u2069"


@pytest.mark.parametrize(
    ("given", "added"),
    [
        ("plain", ""),
        (f"{RLO}turned", PDF),
        (f"{RLO}turned{PDF} and not", ""),
        (f"{RLI}a{RLO}b", PDF + PDI),
        (f"{RLI}a{RLO}b{PDI}c", ""),
        (f"{PDI}{PDF}{LRE}a", PDF),
        (f"{RLI}a{PDF}{RLO}", PDF + PDI),
    ],
)
def test_what_is_open_is_closed_from_the_inside(given, added):
    assert closed(given) == given + added


@given(st.text(alphabet="ab\u202a\u202c\u202e\u2066\u2067\u2068\u2069", max_size=30))
def test_closing_twice_adds_nothing(text):
    once = closed(text)
    assert once.startswith(text)
    assert closed(once) == once


def test_markup_and_what_is_no_text_pass():
    assert closed(Markup(RLO)) == RLO
    assert (closed(None), closed(3)) == (None, 3)
