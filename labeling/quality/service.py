"""How far people agree, and how each of them works."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.db import Store
from core.errors import InputError
from labeling import agreement
from labeling.agreement import Measure, Unknown, f1_in_words, in_words
from labeling.annotators import GoldScore, Pace, paces
from labeling.consensus import Competence
from labeling.members import Member
from labeling.quality import repository
from labeling.quality.consensus import ConsensusService
from labeling.quality.disputes import as_record
from labeling.quality.gold import GoldService
from labeling.quality.repository import Passage, Said
from labeling.quality.scope import queues_for
from labeling.queues.rules import LABELS_MAX

RUSHED_SHOWN, WORDS_SHOWN = 20, 120
GROUPS_MIN = 10
_PART = {"alpha": in_words, "f1": f1_in_words}


@dataclass(frozen=True, slots=True)
class QualityService:
    """Figures for reviewers."""

    store: Store
    gold: GoldService
    consensus: ConsensusService

    def agreement(
        self, tenant_id: str, member: Member, *, queue: str | None = None, labels: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Alpha and F1 with intervals, per label, per person and per pair of people, and each in words.

        What was copied to an equal sentence is no judgement of its own and is left out; a rejected answer is one.

        Raises:
            Forbidden: if the member is no reviewer.
            NotFound: if the queue was not given to them.
            InputError: if too many labels are asked for.
        """
        if len(labels) > LABELS_MAX:
            raise InputError(f"at most {LABELS_MAX} labels", where="label")
        queues = queues_for(member, queue)
        with self.store.tenant(tenant_id) as session:
            said = [one for one in repository.said(session, queues, shared=True) if not one.copied]
        report = agreement.report(
            [one.annotation for one in said],
            _groups(said),
            labels=list(labels) or None,
        )
        return {
            "queue": queue,
            "shared": report.shared,
            "why": None if report.shared else "cannot be computed, because no record was judged by two people",
            "labels": [
                {"label": row.label, "same": row.same, "marked": row.marked, **_measures(row.alpha, row.f1)}
                for row in report.labels
            ],
            "people": [
                {"person": row.annotator, "label": row.label, **_measures(row.alpha, row.f1)} for row in report.people
            ],
            "pairs": [
                {"first": row.first, "second": row.second, **_measures(row.alpha, row.f1)} for row in report.pairs
            ],
        }

    def people(self, tenant_id: str, member: Member, *, queue: str | None = None) -> list[dict[str, Any]]:
        """How each person works: how much, how fast, which answers came too fast, how they do on gold and labels.

        Raises:
            Forbidden: if the member is no reviewer.
            NotFound: if the queue was not given to them.
        """
        queues = queues_for(member, queue)
        with self.store.tenant(tenant_id) as session:
            said = repository.said(session, queues)
            timed = sorted({one.annotation.record_id for one in said if one.annotation.seconds is not None})
            words = repository.passages(session, timed)
        answers = [one.annotation for one in said]
        pace = {found.annotator: found for found in paces(answers, {key: as_record(row) for key, row in words.items()})}
        score = {found.annotator: found for found in self.gold.scores(tenant_id, queues, said)}
        skill: dict[str, list[Competence]] = defaultdict(list)
        for found in self.consensus.answers(tenant_id, queues).people:
            skill[found.annotator].append(found)
        return [
            {
                "person": person,
                "answers": sum(one.annotation.annotator == person and not one.copied for one in said),
                "rejected": sum(one.annotation.annotator == person and one.rejected for one in said),
                "pace": _pace_json(pace.get(person), words),
                "gold": _gold_json(score.get(person)),
                "labels": [
                    {"label": one.label, "finds": round(one.finds, 4), "leaves": round(one.leaves, 4)}
                    for one in skill[person]
                ],
            }
            for person in sorted({one.annotation.annotator for one in said})
        ]


def _groups(said: Sequence[Said]) -> dict[str, str]:
    """What records are drawn with: accounts, or documents where there are few accounts; else each by itself.

    Records of one account are not independent, but a handful of draws would give no interval.
    """
    accounts = {one.annotation.record_id: one.account_id for one in said}
    documents = {one.annotation.record_id: one.document for one in said}
    return next((some for some in (accounts, documents) if len(set(some.values())) >= GROUPS_MIN), {})


def _pace_json(pace: Pace | None, words: Mapping[str, Passage]) -> dict[str, Any] | None:
    if pace is None:
        return None
    return {
        "timed": pace.timed,
        "median_seconds": round(pace.median_seconds, 2),
        "hourly": pace.hourly,
        "words": pace.words,
        "rushed": len(pace.rushed),
        "rushed_records": [
            {"record_id": record_id, "words": words[record_id].words[:WORDS_SHOWN]}
            for record_id in pace.rushed[:RUSHED_SHOWN]
        ],
    }


def _gold_json(score: GoldScore | None) -> dict[str, Any] | None:
    if score is None:
        return None
    return {
        "tasks": score.tasks,
        "right": score.right,
        "missed": score.missed,
        "wrong": score.wrong,
        "low": round(score.low, 4),
        "high": round(score.high, 4),
        "verdict": score.verdict,
    }


def _measures(alpha: Measure, f1: Measure) -> dict[str, Any]:
    return {"alpha": measure_json("alpha", alpha), "f1": measure_json("f1", f1)}


def measure_json(kind: str, measure: Measure) -> Mapping[str, Any]:
    """A measure as it goes out; one that can't be computed has no figures and says why."""
    words = _PART[kind](measure)
    if isinstance(measure, Unknown):
        return {"value": None, "low": None, "high": None, "records": 0, "words": words}
    figures = {"value": measure.value, "low": measure.low, "high": measure.high}
    return {name: round(figure, 4) for name, figure in figures.items()} | {"records": measure.records, "words": words}
