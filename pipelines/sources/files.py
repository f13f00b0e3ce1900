"""Files to documents. Each reader yields one ``Line`` per record, with the record's place if something is wrong."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from core.contracts import Line, parse_document, read_json_lines
from core.entities import Document
from core.errors import DocumentError, InputError
from pipelines.sources.mail import document_of_mail

Reader = Callable[[Path, "str | None"], Iterator[Line[Document]]]

T = TypeVar("T")
_PERSON = ("name", "email", "title", "side")


def read_documents(path: Path, account_id: str | None = None) -> Iterator[Line[Document]]:
    """Documents of a file, or of all readable files below a folder, in order of their names.

    ``account_id`` is used where the file does not say whose words they are (mail), or leaves it out.

    Raises:
        DocumentError: if the file can't be read or is of a kind that is not known.
    """
    if path.is_dir():
        for child in sorted(path.rglob("*")):
            if child.is_file() and child.suffix.lower() in _READERS:
                yield from read_documents(child, account_id)
        return
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise DocumentError(
            f"can't read files named *{path.suffix or path.name}", where=str(path), remedy="use .jsonl, .csv or .eml"
        )
    try:
        yield from reader(path, account_id)
    except OSError as error:
        raise DocumentError(f"can't be read: {error.strerror}", where=str(path)) from error


def read_json_lines_file(path: Path, account_id: str | None) -> Iterator[Line[Document]]:
    """``.jsonl``: one document of the contract per line."""

    def parse(data: Any, *, where: str) -> Document:
        if account_id and isinstance(data, dict):
            data = {"account_id": account_id, **data}
        return parse_document(data, where=where)

    with path.open("rb") as lines:
        yield from read_json_lines(lines, parse, name=path.name)


def read_csv_file(path: Path, account_id: str | None) -> Iterator[Line[Document]]:
    """``.csv`` with a header: the contract's fields and ``author_name``, ``_email``, ``_title``, ``_side``.

    Other columns are kept in the document's metadata.
    """
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"byte {error.start + 1} is not UTF-8", where=path.name, remedy="save the file as CSV UTF-8"
        ) from None
    rows = csv.DictReader(io.StringIO(content, newline=""), strict=True)
    try:
        for row in rows:
            yield _csv_line(row, rows.line_num, path.name, account_id)
    except csv.Error as error:
        yield Line(
            rows.line_num, None, DocumentError(f"not valid CSV: {error}", where=f"{path.name}, line {rows.line_num}")
        )


def read_mail_file(path: Path, account_id: str | None) -> Iterator[Line[Document]]:
    """``.eml``: one message."""
    try:
        yield Line(1, document_of_mail(path.read_bytes(), name=path.name, account_id=account_id), None)
    except InputError as error:
        yield Line(1, None, error)


def _csv_line(row: dict[str | None, Any], number: int, name: str, account_id: str | None) -> Line[Document]:
    where = f"{name}, line {number}"
    if None in row:
        return Line(number, None, DocumentError("more cells than the header has columns", where=where))
    data: dict[str, Any] = {str(key): value for key, value in row.items() if value not in (None, "")}
    author = {key: data.pop(f"author_{key}") for key in _PERSON if f"author_{key}" in data}
    if author:
        data["author"] = author
    if account_id:
        data.setdefault("account_id", account_id)
    data.setdefault("text", "")
    try:
        return Line(number, parse_document(data, where=where), None)
    except InputError as error:
        return Line(number, None, error)


_READERS: dict[str, Reader] = {
    ".jsonl": read_json_lines_file,
    ".ndjson": read_json_lines_file,
    ".csv": read_csv_file,
    ".eml": read_mail_file,
}


def only_good(lines: Iterable[Line[T]], report: Callable[[InputError], None]) -> Iterator[T]:
    """The values of good lines; what is wrong with the others goes to ``report``."""
    for line in lines:
        if line.value is not None:
            yield line.value
        elif isinstance(line.error, InputError):
            report(line.error)
