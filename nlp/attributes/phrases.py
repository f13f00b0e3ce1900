"""Short phrases read off a mention: what is asked for, and what the product lacks."""

from __future__ import annotations

import re

WORDS_MAX = 9

_ASKED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\bstill (?:no|not any|without|missing|can['’]?t|cannot|waiting (?:for|on)) (?:an? |the |any )?(?P<what>[^.;:!?\n]+)",
        r"\b(?:an?|any|the|some) (?:way|option|possibility|ability|chance|means) (?:to|of|for) (?P<what>[^.;:!?\n]+)",
        r"\b(?:support|eta|plans?|roadmap|news|update|date|word) (?:for|on|about|of) (?:an? |the )?(?P<what>[^.;:!?\n]+)",
        r"\b(?:need|needs|want|wants|miss|misses|missing|lack|lacks|lacking|wish (?:for|you had)|waiting (?:for|on)|asked (?:for|about)|asking (?:for|about)|ask (?:for|about)|hoping for|would love|'d love|be (?:great|nice|good|lovely) (?:if|to)|would help if|there(?:'s| is| was) no|there isn['’]?t (?:an?|any)|doesn['’]?t (?:have|support|do|offer)|don['’]?t have|have no|has no|can['’]?t|cannot|could not|couldn['’]?t|unable to|not possible to|impossible to) (?:to |an? |the |any |you |it |we |i )*(?P<what>[^.;:!?\n]+)",
        r"\b(?:can|could|will|would|may) (?:you|it|we|i|the \w+|\w+) (?:please )?(?P<what>[^.;:!?\n]+)",
    )
)
_LACK = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:because|since|as|'?cause|given that) (?P<what>[^.;!?\n]*?(?:can['’]?t|cannot|doesn['’]?t|does not|don['’]?t|won['’]?t|isn['’]?t|no |not |never|only|lacks?|missing)[^.;!?\n]*)",
        r"\b(?P<what>(?:there(?:'s| is) no|no way to|can['’]?t|cannot|doesn['’]?t|does not|won['’]?t|not able to|isn['’]?t able to) [^.;!?\n,]+)",
    )
)
_TAIL = re.compile(
    r"\s*(?:,|\bbut\b|\band (?:we|i|so|then|that)\b|\bso (?:that|we|i)\b|\bbecause\b|\bsince\b|\bwhich\b|\bplease\b|\bas we\b|\bbefore\b"
    r"|\botherwise\b|\bin the meantime\b|\byet\b|\bor is\b|\bthat would\b|\bwould (?:be|help)\b).*$",
    re.IGNORECASE | re.DOTALL,
)


def capability_in(text: str) -> str | None:
    """What is asked for, in at most nine of the account's own words; ``None`` where no phrase stands out."""
    return _first(_ASKED, text)


def gap_in(text: str) -> str | None:
    """What the product lacks, in the account's own words; ``None`` where it is not said."""
    return _first(_LACK, text)


def _first(patterns: tuple[re.Pattern[str], ...], text: str) -> str | None:
    for pattern in patterns:
        match = pattern.search(text)
        if match and (phrase := _trim(match["what"])):
            return phrase
    return None


def _trim(phrase: str) -> str | None:
    words = _TAIL.sub("", " ".join(phrase.split())).strip(" \"'“”’()-–—").split()
    if not words or (len(words) == 1 and len(words[0]) < 4):
        return None
    return " ".join(words[:WORDS_MAX])
