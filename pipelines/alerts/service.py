"""Alerts: raised when the policy asks for something, one per account and trigger, until somebody resolves it.

What is said later strengthens the alert that is there. Whoever has had a full week gets the rest later, except for best
customers. All that happens is written down and never changed.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from core.clock import Clock, system_clock
from core.db import Store
from core.entities import AlertState, Tier
from core.errors import Conflict, InputError, NotFound
from core.ids import new_id
from core.repository import PAGE_DEFAULT, Page
from core.tables import AccountRow, AlertRow
from pipelines.alerts import repository
from pipelines.alerts.repository import AlertFilters
from pipelines.playbook.policy import Cause, Policy, RecommendedAction
from pipelines.playbook.service import PlaybookService
from pipelines.wire import moment, quiet_json, said_json

EVIDENCE_MAX = 5
POLICY = "policy"
"""Who acts where no person did."""
_Z = 1.96


@dataclass(frozen=True, slots=True)
class AlertService:
    """All that is done with alerts."""

    store: Store
    playbook: PlaybookService
    clock: Clock = system_clock

    def watched(self, session: Session, account_ids: Sequence[str]) -> set[str]:
        """Of some accounts those that have an alert which is not resolved."""
        return repository.watched(session, account_ids)

    def update(
        self,
        session: Session,
        tenant_id: str,
        account: AccountRow,
        tier: Tier,
        actions: Sequence[RecommendedAction],
        policy: Policy,
    ) -> None:
        """Bring an account's alerts in line with what the policy asks for now; part of the caller's transaction."""
        now = self.clock()
        live = repository.live(session, account.account_id)
        fresh = [action for action in actions if action.trigger.value not in live]
        for action in actions:
            if row := live.pop(action.trigger.value, None):
                self._strengthen(session, tenant_id, row, action, tier)
        for row in live.values():
            if row.points:  # It is not asked for any more, but nobody has said what became of it.
                repository.write(session, row.alert_id, {"points": 0.0, "updated_at": now})
        if not fresh:
            return
        repository.lock(session)
        resolved = repository.last_resolved(session, account.account_id)
        for action in fresh:
            last = resolved.get(action.trigger.value)
            cooling = last and now < last + timedelta(days=policy.alerts.cool_down_days)
            if cooling or (last and action.cause.newest <= last):
                continue
            self._raise(session, tenant_id, account, tier, action, policy)

    def _raise(
        self,
        session: Session,
        tenant_id: str,
        account: AccountRow,
        tier: Tier,
        action: RecommendedAction,
        policy: Policy,
    ) -> None:
        now = self.clock()
        full = repository.raised_since(session, account.owner, repository.week_of(now)) >= policy.alerts.weekly_budget
        state = AlertState.HELD if full and tier is Tier.STANDARD else AlertState.OPEN
        alert_id = new_id()
        repository.add(
            session,
            {
                "alert_id": alert_id,
                "tenant_id": tenant_id,
                "account_id": account.account_id,
                "trigger": action.trigger.value,
                "state": state.value,
                "tier": tier.value,
                "points": action.cause.points,
                "action": action.action,
                "owner": account.owner,
                "role": action.owner,
                "days": action.days,
                "due": now.date() + timedelta(days=action.days),
                "evidence": evidence_of(action.cause),
                "newest_evidence": action.cause.newest,
                "policy_version": policy.version,
                "raised_at": now,
                "updated_at": now,
            },
        )
        repository.add_event(
            session, alert_id, tenant_id, now, "held" if state is AlertState.HELD else "raised", POLICY
        )

    def _strengthen(
        self, session: Session, tenant_id: str, row: AlertRow, action: RecommendedAction, tier: Tier
    ) -> None:
        now = self.clock()
        values: dict[str, Any] = {"points": action.cause.points, "evidence": evidence_of(action.cause)}
        more = action.cause.newest > row.newest_evidence
        if more:
            values["newest_evidence"] = action.cause.newest
            repository.add_event(session, row.alert_id, tenant_id, now, "more evidence", POLICY)
        if tier.value != row.tier:
            values |= {"tier": tier.value, "action": action.action, "role": action.owner, "days": action.days}
            values["due"] = min(row.due, now.date() + timedelta(days=action.days))
            repository.add_event(session, row.alert_id, tenant_id, now, f"now served as {tier.value}", POLICY)
        changed = {key: value for key, value in values.items() if getattr(row, key) != value}
        if changed:
            repository.write(session, row.alert_id, {**changed, "updated_at": now})

    def sweep(self, tenant_id: str) -> dict[str, int]:
        """What time alone brings: snoozed alerts wake, held ones get room, late ones go further up."""
        now = self.clock()
        with self.store.tenant(tenant_id) as session:
            repository.lock(session)
            policy = self.playbook.policy(session)
            woken = repository.snoozed_out(session, now.date())
            for row in woken:
                self._move(session, tenant_id, row, AlertState.OPEN, "woke", POLICY, None, {"snoozed_until": None})
            released = self._release(session, tenant_id, policy)
            late = repository.overdue(session, now.date() - timedelta(days=policy.alerts.escalate_after_days))
            for row in late:
                values = {"escalated_at": now, "escalated_to": policy.alerts.escalate_to}
                self._move(session, tenant_id, row, AlertState(row.state), "escalated", POLICY, None, values)
        return {"woken": len(woken), "released": released, "escalated": len(late)}

    def _release(self, session: Session, tenant_id: str, policy: Policy) -> int:
        now = self.clock()
        room: dict[str | None, int] = {}
        released = 0
        for row in repository.held(session):
            if row.owner not in room:
                used = repository.raised_since(session, row.owner, repository.week_of(now))
                room[row.owner] = policy.alerts.weekly_budget - used
            if room[row.owner] > 0 or row.tier == Tier.BEST_CUSTOMER:
                room[row.owner] -= 1
                values = {"raised_at": now, "due": now.date() + timedelta(days=row.days)}
                self._move(session, tenant_id, row, AlertState.OPEN, "released", POLICY, None, values)
                released += 1
        return released

    def inbox(
        self, tenant_id: str, filters: AlertFilters, *, limit: int = PAGE_DEFAULT, cursor: str | None = None
    ) -> Page[dict[str, Any]]:
        """Alerts, the first due first."""
        today = self.clock().date()
        with self.store.tenant(tenant_id) as session:
            found = repository.page(session, filters, limit=limit, cursor=cursor)
        return Page(tuple(_json(row, name, today) for row, name in found.items), found.next_cursor)

    def counts(self, tenant_id: str) -> dict[str, int]:
        """How many are in which state."""
        with self.store.tenant(tenant_id) as session:
            return repository.counts(session)

    def one(self, tenant_id: str, alert_id: uuid.UUID) -> dict[str, Any]:
        """An alert with all that happened to it.

        Raises:
            NotFound: if there is none.
        """
        with self.store.tenant(tenant_id) as session:
            row, account = self._found(session, alert_id)
            history = [
                {"at": moment(event.at), "what": event.what, "by": event.by, "reason": event.reason}
                for event in repository.events(session, alert_id)
            ]
        return _json(row, account.name, self.clock().date()) | {"history": history}

    def acknowledge(self, tenant_id: str, alert_id: uuid.UUID, by: str, reason: str | None = None) -> dict[str, Any]:
        """Somebody takes it up.

        Raises:
            NotFound: if there is none.
            Conflict: if it is resolved.
        """
        return self._act(tenant_id, alert_id, AlertState.ACKNOWLEDGED, "acknowledged", by, reason)

    def snooze(self, tenant_id: str, alert_id: uuid.UUID, by: str, until: date, reason: str) -> dict[str, Any]:
        """Leave it alone until a day.

        Raises:
            NotFound: if there is none.
            Conflict: if it is resolved.
            InputError: if the day is not to come.
        """
        if until <= self.clock().date():
            raise InputError("must be a day to come", where="until")
        values = {"snoozed_until": until}
        return self._act(tenant_id, alert_id, AlertState.SNOOZED, "snoozed", by, reason, values)

    def resolve(
        self, tenant_id: str, alert_id: uuid.UUID, by: str, reason: str, useful: bool | None = None
    ) -> dict[str, Any]:
        """It is done with; ``useful`` says whether it was right to raise it.

        Raises:
            NotFound: if there is none.
            Conflict: if it is resolved already.
        """
        values = {"resolved_at": self.clock(), "useful": useful, "snoozed_until": None}
        return self._act(tenant_id, alert_id, AlertState.RESOLVED, "resolved", by, reason, values)

    def reopen(self, tenant_id: str, alert_id: uuid.UUID, by: str, reason: str) -> dict[str, Any]:
        """It was not done with after all.

        Raises:
            NotFound: if there is none.
            Conflict: if it is open, or another of its kind is.
        """
        with self.store.tenant(tenant_id) as session:
            row, account = self._found(session, alert_id, lock_it=True)
            if row.state in (AlertState.OPEN, AlertState.HELD):
                raise Conflict("it is open", where=f"alert {alert_id}")
            repository.lock(session)
            if row.state == AlertState.RESOLVED and row.trigger in repository.live(session, account.account_id):
                raise Conflict("the account has a newer alert of this kind", where=f"alert {alert_id}")
            values = {"resolved_at": None, "useful": None, "snoozed_until": None}
            self._move(session, tenant_id, row, AlertState.OPEN, "reopened", by, reason, values)
        return self.one(tenant_id, alert_id)

    def quality(self, tenant_id: str) -> list[dict[str, Any]]:
        """How often each trigger was right to raise an alert, as far as people said."""
        with self.store.tenant(tenant_id) as session:
            rows = list(repository.judged(session))
        tally: dict[str, dict[bool | None, int]] = {}
        for trigger, useful, count in rows:
            tally.setdefault(trigger, {})[useful] = count
        return [_judged(trigger, said) for trigger, said in sorted(tally.items())]

    def _act(
        self,
        tenant_id: str,
        alert_id: uuid.UUID,
        state: AlertState,
        what: str,
        by: str,
        reason: str | None,
        values: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        with self.store.tenant(tenant_id) as session:
            row, _ = self._found(session, alert_id, lock_it=True)
            if row.state == AlertState.RESOLVED:
                raise Conflict("it is resolved", where=f"alert {alert_id}", remedy="reopen it first")
            self._move(session, tenant_id, row, state, what, by, reason, values or {})
        return self.one(tenant_id, alert_id)

    def _move(
        self,
        session: Session,
        tenant_id: str,
        row: AlertRow,
        state: AlertState,
        what: str,
        by: str,
        reason: str | None,
        values: dict[str, Any],
    ) -> None:
        now = self.clock()
        repository.write(session, row.alert_id, {**values, "state": state.value, "updated_at": now})
        repository.add_event(session, row.alert_id, tenant_id, now, what, by, reason)

    def _found(self, session: Session, alert_id: uuid.UUID, *, lock_it: bool = False) -> tuple[AlertRow, AccountRow]:
        found = repository.one(session, alert_id, lock_it=lock_it)
        if found is None:
            raise NotFound("no such alert", where=f"alert {alert_id}")
        return found


def evidence_of(cause: Cause) -> list[dict[str, Any]]:
    """What stands behind an alert: the strongest sentences, or what became less."""
    said = [said_json(signal) for signal in cause.said[:EVIDENCE_MAX]]
    return [*said, *(quiet_json(signal) for signal in cause.quiet[:EVIDENCE_MAX])]


def _json(row: AlertRow, name: str | None, today: date) -> dict[str, Any]:
    state = AlertState(row.state)
    return {
        "alert_id": str(row.alert_id),
        "account_id": row.account_id,
        "account_name": name,
        "tier": row.tier,
        "trigger": row.trigger,
        "state": state.value,
        "points": row.points,
        "action": row.action,
        "owner": row.owner,
        "role": row.role,
        "due": row.due.isoformat(),
        "overdue": row.due < today and state in (AlertState.OPEN, AlertState.ACKNOWLEDGED),
        "evidence": row.evidence,
        "newest_evidence": moment(row.newest_evidence),
        "policy_version": row.policy_version,
        "raised_at": moment(row.raised_at),
        "snoozed_until": row.snoozed_until.isoformat() if row.snoozed_until else None,
        "escalated_at": moment(row.escalated_at) if row.escalated_at else None,
        "escalated_to": row.escalated_to,
        "resolved_at": moment(row.resolved_at) if row.resolved_at else None,
        "useful": row.useful,
    }


def _judged(trigger: str, said: dict[bool | None, int]) -> dict[str, Any]:
    """Precision by what people said, with its 95 % interval (Wilson)."""
    right, wrong = said.get(True, 0), said.get(False, 0)
    judged = right + wrong
    found: dict[str, Any] = {"trigger": trigger, "resolved": sum(said.values()), "judged": judged, "useful": right}
    if not judged:
        return found | {"precision": None, "interval": None}
    share = right / judged
    middle = (share + _Z**2 / (2 * judged)) / (1 + _Z**2 / judged)
    spread = _Z / (1 + _Z**2 / judged) * math.sqrt(share * (1 - share) / judged + _Z**2 / (4 * judged**2))
    interval = {"low": round(max(0.0, middle - spread), 4), "high": round(min(1.0, middle + spread), 4)}
    return found | {"precision": round(share, 4), "interval": interval}
