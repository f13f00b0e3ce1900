"""The accurate reader teaches the fast one: its probabilities stand beside the gold, and alone on text without any."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from models.training.examples import Floats, Prepared
from models.training.material import RealReading, VendorReading, with_teaching
from nlp.classifier import Classifier
from nlp.gazetteer import Gazetteer, shipped_entries


def taught(
    readings: Sequence[VendorReading], real: RealReading, teacher: Classifier
) -> tuple[list[VendorReading], RealReading]:
    """The documents with what ``teacher`` says of their sentences."""
    documents = [*(item for reading in readings for item in reading.documents), *real.annotated, *real.unlabelled]
    said = says(teacher, documents)
    return (
        [replace(reading, documents=with_teaching(reading.documents, said)) for reading in readings],
        replace(
            real,
            annotated=with_teaching(real.annotated, said),
            unlabelled=with_teaching(real.unlabelled, said),
        ),
    )


def says(teacher: Classifier, documents: Iterable[Prepared]) -> dict[str, Floats]:
    """Probabilities ``(sentences, labels)`` by document id."""
    gazetteer = Gazetteer(shipped_entries())

    def read(item: Prepared) -> tuple[str, Floats] | None:
        document = item.gold.document
        if not item.sentences:
            return None
        outputs = teacher.outputs(document, item.sentences, gazetteer.find(document.text))
        return document.id, teacher.probabilities(outputs)

    with ThreadPoolExecutor() as pool:
        return dict(found for found in pool.map(read, documents) if found)
