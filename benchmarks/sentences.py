"""What labeling is measured on: sentences of vendors that train no weights, vectors of the fast reader, and gold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.entities import ReaderName
from models.corpus import CALIBRATION_VENDORS, TEST_VENDORS, load_corpus
from models.training.material import read_vendor
from models.vectors import read_vectors
from nlp.artefact import READERS
from nlp.encoder import Array
from nlp.extract import load_classifier
from nlp.outputs import LABELS


@dataclass(frozen=True, slots=True)
class VendorSentences:
    """One vendor's sentences: features ``(n, width)``, logits and gold ``(n, labels)``, texts, accounts, documents.

    Gold is 0 or 1; sentences that their annotator was unsure of are left out.
    """

    vendor: str
    features: Array
    logits: Array
    gold: NDArray[np.bool_]
    texts: tuple[str, ...]
    accounts: tuple[str, ...]
    documents: tuple[str, ...]


def held_out_sentences() -> list[VendorSentences]:
    """All vendors that train no weights, read by the fast reader. Takes some 20 seconds on two cores."""
    classifier = load_classifier(READERS[ReaderName.FAST])
    held = TEST_VENDORS | CALIBRATION_VENDORS
    found = []
    for vendor in load_corpus():
        if vendor.slug not in held:
            continue
        prepared = read_vendor(vendor).documents
        read = read_vectors(classifier, ((item.gold.document, item.sentences) for item in prepared))
        rows = [
            (one, item.targets[:, : len(LABELS)])
            for item, one in zip((item for item in prepared if item.sentences), read, strict=True)
        ]
        gold = np.concatenate([targets for _, targets in rows])
        known = ~np.isnan(gold).any(axis=1)
        places = [(one.document, sentence) for one, _ in rows for sentence in one.sentences]
        places = [place for place, keep in zip(places, known, strict=True) if keep]
        found.append(
            VendorSentences(
                vendor.slug,
                np.concatenate([one.features for one, _ in rows])[known],
                np.concatenate([one.logits for one, _ in rows])[known],
                gold[known] > 0.5,
                tuple(sentence.span.of(document.text) for document, sentence in places),
                tuple(document.account_id for document, _ in places),
                tuple(document.id for document, _ in places),
            )
        )
    return found
