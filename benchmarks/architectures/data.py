"""The documents that all ways learn from and are judged on, and what a way gives for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.corpus import load_corpus, split
from models.training.examples import Floats, Prepared
from models.training.material import VendorReading, read_vendor
from nlp.gazetteer import Entry, Gazetteer, shipped_entries
from nlp.outputs import LABELS

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sides:
    """Vendors that train, that set thresholds, and that judge."""

    train: tuple[VendorReading, ...]
    calibration: tuple[VendorReading, ...]
    test: tuple[VendorReading, ...]


def sides(every: int) -> Sides:
    """The corpus' three sides, of the training vendors only each ``every``-th in the order of their names."""
    parts = split(load_corpus())
    train, calibration, test = (
        tuple(read_vendor(vendor) for vendor in vendors)
        for vendors in (parts.train[::every], parts.calibration, parts.test)
    )
    return Sides(train, calibration, test)


def documents(readings: Sequence[VendorReading]) -> list[Prepared]:
    """All documents with sentences, in a fixed order: what a way says of them is told in this order."""
    return [item for reading in readings for item in reading.documents if item.sentences]


def targets(readings: Sequence[VendorReading]) -> Floats:
    """Gold ``(sentences, labels)`` of ``documents``, NaN where careful people could differ."""
    return np.concatenate([item.targets[:, : len(LABELS)] for item in documents(readings)])


def accounts(readings: Sequence[VendorReading]) -> list[str]:
    """The account of each sentence of ``documents``."""
    return [item.gold.document.account_id for item in documents(readings) for _ in item.sentences]


def shipped() -> Gazetteer:
    """Names that need no configuration."""
    return Gazetteer(shipped_entries())


def configured(reading: VendorReading) -> Gazetteer:
    """Names as a configured workspace would give them."""
    rivals = [Entry(name, name, "rival") for name in reading.vendor.rivals]
    ours = [Entry(name, name, "own") for name in {reading.vendor.name, reading.vendor.product}]
    return Gazetteer([*rivals, *ours, *shipped_entries()])
