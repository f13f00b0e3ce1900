"""The policy: what asks what of whom, by tier, and when it is due."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.contracts import describe
from core.entities import Seniority, Tier
from core.errors import InputError
from pipelines.risk.facts import AccountRisk, QuietSignal, SignalFact


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(_Section):
    """Something to do, who does it, and within how many days."""

    action: str = Field(min_length=1, max_length=300)
    owner: str = Field(min_length=1, max_length=120)
    days: int = Field(ge=0, le=365)


class Trigger(StrEnum):
    """What a rule answers to: a driver of the risk, or something that became less."""

    COMPETITIVE_MENTION = "competitive_mention"
    VENDOR_CONSOLIDATION = "vendor_consolidation"
    WORKAROUND = "workaround"
    UNBUILT_FEATURE_REQUEST = "unbuilt_feature_request"
    BUSINESS_CONTEXT_CHANGE = "business_context_change"
    CHAMPION_LEAVES = "champion_leaves"
    EXECUTIVE_TURNOVER = "executive_turnover"
    ENGAGEMENT_DECLINE = "engagement_decline"


class Rule(_Section):
    """What one trigger asks for."""

    trigger: Trigger
    standard: Step
    best_customer: Step


class Policy(_Section):
    """All rules."""

    version: str
    min_points: float = Field(ge=0)
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class RecommendedAction:
    """A step for one account, with the day it is due and what asks for it."""

    trigger: Trigger
    action: str
    owner: str
    due: date


def recommend(risk: AccountRisk, tier: Tier, policy: Policy) -> tuple[RecommendedAction, ...]:
    """What the policy asks for, strongest driver first; each is due so many days after its newest evidence."""
    steps = []
    for trigger, newest in _triggers(risk, policy.min_points):
        for rule in policy.rules:
            if rule.trigger is trigger:
                step = rule.best_customer if tier is Tier.BEST_CUSTOMER else rule.standard
                due = newest.date() + timedelta(days=step.days)
                steps.append(RecommendedAction(trigger, step.action, step.owner, due))
    return tuple(steps)


def _triggers(risk: AccountRisk, min_points: float) -> Iterator[tuple[Trigger, datetime]]:
    """What holds for an account, each with the moment of its newest evidence."""
    for part in risk.drivers:
        if part.points < min_points:
            continue
        yield Trigger(part.name), max(item.signal.occurred_at for item in part.evidence)
        context = [item.signal.occurred_at for item in part.evidence if _changes_the_business(item.signal)]
        if context:
            yield Trigger.BUSINESS_CONTEXT_CHANGE, max(context)
    newest: dict[Trigger, datetime] = {}
    for signal in risk.quiet:
        trigger = _trigger_of(signal)
        # A contact is gone from the day on which the silence began, a decline lasts as long as it is seen.
        moment = signal.since if signal.person else signal.newest
        newest[trigger] = max(moment, newest.get(trigger, moment))
    yield from newest.items()


def _changes_the_business(signal: SignalFact) -> bool:
    return signal.attributes.get("driver") in ("merger_or_parent", "executive")


def _trigger_of(signal: QuietSignal) -> Trigger:
    if signal.person is None:
        return Trigger.ENGAGEMENT_DECLINE
    executive = signal.person.seniority is Seniority.EXECUTIVE
    return Trigger.EXECUTIVE_TURNOVER if executive else Trigger.CHAMPION_LEAVES


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
