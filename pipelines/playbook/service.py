"""Policy and risk parameters of each tenant: what ships with the product, until somebody sets their own.

A change is a new version; older ones stay. Every result names the version that it was made with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from core.db import Store
from core.tables import LONG_AGO, AccountRiskRow, ConfigurationRow
from pipelines.ingest.repository import ensure_tenant
from pipelines.playbook.policy import Policy, default_policy, parse_policy
from pipelines.risk.parameters import Parameters, default_parameters, parse_parameters

M = TypeVar("M", bound=BaseModel)


class Configured(StrEnum):
    """What a tenant may set."""

    POLICY = "policy"
    RISK = "risk"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a configuration; version 0 is the one that ships."""

    number: int
    config: dict[str, Any]
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class PlaybookService:
    """Reads and writes policies and risk parameters."""

    store: Store

    def policy(self, session: Session) -> Policy:
        """The policy in force for the session's tenant."""
        return _current(session, Configured.POLICY, parse_policy, default_policy())

    def parameters(self, session: Session) -> Parameters:
        """The risk parameters in force for the session's tenant."""
        return _current(session, Configured.RISK, parse_parameters, default_parameters())

    def policy_of(self, tenant_id: str) -> Policy:
        """The policy in force."""
        with self.store.tenant(tenant_id) as session:
            return self.policy(session)

    def parameters_of(self, tenant_id: str) -> Parameters:
        """The risk parameters in force."""
        with self.store.tenant(tenant_id) as session:
            return self.parameters(session)

    def current(self, tenant_id: str, name: Configured) -> Version:
        """The version in force."""
        with self.store.tenant(tenant_id) as session:
            row = _newest(session, name)
        if row:
            return Version(row.version, row.config, row.created_at)
        shipped: BaseModel = default_policy() if name is Configured.POLICY else default_parameters()
        return Version(0, shipped.model_dump(mode="json"), None)

    def replace(self, tenant_id: str, name: Configured, data: Any) -> Version:
        """Check a configuration and put it in force; all risks that are kept for lists count as stale from now on.

        Raises:
            InputError: naming every field that is wrong.
        """
        checked: BaseModel = parse_policy(data) if name is Configured.POLICY else parse_parameters(data)
        config = checked.model_dump(mode="json")
        with self.store.tenant(tenant_id) as session:
            ensure_tenant(session, tenant_id)
            newest = select(func.coalesce(func.max(ConfigurationRow.version), 0)).where(ConfigurationRow.name == name)
            number = (session.scalar(newest) or 0) + 1
            session.execute(
                insert(ConfigurationRow).values(tenant_id=tenant_id, name=name.value, version=number, config=config)
            )
            session.execute(update(AccountRiskRow).values(computed_at=LONG_AGO))
        return self.current(tenant_id, name)

    def versions(self, tenant_id: str, name: Configured) -> list[Version]:
        """All versions that somebody set, the newest first."""
        query = select(ConfigurationRow).where(ConfigurationRow.name == name.value)
        with self.store.tenant(tenant_id) as session:
            rows = session.scalars(query.order_by(ConfigurationRow.version.desc()))
            return [Version(row.version, row.config, row.created_at) for row in rows]

    def reset(self, tenant_id: str, name: Configured) -> Version:
        """Put what ships with the product in force again, as a version of its own."""
        shipped: BaseModel = default_policy() if name is Configured.POLICY else default_parameters()
        return self.replace(tenant_id, name, shipped.model_dump(mode="json"))


def _newest(session: Session, name: Configured) -> ConfigurationRow | None:
    query = select(ConfigurationRow).where(ConfigurationRow.name == name.value)
    return session.scalars(query.order_by(ConfigurationRow.version.desc()).limit(1)).first()


def _current(session: Session, name: Configured, parse: Callable[[Any], M], shipped: M) -> M:
    row = _newest(session, name)
    return parse(row.config) if row else shipped
