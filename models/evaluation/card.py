"""Writes what was measured of an artefact beside it: ``python -m models.evaluation.card [--real FOLDER]``.

``MODEL_CARD.md`` for people, ``quality.json`` for the API and its pages.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.entities import ReaderName
from models.base import MINILM, MPNET
from models.corpus import TEST_VENDORS
from models.evaluation.false_alarms import alarms_per_thousand
from models.evaluation.run import evaluate_test_vendors, summary
from nlp.artefact import QUALITY_FILE, READERS
from nlp.extract import SignalReader

_TEXT = """# Reader {version}

Finds competitive mentions, vendor consolidation, workarounds and unbuilt feature requests in English business text,
sentence by sentence in context.

- **Base**: {base}, Apache-2.0, {size}, int8.
- **Trained on** {vendors} fictitious vendors, {documents} invented documents with {mentions} mentions, all written for
  this purpose{real}. No customer's text. Seed {seed}, {epochs} epochs, {minutes} minutes on two cores.{teacher}{note}
- **Calibration and operating points** were fitted on {calibration_vendors} further vendors.
- **Not for**: other languages; consumer reviews; decisions about people; any use of a score without its sentence.

## Measured

`make evaluate`: {test_vendors} vendors that train neither weights nor thresholds, each with only its own name
configured. A signal is right when it shares at least half of the shorter span with a gold mention of its label. In
brackets: 95 % interval, bootstrap over accounts.

| label | gold | precision | recall | F1 |
|---|---|---|---|---|
{rows}

Of {free} documents without any mention {flagged} are flagged. Macro F1 {slices}.

Attributes, where the mention was found: {attributes}.
{alarms}
## Operating points

Precision and recall of sentences of the calibration vendors. Between the thresholds of `high_recall` and
`high_precision` a person should look.

| label | high_precision | balanced | high_recall | calibration error |
|---|---|---|---|---|
{points}

## Limits

It reads what is said and not what is meant by silence. A rival that stands in no list and is not treated as one by the
words around it is missed. Irony is read as it stands. Long references back over several turns ("the other thing") are
often missed.
"""
_SIZES = {
    MINILM: "22.7 M parameters, all of them trained",
    MPNET: "109 M parameters as published, with a low-rank adapter of {rank} beside each linear layer",
}
_REAL = (
    ", and on parts of real public text: survey answers, comments and chats annotated by hand (Jupyter surveys, CC0;"
    "\n  CNCF surveys, Apache-2.0; FRMiner, MIT) and ordinary talk without signals (Parakweet Email Intent, Apache-2.0;"
    "\n  MultiDoGO, CDLA-Permissive; Banking77, CC BY 4.0; QMSum, MIT; OpenJS minutes, MIT)"
)
_TEACHER = "\n- **Taught by** {teacher}, on written and real text of the same kind."


def card(manifest: Mapping[str, Any], figures: Mapping[str, Any], test_vendors: int) -> str:
    """The card's Markdown."""
    corpus = manifest["corpus"]
    return _TEXT.format(
        version=manifest["version"],
        base=manifest["base"],
        size=_SIZES[manifest["base"]].format(rank=manifest["recipe"].get("rank")),
        vendors=corpus["vendors"],
        documents=f"{corpus['documents']:,}",
        mentions=f"{corpus['mentions']:,}",
        calibration_vendors=corpus["calibration_vendors"],
        real=_REAL if corpus.get("real_documents") else "",
        teacher=_TEACHER.format(teacher=manifest["teacher"]) if manifest.get("teacher") else "",
        note=f"\n- **Note**: {manifest['note']}" if manifest.get("note") else "",
        seed=manifest["recipe"]["seed"],
        epochs=manifest["recipe"]["epochs"],
        minutes=manifest["minutes"],
        test_vendors=test_vendors,
        rows="\n".join(_rows(figures)),
        free=figures["documents_without_mention"],
        flagged=figures["of_these_flagged"],
        slices="; ".join(_slices(figures)),
        attributes=", ".join(_shares(figures["attributes"])),
        alarms=_alarms(figures),
        points="\n".join(_points(manifest)),
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


def _slices(figures: Mapping[str, Any]) -> Iterator[str]:
    for name, parts in figures["slices"].items():
        yield f"by {name}: " + ", ".join(f"{value} {f1:.2f}" for value, f1 in parts.items())


def _shares(rows: Mapping[str, Sequence[int]]) -> Iterator[str]:
    return (f"{name} {right / count:.2f} of {count}" for name, (right, count) in rows.items() if count)


def _alarms(figures: Mapping[str, Any]) -> str:
    if "false_alarms" not in figures:
        return ""
    sets = ", ".join(f"{name} {alarms:.1f}" for name, alarms in figures["false_alarms"].items())
    return f"\nSignals per 1,000 sentences of real text that holds next to none: {sets}.\n"


def _points(manifest: Mapping[str, Any]) -> Iterator[str]:
    for label, row in manifest["labels"].items():
        shown = (
            f"{row['points'][name]['precision']:.2f} / {row['points'][name]['recall']:.2f} "
            f"at {row['points'][name]['threshold']:.2f}"
            for name in ("high_precision", "balanced", "high_recall")
        )
        yield f"| {label} | {' | '.join(shown)} | {row['calibration_error']:.3f} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=READERS[ReaderName.ACCURATE])
    parser.add_argument("--real", type=Path, help="a folder of real public text, for false alarms")
    options = parser.parse_args(arguments)
    manifest = json.loads((options.model / "manifest.json").read_text(encoding="utf-8"))
    reader = SignalReader.load(options.model)
    figures = summary(evaluate_test_vendors(reader))
    if options.real:
        figures["false_alarms"] = alarms_per_thousand(reader, options.real)
    (options.model / "MODEL_CARD.md").write_text(card(manifest, figures, len(TEST_VENDORS)), encoding="utf-8")
    text = json.dumps({"version": manifest["version"], **figures}, indent=1) + "\n"
    (options.model / QUALITY_FILE).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
