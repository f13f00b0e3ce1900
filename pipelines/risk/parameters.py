"""The parameters of the risk model: one documented, versioned file, checked when it is read."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.contracts import describe
from core.entities import Label, QuietKind, Seniority
from core.errors import InputError

GoodNews = Literal["prefers_us", "toward_us", "retired", "shipped"]
Need = Literal["consolidation", "platform", "deadline", "rival_weighed", "workaround_in_use", "gave_up"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Levels(_Section):
    """From which score on an account is at a level, and from which points on a label is a driver of it.

    A level once reached is kept down to the share ``keep`` of its bound.
    """

    high: float = Field(gt=0, le=100)
    medium: float = Field(gt=0, le=100)
    keep: float = Field(default=1.0, gt=0, le=1)
    driver: float = Field(ge=0, le=100)


class Repetition(_Section):
    """What a further speaker, document of one speaker, or statement within a document is worth."""

    speaker: float = Field(ge=0, le=1)
    document: float = Field(ge=0, le=1)
    statement: float = Field(ge=0, le=1)


Points = Annotated[float, Field(ge=0, le=10_000)]
Days = Annotated[float, Field(gt=0, le=3_650)]
Stance = Literal[
    "evaluating", "comparing", "switching_to", "using_alongside", "switched_from", "prefers_us", "mentioned", "unstated"
]
Direction = Literal["away_from_us", "toward_us", "undecided", "unstated"]
Doing = Literal["in_use", "proposed", "retired", "unstated"]
Criticality = Literal["blocker", "high", "medium", "low", "unstated"]


class Competitive(_Section):
    """Points by stance."""

    stance: dict[Stance, Points]


class Consolidation(_Section):
    """Points by direction, and what makes it more serious."""

    direction: dict[Direction, Points]
    extra: dict[Literal["platform", "deadline"], Points]


class WorkaroundPoints(_Section):
    """Points by status."""

    status: dict[Doing, Points]


class RequestPoints(_Section):
    """Points by criticality, and what makes it more serious."""

    criticality: dict[Criticality, Points]
    extra: dict[Literal["gave_up", "repeated", "declined"], Points]


class Combination(_Section):
    """What weighs more together than apart."""

    name: str
    needs: tuple[Need, ...] = Field(min_length=2)
    points: float = Field(ge=0, le=100)


_Share = Annotated[float, Field(ge=0, le=1)]


class Quiet(_Section):
    """Points of what became less, for one signal of a kind that is certain and fresh."""

    chance: _Share
    half_life_days: float = Field(gt=0)
    cap: float = Field(ge=0, le=100)
    points: dict[QuietKind, Annotated[float, Field(ge=0)]]


class Parameters(_Section):
    """All of them."""

    version: str = Field(min_length=1, max_length=40)
    levels: Levels
    half_life_days: dict[Label, Days]
    cap: dict[Label, Points]
    repetition: Repetition
    everyday: dict[Label, Points]
    seniority: dict[Seniority, Annotated[float, Field(gt=0)]]
    relief: dict[GoodNews, dict[Label, _Share]]
    quiet: Quiet
    combinations: tuple[Combination, ...]
    competitive_mention: Competitive
    vendor_consolidation: Consolidation
    workaround: WorkaroundPoints
    unbuilt_feature_request: RequestPoints

    @model_validator(mode="after")
    def _every_label_is_there(self) -> Parameters:
        for name, section in (("half_life_days", self.half_life_days), ("cap", self.cap), ("everyday", self.everyday)):
            if missing := [label.value for label in Label if label not in section]:
                raise ValueError(f"{name} says nothing of {', '.join(missing)}")
        if missing_kinds := [kind.value for kind in QuietKind if kind not in self.quiet.points]:
            raise ValueError(f"quiet.points says nothing of {', '.join(missing_kinds)}")
        tables: tuple[tuple[str, Mapping[Any, float]], ...] = (
            ("competitive_mention.stance", self.competitive_mention.stance),
            ("vendor_consolidation.direction", self.vendor_consolidation.direction),
            ("workaround.status", self.workaround.status),
            ("unbuilt_feature_request.criticality", self.unbuilt_feature_request.criticality),
        )
        for name, table in tables:
            if "unstated" not in table:
                raise ValueError(f"{name} says nothing of unstated")
        if self.levels.medium > self.levels.high:
            raise ValueError("levels.medium lies above levels.high")
        return self


def parse_parameters(data: Any) -> Parameters:
    """Parameters from decoded TOML or JSON.

    Raises:
        InputError: naming every field that is wrong.
    """
    try:
        return Parameters.model_validate(data)
    except ValidationError as error:
        raise InputError(describe(error), where="risk parameters") from None


@lru_cache(maxsize=1)
def default_parameters() -> Parameters:
    """The parameters that ship with the product."""
    text = resources.files("pipelines.risk").joinpath("parameters.toml").read_text(encoding="utf-8")
    return parse_parameters(tomllib.loads(text))
