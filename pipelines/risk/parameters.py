"""The parameters of the risk model: one documented, versioned file, checked when it is read."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.contracts import describe
from core.entities import Label
from core.errors import InputError


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Levels(_Section):
    """From which score on an account is at a level."""

    high: float = Field(gt=0, le=100)
    medium: float = Field(gt=0, le=100)


class Repetition(_Section):
    """What a further piece of evidence is worth, by where it stands."""

    other_document: float = Field(ge=0, le=1)
    same_document: float = Field(ge=0, le=1)


class Volume(_Section):
    """How talk is normalised."""

    sentences_a_month: float = Field(gt=0)
    labels: tuple[Label, ...]


class Competitive(_Section):
    """Points by stance."""

    stance: dict[str, float]


class Consolidation(_Section):
    """Points by direction, and what makes it more serious."""

    direction: dict[str, float]
    extra: dict[str, float]


class WorkaroundPoints(_Section):
    """Points by status."""

    status: dict[str, float]


class RequestPoints(_Section):
    """Points by criticality and status, and what makes it more serious."""

    criticality: dict[str, float]
    status: dict[str, float]
    extra: dict[str, float]


class Parameters(_Section):
    """All of them."""

    version: str
    levels: Levels
    half_life_days: dict[Label, float]
    cap: dict[Label, float]
    repetition: Repetition
    volume: Volume
    competitive_mention: Competitive
    vendor_consolidation: Consolidation
    workaround: WorkaroundPoints
    unbuilt_feature_request: RequestPoints


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
