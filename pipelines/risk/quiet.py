"""Signals that are made of silence: read off who takes part, how often and how much, not off words.

Each is tested against the account's own rhythm, and says since when it holds and how often chance alone would make it
look so. Only documents count, never the mere passing of time: a calendar raises no alarm.

    falling series   where a series drops, by the largest difference of means over all places where it could have
                     dropped, against the same values in random order (a permutation test of a change point)
    gone silent      who spoke in k of m + n documents, all of them among the first m: C(m, k) / C(m + n, k), times the
                     number of contacts that were looked at; the same for an account that asks for nothing any more
"""

from __future__ import annotations

import itertools
import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np

from core.entities import Kind, Label, QuietKind, Seniority
from pipelines.risk.facts import DocumentFact, Person, QuietSignal
from pipelines.risk.parameters import Parameters

BEFORE_AT_LEAST, AFTER_AT_LEAST = 4, 3
"""Fewer values on one side show nothing."""
SPOKE_AT_LEAST = 3
PERMUTATIONS = 499
_BLOCKS = 10
_INDEX_MAX = 65_535
_TITLES_BACK = 6
_CLEARLY = 1.2
"""A drop of less than so many standard errors is not worth a test."""
_SEED = 20_260_101
_REVIEWS = frozenset({Kind.MEETING_NOTE, Kind.CALL_TRANSCRIPT})
_RANK = {Seniority.EXECUTIVE: 4, Seniority.DIRECTOR: 3, Seniority.MANAGER: 2, Seniority.INDIVIDUAL: 1}
_TOPIC = re.compile(r"[^\W\d_]{5,}")


@dataclass(frozen=True, slots=True)
class Drop:
    """Where a series falls: index of the first value after it, means before and after, chance of as much."""

    at: int
    before: float
    after: float
    chance: float


class Talk:
    """The documents of an account in order, with what each shows; looked at as of any moment without starting anew."""

    def __init__(self, documents: Iterable[DocumentFact]) -> None:
        self.documents = sorted(documents, key=lambda document: (document.occurred_at, document.document_id))
        self._moments = [document.occurred_at for document in self.documents]
        self._days = np.array([(moment - self._moments[0]).total_seconds() / 86_400 for moment in self._moments])
        self._sentences = np.array([document.sentences for document in self.documents], dtype=np.float64)
        self._present: dict[str, list[int]] = {}
        self._people: dict[str, Person] = {}
        for place, document in enumerate(self.documents):
            for person in document.people:
                self._present.setdefault(person.name, []).append(place)
                self._people.setdefault(person.name, person)
        self._series = [
            self._of(QuietKind.SENIORITY_FALLING, lambda d: d.kind in _REVIEWS and _highest(d) > 0, _highest),
            self._of(
                QuietKind.FEWER_ATTENDEES, lambda d: d.kind in _REVIEWS and bool(d.people), lambda d: len(d.people)
            ),
            self._of(QuietKind.REVIEWS_SHORTER, lambda d: d.kind in _REVIEWS, lambda d: math.log1p(d.sentences)),
            self._of(QuietKind.ONE_SIDED, lambda d: d.by_account is not None, lambda d: float(bool(d.by_account))),
            self._pauses(),
            self._topics(),
        ]

    def count(self, as_of: datetime) -> int:
        """How many documents there were."""
        return bisect_right(self._moments, as_of)

    def everyday(self, as_of: datetime, parameters: Parameters) -> dict[Label, float]:
        """Points that talk brings by itself in each label: passing remarks, and what is taken for more than it is.

        Talk fades as its label does, so what is left after it is taken off only falls with time.
        """
        count = self.count(as_of)
        if not count:
            return {}
        ages = (as_of - self._moments[0]).total_seconds() / 86_400 - self._days[:count]
        said = self._sentences[:count]
        return {
            label: points / 1000 * float((said * 0.5 ** (ages / parameters.half_life_days[label])).sum())
            for label, points in parameters.everyday.items()
        }

    def quiet_signals(self, as_of: datetime, chance: float, asked: Set[str]) -> list[QuietSignal]:
        """See ``quiet_signals``, as of a moment."""
        count = self.count(as_of)
        found = [self._fallen(series, count, chance) for series in self._series]
        found.append(self._stopped_asking(count, asked, chance))
        return [*filter(None, found), *self._gone_silent(count, chance)]

    def _of(
        self, kind: QuietKind, counts: Callable[[DocumentFact], bool], value: Callable[[DocumentFact], float]
    ) -> _Series:
        places = [place for place, document in enumerate(self.documents) if counts(document)]
        return _Series(kind, places, np.array([value(self.documents[place]) for place in places], dtype=np.float64))

    def _pauses(self) -> _Series:
        """Longer pauses between reviews, as falling values; the pause that still lasts is not counted."""
        reviews = [place for place, document in enumerate(self.documents) if document.kind in _REVIEWS]
        values = [
            -math.log1p((self._moments[later] - self._moments[earlier]).total_seconds() / 86_400)
            for earlier, later in itertools.pairwise(reviews)
        ]
        return _Series(QuietKind.REVIEWS_RARER, reviews[1:], np.array(values, dtype=np.float64))

    def _topics(self) -> _Series:
        """Words in titles that none of the titles just before had.

        Only the last ones are looked at: against all of its past every account seems to run out of subjects.
        """
        titled = [place for place, document in enumerate(self.documents) if document.title]
        words = [{word.lower() for word in _TOPIC.findall(self.documents[place].title or "")} for place in titled]
        fresh = [len(words[at].difference(*words[at - _TITLES_BACK : at])) for at in range(_TITLES_BACK, len(titled))]
        return _Series(QuietKind.FEWER_TOPICS, titled[_TITLES_BACK:], np.array(fresh, dtype=np.float64))

    def _fallen(self, series: _Series, count: int, chance: float) -> QuietSignal | None:
        length = bisect_left(series.places, count)
        drop = drop_in(series.values[:length], chance)
        if drop is None:
            return None
        if series.kind is QuietKind.REVIEWS_RARER:
            drop = Drop(drop.at, math.expm1(-drop.before), math.expm1(-drop.after), drop.chance)
        return _signal(series.kind, [self.documents[place] for place in series.places[drop.at : length]], drop)

    def _gone_silent(self, count: int, chance: float) -> list[QuietSignal]:
        """Contacts who took part often and then no more, while the account still talks."""
        present = {
            name: places[: bisect_left(places, count)]
            for name, places in sorted(self._present.items())
            if places[0] < count
        }
        found = []
        for name, places in present.items():
            drop = _silence(places, count, looked_at=len(present))
            if drop and drop.chance <= chance:
                documents = self.documents[drop.at : count]
                found.append(_signal(QuietKind.CONTACT_SILENT, documents, drop, self._people[name]))
        return found

    def _stopped_asking(self, count: int, asked: Set[str], chance: float) -> QuietSignal | None:
        """The account asked for things and then no more, while it still talks."""
        places = [place for place in range(count) if self.documents[place].document_id in asked]
        drop = _silence(places, count, looked_at=1)
        if drop is None or drop.chance > chance:
            return None
        return _signal(QuietKind.STOPPED_ASKING, self.documents[drop.at : count], drop)


@dataclass(frozen=True, slots=True)
class _Series:
    """Values that may fall, and the documents (by place) that show them."""

    kind: QuietKind
    places: list[int]
    values: np.ndarray


def quiet_signals(documents: Sequence[DocumentFact], chance: float, asked: Set[str] = frozenset()) -> list[QuietSignal]:
    """What the documents of an account show that is less often than ``chance`` an accident, by kind.

    Args:
        documents: all that are known.
        chance: how often an accident may look so.
        asked: ids of the documents in which the account asks for something.
    """
    if not documents:
        return []
    return Talk(documents).quiet_signals(max(document.occurred_at for document in documents), chance, asked)


def drop_in(values: Sequence[float] | np.ndarray, chance: float = 1.0) -> Drop | None:
    """The likeliest place where ``values`` fall; ``None`` where they are too few or nothing falls clearly.

    Also ``None`` as soon as it is certain that an accident looks so more often than ``chance``.
    """
    count = len(values)
    if count < BEFORE_AT_LEAST + AFTER_AT_LEAST:
        return None
    series = np.asarray(values, dtype=np.float64)
    spread = float(series.std())
    observed = _differences(series[None, :])[0]
    at = int(observed.argmax())
    if spread == 0 or observed[at] < _CLEARLY * spread:
        return None
    as_large = 0
    for orders in _orders(count):
        as_large += int((_differences(series[orders]).max(axis=1) >= observed[at] - 1e-12).sum())
        if 1 + as_large > chance * (1 + PERMUTATIONS):
            return None
    place = at + BEFORE_AT_LEAST
    return Drop(place, float(series[:place].mean()), float(series[place:].mean()), (1 + as_large) / (1 + PERMUTATIONS))


@lru_cache(maxsize=256)
def _orders(count: int) -> tuple[np.ndarray, ...]:
    """The same random orders of ``count`` values every time, in blocks ``(rows, count)`` of 16-bit indices."""
    places = np.tile(np.arange(count, dtype=np.float64), (PERMUTATIONS, 1))
    shuffled = np.random.default_rng(_SEED).permuted(places, axis=1)
    return tuple(np.array_split(shuffled.astype(np.uint16 if count <= _INDEX_MAX else np.intp), _BLOCKS))


def _differences(rows: np.ndarray) -> np.ndarray:
    """For rows ``(n, values)``: mean before minus mean after at each place, in units that compare places."""
    count = rows.shape[1]
    places, factors = _places(count)
    sums = rows.cumsum(axis=1)
    before = sums[:, BEFORE_AT_LEAST - 1 : count - AFTER_AT_LEAST]
    after = sums[:, -1:] - before
    differences: np.ndarray = (before / places - after / (count - places)) * factors
    return differences


@lru_cache(maxsize=256)
def _places(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Where ``count`` values may drop, and what makes the differences there comparable."""
    places = np.arange(BEFORE_AT_LEAST, count - AFTER_AT_LEAST + 1)
    return places, np.sqrt(places * (count - places) / count)


def _silence(places: Sequence[int], count: int, looked_at: int) -> Drop | None:
    """What happened in the documents at ``places`` and then no more; ``None`` where that is too few to tell.

    Counted from the first time on, the one that had to be somewhere: of all ways to place the others among the later
    documents, how many leave the end as empty. Times how many such things were ``looked_at``.
    """
    if len(places) < SPOKE_AT_LEAST or count - 1 - places[-1] < AFTER_AT_LEAST:
        return None
    later, before_silence, others = count - 1 - places[0], places[-1] - places[0], len(places) - 1
    alone = math.comb(before_silence, others) / math.comb(later, others)
    share = len(places) / (before_silence + 1)
    return Drop(places[-1] + 1, share, 0.0, min(1.0, alone * looked_at))


def _signal(kind: QuietKind, evidence: Sequence[DocumentFact], drop: Drop, person: Person | None = None) -> QuietSignal:
    return QuietSignal(
        kind=kind,
        since=evidence[0].occurred_at,
        newest=evidence[-1].occurred_at,
        chance=round(drop.chance, 4),
        before=round(drop.before, 2),
        after=round(drop.after, 2),
        documents=tuple(document.document_id for document in evidence),
        person=person,
    )


def _highest(document: DocumentFact) -> float:
    return max((_RANK.get(person.seniority, 0) for person in document.people), default=0)
