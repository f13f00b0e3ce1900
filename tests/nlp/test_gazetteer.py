"""Known names are found as people write them, and common words are left alone."""

from __future__ import annotations

import pytest

from nlp.gazetteer import Entry, Gazetteer, shipped_entries


def names(text, *entries):
    return [(known.span.of(text), known.canonical, known.role) for known in Gazetteer(entries).find(text)]


def test_names_are_found_as_whole_words_whatever_their_case():
    entry = Entry("When I Work", "When I Work", "rival")
    assert names("saw WHEN I WORK, whenIworks", entry) == [("WHEN I WORK", "When I Work", "rival")]


def test_the_longest_name_wins():
    found = names("We use Microsoft Teams.", Entry("Microsoft", "Microsoft", "suite"),
                  Entry("Microsoft Teams", "Microsoft Teams", "product"))  # fmt: skip
    assert [canonical for _, canonical, _ in found] == ["Microsoft Teams"]


def test_a_common_word_counts_only_as_a_name():
    entry = Entry("Front", "Front", "product", cased=True)
    assert names("Front of house is busy. We saw Front at the fair, in front of us.", entry) == [
        ("Front", "Front", "product")
    ]


def test_the_most_specific_role_wins():
    found = names("Deputy", Entry("Deputy", "Deputy", "product"), Entry("deputy", "Deputy", "rival"))
    assert found[0][2] == "rival"


@pytest.mark.parametrize("text", ["mail a@deputy.com", "deputy_id", "/deputy/x", "#İdeputyx"])
def test_parts_of_addresses_and_identifiers_are_no_names(text):
    assert names(text, Entry("Deputy", "Deputy", "rival")) == []


def test_offsets_stay_true_where_lower_case_changes_the_length():
    assert names("İİ Deputy", Entry("Deputy", "Deputy", "rival"))[0][0] == "Deputy"


def test_an_empty_gazetteer_finds_nothing():
    assert Gazetteer([]).find("Deputy") == []


def test_the_shipped_catalogue_is_large_and_clean():
    entries = shipped_entries()
    assert len(entries) > 5_000
    assert all(entry.spelling.strip() == entry.spelling and len(entry.spelling) >= 2 for entry in entries)
