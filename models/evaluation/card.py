"""Writes the model card of an artefact from what was measured: ``python -m models.evaluation.card``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from models.corpus import TEST_VENDORS
from models.evaluation.run import evaluate_test_vendors, summary
from nlp.artefact import SHIPPED_READER
from nlp.extract import SignalReader

_TEXT = """# Reader {version}

Finds competitive mentions, vendor consolidation, workarounds and unbuilt feature requests in English business text,
sentence by sentence in context.

- **Base**: {base}, Apache-2.0, 22.7 M parameters, int8.
- **Trained on** {vendors} fictitious vendors, {documents} invented documents with {mentions} mentions, all written for
  this purpose{real}. No customer's text. Seed {seed}, {epochs} epochs.
- **Thresholds and calibration** come from cross-validation by vendor, never from the test vendors.
- **Not for**: other languages; consumer reviews; decisions about people; any use of a score without its sentence.

## Measured

`make evaluate`: {test_vendors} vendors that the reader never saw, each with only its own name configured. A signal is
right when it shares at least half of the shorter span with a gold mention of its label. In brackets: 95 % interval,
bootstrap over accounts.

| label | gold | precision | recall | F1 |
|---|---|---|---|---|
{rows}

Of {free} documents without any mention {flagged} are flagged.

Probabilities, out of fold: {calibration}.

## Limits

It reads what is said and not what is meant by silence. Names of rivals that stand in no list are found less often.
Irony is read as it stands. Long references back over several turns ("the other thing") are often missed.
"""
_REAL = (
    ", and on parts of real public text without signals (Parakweet Email Intent, Apache-2.0; MultiDoGO,"
    "\n  CDLA-Permissive; Banking77, CC BY 4.0; QMSum, MIT; OpenJS minutes, MIT)"
)


def card(manifest: Mapping[str, Any], figures: Mapping[str, Any], test_vendors: int) -> str:
    """The card's Markdown."""
    calibration = ", ".join(
        f"{label} off by {row['calibration_error']:.3f} on average" for label, row in manifest["out_of_fold"].items()
    )
    return _TEXT.format(
        version=manifest["version"],
        base=manifest["base"],
        vendors=manifest["corpus"]["vendors"],
        documents=f"{manifest['corpus']['documents']:,}",
        mentions=f"{manifest['corpus']['mentions']:,}",
        real=_REAL if manifest["corpus"].get("real_windows") else "",
        seed=manifest["recipe"]["seed"],
        epochs=manifest["recipe"]["epochs"],
        test_vendors=test_vendors,
        rows="\n".join(_rows(figures)),
        free=figures["documents_without_mention"],
        flagged=figures["of_these_flagged"],
        calibration=calibration,
    )


def _rows(figures: Mapping[str, Any]) -> Iterator[str]:
    for label, row in figures["labels"].items():
        low, high = row["interval"]
        yield (
            f"| {label} | {row['gold']} | {row['precision']:.2f} | {row['recall']:.2f} "
            f"| {row['f1']:.2f} ({low:.2f} to {high:.2f}) |"
        )
    low, high = figures["macro_f1_interval"]
    yield f"| macro | | | | {figures['macro_f1']:.2f} ({low:.2f} to {high:.2f}) |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=SHIPPED_READER)
    options = parser.parse_args(arguments)
    manifest = json.loads((options.model / "manifest.json").read_text(encoding="utf-8"))
    figures = summary(evaluate_test_vendors(SignalReader.load(options.model)))
    (options.model / "MODEL_CARD.md").write_text(card(manifest, figures, len(TEST_VENDORS)), encoding="utf-8")


if __name__ == "__main__":
    main()
