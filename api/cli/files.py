"""Commands over files alone: ``extract`` and ``assess``. They need no database."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, TypeVar

import typer

from api.cli.console import BadLines, err, failures, progress, write_line
from core.contracts import Line, parse_account, read_json_lines
from core.entities import Account, Document, OperatingPoint, ReaderName
from core.errors import DocumentError
from core.settings import get_settings
from core.workspace import Workspace, load_workspace
from nlp.artefact import READERS
from nlp.extract import SignalReader
from pipelines.extract.stateless import assess_accounts, parse_as_of, read_with, without_conflicts
from pipelines.sources.files import only_good, read_documents
from pipelines.wire import extraction_json

T = TypeVar("T")

InputPath = Annotated[
    Path, typer.Argument(help="Documents: .jsonl, .csv, .eml or a folder of these; - reads JSON Lines.")
]
OutputPath = Annotated[Path | None, typer.Option("-o", "--output", help="Where to write; standard output by default.")]
WorkspaceFile = Annotated[Path | None, typer.Option("--workspace", help="A workspace.toml with our names and rivals.")]
Point = Annotated[
    OperatingPoint | None, typer.Option("--point", help="How sure the reader must be; as the settings say by default.")
]
Reader = Annotated[
    ReaderName | None, typer.Option("--reader", help="accurate or fast; as the settings say by default.")
]
Threads = Annotated[int, typer.Option("--threads", min=0, max=256, help="0: as many as there are cores.")]


def extract(
    source: InputPath,
    output: OutputPath = None,
    workspace: WorkspaceFile = None,
    reader: Reader = None,
    point: Point = None,
    threads: Threads = 0,
) -> None:
    """Find signals in documents: one line per document, in input order. Stateless."""
    bad = BadLines()
    with failures():
        loaded = load_reader(workspace, point, reader)
        with sink(output) as stream, progress("reading", None) as advance:
            documents = only_good(without_conflicts(_lines(source)), bad.report)
            for extraction in loaded.extract_many(documents, threads or get_settings().threads):
                write_line(stream, extraction_json(extraction))
                advance()
    bad.exit()


def assess(
    source: InputPath,
    accounts: Annotated[Path | None, typer.Option("--accounts", help="JSON Lines of accounts: tier, ARR.")] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="A date; the day after the last document by default.")
    ] = None,
    output: OutputPath = None,
    workspace: WorkspaceFile = None,
    reader: Reader = None,
    point: Point = None,
    threads: Threads = 0,
) -> None:
    """Assess the risk of every account: one line per account, in order of ids. Stateless."""
    bad = BadLines()
    with failures():
        moment = parse_as_of(as_of) if as_of else None
        known = _accounts(accounts, bad) if accounts else {}
        loaded = load_reader(workspace, point, reader)
        with sink(output) as stream, progress("reading", None) as advance:
            documents = only_good(without_conflicts(_lines(source)), bad.report)
            read = read_with(loaded, documents, threads or get_settings().threads)
            for line in assess_accounts(_counted(read, advance), known, moment):
                write_line(stream, line)
    bad.exit()


def load_reader(
    workspace_file: Path | None, point: OperatingPoint | None, reader: ReaderName | None = None
) -> SignalReader:
    """The shipped reader, or the one that the settings name."""
    settings = get_settings()
    path = workspace_file or settings.workspace_file
    configured = load_workspace(path) if path else Workspace()
    folder = READERS[reader] if reader else settings.model_dir or READERS[settings.reader]
    return SignalReader.load(folder, configured, point or settings.operating_point)


def _lines(source: Path) -> Iterator[Line[Document]]:
    if str(source) == "-":
        from core.contracts import parse_document

        return read_json_lines(sys.stdin.buffer, parse_document, name="standard input")
    if not source.exists():
        raise DocumentError("no such file", where=str(source))
    return read_documents(source)


def _accounts(path: Path, bad: BadLines) -> dict[str, Account]:
    try:
        with path.open("rb") as lines:
            return {
                item.id: item for item in only_good(read_json_lines(lines, parse_account, name=path.name), bad.report)
            }
    except OSError as error:
        raise DocumentError(f"can't be read: {error.strerror}", where=str(path)) from error


def _counted(items: Iterator[T], advance: Callable[[], None]) -> Iterator[T]:
    for item in items:
        advance()
        yield item


@contextmanager
def sink(output: Path | None) -> Iterator[IO[str]]:
    """Standard output, or a file that takes its name only once it is whole."""
    if output is None or str(output) == "-":
        yield sys.stdout
        return
    partial = output.with_name(output.name + ".partial")
    try:
        with partial.open("w", encoding="utf-8", newline="\n") as stream:
            yield stream
        partial.replace(output)
    except OSError as error:
        raise DocumentError(f"can't be written: {error.strerror}", where=str(output)) from error
    err.print(f"wrote {output}", highlight=False)
