"""Whose words: ours or the account's, by people, roles, companies and mail domains."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.entities import Document, Participant, Side, Speaker

_OUR_ROLES = re.compile(
    r"\b(?:csm|customer success|success manager|support (?:agent|engineer|team|specialist|hero)|tech(?:nical)? support|"
    r"account (?:manager|executive)|solutions? (?:engineer|consultant|architect)|implementation|onboarding|agent|staff|"
    r"helpdesk|help desk|vendor|internal|sales rep|tam)\b|^support$|\bus\b",
    re.IGNORECASE,
)
_THEIR_ROLES = re.compile(r"\b(?:customer|client|end[- ]?user|requester|caller|buyer)\b(?! success)", re.IGNORECASE)
_NOT_NAME = re.compile(r"[^\w'’.@ -]+")
_COMPANY_ENDINGS = frozenset(
    [
        "ag",
        "ab",
        "bv",
        "co",
        "corp",
        "gmbh",
        "group",
        "inc",
        "kg",
        "llc",
        "ltd",
        "limited",
        "nv",
        "oy",
        "plc",
        "sa",
        "sas",
        "sl",
        "srl",
        "the",
    ]
)


@dataclass(frozen=True, slots=True)
class OwnSide:
    """What is known of us: names of the company and the product, mail domains. All may be empty."""

    names: tuple[str, ...] = ()
    product_names: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()


class People:
    """The people of a document, found by full name, first or last name, initials or mail name."""

    def __init__(self, document: Document, own: OwnSide) -> None:
        self._domains = tuple(domain.lower().lstrip("@") for domain in own.domains if domain)
        self._ours = _any_word([*own.names, *own.product_names])
        self._theirs = _any_word(_company_words(document.account_name or ""))
        everybody = [*([document.author] if document.author else []), *document.participants]
        self._by_key = _index(everybody)

    def find(self, name: str) -> Participant | None:
        """The one person that a name in the text can mean."""
        for key in _keys_of_mention(name):
            if key in self._by_key:
                return self._by_key[key]
        return None

    def speaker(self, name: str, about: str = "") -> Speaker:
        """Who speaks, from a name and what stands beside it ("Marek Dvorak", "Slotwise Support")."""
        person = self.find(name)
        side = self.side_of(person) if person else Side.UNKNOWN
        if side is Side.UNKNOWN:
            side = self._side_of_label(name, about)
        return Speaker(person.name if person else name.strip() or None, side)

    def side_of(self, person: Participant) -> Side:
        """The side as delivered, else by mail domain, else by what the title says."""
        if person.side is not Side.UNKNOWN:
            return person.side
        by_domain = self.side_of_address(person.email or "")
        return by_domain if by_domain is not Side.UNKNOWN else self._side_of_label(person.name, person.title or "")

    def side_of_address(self, address: str) -> Side:
        """Ours if the domain is ours; the account's if it is another, as long as ours is known."""
        domain = address.rpartition("@")[2].strip(" <>").lower()
        if not domain or "@" not in address:
            return Side.UNKNOWN
        if any(domain == own or domain.endswith("." + own) for own in self._domains):
            return Side.VENDOR
        if self._domains or (self._theirs and self._theirs.search(domain.replace("-", " "))):
            return Side.ACCOUNT
        return Side.UNKNOWN

    def _side_of_label(self, name: str, about: str) -> Side:
        label = f"{name} {about}"
        if self._ours and self._ours.search(label):
            return Side.VENDOR
        if self._theirs and self._theirs.search(label):
            return Side.ACCOUNT
        by_address = self.side_of_address(about if "@" in about else "")
        if by_address is not Side.UNKNOWN:
            return by_address
        role = about or name
        if _THEIR_ROLES.search(role):
            return Side.ACCOUNT
        return Side.VENDOR if _OUR_ROLES.search(role) else Side.UNKNOWN


def _index(everybody: Sequence[Participant]) -> dict[str, Participant]:
    """People by every key that means only one of them; a full name goes before a first name."""
    index: dict[str, Participant] = {}
    ambiguous: set[str] = set()
    for person in everybody:
        for key in _keys_of_person(person):
            known = index.setdefault(key, person)
            if known.name.lower() != person.name.lower():
                ambiguous.add(key)
            elif known.side is Side.UNKNOWN and person.side is not Side.UNKNOWN:
                index[key] = person
    full = {person.name.lower() for person in everybody}
    return {key: person for key, person in index.items() if key not in ambiguous or key in full}


def _keys_of_person(person: Participant) -> list[str]:
    words = _NOT_NAME.sub(" ", person.name.lower()).split()
    if not words:
        return []
    initials = "".join(word[0] for word in words)
    keys = [" ".join(words), words[0], words[-1], initials, words[0][0], f"{words[0]} {words[-1]}"]
    keys += [
        f"{words[0]} {words[-1][0]}",
        f"{words[0][0]} {words[-1]}",
        f"{words[0]}.{words[-1]}",
        words[0] + words[-1],
    ]
    if person.email:
        keys.append(person.email.lower())
        keys.append(person.email.lower().partition("@")[0])
    return list(dict.fromkeys(keys))


def _keys_of_mention(name: str) -> list[str]:
    cleaned = " ".join(_NOT_NAME.sub(" ", name.lower()).split()).lstrip("@")
    words = [word.strip(".") for word in cleaned.split()]
    if not words:
        return []
    keys = [cleaned, " ".join(words)]
    if words[0] in ("mr", "mrs", "ms", "dr", "herr", "frau", "mme", "prof", "sra", "sr"):
        keys.append(words[-1])
    elif len(words) > 1:
        keys.append(f"{words[0]} {words[-1]}")
    return keys


def _company_words(name: str) -> list[str]:
    """The name of a company and the first word that stands for it."""
    words = [word for word in re.findall(r"\w[\w'’-]*", name.lower()) if word not in _COMPANY_ENDINGS]
    return [name, *words[:1]] if words and len(words[0]) > 3 else [name]


def _any_word(names: Sequence[str]) -> re.Pattern[str] | None:
    found = [re.escape(name.strip()) for name in names if len(name.strip()) > 1]
    return re.compile(rf"(?<!\w)(?:{'|'.join(found)})(?!\w)", re.IGNORECASE) if found else None
