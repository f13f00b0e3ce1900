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
from pipelines.playbook.policy import recommend
from pipelines.playbook.service import PlaybookService
from pipelines.risk import repository
from pipelines.risk.change import explain_change
from pipelines.risk.facts import AccountRisk
from pipelines.risk.model import assess, level_of, score_of
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

    def history(self, tenant_id: str, account_id: str, moments: Sequence[datetime]) -> list[dict[str, Any]]:
        """Score and level as of each of some moments, as they were known then.

        Raises:
            NotFound: if there is no such account.
        """
        with self.store.tenant(tenant_id) as session:
            _account(session, account_id)
            parameters = self.playbook.parameters(session)
            signals = repository.signal_facts(session, account_id, max(moments))
            documents = repository.document_facts(session, account_id, max(moments))
        scores = [score_of(signals, documents, moment, parameters) for moment in moments]
        return [
            {"as_of": moment.date().isoformat(), "score": score, "level": level_of(score, parameters).value}
            for moment, score in zip(moments, scores, strict=True)
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
            _account(session, account_id)
            parameters = self.playbook.parameters(session)
            signals = repository.signal_facts(session, account_id, end)
            documents = repository.document_facts(session, account_id, end)
        return change_json(explain_change(account_id, signals, documents, since, end, parameters))

    def refresh(self, tenant_id: str, account_id: str, moment: datetime | None = None) -> None:
        """Compute the latest risk, keep it, and bring alerts in line; an account that is gone is passed over.

        The account's row is locked first, so that of two refreshes the later sees what the earlier's worker wrote.
        """
        now = moment or self.clock()
        with self.store.tenant(tenant_id) as session:
            account = repository.lock_account(session, account_id)
            if account is None:
                return
            parameters, policy = self.playbook.parameters(session), self.playbook.policy(session)
            signals = repository.signal_facts(session, account_id, now)
            documents = repository.document_facts(session, account_id, now)
            risk = assess(account_id, signals, documents, now, parameters)
            tier = tiers.tier_of(session, account, policy.best_customer, now.date())
            actions = recommend(risk, tier, policy)
            past = [now - HISTORY_STEP * step for step in range(HISTORY_STEPS - 1, 0, -1)]
            history = [*(score_of(signals, documents, earlier, parameters) for earlier in past), risk.score]
            values = {
                "as_of": risk.as_of,
                "level": risk.level.value,
                "score": risk.score,
                "change": round(history[-1] - history[-2], 2),
                "drivers": [part.name for part in risk.drivers],
                "history": history,
                "detail": risk_json(risk, actions, evidence=EVIDENCE_IN_LISTS),
                "computed_at": self.clock(),
            }
            repository.write_risk(session, tenant_id, account_id, values)
            self.alerts.update(session, tenant_id, account, tier, actions, policy)

    def _compute(self, session: Session, account_id: str, moment: datetime) -> tuple[AccountRisk, Tier]:
        account = _account(session, account_id)
        signals = repository.signal_facts(session, account_id, moment)
        documents = repository.document_facts(session, account_id, moment)
        rule = self.playbook.policy(session).best_customer
        tier = tiers.tier_of(session, account, rule, moment.date())
        return assess(account_id, signals, documents, moment, self.playbook.parameters(session)), tier


def _account(session: Session, account_id: str) -> AccountRow:
    found = repository.account(session, account_id)
    if found is None:
        raise NotFound("no such account", where=f"account {account_id!r}")
    return found
