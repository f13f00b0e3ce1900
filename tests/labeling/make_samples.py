"""Makes the files in ``data/`` that other packages wrote: run it where that package is installed.

    python -m tests.labeling.make_samples label_studio|argilla|datasets FOLDER

label-studio-sdk 2.1.2, argilla 2.8.0 and datasets 5.2.0 wrote those that lie there.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from labeling.interchange import argilla, hugging_face, label_studio
from tests.labeling.items import CFO, EXCEL, ITEMS, TEXT

LABELS = ("vendor_consolidation", "workaround")


def make_label_studio(folder: Path) -> None:
    """Validates what we write with the SDK's own checks, and writes a task with the SDK's regions."""
    from label_studio_sdk.label_interface import LabelInterface
    from label_studio_sdk.label_interface.objects import AnnotationValue, PredictionValue, TaskValue

    interface = LabelInterface(label_studio.labeling_interface(LABELS))
    for task in json.loads(label_studio.dump(ITEMS).content):
        for kind in ("predictions", "annotations"):
            for made in task[kind]:
                assert interface.validate_prediction({"score": 0.0, **made}, return_errors=True) == []
    signal = interface.get_control("signal")
    regions = [signal.label(label=[span.label], start=span.start, end=span.end) for span in (CFO, EXCEL)]
    comment = interface.get_control("comment").label(text=["clear"])
    task = TaskValue(
        data={"text": TEXT, "account_id": "acme", "kind": "meeting_note"},
        annotations=[AnnotationValue(completed_by=7, lead_time=4.25, result=[*regions, comment])],
        predictions=[PredictionValue(model_version="m-1", score=0.81, result=regions[:1])],
    )
    (folder / "label_studio_sdk.json").write_text(json.dumps([task.model_dump()], indent=1), encoding="utf-8")


def make_argilla(folder: Path) -> None:
    """What we write, read by the package and written again by it."""
    from argilla.records._io import JsonIO

    (folder / "ours.json").write_bytes(argilla.dump(ITEMS).content)
    JsonIO.to_json(JsonIO._records_from_json(folder / "ours.json"), folder / "argilla_sdk.json")


def make_datasets(folder: Path) -> None:
    """What we write, read by the package and written again by it."""
    from datasets import load_dataset

    hugging_face.write_folder(folder / "ours", {"train": ITEMS})
    load_dataset(str(folder / "ours"), split="train").to_json(folder / "datasets.jsonl", force_ascii=False)


if __name__ == "__main__":
    made = {"label_studio": make_label_studio, "argilla": make_argilla, "datasets": make_datasets}
    made[sys.argv[1]](Path(sys.argv[2]))
