"""What is said of the quality of labels."""

from __future__ import annotations

from pydantic import BaseModel, Field


class MeasureOut(BaseModel):
    """A figure with its 95 % interval, or why there is none; `words` says it in any case."""

    value: float | None
    low: float | None
    high: float | None
    records: int = Field(description="How many records it is based on.")
    words: str = Field(examples=["agreement is good: 0.85 (0.82 to 0.90, 400 records)"])


class LabelAgreementOut(BaseModel):
    """One label, all people."""

    label: str
    same: float | None = Field(description="Share of the records in which all said the same.")
    marked: int = Field(description="How many answers gave the label.")
    alpha: MeasureOut
    f1: MeasureOut


class PersonAgreementOut(BaseModel):
    """One person against everybody else on the same records, one label."""

    person: str
    label: str
    alpha: MeasureOut
    f1: MeasureOut


class PairAgreementOut(BaseModel):
    """Two people, the labels of the report together."""

    first: str
    second: str
    alpha: MeasureOut
    f1: MeasureOut


class AgreementOut(BaseModel):
    """How far people agree. Intervals are drawn over accounts."""

    queue: str | None
    shared: int = Field(description="Records that two or more people judged.")
    why: str | None = Field(description="Why nothing can be said.")
    labels: list[LabelAgreementOut]
    people: list[PersonAgreementOut]
    pairs: list[PairAgreementOut]
