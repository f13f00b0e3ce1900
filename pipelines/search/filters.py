"""What a search can be narrowed to."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session

from core.entities import Tier
from core.tables import AccountRow, SentenceRow, SignalRow


@dataclass(frozen=True, slots=True)
class SearchFilters:
    """All of them hold at once; ``speaker`` is a part of a name, in any case."""

    account_id: str | None = None
    tier: str | None = None
    owner: str | None = None
    kind: str | None = None
    side: str | None = None
    speaker: str | None = None
    label: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def given(self) -> dict[str, Any]:
        """Those that are set."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def stored(self) -> dict[str, str]:
        """As JSON keeps them."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else str(value) for name, value in self.given.items()
        }

    @classmethod
    def from_stored(cls, values: dict[str, str]) -> SearchFilters:
        """What ``stored`` gave."""
        moments = ("since", "until")
        read: dict[str, Any] = {
            field.name: datetime.fromisoformat(values[field.name]) if field.name in moments else values[field.name]
            for field in fields(cls)
            if field.name in values
        }
        return cls(**read)


def stated_best(_session: Session) -> ColumnElement[bool]:
    """Best customers by a person's word alone, as a condition on accounts."""
    return AccountRow.tier == Tier.BEST_CUSTOMER


def conditions(tenant_id: str, filters: SearchFilters, best: ColumnElement[bool], *,
               indexed_until: datetime | None = None, indexed_after: datetime | None = None,
               ) -> list[ColumnElement[bool]]:  # fmt: skip
    """The filters as SQL over ``sentences``; ``best`` is the condition of a best customer.

    The tenant is named as well as enforced by row-level security: the planner knows by it that a tenant's own index of
    vectors may be used.
    """
    row = SentenceRow
    found: list[ColumnElement[bool]] = [row.tenant_id == tenant_id]
    for column, value in ((row.account_id, filters.account_id), (row.kind, filters.kind), (row.side, filters.side)):
        if value is not None:
            found.append(column == value)
    if filters.tier is not None or filters.owner is not None:
        found.append(row.account_id.in_(_accounts(filters, best)))
    if filters.speaker is not None:
        found.append(func.strpos(func.lower(row.speaker), filters.speaker.lower()) > 0)
    if filters.label is not None:
        found.append(
            exists().where(
                SignalRow.document_id == row.document_id,
                SignalRow.label == filters.label,
                SignalRow.start < row.end,
                row.start < SignalRow.end,
            )
        )
    if filters.since is not None:
        found.append(row.occurred_at >= filters.since)
    if filters.until is not None:
        found.append(row.occurred_at < filters.until)
    if indexed_until is not None:
        found.append(row.indexed_at <= indexed_until)
    if indexed_after is not None:
        found.append(row.indexed_at > indexed_after)
    return found


def _accounts(filters: SearchFilters, best: ColumnElement[bool]) -> Select[str]:
    accounts = select(AccountRow.account_id)
    if filters.tier is not None:
        accounts = accounts.where(best if filters.tier == Tier.BEST_CUSTOMER else func.coalesce(~best, True))
    return accounts.where(AccountRow.owner == filters.owner) if filters.owner is not None else accounts
