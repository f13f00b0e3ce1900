"""What a Label Studio ML backend is asked and answers: tasks in, predictions of the reader out.

The protocol is that of label-studio-ml-backend: ``POST /predict``, ``POST /setup``, ``GET /health``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from core.contracts import parse_document
from core.entities import Document, Kind, Signal
from core.errors import InputError
from core.ids import digest
from labeling.interchange.fields import Fields
from labeling.interchange.label_studio import prediction_of
from labeling.interchange.shape import NOTHING_KNOWN
from labeling.records import LabelledSpan, Suggestion

TASKS_MAX = 100
"""Tasks of one request; Label Studio sends them in smaller batches."""
_FACTS = ("account_id", "kind", "occurred_at", "title", "author", "participants")
_LABEL = re.compile(r"<Label\b[^>]*\bvalue=\"([^\"]{1,128})\"")


def documents_of(body: Any) -> list[Document]:
    """The texts of the tasks of a request, as documents; what a task does not say of one is left open.

    Raises:
        InputError: naming the task and the field that is wrong.
    """
    tasks = Fields(body, "body").array("tasks")
    if len(tasks) > TASKS_MAX:
        raise InputError(f"{len(tasks)} tasks, at most {TASKS_MAX} are taken", where="tasks", remedy="send fewer")
    return [_document(task, f"tasks[{at}]") for at, task in enumerate(tasks)]


def _document(task: Any, where: str) -> Document:
    fields = Fields(task, where)
    data = fields.object("data")
    text = data.text("text", longest=None)
    facts = {name: data.data[name] for name in _FACTS if data.has(name)}
    named = {
        "id": str(fields.data.get("id") or digest(text)[:32]),
        "account_id": "label-studio",
        "kind": Kind.MEETING_NOTE.value,
        "occurred_at": NOTHING_KNOWN.isoformat(),
    }
    return parse_document({**named, **facts, "text": text}, where=where)


def answer(signals: Sequence[Sequence[Signal]], documents: Sequence[Document], model_version: str) -> dict[str, Any]:
    """The answer to ``/predict``: one prediction for each document, in the order asked."""
    results = [
        prediction_of(_suggestion(found, model_version, dated=document.occurred_at != NOTHING_KNOWN), document.text)
        for found, document in zip(signals, documents, strict=True)
    ]
    return {"results": results, "model_version": model_version}


def _suggestion(signals: Sequence[Signal], model_version: str, *, dated: bool) -> Suggestion:
    spans = []
    for signal in signals:
        # "By March" is no date where nobody knows when it was said.
        kept = {key: value for key, value in signal.attributes.items() if dated or not key.endswith("_date")}
        spans.append(LabelledSpan(signal.label.value, signal.start, signal.end, kept))
    scores: dict[str, float] = {}
    for signal in signals:
        scores[signal.label.value] = max(signal.score, scores.get(signal.label.value, 0.0))
    return Suggestion(tuple(spans), scores, model_version)


def check_setup(body: Any, labels: Sequence[str]) -> None:
    """See whether a project can show what the reader says.

    Raises:
        InputError: if its labeling interface has none of the reader's labels.
    """
    schema = Fields(body, "body").text("schema", "", longest=1_000_000)
    known = set(_LABEL.findall(schema))
    if known and not known & set(labels):
        raise InputError(
            "the labeling interface has none of the reader's labels",
            where="schema",
            remedy="add <Label value=...> for " + ", ".join(labels),
        )
