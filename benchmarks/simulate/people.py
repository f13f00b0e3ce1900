"""The people of an invented account: who is there when, and who decides how much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.simulate.story import People
from core.entities import Seniority
from nlp.seniority import seniority_of
from pipelines.risk.facts import Person

TITLES: dict[Seniority, tuple[str, ...]] = {
    Seniority.EXECUTIVE: ("COO", "CFO", "VP Operations", "Chief Digital Officer", "Managing Director"),
    Seniority.DIRECTOR: ("Director of Operations", "Head of IT", "Head of Procurement", "Director, Customer Service"),
    Seniority.MANAGER: ("Operations Manager", "Team Lead", "Service Manager", "Programme Manager"),
    Seniority.INDIVIDUAL: ("Analyst", "Planner", "Coordinator", "Systems Administrator", "Specialist"),
}
_FIRST = "Ada Ben Cleo Dev Edda Finn Gita Hugo Ines Jan Kaya Lars Mina Noor Olga Paul Rosa Sven Tala Uwe".split()
_LAST = "Adler Brandt Costa Dietz Eklund Falk Grant Haas Iversen Juhl Kern Lund Moreau Novak Okafor Petri".split()
_YEAR = 365.0
_HANDOVER_DAYS = 14.0


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody with a role, a true level and the days between which they are there."""

    person: Person
    level: Seniority
    role: str
    since: float
    until: float

    def there(self, day: float) -> bool:
        """Whether they are with the account on a day."""
        return self.since <= day < self.until


def draw_people(
    people: People, last_day: float, champion_goes: float | None, chance: np.random.Generator
) -> list[Contact]:
    """A sponsor, a champion and others, with those who follow them; whoever is champion on ``champion_goes`` leaves."""
    levels = list(people.levels)
    weights = np.array([people.levels[level] for level in levels])
    others = int(chance.integers(people.count[0], people.count[1] + 1)) - 2
    seats: list[tuple[str, Seniority]] = [
        ("executive", Seniority.EXECUTIVE),
        ("champion", Seniority.DIRECTOR if chance.random() < 0.5 else Seniority.MANAGER),
    ]
    for index in chance.choice(len(levels), size=max(1, others), p=weights / weights.sum()):
        seats.append((levels[index].value, levels[index]))
    found: list[Contact] = []
    for role, level in seats:
        day = 0.0
        while day < last_day:
            until = day + chance.exponential(_YEAR / people.turnover_a_year)
            if role == "champion" and champion_goes is not None and day <= champion_goes < until:
                until = champion_goes
            person = _person(level, len(found), chance.random() < people.titled, chance)
            found.append(Contact(person, level, role, day, until))
            if chance.random() > people.replaced:
                break
            day = until + _HANDOVER_DAYS
    return found


def _person(level: Seniority, number: int, titled: bool, chance: np.random.Generator) -> Person:
    name = f"{_FIRST[chance.integers(len(_FIRST))]} {_LAST[chance.integers(len(_LAST))]} {number}"
    title = str(chance.choice(TITLES[level])) if titled else None
    return Person(name, seniority_of(title), title)
