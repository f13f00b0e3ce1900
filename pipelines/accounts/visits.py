"""When somebody last looked at an account, and what they saw: so that a page can tell what changed since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from core.clock import Clock, system_clock
from core.db import Store
from core.tables import AccountVisitRow

SAME_VISIT = timedelta(hours=1)
"""Looks that lie no further apart belong to one visit: to load a page again is not to come back."""


@dataclass(frozen=True, slots=True)
class Visit:
    """An earlier visit: when it was, and what was seen then."""

    at: datetime
    seen: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class VisitService:
    """Remembers the last two visits of everybody to each account."""

    store: Store
    clock: Clock = system_clock

    def look(self, tenant_id: str, person: str, account_id: str, seen: Mapping[str, Any]) -> Visit | None:
        """Somebody looks at an account that there is; returns the visit before this one, if there was one."""
        now = self.clock()
        with self.store.tenant(tenant_id) as session:
            row = session.get(AccountVisitRow, (tenant_id, person, account_id), with_for_update=True)
            if row is None:
                first = {"tenant_id": tenant_id, "person": person, "account_id": account_id}
                statement = insert(AccountVisitRow).values(**first, seen_at=now, seen=dict(seen))
                session.execute(statement.on_conflict_do_nothing())
                return None
            if now - row.seen_at > SAME_VISIT:
                row.before_at, row.before = row.seen_at, row.seen
            row.seen_at, row.seen = now, dict(seen)
            return Visit(row.before_at, row.before) if row.before_at and row.before is not None else None
