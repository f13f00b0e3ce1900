"""What a training run sees: the written vendors and, where it is at hand, real text; read once, packed as needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from models.corpus import GoldDocument, Vendor
from models.second_reading import reconciled
from models.training.examples import Example, Floats, Prepared, examples_of, prepare
from models.training.real import annotated, negatives, unlabelled
from nlp.gazetteer import Entry, Gazetteer, shipped_entries
from nlp.reading.sides import OwnSide
from nlp.tokens import Vocabulary

REAL_CHARACTERS = 160_000
"""Of each set of real text without signals."""
REAL_PARTS = 3
"""Each epoch sees one of so many parts of it."""
UNLABELLED_DOCUMENTS = 1_500


@dataclass(frozen=True, slots=True)
class VendorReading:
    """A vendor's documents, read."""

    vendor: Vendor
    documents: tuple[Prepared, ...]

    def windows(self, vocabulary: Vocabulary, *, informed: bool) -> list[Example]:
        """Packed for an encoder; ``informed``: with the marks that a configured workspace would give."""
        entries = list(shipped_entries())
        if informed:
            rivals = [Entry(name, name, "rival") for name in self.vendor.rivals]
            ours = [Entry(name, name, "own") for name in {self.vendor.name, self.vendor.product} if name]
            entries = [*rivals, *ours, *entries]
        return _pack(self.documents, vocabulary, Gazetteer(entries))


@dataclass(frozen=True, slots=True)
class RealReading:
    """Real public text, read: annotated by hand, ordinary talk without signals, and not looked at by anyone."""

    annotated: tuple[Prepared, ...] = ()
    negatives: tuple[Prepared, ...] = ()
    unlabelled: tuple[Prepared, ...] = ()


@dataclass(frozen=True, slots=True)
class Material:
    """Windows for one encoder."""

    plain: list[Example]
    informed: list[Example]
    annotated: list[Example]
    negatives: list[Example]
    unlabelled: list[Example]

    def epoch(self, number: int) -> list[Example]:
        """What one epoch sees.

        Every second epoch sees what a configured workspace would mark. Windows without a mention, the greater part,
        take turns: each is seen every second time. Unlabelled text is of use only where a teacher read it.
        """
        written = self.plain if number % 2 == 0 else self.informed
        turn = number // 2
        seen = [example for at, example in enumerate(written) if example.positive or (at + turn) % 2 == 0]
        return [*seen, *self.annotated, *self.negatives[number % REAL_PARTS :: REAL_PARTS], *self.unlabelled]


def read_vendor(vendor: Vendor) -> VendorReading:
    """Read a vendor's documents."""
    own = OwnSide(names=(vendor.name,), product_names=(vendor.product,), domains=(vendor.email_domain,))
    return VendorReading(vendor, tuple(prepare(reconciled(gold), own) for gold in vendor.documents))


def read_real(folder: Path) -> RealReading:
    """Read the real text that lies in ``folder``."""
    return RealReading(
        _read(annotated(folder)),
        _read(negatives(folder, REAL_CHARACTERS)),
        _read(unlabelled(folder, UNLABELLED_DOCUMENTS)),
    )


def pack(readings: Sequence[VendorReading], real: RealReading, vocabulary: Vocabulary) -> Material:
    """All windows for the encoder of ``vocabulary``."""
    shipped = Gazetteer(shipped_entries())
    return Material(
        plain=[example for reading in readings for example in reading.windows(vocabulary, informed=False)],
        informed=[example for reading in readings for example in reading.windows(vocabulary, informed=True)],
        annotated=_pack(real.annotated, vocabulary, shipped),
        negatives=_pack(real.negatives, vocabulary, shipped),
        unlabelled=[example for example in _pack(real.unlabelled, vocabulary, shipped) if example.teaches],
    )


def with_teaching(documents: Iterable[Prepared], taught: Mapping[str, Floats]) -> tuple[Prepared, ...]:
    """The same documents with what a teacher said of their sentences, by document id."""
    return tuple(replace(item, taught=taught.get(item.gold.document.id)) for item in documents)


def _read(documents: Sequence[GoldDocument]) -> tuple[Prepared, ...]:
    return tuple(prepare(gold, OwnSide()) for gold in documents)


def _pack(documents: Sequence[Prepared], vocabulary: Vocabulary, gazetteer: Gazetteer) -> list[Example]:
    return [example for item in documents for example in examples_of(item, vocabulary, gazetteer)]
