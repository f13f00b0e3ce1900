"""Policy and risk parameters: what is in force, and setting another version."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, Field

from api.deps import AdminCaller, ReadCaller, ServicesDep
from api.problems import PROBLEMS
from pipelines.playbook.service import Configured, Version

router = APIRouter(responses=PROBLEMS, tags=["playbook"])


class ConfigurationOut(BaseModel):
    """A configuration in force; version 0 is the one that ships."""

    version: int = Field(examples=[0])
    created_at: str | None
    config: dict[str, Any]


@router.get("/policy")
def get_policy(services: ServicesDep, caller: ReadCaller) -> ConfigurationOut:
    """Who is a best customer, what each trigger asks of whom by when, and how alerts behave."""
    return _out(services.playbook.current(caller.tenant_id, Configured.POLICY))


@router.put("/policy")
def put_policy(services: ServicesDep, caller: AdminCaller, body: dict[str, Any] = Body()) -> ConfigurationOut:
    """Put another policy in force: the whole of it, as `GET` shows it under `config`."""
    return _out(services.playbook.replace(caller.tenant_id, Configured.POLICY, body))


@router.delete("/policy")
def reset_policy(services: ServicesDep, caller: AdminCaller) -> ConfigurationOut:
    """Put the policy that ships in force again, as a new version."""
    return _out(services.playbook.reset(caller.tenant_id, Configured.POLICY))


@router.get("/risk-parameters")
def get_parameters(services: ServicesDep, caller: ReadCaller) -> ConfigurationOut:
    """What each kind of evidence weighs, how it fades, and where the levels lie."""
    return _out(services.playbook.current(caller.tenant_id, Configured.RISK))


@router.put("/risk-parameters")
def put_parameters(services: ServicesDep, caller: AdminCaller, body: dict[str, Any] = Body()) -> ConfigurationOut:
    """Put other parameters in force. Lists follow within a day; any account asked for is computed with them at once."""
    return _out(services.playbook.replace(caller.tenant_id, Configured.RISK, body))


@router.delete("/risk-parameters")
def reset_parameters(services: ServicesDep, caller: AdminCaller) -> ConfigurationOut:
    """Put the parameters that ship in force again, as a new version."""
    return _out(services.playbook.reset(caller.tenant_id, Configured.RISK))


def _out(version: Version) -> ConfigurationOut:
    created = version.created_at.isoformat() if version.created_at else None
    return ConfigurationOut(version=version.number, created_at=created, config=version.config)
