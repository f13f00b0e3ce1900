"""Labeling functions of a workspace: written down, faced with what people said, and used to find what is rare."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from core.clock import Clock, system_clock
from core.custom_labels import label_of, slug_of_label
from core.db import Store
from core.entities import Label
from core.errors import InputError
from core.stored import ensure_tenant
from labeling.answers import Answered, gold
from labeling.members import Member, Role
from labeling.queues import candidates
from labeling.queues.candidates import Candidate
from labeling.queues.rules import queue_of_signal
from labeling.repository import Passage as Stretch
from labeling.signals import repository as own_signals
from labeling.weak import repository
from labeling.weak.file import function_lines, parse_functions
from labeling.weak.functions import NO, NOTHING, YES, LabelingFunction, Passage, Similar, Votes, vote
from labeling.weak.label_model import BELIEVED, LabelModel, fit_label_model
from labeling.weak.report import FunctionReport, missed, report
from labeling.weak.repository import Said
from labeling.weak.wire import function_json, function_toml, report_json
from models.linear import Floats, Numbers
from nlp.extract import SignalReader
from nlp.meaning import MeaningEncoder

FILE = "functions.toml"
SAMPLE, SAMPLE_MIN, SAMPLE_MAX = 5_000, 500, 50_000
WORK = 100_000
"""Sentences times functions that are looked at in about two seconds."""
SEARCHED = 10
EVEN = 0.5
"""The model looks only at sentences in which a function speaks: there a label is not as rare as everywhere. With even
odds a vote that stands alone is worth what it was measured to be: how often the function is right."""
SHARE_FROM = 30
"""From so many sentences drawn by chance on their share with a label is told."""
FOUND_MAX = 2_000


@dataclass(frozen=True, slots=True)
class _Voted:
    """The functions for one label, with their votes over sentences and over gold passages, and what that makes."""

    functions: tuple[LabelingFunction, ...]
    votes: Votes
    gold_votes: Votes
    gold: NDArray[np.int8]
    model: LabelModel
    share: float | None


@dataclass(frozen=True, slots=True)
class FunctionService:
    """Reads, writes and runs labeling functions; nothing they say counts as an answer."""

    store: Store
    reader_for: Callable[[str], SignalReader]
    meaning: Callable[[], MeaningEncoder]
    clock: Clock = system_clock

    def current(self, tenant_id: str) -> dict[str, Any]:
        """The file as it is now, with its functions; version 0 where nobody wrote one."""
        with self.store.tenant(tenant_id) as session:
            row = repository.newest(session)
        if row is None:
            return {"version": 0, "text": "", "by": None, "created_at": None, "functions": []}
        functions, lines = self._parsed(tenant_id, row.text), function_lines(row.text)
        begins: Sequence[int | None] = lines if len(lines) == len(functions) else [None] * len(functions)
        return {
            "version": row.version,
            "text": row.text,
            "by": row.by,
            "created_at": row.created_at.isoformat(),
            "functions": [function_json(item, line) for item, line in zip(functions, begins, strict=True)],
        }

    def put(self, tenant_id: str, member: Member, text: str) -> dict[str, Any]:
        """Write a new version of the whole file.

        Raises:
            Forbidden: if the member is no admin.
            InputError: naming the line, the function and the field that is wrong; nothing is written then.
        """
        member.require(Role.ADMIN)
        cleaned = text.replace("\r\n", "\n").strip() + "\n"
        self._checked(tenant_id, cleaned)
        with self.store.tenant(tenant_id) as session:
            ensure_tenant(session, tenant_id)
            repository.add(session, tenant_id, cleaned, member.person)
        return self.current(tenant_id)

    def append(self, tenant_id: str, member: Member, row: Mapping[str, Any]) -> dict[str, Any]:
        """Add one function at the end of the file.

        Raises:
            Forbidden: if the member is no admin.
            InputError: naming the field that is wrong; nothing is written then.
        """
        member.require(Role.ADMIN)
        before = self.current(tenant_id)["text"]
        return self.put(tenant_id, member, f"{before}\n{function_toml(row)}" if before else function_toml(row))

    def _checked(self, tenant_id: str, text: str) -> list[LabelingFunction]:
        functions = self._parsed(tenant_id, text)
        with self.store.tenant(tenant_id) as session:
            known = [*(label.value for label in Label), *(label_of(row.slug) for row in own_signals.signals(session))]
        lines = function_lines(text)
        for at, function in enumerate(functions):
            if function.label not in known:
                line = f", line {lines[at]}" if len(lines) == len(functions) else ""
                remedy = f"one of {', '.join(known)}"
                where = f"{FILE}{line}, function {at + 1}"
                raise InputError("label must be one that there is", where=where, remedy=remedy)
        return functions

    def _parsed(self, tenant_id: str, text: str) -> list[LabelingFunction]:
        gazetteer = self.reader_for(tenant_id).gazetteer
        return parse_functions(text, name=FILE, gazetteer=gazetteer, encode=self._encode)

    def _encode(self, texts: Sequence[str]) -> Numbers:
        return np.stack(self.meaning().vectors(texts))

    def report(self, tenant_id: str, sample: int | None = None) -> dict[str, Any]:
        """What functions do over a sample of the workspace's sentences, and how they fare against what people said.

        Args:
            tenant_id: whose.
            sample: how many sentences; by default as many as take about two seconds.

        Raises:
            InputError: if the sample is too large, or a stored function does not hold any more.
        """
        began = time.monotonic()
        if sample is not None and not 1 <= sample <= SAMPLE_MAX:
            raise InputError(f"must be 1 to {SAMPLE_MAX:,}", where="sample")
        with self.store.tenant(tenant_id) as session:
            row = repository.newest(session)
        functions = self._parsed(tenant_id, row.text) if row else []
        said, total = self._said(tenant_id, functions, sample)
        labels = []
        for label in sorted({function.label for function in functions}):
            voted = self._vote(tenant_id, label, functions, said)
            labels.append({"label": label} | _of_label(voted, said))
        return {
            "version": row.version if row else 0,
            "sentences": len(said),
            "of": total,
            "seconds": round(time.monotonic() - began, 2),
            "labels": labels,
        }

    def _said(
        self, tenant_id: str, functions: Sequence[LabelingFunction], sample: int | None = None
    ) -> tuple[list[Said], int]:
        if not functions:
            return [], 0
        size = sample or min(SAMPLE, max(SAMPLE_MIN, WORK // len(functions)))
        alike = any(isinstance(function.finder, Similar) for function in functions)
        with self.store.tenant(tenant_id) as session:
            return repository.sentences(session, size, vectors=alike), repository.count_sentences(session)

    def _vote(self, tenant_id: str, label: str, functions: Sequence[LabelingFunction], said: Sequence[Said]) -> _Voted:
        mine = tuple(function for function in functions if function.label == label)
        with self.store.tenant(tenant_id) as session:
            known = gold(session, label)
        votes = vote(_looking_up(mine, said), [item.passage for item in said])
        facing = vote(mine, [Passage(item.text, {"kind": item.kind, "side": item.side}) for item in known])
        truth = np.array([YES if label in item.labels else NO for item in known], dtype=np.int8)
        everything = np.vstack([votes, facing])
        whole = np.concatenate([np.full(len(votes), NOTHING, dtype=np.int8), truth])
        speaking = (everything != NOTHING).any(axis=1)
        model = LabelModel(np.full(len(mine), BELIEVED), EVEN)
        if speaking.any():
            model = fit_label_model(everything[speaking], EVEN, whole[speaking])
        return _Voted(mine, votes, facing, truth, model, _share(label, known))

    def candidates(self, tenant_id: str, labels: Sequence[str]) -> tuple[list[Candidate], int]:
        """Sentences that functions take for one of these labels, labels in turns, of each the likeliest first.

        Raises:
            InputError: if no function speaks of these labels.
        """
        with self.store.tenant(tenant_id) as session:
            row = repository.newest(session)
        functions = [item for item in self._parsed(tenant_id, row.text) if item.label in labels] if row else []
        if row is None or not functions:
            raise InputError(
                "no labeling function says anything of what is asked here",
                where="functions",
                remedy="write one on /label/functions; a signal of your own is filled from its own page as well",
            )
        # What is rare is sought among more sentences than a report looks at.
        said, _ = self._said(tenant_id, functions, min(SAMPLE_MAX, SEARCHED * WORK // len(functions)))
        found: list[tuple[float, float, str, Said, str]] = []
        for label in sorted({function.label for function in functions}):
            voted = self._vote(tenant_id, label, functions, said)
            sure = voted.model.probabilities(voted.votes)
            speaking = (voted.votes == YES).any(axis=1)
            order = [at for at in np.argsort(-sure, kind="stable").tolist() if speaking[at]]
            for rank, at in enumerate(_once(order, said)[:FOUND_MAX]):
                # Labels take turns, and of two in the same place the one with fewer sentences goes first.
                names = [
                    item.name for item, given in zip(voted.functions, voted.votes[at], strict=True) if given == YES
                ]
                why = f"{label.replace('_', ' ')} at {sure[at]:.2f}, say labeling functions: {', '.join(names[:4])}"
                found.append((rank + len(order) / (len(said) + 1), float(sure[at]), label, said[at], why))
        with self.store.tenant(tenant_id) as session:
            return _candidates(session, found, row.version), len({item[3].document_id for item in found})


def _candidates(
    session: Session, found: Sequence[tuple[float, float, str, Said, str]], version: int
) -> list[Candidate]:
    stored = candidates.by_ids(session, sorted({item[3].document_id for item in found}))
    made: dict[tuple[str, str, int, int], Candidate] = {}
    for priority, sure, label, said, why in found:
        held = stored.get(said.document_id)
        if held is None:
            continue
        slug = slug_of_label(label)
        source = held.source()
        asked = queue_of_signal(slug) if slug else ""
        spans = [{"label": label, "start": said.start, "end": said.end, "attributes": {}}] if sure >= 0.5 else []
        suggestion = {
            "spans": spans,
            "scores": {label: round(sure, 4)},
            "model_version": f"functions@{version}",
            "explanation": {},
        }
        key = (source.source, source.document_id, said.start, said.end)
        if (before := made.get(key)) is not None:
            # Two labels over one sentence: one task, filled in with both.
            both = {
                **before.suggestion,
                "spans": [*before.suggestion["spans"], *spans],
                "scores": {**before.suggestion["scores"], label: round(sure, 4)},
            }
            made[key] = Candidate(before.source, before.passage, min(before.priority, priority), before.reason, both)
            continue
        passage = Stretch(said.start, said.end, said.speaker, said.passage.facts["side"])
        made[key] = Candidate(replace(source, asked=asked), passage, priority, why, suggestion)
    return sorted(made.values(), key=lambda item: item.priority)


def _of_label(voted: _Voted, said: Sequence[Said]) -> dict[str, Any]:
    over, facing = report(voted.functions, voted.votes), report(voted.functions, voted.gold_votes, voted.gold)
    rows = []
    for everywhere, checked, trust in zip(over, facing, voted.model.accuracies.tolist(), strict=True):
        both = FunctionReport(
            everywhere.name, everywhere.label, everywhere.says, everywhere.coverage, everywhere.overlaps,
            everywhere.conflicts, checked.checked, checked.right, checked.low, checked.high,
        )  # fmt: skip
        rows.append(report_json(both, trust))
    sure: Floats = voted.model.probabilities(voted.votes)
    speaking = (voted.votes != NOTHING).any(axis=1)
    return {
        "functions": rows,
        "coverage": round(float(speaking.mean()), 5) if len(speaking) else 0.0,
        "likely": int((sure[speaking] >= 0.5).sum()),
        "gold": len(voted.gold),
        "gold_with_label": int((voted.gold == YES).sum()),
        "missed": missed(voted.gold_votes, voted.gold),
        "share": None if voted.share is None else round(voted.share, 5),
        "examples": [
            said[at].passage.text
            for at in _once(np.argsort(-sure, kind="stable").tolist(), said)
            if (voted.votes[at] == YES).any()
        ][:3],
    }


def _looking_up(functions: Sequence[LabelingFunction], said: Sequence[Said]) -> list[LabelingFunction]:
    """The same functions, which take vectors of the index and encode nothing twice."""
    known = {item.passage.text: item.vector for item in said if item.vector is not None}
    return [
        LabelingFunction(
            function.name,
            function.label,
            function.says,
            Similar(function.finder.examples, function.finder.at_least, _Known(known, function.finder.encode)),
            function.where,
        )
        if isinstance(function.finder, Similar)
        else function
        for function in functions
    ]


@dataclass(frozen=True, slots=True)
class _Known:
    """Vectors of texts: those that are known as they are known, others encoded."""

    known: Mapping[str, Numbers]
    encode: Callable[[Sequence[str]], Numbers]

    def __call__(self, texts: Sequence[str]) -> Numbers:
        fresh = [text for text in texts if text not in self.known]
        encoded = dict(zip(fresh, self.encode(fresh), strict=True)) if fresh else {}
        return np.stack([self.known[text] if text in self.known else encoded[text] for text in texts])


def _share(label: str, known: Sequence[Answered]) -> float | None:
    """How many of all sentences carry a label, where enough of the random sample was judged."""
    drawn = [label in item.labels for item in known if item.drawn]
    return (sum(drawn) + 0.5) / (len(drawn) + 1) if len(drawn) >= SHARE_FROM else None


def _once(order: Sequence[int], said: Sequence[Said]) -> list[int]:
    """Of sentences in the same words the first."""
    seen: dict[str, int] = {}
    for at in order:
        seen.setdefault(" ".join(said[at].passage.text.lower().split()), at)
    return list(seen.values())
