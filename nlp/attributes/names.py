"""Which products a mention names: known ones in their canonical spelling, unknown ones as they stand.

An unknown name is taken only where the words around it treat it as a product ("moved to Deskora", "Deskora's quote");
a capital alone would make a rival of every colleague.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.entities import Document, Span
from nlp.gazetteer import KnownName

_PROPER = r"[A-Z][\w&+.]*[\w+](?:[ -][A-Z][\w&+]*)?"
_BEFORE = (
    r"(?:switch(?:ed|ing)? (?:over )?to|mov(?:e|ed|ing) (?:over )?to|migrat\w+ to|over to|from|with|like|than|versus|vs\.?|against|"
    r"called|evaluat\w+|trial\w*|pilot\w*|demo(?:ed|'d|ing)? (?:of|by|from|with)?|try(?:ing)?|tried|us(?:e|es|ed|ing)|"
    r"quote (?:from|by)|proposal (?:from|by)|looking at|look at|looked at|talk\w* to|spoke to|met|and|or)"
)
_TREATED_AS_PRODUCT = (
    re.compile(rf"\b{_BEFORE} (?:the |a |an )?(?P<name>{_PROPER})"),
    re.compile(
        rf"(?P<name>{_PROPER})(?:'s|’s)? (?:demo|quote|pricing|price|offer|proposal|trial|pilot|sales|rep\b|people|guys|module|"
        r"sandbox|contract|licen[cs]e|does|has|can|offers|showed|came|pitched|already)"
    ),
)
_NEVER = frozenset(
    [
        "I",
        "We",
        "The",
        "They",
        "It",
        "He",
        "She",
        "You",
        "Our",
        "Their",
        "This",
        "That",
        "There",
        "And",
        "Or",
        "But",
        "If",
        "When",
        "After",
        "Before",
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
        "Excel",
        "CSV",
        "PDF",
        "API",
        "SSO",
        "CFO",
        "CEO",
        "COO",
        "CTO",
        "CIO",
        "CISO",
        "IT",
        "HR",
        "QBR",
        "EBR",
        "RFP",
        "RFI",
        "POC",
        "ROI",
        "KPI",
        "SLA",
        "UAT",
        "EMEA",
        "APAC",
        "EU",
        "UK",
        "US",
        "USA",
        "Q1",
        "Q2",
        "Q3",
        "Q4",
        "H1",
        "H2",
        "FY",
        "Ms",
        "Mr",
        "Mrs",
        "Dr",
        "Email",
        "Re",
        "Fw",
        "Fwd",
        "Hi",
        "Hello",
        "Thanks",
        "Regards",
        "Yes",
        "No",
        "Ok",
        "OK",
        "So",
        "Also",
        "Not",
        "Now",
        "Then",
        "Just",
        "Still",
        "Please",
        "PO",
        "GDPR",
        "ISO",
        "SOC",
    ]
)
IN_HOUSE = "in-house"


def competitors_in(
    document: Document,
    span: Span,
    known: Sequence[KnownName],
    *,
    in_house: bool,
    earlier: Sequence[str] = (),
) -> list[str]:
    """Canonical names of the rivals in ``span``, in order of appearance; empty when the rival is unnamed.

    ``earlier`` holds rivals that the document named before: the last of them is meant by "them" and "theirs".
    """
    inside = [name for name in known if span.start <= name.span.start and name.span.end <= span.end]
    found = [name.canonical for name in inside if name.role in ("rival", "product", "suite")]
    if not found:
        found = _unknown_names(document, span, [name for name in inside if name.role == "own"])
    if in_house and not found:
        return [IN_HOUSE]
    if not found and earlier and _refers_back(span.of(document.text)):
        found = [earlier[-1]]
    return list(dict.fromkeys(found))


def platform_in(span: Span, known: Sequence[KnownName]) -> str | None:
    """The suite that work moves into: a known suite, else the first known product of the span."""
    inside = [name for name in known if span.start <= name.span.start and name.span.end <= span.end]
    for role in ("suite", "rival", "product"):
        for name in inside:
            if name.role == role:
                return name.canonical
    return None


def _refers_back(text: str) -> bool:
    return bool(
        re.search(r"\b(?:they|them|their|theirs|those|that (?:one|tool)|the other (?:one|lot|two|guys))\b", text, re.I)
    )


def _unknown_names(document: Document, span: Span, own: Sequence[KnownName]) -> list[str]:
    people = _words_of_people(document)
    text = span.of(document.text)
    found = []
    for pattern in _TREATED_AS_PRODUCT:
        for match in pattern.finditer(text):
            name = match["name"].removesuffix("'s").removesuffix("’s").rstrip(".")
            start = span.start + match.start("name")
            if any(known.span.start <= start < known.span.end for known in own):
                continue
            words = name.replace("-", " ").split()
            if not any(word in _NEVER or word.lower() in people for word in words):
                found.append((start, name))
    return [name for _, name in sorted(found)]


def _words_of_people(document: Document) -> frozenset[str]:
    """Names of everybody in the document and of the account: capitals that are no products."""
    people = [*document.participants, *([document.author] if document.author else [])]
    names = [person.name for person in people] + [document.account_name or ""]
    return frozenset(word.lower().strip(".,()") for name in names for word in name.split() if len(word) > 1)
