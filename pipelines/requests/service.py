"""The ledger over the store: new wishes find their request, people merge, split and decide."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from core.clock import Clock, system_clock
from core.db import Store
from core.entities import RequestStatus
from core.errors import InputError, NotFound
from core.ids import derived_id, new_id
from core.tables import RequestRow
from nlp.meaning import Array
from pipelines.requests import history, repository
from pipelines.requests.matching import Matcher
from pipelines.requests.repository import Asked, Known
from pipelines.wire import moment

BATCH = 500
TITLE_MAX = 120
ALIKE = 8
_WORST_FIRST = ("blocker", "high", "medium", "low")


@dataclass(frozen=True, slots=True)
class RequestService:
    """All that is done with the ledger."""

    store: Store
    matcher: Callable[[], Matcher]
    clock: Clock = system_clock

    def assign_new(self, tenant_id: str) -> int:
        """Put every signal that asks for something and has no place yet into a request; returns how many.

        Signals are taken in order of time, and what has a place keeps it. One that a person once placed goes there.
        """
        total = 0
        while True:
            with self.store.tenant(tenant_id) as session:
                repository.lock(session)
                fresh = repository.unassigned(session, BATCH)
                if fresh:
                    self._assign(session, tenant_id, fresh)
                else:
                    repository.drop_empty(session)
            total += len(fresh)
            if len(fresh) < BATCH:
                return total

    def _assign(self, session: Session, tenant_id: str, fresh: Sequence[Asked]) -> None:
        matcher = self.matcher()
        known = repository.known_mentions(session)
        pinned = repository.pins(session, [asked.signal_id for asked in fresh])
        rows = []
        for asked in fresh:
            vector = matcher.vector(asked.text)
            if asked.signal_id in pinned:
                request_id, likeness = pinned[asked.signal_id], 1.0
            else:
                chosen, likeness = matcher.place(asked.text, known)
                request_id = chosen or derived_id("request", asked.signal_id)
                if chosen is None:
                    repository.add_request(session, tenant_id, request_id, _title(asked))
                    likeness = 1.0
            known.append(Known(asked.signal_id, request_id, asked.text, vector))
            rows.append(
                {
                    "signal_id": asked.signal_id,
                    "tenant_id": tenant_id,
                    "request_id": request_id,
                    "likeness": likeness,
                    "vector": vector.astype(np.float16).tobytes(),
                }
            )
        repository.add_mentions(session, rows)

    def ranked(
        self, tenant_id: str, status: RequestStatus | None = None, accounts: Set[str] | None = None
    ) -> list[dict[str, Any]]:
        """All requests, those with the most revenue behind them first; or those that one of ``accounts`` asks for."""
        with self.store.tenant(tenant_id) as session:
            found = self._described(session, None)
        return [
            row
            for row in found
            if (status is None or row["status"] == status.value)
            and (accounts is None or not accounts.isdisjoint(row["account_ids"]))
        ]

    def one(self, tenant_id: str, request_id: uuid.UUID) -> dict[str, Any]:
        """One request with every mention of it and all that was done to it; the id of one that was merged leads on.

        Raises:
            NotFound: if there is none.
        """
        with self.store.tenant(tenant_id) as session:
            row = self._live(session, request_id)
            found = next(
                (item for item in self._described(session, None) if item["request_id"] == str(row.request_id)), None
            )
            said = [asked for at, asked in repository.mentions_of(session) if at == row.request_id]
            return (found or _describe(row, [], {}, set(), self.clock())) | {
                "mentions": [_mention(asked) for asked in said],
                "history": history.of_request(session, row.request_id),
            }

    def alike(self, tenant_id: str, request_id: uuid.UUID, *, limit: int = ALIKE) -> list[dict[str, Any]]:
        """Other requests that mean something near to this one, the nearest first: what may have to be merged.

        Raises:
            NotFound: if there is no such request.
        """
        with self.store.tenant(tenant_id) as session:
            row = self._live(session, request_id)
            vectors: dict[uuid.UUID, list[Array]] = defaultdict(list)
            for known in repository.known_mentions(session):
                vectors[known.request_id].append(known.vector)
            titles = {other.request_id: other.title for other in repository.live_requests(session)}
        mine = vectors.pop(row.request_id, None)
        if mine is None:
            return []
        middle = np.mean(mine, axis=0)
        nearness = {
            other: float(np.max(np.stack(theirs) @ middle)) for other, theirs in vectors.items() if other in titles
        }
        nearest = sorted(nearness, key=lambda other: (-nearness[other], str(other)))[:limit]
        return [
            {"request_id": str(other), "title": titles[other], "likeness": round(nearness[other], 2)}
            for other in nearest
        ]

    def of_account(self, tenant_id: str, account_id: str) -> list[dict[str, Any]]:
        """What one account asks for, the longest waiting first, with its own figures."""
        with self.store.tenant(tenant_id) as session:
            found = self._described(session, account_id)
        return sorted(found, key=lambda row: (row["first_asked"], row["request_id"]))

    def _described(self, session: Session, account_id: str | None) -> list[dict[str, Any]]:
        by_request: dict[uuid.UUID, list[Asked]] = defaultdict(list)
        for request_id, asked in repository.mentions_of(session, account_id):
            by_request[request_id].append(asked)
        arr, around, now = repository.revenue(session), repository.workarounds(session), self.clock()
        rows = [
            _describe(row, by_request[row.request_id], arr, around, now)
            for row in repository.live_requests(session)
            if row.request_id in by_request
        ]
        return sorted(rows, key=lambda row: (-row["arr_usd"], -row["accounts"], row["first_asked"], row["request_id"]))

    def change(
        self,
        tenant_id: str,
        request_id: uuid.UUID,
        *,
        title: str | None = None,
        status: RequestStatus | None = None,
        by: str | None = None,
    ) -> dict[str, Any]:
        """Set title or status; ``by`` says who did.

        Raises:
            NotFound: if there is no such request.
        """
        values = {"title": title, "status": status.value if status else None}
        with self.store.tenant(tenant_id) as session:
            repository.lock(session)
            row = self._live(session, request_id)
            after = {key: value for key, value in values.items() if value and value != getattr(row, key)}
            if after:
                before = {key: getattr(row, key) for key in after}
                repository.change(session, row.request_id, after)
                detail = {"before": before, "after": after}
                history.record(session, tenant_id, row.request_id, "changed", self.clock(), by, detail)
        return self.one(tenant_id, request_id)

    def merge(self, tenant_id: str, request_id: uuid.UUID, into: uuid.UUID, *, by: str | None = None) -> dict[str, Any]:
        """One request becomes part of another until somebody undoes it: its id leads there from now on.

        Raises:
            NotFound: if either is missing.
            InputError: if they are one already.
        """
        with self.store.tenant(tenant_id) as session:
            repository.lock(session)
            source, target = self._live(session, request_id), self._live(session, into)
            if source.request_id == target.request_id:
                raise InputError("both are the same request already", where="into")
            # Pinned, so that mentions whose text is read again come back to where a person put them.
            said = [asked.signal_id for at, asked in repository.mentions_of(session) if at == source.request_id]
            repository.write_pins(session, tenant_id, said, source.request_id)
            detail = {"signals": [str(signal_id) for signal_id in repository.pinned_to(session, source.request_id)]}
            repository.move_all(session, source.request_id, target.request_id)
            now = self.clock()
            history.record(session, tenant_id, source.request_id, "merged", now, by, detail, target.request_id)
        return self.one(tenant_id, into)

    def split(
        self,
        tenant_id: str,
        request_id: uuid.UUID,
        signal_ids: Sequence[uuid.UUID],
        title: str,
        *,
        by: str | None = None,
    ) -> dict[str, Any]:
        """Some mentions become a request of their own; these and those that stay keep their places for good.

        Raises:
            NotFound: if there is no such request.
            InputError: if a signal is not one of its mentions, or none would stay.
        """
        created = new_id()
        with self.store.tenant(tenant_id) as session:
            repository.lock(session)
            row = self._live(session, request_id)
            said = {asked.signal_id for at, asked in repository.mentions_of(session) if at == row.request_id}
            foreign = sorted(str(signal_id) for signal_id in set(signal_ids) - said)
            if foreign or not signal_ids:
                raise InputError(
                    f"no mention of this request: {', '.join(foreign) or 'none given'}", where="signal_ids"
                )
            if set(signal_ids) == said:
                raise InputError("a split must leave a mention behind", where="signal_ids")
            repository.add_request(session, tenant_id, created, title)
            repository.write_pins(session, tenant_id, sorted(set(signal_ids)), created)
            repository.write_pins(session, tenant_id, sorted(said - set(signal_ids)), row.request_id)
            repository.move(session, list(signal_ids), created)
            detail = {"signals": sorted(str(signal_id) for signal_id in set(signal_ids))}
            history.record(session, tenant_id, row.request_id, "split", self.clock(), by, detail, created)
        return self.one(tenant_id, created)

    def undo(self, tenant_id: str, request_id: uuid.UUID, event_id: int, *, by: str | None = None) -> dict[str, Any]:
        """Take back a step that the history of a request shows.

        Raises:
            NotFound: if there is no such request or step.
            Conflict: if it was taken back before, or what came later stands in the way.
        """
        with self.store.tenant(tenant_id) as session:
            repository.lock(session)
            row = self._live(session, request_id)
            history.undo(session, tenant_id, row.request_id, event_id, self.clock(), by)
        return self.one(tenant_id, request_id)

    def _live(self, session: Session, request_id: uuid.UUID) -> RequestRow:
        found = repository.request(session, request_id)
        if found is None:
            raise NotFound("no such request", where=f"request {request_id}")
        return found


def _title(asked: Asked) -> str:
    """What it is called until somebody names it: the capability, else how it was first said."""
    said = str(asked.attributes.get("capability") or " ".join(asked.text.split()))
    return said if len(said) <= TITLE_MAX else said[: TITLE_MAX - 1] + "…"


def _describe(
    row: RequestRow, said: Sequence[Asked], arr: dict[str, float], around: set[tuple[str, int, int]], now: datetime
) -> dict[str, Any]:
    accounts = sorted({asked.account_id for asked in said})
    serious = [str(asked.attributes.get("criticality")) for asked in said]
    first = min((asked.occurred_at for asked in said), default=row.created_at)
    return {
        "request_id": str(row.request_id),
        "title": row.title,
        "status": row.status,
        "accounts": len(accounts),
        "account_ids": accounts,
        "arr_usd": sum(arr.get(account_id, 0.0) for account_id in accounts),
        "times_asked": len(said),
        "first_asked": moment(first),
        "last_asked": moment(max((asked.occurred_at for asked in said), default=row.created_at)),
        "age_days": (now - first).days,
        "criticality": next((level for level in _WORST_FIRST if level in serious), None),
        "gave_up": sum(1 for asked in said if asked.attributes.get("gave_up")),
        "workarounds": sum(1 for asked in said if (asked.document_id, asked.start, asked.end) in around),
    }


def _mention(asked: Asked) -> dict[str, Any]:
    return {
        "signal_id": str(asked.signal_id),
        "account_id": asked.account_id,
        "source": asked.source,
        "document_id": asked.document_id,
        "start": asked.start,
        "end": asked.end,
        "text": asked.text,
        "occurred_at": moment(asked.occurred_at),
        "speaker": asked.speaker,
    }
