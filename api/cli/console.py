"""What all commands share: output, progress, errors, exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from core.errors import ForeshockError, InputError

EXIT_BAD_INPUT = 1
EXIT_FAILED = 2

out = Console()
err = Console(stderr=True)

LEVEL_STYLE = {"high": "bold red", "medium": "yellow", "low": "green"}


class BadLines:
    """Reports bad records as they come, and remembers that there were some."""

    SHOWN_MAX = 50

    def __init__(self) -> None:
        self.count = 0

    def report(self, error: InputError) -> None:
        """Say what is wrong and where."""
        self.count += 1
        if self.count <= self.SHOWN_MAX:
            err.print(f"[red]error:[/] {_plain(str(error))}", soft_wrap=True, highlight=False)
        elif self.count == self.SHOWN_MAX + 1:
            err.print("[red]error:[/] further bad records are counted only")

    def exit(self) -> None:
        """Leave with 1 if anything was bad."""
        if self.count:
            err.print(f"{self.count} bad record{'s' * (self.count > 1)} left out; the rest was done")
            raise typer.Exit(EXIT_BAD_INPUT)


@contextmanager
def failures() -> Iterator[None]:
    """Turn our errors into a line on standard error and exit code 2."""
    try:
        yield
    except ForeshockError as error:
        err.print(f"[red]error:[/] {_plain(str(error))}", soft_wrap=True, highlight=False)
        raise typer.Exit(EXIT_FAILED) from error
    except BrokenPipeError:
        sys.stderr.close()
        raise typer.Exit(EXIT_FAILED) from None


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Any]:
    """A progress bar on standard error, when a terminal looks on; yields ``advance(count)``."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal, transient=True) as bar:
        task: TaskID = bar.add_task(label, total=total)
        yield lambda count=1: bar.advance(task, count)


def print_json(value: Any) -> None:
    """Data on standard output, one JSON value."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def write_line(stream: IO[str], value: Any) -> None:
    """One line of JSON Lines."""
    stream.write(json.dumps(value, ensure_ascii=False) + "\n")


def _plain(text: str) -> str:
    return text.replace("[", r"\[")
