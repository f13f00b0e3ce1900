"""A folder for ``datasets.load_dataset(folder)``: a card with the columns and one JSON Lines file a split.

One row is a record with all its annotations. Attributes are one line of JSON, since a column has one type.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import BadZipFile, ZipFile

from core.contracts import read_json_lines
from core.errors import InputError
from labeling.interchange.fields import Fields
from labeling.interchange.parts import (
    annotation_from,
    annotation_json,
    attributes_text,
    facts_of,
    json_lines,
    record_of,
    scores_of,
    span_json,
    spans_from,
)
from labeling.interchange.shape import Defaults, Dumped, Item, Loaded
from labeling.records import LabelledSpan, Suggestion

CARD = "README.md"
TRAIN = "train"
UNPACKED_MAX = 1_000_000_000
"""Bytes that a zipped folder may have unpacked."""
_SPANS = """  - name: spans
{indent}    list:
{indent}    - name: label
{indent}      dtype: string
{indent}    - name: start
{indent}      dtype: int64
{indent}    - name: end
{indent}      dtype: int64
{indent}    - name: attributes
{indent}      dtype: string"""
_FACTS = ("record_id", "document_id", "account_id", "kind", "occurred_at", "origin", "text")
_PERSON = ("annotation_id", "annotator", "state", "guideline_version", "made_at", "reason", "comment")


def card(splits: Iterable[str]) -> str:
    """The card that tells ``datasets`` where the splits lie and of what type the columns are."""
    files = "\n".join(f"  - split: {split}\n    path: data/{split}.jsonl" for split in splits)
    strings = "\n".join(f"  - name: {name}\n    dtype: string" for name in _FACTS)
    people = "\n".join(f"    - name: {name}\n      dtype: string" for name in _PERSON)
    return f"""---
configs:
- config_name: default
  data_files:
{files}
dataset_info:
  features:
{strings}
  - name: start
    dtype: int64
  - name: end
    dtype: int64
  - name: suggestion
    struct:
  {_SPANS.format(indent="  ")}
    - name: scores
      dtype: string
    - name: model_version
      dtype: string
  - name: annotations
    list:
{people}
    - name: seconds
      dtype: float64
  {_SPANS.format(indent="  ")}
---
# Passages with judgements

Each row is a passage (`start`, `end`: code points of `text`) with what a model suggested and what people marked.
`attributes` and `scores` are JSON objects written as text.
"""


def files_of(splits: Mapping[str, Iterable[Item]]) -> dict[str, bytes]:
    """The files of the folder by their path within it."""
    data = {f"data/{name}.jsonl": json_lines(map(_row, items)) for name, items in splits.items()}
    return {CARD: card(splits).encode("utf-8"), **data}


def write_folder(folder: Path, splits: Mapping[str, Iterable[Item]]) -> None:
    """Write the folder; it must be empty or not exist yet.

    Raises:
        InputError: if something lies there.
    """
    if folder.exists() and any(folder.iterdir()):
        raise InputError("is not empty", where=str(folder), remedy="name a new folder")
    for name, content in files_of(splits).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def dump(items: Iterable[Item]) -> Dumped:
    """The folder with all items in one split, zipped."""
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        for name, content in files_of({TRAIN: items}).items():
            archive.writestr(name, content)
    return Dumped(out.getvalue(), ())


def _row(item: Item) -> dict[str, Any]:
    suggestion = item.record.suggestion
    suggested = {
        "spans": [_span(span) for span in suggestion.spans],
        "scores": attributes_text(suggestion.scores),
        "model_version": suggestion.model_version,
    } if suggestion else None  # fmt: skip
    annotations = [
        annotation_json(annotation) | {"spans": [_span(span) for span in annotation.spans]}
        for annotation in item.annotations
    ]
    return {**facts_of(item.record), "text": item.record.text, "suggestion": suggested, "annotations": annotations}


def _span(span: LabelledSpan) -> dict[str, Any]:
    return span_json(span) | {"attributes": attributes_text(span.attributes)}


def read_folder(folder: Path, defaults: Defaults) -> Loaded:
    """All splits of a folder, in alphabetical order.

    Raises:
        InputError: if it holds no JSON Lines.
    """
    found = sorted((*folder.rglob("*.jsonl"), *folder.rglob("*.json")))
    paths = [path for path in found if path.name not in ("dataset_info.json", "state.json", "dataset_dict.json")]
    return _read({str(path.relative_to(folder)): path.read_bytes() for path in paths}, defaults, str(folder))


def load(content: bytes, defaults: Defaults, name: str) -> Loaded:
    """A folder as a zip archive, or one of its JSON Lines files.

    Raises:
        InputError: if it is neither, or too large unpacked.
    """
    if not content.startswith(b"PK"):
        return _read({name: content}, defaults, name)
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            members = [info for info in archive.infolist() if PurePosixPath(info.filename).suffix == ".jsonl"]
            if sum(info.file_size for info in members) > UNPACKED_MAX:
                raise InputError(f"has more than {UNPACKED_MAX:,} bytes unpacked", where=name)
            files = {info.filename: archive.read(info) for info in members}
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise InputError("is no zip archive that can be read", where=name) from error
    return _read(files, defaults, name)


def _read(files: Mapping[str, bytes], defaults: Defaults, where: str) -> Loaded:
    if not files:
        remedy = "write it with Dataset.to_json; Arrow and Parquet files are not read"
        raise InputError("holds no JSON Lines", where=where, remedy=remedy)
    items: list[Item] = []
    problems: list[InputError] = []
    for name, content in sorted(files.items()):
        for line in read_json_lines(io.BytesIO(content), lambda data, where: _item(data, defaults, where), name=name):
            if line.value:
                items.append(line.value)
            elif isinstance(line.error, InputError):
                problems.append(line.error)
    return Loaded(tuple(items), (), tuple(problems))


def _item(data: Any, defaults: Defaults, where: str) -> Item:
    fields = Fields(data, where)
    text = fields.text("text", longest=None)
    record = record_of(fields, text, _suggestion(fields, text), defaults)
    annotations = []
    for number, row in enumerate(fields.array("annotations"), 1):
        known = Fields(row, f"{where}, annotation {number}")
        spans = spans_from(known.array("spans"), text, known.where)
        annotations.append(annotation_from(known, record, spans, defaults, number))
    return Item(record, tuple(annotations))


def _suggestion(fields: Fields, text: str) -> Suggestion | None:
    found = fields.object("suggestion")
    # ``datasets`` turns an absent struct into one of empty fields.
    if all(value is None for value in found.data.values()):
        return None
    try:
        scores = json.loads(found.text("scores", "{}", longest=None))
    except (ValueError, RecursionError):
        raise found.wrong("scores", "a JSON object") from None
    spans = spans_from(found.array("spans"), text, found.where)
    return Suggestion(spans, scores_of(scores, found.where), found.text("model_version", ""))
