"""What a line of a visiting card looks like, as opposed to a line of talk."""

from __future__ import annotations

import re
from collections.abc import Sequence

_CARD_LINE_MAX = 110
_CARD_WORDS_MAX = 14
_CONTACT = re.compile(
    r"[^\s@]{1,64}@[^\s@]{2,64}\.[a-z]{2,}|https?://|\bwww\.|\b[\w-]{2,40}\.(?:com|org|net|io|de|fr|es|co|eu|example)\b"
    r"|\+\d{1,3}[\s().-]|\(\d{2,5}\)\s?\d|\b\d{2,5}[ /.-]\d{2,5}[ .-]?\d{2,5}\b|[☎✉📱📞🌍]"
    r"|^(?:tel|téléphone|tél|telefon|phone|ph|mobile?|mob|cell|fax|direct(?: line)?|office|e-?mail|mail|web|skype|linkedin"
    r"|twitter|port|móvil|telemóvel|tlf|[tmfepow])\b ?[.:]{1,2}",
    re.IGNORECASE,
)
_TALK = frozenset(
    [
        "i",
        "we",
        "you",
        "he",
        "she",
        "they",
        "it",
        "is",
        "are",
        "was",
        "were",
        "am",
        "be",
        "been",
        "have",
        "has",
        "had",
        "do",
        "does",
        "did",
        "can",
        "could",
        "will",
        "would",
        "should",
        "please",
        "not",
        "don't",
        "doesn't",
        "isn't",
        "can't",
        "won't",
        "didn't",
        "there",
        "this",
        "that",
        "these",
        "those",
        "because",
        "but",
        "if",
        "so",
        "what",
        "when",
        "how",
        "why",
        "me",
        "us",
        "them",
        "i'm",
        "i'll",
        "i've",
        "we're",
        "we'll",
        "we've",
        "you're",
        "it's",
        "that's",
        "let",
    ]
)
_WORD = re.compile(r"[^\W\d_][\w'-]*")
_ENDS_TALK = (".", "!", "?", ":", ";")
_ABBREVIATED = ("ltd.", "inc.", "co.", "corp.", "s.a.", "b.v.", "s.l.", "s.r.l.", "ltda.", "lda.", "ph.d.", "n.v.", "kg.", "e.v.", "llc.", "jr.", "a.", "p.")  # fmt: skip
_NAME_WORD = re.compile(r"[^\W\d_a-zß-öø-ÿ][\w'.’-]*$")
_PARTICLES = frozenset(
    [
        "van",
        "von",
        "de",
        "der",
        "den",
        "da",
        "dos",
        "di",
        "la",
        "le",
        "el",
        "bin",
        "al",
        "ter",
        "du",
        "del",
        "i.a.",
        "i.v.",
        "ppa.",
        "and",
        "und",
        "of",
        "dr",
        "dr.",
    ]
)


def has_contact(probe: str) -> bool:
    """Whether a line holds a phone number, an address of mail or web, or names one."""
    return bool(_CONTACT.search(probe))


def is_talk(probe: str) -> bool:
    """Whether a line has words of a statement: pronouns, auxiliary verbs."""
    return any(word.lower() in _TALK for word in _WORD.findall(probe))


def is_card_line(probe: str) -> bool:
    """Whether a line may stand on a visiting card: a name, a title, a company, a street, a number."""
    if len(probe) > _CARD_LINE_MAX:
        return False
    if has_contact(probe) and len(probe.split()) <= _CARD_WORDS_MAX:
        return not is_talk(probe)
    if probe[0] in '"“«„' or "|" in probe or " · " in probe:
        return True
    words = probe.split()
    if len(words) > 9 or is_talk(probe):
        return False
    return not probe.endswith(_ENDS_TALK) or probe.lower().endswith(_ABBREVIATED) or len(words) == 1


def are_card_lines(probes: Sequence[str]) -> bool:
    """Whether all lines may stand on a visiting card."""
    return all(is_card_line(probe) for probe in probes)


def is_name(probe: str) -> bool:
    """Whether a line is one to four capitalised words and nothing else."""
    words = probe.rstrip(",.").split()
    named = [word for word in words if word.lower() not in _PARTICLES]
    return 1 <= len(named) <= 4 and len(probe) <= 50 and all(map(_NAME_WORD.match, named))


def names_author(probe: str, author: str) -> bool:
    """Whether a line is made of the author's name, perhaps with a title beside it."""
    wanted = {word for word in author.lower().replace(".", " ").split() if len(word) > 1}
    found = {word.strip(".,|").lower() for word in probe.split()}
    if not wanted or len(probe) > 80:
        return False
    return len(wanted & found) >= min(2, len(wanted)) and not is_talk(probe)
