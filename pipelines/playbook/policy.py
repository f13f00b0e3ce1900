"""The policy: which driver asks what of whom, by tier, and when it is due."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.contracts import describe
from core.entities import Label, Tier
from core.errors import InputError
from pipelines.risk.facts import AccountRisk


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(_Section):
    """Something to do, who does it, and within how many days."""

    action: str = Field(min_length=1, max_length=300)
    owner: str = Field(min_length=1, max_length=120)
    days: int = Field(ge=0, le=365)


class Rule(_Section):
    """What one driver asks for."""

    driver: Label
    standard: Step
    best_customer: Step


class Policy(_Section):
    """All rules."""

    version: str
    min_points: float = Field(ge=0)
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class RecommendedAction:
    """A step for one account, with the day it is due and the driver that asks for it."""

    driver: Label
    action: str
    owner: str
    due: date


def recommend(risk: AccountRisk, tier: Tier, policy: Policy) -> tuple[RecommendedAction, ...]:
    """What the policy asks for, in the order of the drivers; counted from the newest evidence of each."""
    steps = []
    for part in risk.drivers:
        if part.points < policy.min_points:
            continue
        for rule in policy.rules:
            if rule.driver.value == part.name:
                step = rule.best_customer if tier is Tier.BEST_CUSTOMER else rule.standard
                newest = max(item.signal.occurred_at for item in part.evidence)
                steps.append(
                    RecommendedAction(rule.driver, step.action, step.owner, newest.date() + timedelta(days=step.days))
                )
    return tuple(steps)


def parse_policy(data: Any) -> Policy:
    """A policy from decoded TOML or JSON.

    Raises:
        InputError: naming every field that is wrong.
    """
    try:
        return Policy.model_validate(data)
    except ValidationError as error:
        raise InputError(describe(error), where="policy") from None


@lru_cache(maxsize=1)
def default_policy() -> Policy:
    """The policy that ships with the product."""
    text = resources.files("pipelines.playbook").joinpath("default_policy.toml").read_text(encoding="utf-8")
    return parse_policy(tomllib.loads(text))
