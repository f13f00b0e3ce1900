"""How much a person decides, read off a job title."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from core.entities import Participant, Seniority

# The first that fits wins; "vice president's assistant" and "product owner" must not look like their bosses.
_RULES: tuple[tuple[Seniority, re.Pattern[str]], ...] = tuple(
    (level, re.compile(pattern, re.IGNORECASE))
    for level, pattern in (
        (Seniority.INDIVIDUAL, r"\b(?:assistant|secretary|intern|trainee|apprentice|student|clerk|pa|ea) (?:to|of)\b|\bassistant$|"
                               r"\b(?:product|process|data|system|service|project) owner\b|\bbusiness partner\b|\bsuper[- ]?user\b"),
        (Seniority.EXECUTIVE, r"\bchief\b|\bc[efiotmprdns]o\b|\bciso\b|\bchro\b|\bcdao\b|\b(?:s|e|a)?vp\b|\bvice[- ]president\b|"
                              r"\bpresident\b|\b(?:co-?)?founder\b|\bowner\b|\bmanaging (?:director|partner)\b|\bexecutive director\b|"
                              r"\bgeneral manager\b|\bgesch[aä]ftsf[uü]hr|\bchair(?:man|woman|person)?\b|\bboard member\b|\btreasurer\b|"
                              r"\b(?:senior |equity |founding )?partner$|\bprincipal$|\bheadteacher\b|\bmayor\b|\bproprietor\b|"
                              r"\bdirect(?:eur|rice|ora?) g[eé]n[eé]ral|\bamministrat(?:ore|rice) delegat|\bpdg\b|\bvorstand\b|\bprokurist|"
                              r"\bgesch[aä]ftsleitung\b|\bverwaltungsrat\b|\b(?:vice )?chancellor\b|\bprovost\b|\bgeneral counsel\b|\bcountry manager\b"),
        (Seniority.MANAGER, r"\bteam-?leiter"),
        (Seniority.DIRECTOR, r"\bdirector\b|\bhead\b|\bdean\b|\bdirecteur|\bdirectrice|\bdirectora?\b|leiter(?:in)?\b|\bd[iy](?:rettor|rettric|rektor|rektør|rekcj)|direkt[oø]r|\bkierowni|"
                             r"\bmatron\b|\bsuperintendent\b|\bcity manager\b|\bgroup (?:manager|controller)\b"),
        (Seniority.MANAGER, r"\bmanager\b|\bmgr\b|\blead\b|\bleader\b|\bsupervisor\b|\bforeman\b|\bcontroller\b|\bteam ?lead|"
                            r"\bchef\b|\bcaptain\b|\bsuper\b|\bin charge\b|\bresponsable\b|\bdeputy\b|\bmanageress\b"),
    )
)  # fmt: skip


@lru_cache(maxsize=4_096)
def seniority_of(title: str | None) -> Seniority:
    """The level that a title stands for; ``UNKNOWN`` without one."""
    if not title or not title.strip():
        return Seniority.UNKNOWN
    for level, pattern in _RULES:
        if pattern.search(title):
            return level
    return Seniority.INDIVIDUAL


def seniority_among(name: str | None, people: Iterable[Participant | None]) -> Seniority:
    """The level of a speaker, by the title that the document gives to that name."""
    if not name:
        return Seniority.UNKNOWN
    wanted = name.casefold()
    titles = (person.title for person in people if person and person.name.casefold() == wanted)
    return seniority_of(next(titles, None))
