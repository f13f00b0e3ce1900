"""What nobody asks for: risks that fade, alerts that wake, are released or are late, searches that found something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from operator import itemgetter

from sqlalchemy import text

from core.clock import Clock, system_clock
from core.db import Store
from pipelines.alerts import repository as alerts_repository
from pipelines.alerts.service import AlertService
from pipelines.risk.service import RiskService
from pipelines.search.news import SearchNews

RISK_AGE = timedelta(days=1)
BATCH = 50
"""Accounts that are computed before the worker looks for new documents again."""


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Runs over all tenants, a batch at a time."""

    store: Store
    risk: RiskService
    alerts: AlertService
    news: SearchNews
    clock: Clock = system_clock

    def run(self) -> int:
        """Compute the stalest risks anew, see to all alerts and saved searches; returns how many risks that were."""
        with self.store.nobody() as session:
            before = self.clock() - RISK_AGE
            found = session.execute(text("select * from foreshock_stale_accounts(:before, :batch)"),
                                    {"before": before, "batch": BATCH}).all()  # fmt: skip
            tenants = alerts_repository.tenants(session)
        for tenant_id, accounts in groupby(sorted((row[0], row[1]) for row in found), key=itemgetter(0)):
            self.risk.refresh_many(tenant_id, [account_id for _, account_id in accounts])
        for tenant_id in tenants:
            self.alerts.sweep(tenant_id)
        self.news.collect()
        return len(found)

    def until_done(self, progress: Callable[[int], None] = lambda _done: None) -> int:
        """Run until no risk is stale; returns how many were."""
        total = 0
        while done := self.run():
            total += done
            progress(done)
        return total
