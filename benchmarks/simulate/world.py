"""Lives of invented accounts: documents with who took part, what was truly said in them, and the day of leaving."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.simulate.course import Trouble, no_trouble, trouble_of
from benchmarks.simulate.people import Contact, draw_people
from benchmarks.simulate.story import STAYING, Event, Story
from core.entities import Kind, Label, Seniority
from pipelines.risk.facts import DocumentFact, Person

DAY_ZERO = datetime(2023, 1, 2, tzinfo=UTC)
_MONTH = 30.4
_LENGTH_SPREAD = 0.6
_SENIORS = frozenset({Seniority.EXECUTIVE, Seniority.DIRECTOR})
_MEETINGS = frozenset({Kind.MEETING_NOTE, Kind.CALL_TRANSCRIPT})
_SYLLABLES = ("ba", "do", "fe", "gi", "ku", "la", "mo", "ne", "pi", "ru", "sa", "to", "ve", "wi", "xa", "zo")
_FLAGS = frozenset({"gave_up", "repeated"})
_WISHES = frozenset({"wish", "wish_urgent"})

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that was truly said, in which document (by index), by whom."""

    event: str
    document: int
    label: Label
    attributes: dict[str, Any]
    speaker: Person | None


@dataclass(frozen=True, slots=True)
class Life:
    """One account from its first day to the planted date; for one that stays the date means nothing."""

    account_id: str
    storyline: str
    chatty: bool
    planted: datetime
    documents: tuple[DocumentFact, ...]
    mentions: tuple[Mention, ...]

    @property
    def leaves(self) -> bool:
        """Whether it leaves on the planted date."""
        return self.storyline not in STAYING


def draw_lives(story: Story, count: int, seed: int) -> list[Life]:
    """``count`` accounts; the same seed gives the same ones, and more accounts change none of the first."""
    return [draw_life(story, number, seed) for number in range(count)]


def draw_life(story: Story, number: int, seed: int) -> Life:
    """One account."""
    chance = np.random.default_rng([seed, number])
    names = list(story.population)
    shares = np.array([story.population[name] for name in names])
    storyline = names[int(chance.choice(len(names), p=shares / shares.sum()))]
    chatty = storyline == "chatty" or (storyline != "healthy" and bool(chance.random() < story.rhythm.chatty_share))
    planted = float(chance.uniform(*story.time.planted_day))
    trouble = trouble_of(story, storyline, planted, chance) or no_trouble(story)
    people = draw_people(story.people, planted, trouble.champion_goes, chance)
    days = _days(story, chatty, planted, trouble, chance)
    documents, heard = _documents(story, f"a{number:05}", days, trouble, people, chance)
    mentions = _mentions(story, days, documents, heard, trouble, chance)
    return Life(
        f"a{number:05}", storyline, chatty, DAY_ZERO + timedelta(days=planted), tuple(documents), tuple(mentions)
    )


def _days(story: Story, chatty: bool, planted: float, trouble: Trouble, chance: np.random.Generator) -> Floats:
    """The days on which there is a document, with fractions, in order."""
    rhythm = story.rhythm
    rate = rhythm.documents_a_month / _MONTH * np.exp(chance.normal(0, rhythm.spread))
    rate *= rhythm.chatty_times if chatty else 1
    days = np.arange(int(planted), dtype=np.float64)
    rates = rate * trouble.factor("documents", days)
    in_year = (days + DAY_ZERO.timetuple().tm_yday) % 365
    rates[((in_year > 185) & (in_year < 240)) | (in_year > 352)] *= rhythm.summer
    times = np.repeat(days, chance.poisson(rates)) + chance.uniform(0.33, 0.75, size=1)
    jitter: Floats = np.sort(times + chance.uniform(0, 0.2, size=len(times)))
    return jitter


def _documents(
    story: Story, account_id: str, days: Floats, trouble: Trouble, people: list[Contact], chance: np.random.Generator
) -> tuple[list[DocumentFact], list[list[Contact]]]:
    """Documents, and who took part in each with their true levels."""
    rhythm, count = story.rhythm, len(days)
    kinds = list(rhythm.kinds)
    mix = chance.dirichlet(8 * np.array([rhythm.kinds[kind] for kind in kinds]))
    drawn = chance.choice(len(kinds), size=count, p=mix)
    medians = np.array([rhythm.sentences[kind] for kind in kinds])[drawn]
    spread = np.exp(chance.normal(0, _LENGTH_SPREAD, size=count))
    sentences = np.maximum(1, np.round(medians * spread * trouble.factor("sentences", days))).astype(int)
    ours = chance.random(count) < chance.uniform(*rhythm.by_account) * trouble.factor("by_account", days)
    attendance, seniors = trouble.factor("attendance", days), trouble.factor("seniors", days)
    titles = _titles(story, days, trouble, chance)
    documents, heard = [], []
    for at in range(count):
        kind = kinds[drawn[at]]
        meeting = kind in _MEETINGS
        there = [contact for contact in people if contact.there(days[at])]
        present = []
        for contact, luck in zip(there, chance.random(len(there)), strict=True):
            share = story.people.attend[contact.role][0 if meeting else 1]
            share *= attendance[at] * (seniors[at] if contact.level in _SENIORS else 1)
            if luck < share:
                present.append(contact)
        if not present and there:
            present = [there[int(chance.integers(len(there)))]]
        heard.append(present)
        documents.append(
            DocumentFact(
                f"{account_id}-{at}", DAY_ZERO + timedelta(days=float(days[at])), int(sentences[at]), kind,
                tuple(contact.person for contact in present), None if meeting else bool(ours[at]), titles[at],
            )
        )  # fmt: skip
    return documents, heard


def _titles(story: Story, days: Floats, trouble: Trouble, chance: np.random.Generator) -> list[str]:
    """Two subjects each; a new one is talked about as it comes up."""
    known = story.subjects.known
    titles, before = [], 0.0
    factors = trouble.factor("subjects", days)
    for day, factor in zip(days, factors, strict=True):
        fresh = int(chance.poisson(story.subjects.new_a_month / _MONTH * factor * (day - before)))
        known, before = known + fresh, day
        first = known - 1 if fresh else int(chance.integers(known))
        titles.append(f"{_subject(first)} {_subject(int(chance.integers(known)))}")
    return titles


def _subject(number: int) -> str:
    """A word of six letters for a number."""
    return "".join(_SYLLABLES[number // 16**place % 16] for place in range(3))


def _mentions(
    story: Story,
    days: Floats,
    documents: list[DocumentFact],
    heard: list[list[Contact]],
    trouble: Trouble,
    chance: np.random.Generator,
) -> list[Mention]:
    grumble = float(np.exp(chance.normal(0, story.talk["account_spread"])))
    sentences = np.array([document.sentences for document in documents], dtype=np.float64)
    own = np.array([story.vendor_written.share if d.by_account is False else 1.0 for d in documents])
    occasion = _occasions(story, documents) * own
    wishes = trouble.factor("wishes", days)
    mentions = []
    for name, event in story.events.items():
        rates = story.talk.get(name, 0.0) / 1000 * grumble * sentences * own * (wishes if name in _WISHES else 1)
        counts = chance.poisson(rates)
        occasions = chance.poisson(trouble.rate(name, days) * occasion / story.trouble.bunch)
        counts += occasions + chance.poisson(occasions * (story.trouble.bunch - 1))
        places = np.repeat(np.arange(len(days)), counts)
        places = np.concatenate([places, _first_after(trouble.relief.get(name), days)]).astype(int)
        mentions += [
            Mention(name, int(at), event.label, _attributes(event, chance), _speaker(story, event, heard[at], chance))
            for at in places
        ]
    return mentions


def _occasions(story: Story, documents: list[DocumentFact]) -> Floats:
    """Mentions a document for one mention a month, where documents come as often as usual, by kind."""
    own_share = sum(story.rhythm.by_account) / 2
    written = own_share + (1 - own_share) * story.vendor_written.share
    usual = sum(
        share * story.trouble.said_in[kind] * (1 if kind in _MEETINGS else written)
        for kind, share in story.rhythm.kinds.items()
    ) / sum(story.rhythm.kinds.values())
    weights = np.array([story.trouble.said_in[document.kind or Kind.EMAIL] for document in documents])
    return weights / (usual * story.rhythm.documents_a_month)


def _first_after(day: float | None, days: Floats) -> Floats:
    """The document in which good news is told, if there still is one."""
    if day is None or not len(days) or days[-1] < day:
        return np.empty(0)
    return np.array([np.searchsorted(days, day)], dtype=np.float64)


def _attributes(event: Event, chance: np.random.Generator) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, shares in event.attributes.items():
        if isinstance(shares, dict):
            weights = np.cumsum(list(shares.values()))
            found[key] = list(shares)[int(np.searchsorted(weights, chance.random() * weights[-1]))]
        elif chance.random() < shares:
            found[key] = True if key in _FLAGS else f"a {key}"
    return found


def _speaker(story: Story, event: Event, present: list[Contact], chance: np.random.Generator) -> Person | None:
    if not present or chance.random() > story.people.named_speaker:
        return None
    weights = np.cumsum([event.speakers.get(contact.level, 0.05) for contact in present])
    return present[int(np.searchsorted(weights, chance.random() * weights[-1]))].person
