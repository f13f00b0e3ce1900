"""The policy: who is a best customer, what asks what of whom by when, and how alerts behave."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.contracts import describe
from core.entities import Seniority, Tier
from core.errors import InputError
from pipelines.playbook.best_customers import BestCustomerRule
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


class AlertRules(_Section):
    """How alerts behave."""

    weekly_budget: int = Field(ge=1, le=1_000)
    """New alerts for one owner in a week; the rest is held back, weakest first. Best customers are never held back."""
    cool_down_days: int = Field(ge=0, le=365)
    """After one was resolved, the same account and trigger stay silent so long, whatever is said."""
    escalate_after_days: int = Field(ge=0, le=365)
    """So long after it was due, what nobody took up goes to ``escalate_to``."""
    escalate_to: str = Field(min_length=1, max_length=120)


class Policy(_Section):
    """All rules."""

    version: str = Field(min_length=1, max_length=40)
    min_points: float = Field(ge=0)
    best_customer: BestCustomerRule
    alerts: AlertRules
    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _one_rule_for_each_trigger(self) -> Policy:
        triggers = [rule.trigger for rule in self.rules]
        for trigger in Trigger:
            if triggers.count(trigger) > 1:
                raise ValueError(f"there are {triggers.count(trigger)} rules for {trigger.value!r}; one is allowed")
        return self


@dataclass(frozen=True, slots=True)
class Cause:
    """What holds for an account: how strongly, since when at the latest, and what was said or became less."""

    trigger: Trigger
    points: float
    newest: datetime
    said: tuple[SignalFact, ...] = ()
    quiet: tuple[QuietSignal, ...] = ()


@dataclass(frozen=True, slots=True)
class RecommendedAction:
    """A step for one account: what asks for it, what to do, by whom, within how many days, and by when."""

    cause: Cause
    action: str
    owner: str
    days: int
    due: date

    @property
    def trigger(self) -> Trigger:
        """What asks for it."""
        return self.cause.trigger


def recommend(risk: AccountRisk, tier: Tier, policy: Policy) -> tuple[RecommendedAction, ...]:
    """What the policy asks for, strongest driver first; each is due so many days after its newest evidence."""
    steps = []
    for cause in _causes(risk, policy.min_points):
        for rule in policy.rules:
            if rule.trigger is cause.trigger:
                step = rule.best_customer if tier is Tier.BEST_CUSTOMER else rule.standard
                due = cause.newest.date() + timedelta(days=step.days)
                steps.append(RecommendedAction(cause, step.action, step.owner, step.days, due))
    return tuple(steps)


def _causes(risk: AccountRisk, min_points: float) -> Iterator[Cause]:
    for part in risk.drivers:
        if part.points < min_points:
            continue
        said = tuple(item.signal for item in part.evidence)
        yield Cause(Trigger(part.name), part.points, _newest(said), said)
        context = tuple(signal for signal in said if _changes_the_business(signal))
        if context:
            yield Cause(Trigger.BUSINESS_CONTEXT_CHANGE, part.points, _newest(context), context)
    points = {part.name: part.points for part in risk.contributions}
    by_trigger: dict[Trigger, list[QuietSignal]] = {}
    for signal in risk.quiet:
        by_trigger.setdefault(_trigger_of(signal), []).append(signal)
    for trigger, signals in by_trigger.items():
        # A contact is gone from the day on which the silence began, a decline lasts as long as it is seen.
        newest = max(signal.since if signal.person else signal.newest for signal in signals)
        weight = sum(points.get(kind, 0.0) for kind in {signal.kind.value for signal in signals})
        yield Cause(trigger, round(weight, 2), newest, quiet=tuple(signals))


def _newest(said: tuple[SignalFact, ...]) -> datetime:
    return max(signal.occurred_at for signal in said)


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
