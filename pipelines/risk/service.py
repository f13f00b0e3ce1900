"""Account risk over the store: as of any date on request, the latest kept for lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.clock import Clock, system_clock
from core.db import Store
from core.entities import Tier
from core.errors import InputError, NotFound
from pipelines.playbook.policy import Policy, default_policy, recommend
from pipelines.risk import repository
from pipelines.risk.change import explain_change
from pipelines.risk.facts import AccountRisk
from pipelines.risk.model import assess
from pipelines.risk.parameters import Parameters, default_parameters
from pipelines.wire import change_json, risk_json

EVIDENCE_IN_LISTS = 3


@dataclass(frozen=True, slots=True)
class RiskService:
    """Computes risk from what is stored."""

    store: Store
    parameters: Parameters
    policy: Policy
    clock: Clock = system_clock

    @classmethod
    def default(cls, store: Store, clock: Clock = system_clock) -> RiskService:
        """With the parameters and the policy that ship with the product."""
        return cls(store, default_parameters(), default_policy(), clock)

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
        return risk_json(risk, recommend(risk, tier, self.policy))

    def history(self, tenant_id: str, account_id: str, moments: Sequence[datetime]) -> list[dict[str, Any]]:
        """Score and level as of each of some moments, as they were known then.

        Raises:
            NotFound: if there is no such account.
        """
        with self.store.tenant(tenant_id) as session:
            facts, _ = self._facts(session, account_id, max(moments))
        risks = [assess(account_id, facts.signals, facts.documents, moment, self.parameters) for moment in moments]
        return [
            {"as_of": risk.as_of.date().isoformat(), "score": risk.score, "level": risk.level.value} for risk in risks
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
            facts, _ = self._facts(session, account_id, end)
        return change_json(explain_change(account_id, facts.signals, facts.documents, since, end, self.parameters))

    def refresh(self, tenant_id: str, account_id: str, moment: datetime | None = None) -> None:
        """Compute the latest risk of an account and keep it, see ``refresh_many``."""
        self.refresh_many(tenant_id, [account_id], moment)

    def refresh_many(self, tenant_id: str, account_ids: list[str], moment: datetime | None = None) -> int:
        """Compute the latest risk of some accounts and keep it, in one transaction; returns of how many.

        An account that was deleted meanwhile is passed over. The accounts are locked first, so that of two refreshes
        the later sees what the earlier's worker wrote.
        """
        with self.store.tenant(tenant_id) as session:
            tiers = repository.lock_accounts(session, account_ids)
            as_of = moment or self.clock()
            facts = repository.facts_of(session, list(tiers), as_of)
            rows = [
                self._row(tenant_id, assess(key, of.signals, of.documents, as_of, self.parameters), tiers[key])
                for key, of in facts.items()
            ]
            repository.write_risks(session, rows)
        return len(rows)

    def _row(self, tenant_id: str, risk: AccountRisk, tier: Tier) -> dict[str, Any]:
        return {
            "tenant_id": tenant_id,
            "account_id": risk.account_id,
            "as_of": risk.as_of,
            "level": risk.level.value,
            "score": risk.score,
            "detail": risk_json(risk, recommend(risk, tier, self.policy), evidence=EVIDENCE_IN_LISTS),
            "computed_at": self.clock(),
        }

    def _compute(self, session: Session, account_id: str, moment: datetime) -> tuple[AccountRisk, Tier]:
        facts, tier = self._facts(session, account_id, moment)
        return assess(account_id, facts.signals, facts.documents, moment, self.parameters), tier

    def _facts(self, session: Session, account_id: str, moment: datetime) -> tuple[repository.AccountFacts, Tier]:
        tier = repository.tier_of(session, account_id)
        if tier is None:
            raise NotFound("no such account", where=f"account {account_id!r}")
        return repository.facts_of(session, [account_id], moment)[account_id], tier
