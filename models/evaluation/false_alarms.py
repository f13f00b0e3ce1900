"""False alarms on real public text that holds next to none of the signals.

Only parts are read that ``models.training.real`` leaves alone.
"""

from __future__ import annotations

from pathlib import Path

from models.training.real import held_out
from nlp.extract import SignalReader

DOCUMENTS = 400
"""So many documents of each set."""


def alarms_per_thousand(reader: SignalReader, folder: Path) -> dict[str, float]:
    """Signals per 1,000 sentences, by set."""
    found = {}
    for name, documents in held_out(folder, DOCUMENTS).items():
        read = list(reader.extract_many(documents))
        sentences = sum(extraction.sentences for extraction in read)
        found[name] = round(1_000 * sum(len(extraction.signals) for extraction in read) / max(1, sentences), 2)
    return found
