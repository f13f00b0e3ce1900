"""Account risk over the store: as of any date on request, the latest kept for lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from core.clock import Clock, system_clock
from core.db import Store
from core.entities import Tier
from core.errors import InputError, NotFound
from core.tables import AccountRow
from pipelines.accounts import tiers
from pipelines.alerts.service import AlertService
from pipelines.playbook import best_customers
from pipelines.playbook.policy import RecommendedAction, recommend
from pipelines.playbook.service import PlaybookService
from pipelines.risk import repository
from pipelines.risk.change import explain_change
from pipelines.risk.course import course_json
from pipelines.risk.facts import AccountRisk
from pipelines.risk.model import assess, assess_with_past, points_at
from pipelines.risk.repository import AccountFacts
from pipelines.wire import change_json, risk_json

EVIDENCE_IN_LISTS = 3
HISTORY_STEP = timedelta(days=30)
HISTORY_STEPS = 7
"""Scores kept for lists: now, and so many steps back less one."""


@dataclass(frozen=True, slots=True)
class RiskService:
    """Computes risk from what is stored."""

    store: Store
    playbook: PlaybookService
    alerts: AlertService
    clock: Clock = system_clock

    @classmethod
    def over(cls, store: Store, clock: Clock = system_clock) -> RiskService:
        """With services of its own over a store."""
        playbook = PlaybookService(store)
        return cls(store, playbook, AlertService(store, playbook, clock), clock)

    def as_of(self, tenant_id: str, account_id: str, moment: datetime | None = None) -> tuple[AccountRisk, Tier]:
        """The risk of an account as of a moment, now by default.

        Raises:
            NotFound: if there is no such account.
        """
        with self.store.tenant(tenant_id) as session:
            return self._compute(session, account_id, moment or self.clock())

    def report(self, tenant_id: str, account_id: str, moment: datetime | None = None) -> dict[str, Any]:
        """The same as JSON, with what the policy asks for."""
        risk, tier = self.as_of(tenant_id, account_id, moment)
        return risk_json(risk, recommend(risk, tier, self.playbook.policy_of(tenant_id)))

    def course(self, tenant_id: str, account_id: str, moments: Sequence[datetime]) -> list[dict[str, Any]]:
        """The parts of the score as of each of some moments, each with the newest sentence behind it, as JSON.

        Raises:
            NotFound: if there is no such account.
        """
        with self.store.tenant(tenant_id) as session:
            parameters = self.playbook.parameters(session)
            facts = _facts(session, account_id, max(moments))
        course = points_at(facts.signals, facts.documents, moments, parameters)
        return [
            course_json(moment, points, standing.level, facts.signals)
            for moment, (points, standing) in zip(moments, course, strict=True)
        ]

    def change(self, tenant_id: str, account_id: str, since: datetime, until: datetime | None = None) -> dict[str, Any]:
        """Why the score changed between two moments, as JSON.

        Raises:
            NotFound: if there is no such account.
            InputError: if ``until`` lies before ``since``.
        """
        end = until or self.clock()
        if end < since:
            raise InputError("the end lies before the beginning", where="since, until")
        with self.store.tenant(tenant_id) as session:
            parameters = self.playbook.parameters(session)
            facts = _facts(session, account_id, end)
        return change_json(explain_change(account_id, facts.signals, facts.documents, since, end, parameters))

    def refresh(self, tenant_id: str, account_id: str, moment: datetime | None = None) -> None:
        """Compute the latest risk of an account and keep it, see ``refresh_many``."""
        self.refresh_many(tenant_id, [account_id], moment)

    def refresh_many(self, tenant_id: str, account_ids: list[str], moment: datetime | None = None) -> int:
        """Compute the latest risk of some accounts, keep it, and bring alerts in line; returns of how many.

        All in one transaction. An account that was deleted meanwhile is passed over. The accounts are locked first, so
        that of two refreshes the later sees what the earlier's worker wrote.
        """
        with self.store.tenant(tenant_id) as session:
            return self.refresh_in(session, tenant_id, account_ids, moment)

    def refresh_in(
        self, session: Session, tenant_id: str, account_ids: list[str], moment: datetime | None = None
    ) -> int:
        """The same within a transaction, so that risk changes together with what else is written there."""
        accounts = repository.lock_accounts(session, account_ids)
        now = moment or self.clock()
        parameters, policy = self.playbook.parameters(session), self.playbook.policy(session)
        bar = tiers.revenue_bar(session, policy.best_customer)
        watched = self.alerts.watched(session, list(accounts))
        rows = []
        for account_id, facts in repository.facts_of(session, list(accounts), now).items():
            account = accounts[account_id]
            tier = best_customers.tier_of(tiers.account_of(account), policy.best_customer, bar, now.date())
            risk, past = assess_with_past(
                account_id, facts.signals, facts.documents, now, _steps_before(now), parameters
            )
            actions = recommend(risk, tier, policy)
            rows.append(self._row(tenant_id, risk, actions, [*past, risk.score]))
            if actions or account_id in watched:
                self.alerts.update(session, tenant_id, account, tier, actions, policy)
        repository.write_risks(session, rows)
        return len(rows)

    def _row(
        self, tenant_id: str, risk: AccountRisk, actions: tuple[RecommendedAction, ...], history: list[float]
    ) -> dict[str, Any]:
        return {
            "tenant_id": tenant_id,
            "account_id": risk.account_id,
            "as_of": risk.as_of,
            "level": risk.level.value,
            "score": risk.score,
            "change": round(history[-1] - history[-2], 2),
            "drivers": [part.name for part in risk.contributions],
            "history": history,
            "detail": risk_json(risk, actions, evidence=EVIDENCE_IN_LISTS),
            "computed_at": self.clock(),
        }

    def _compute(self, session: Session, account_id: str, moment: datetime) -> tuple[AccountRisk, Tier]:
        facts = _facts(session, account_id, moment)
        rule = self.playbook.policy(session).best_customer
        tier = tiers.tier_of(session, _account(session, account_id), rule, moment.date())
        parameters = self.playbook.parameters(session)
        return assess(account_id, facts.signals, facts.documents, moment, parameters), tier


def _facts(session: Session, account_id: str, moment: datetime) -> AccountFacts:
    _account(session, account_id)
    return repository.facts_of(session, [account_id], moment)[account_id]


def _account(session: Session, account_id: str) -> AccountRow:
    found = repository.account(session, account_id)
    if found is None:
        raise NotFound("no such account", where=f"account {account_id!r}")
    return found


def _steps_before(moment: datetime) -> list[datetime]:
    """Moments at equal steps up to one, which is left out."""
    return [moment - HISTORY_STEP * step for step in range(HISTORY_STEPS - 1, 0, -1)]
