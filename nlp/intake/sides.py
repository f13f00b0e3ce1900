"""Whose words: ours or the account's, by people, roles, companies and mail domains."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.entities import Document, Participant, Side, Speaker

_OUR_ROLES = re.compile(
    r"\b(?:csm|customer success|success manager|support (?:agent|engineer|team|specialist)|support|account (?:manager|executive)|"
    r"solutions? (?:engineer|consultant|architect)|implementation|onboarding|agent|staff|helpdesk|help desk|product (?:manager|team) \(us\))\b",
    re.IGNORECASE,
)
_THEIR_ROLES = re.compile(r"\b(?:customer|client|end[- ]?user|requester|guest|caller)\b", re.IGNORECASE)
_WORDS = re.compile(r"[\w'’.-]+")


@dataclass(frozen=True, slots=True)
class OwnSide:
    """What is known of us: names of the company and the product, mail domains. All may be empty."""

    names: tuple[str, ...] = ()
    product_names: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()


class People:
    """The people of a document, found by full name, first name, last name or initials."""

    def __init__(self, document: Document, own: OwnSide) -> None:
        self._own = own
        self._account = (document.account_name or "").lower()
        self._by_name: dict[str, Participant] = {}
        self._ambiguous: set[str] = set()
        people = [*([document.author] if document.author else []), *document.participants]
        for person in people:
            for key in _keys(person.name):
                known = self._by_name.setdefault(key, person)
                if not _may_be_one(known.name, person.name):
                    self._ambiguous.add(key)
        self._own_words = tuple(name.lower() for name in (*own.names, *own.product_names) if name)
        # In a call between two people whose sides are known, whoever is unknown stays unknown: no guess.
        self.known: Sequence[Participant] = people

    def find(self, name: str) -> Participant | None:
        """The person that a name in the text means."""
        for key in _keys(name):
            if key in self._by_name and key not in self._ambiguous:
                return self._by_name[key]
        return None

    def speaker(self, name: str, about: str = "") -> Speaker:
        """Who speaks, from a name and what stands beside it ("Marek Dvorak", "Lumenboard Support")."""
        person = self.find(name)
        if person and (side := self.side_of(person)) is not Side.UNKNOWN:
            return Speaker(person.name or name, side)
        label = f"{name} {about}"
        return Speaker(person.name if person else name or None, self._side_of_label(label))

    def side_of(self, person: Participant) -> Side:
        """The side as delivered, else by mail domain, else by title."""
        if person.side is not Side.UNKNOWN:
            return person.side
        domain = (person.email or "").rpartition("@")[2].lower()
        if domain and self._own.domains:
            ours = any(domain == own or domain.endswith("." + own) for own in self._own.domains)
            return Side.VENDOR if ours else Side.ACCOUNT
        return Side.UNKNOWN

    def _side_of_label(self, label: str) -> Side:
        lowered = label.lower()
        if any(word in lowered for word in self._own_words) or _OUR_ROLES.search(label):
            return Side.VENDOR
        if (self._account and self._account in lowered) or _THEIR_ROLES.search(label):
            return Side.ACCOUNT
        if re.search(r"\b(?:us|internal)\b", lowered):
            return Side.VENDOR
        return Side.UNKNOWN


def _may_be_one(one: str, other: str) -> bool:
    """ "Dana" and "Dana Whitfield" are one person; "Dana Whitfield" and "Dana Cole" are two."""
    first, second = set(one.lower().split()), set(other.lower().split())
    return first <= second or second <= first


def _keys(name: str) -> list[str]:
    words = [word.strip(".'’-") for word in _WORDS.findall(name.lower())]
    words = [word for word in words if word]
    if not words:
        return []
    keys = [" ".join(words)]
    if len(words) > 1:
        keys += [words[0], words[-1], f"{words[0]} {words[-1][0]}", words[0][0] + words[-1][0]]
    return [key for key in keys if len(key) > 1]
