"""The door to all formats: ``dump`` items into one, ``load`` them from one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum

from labeling.interchange import argilla, doccano, hugging_face, label_studio, prodigy, table
from labeling.interchange.shape import Defaults, Dumped, Item, Loaded


class Format(StrEnum):
    """Formats of other tools that we read and write."""

    LABEL_STUDIO = "label_studio"
    ARGILLA = "argilla"
    PRODIGY = "prodigy"
    DOCCANO = "doccano"
    CSV = "csv"
    HUGGING_FACE = "hugging_face"


_DUMP: dict[Format, Callable[[Iterable[Item]], Dumped]] = {
    Format.LABEL_STUDIO: label_studio.dump,
    Format.ARGILLA: argilla.dump,
    Format.PRODIGY: prodigy.dump,
    Format.DOCCANO: doccano.dump,
    Format.CSV: table.dump,
    Format.HUGGING_FACE: hugging_face.dump,
}
_LOAD: dict[Format, Callable[[bytes, Defaults, str], Loaded]] = {
    Format.LABEL_STUDIO: label_studio.load,
    Format.ARGILLA: argilla.load,
    Format.PRODIGY: prodigy.load,
    Format.DOCCANO: doccano.load,
    Format.CSV: table.load,
    Format.HUGGING_FACE: hugging_face.load,
}


def dump(items: Iterable[Item], form: Format) -> Dumped:
    """Items as a file of a format, with notes of what it can't hold."""
    return _DUMP[form](items)


def load(content: bytes, form: Format, *, name: str, defaults: Defaults | None = None) -> Loaded:
    """Items of a file. What is wrong is reported with its line and does not keep the rest out.

    Args:
        content: the file.
        form: its format.
        name: of the file, for errors.
        defaults: for what the file does not say.

    Raises:
        InputError: if the file as a whole can't be read.
    """
    return _LOAD[form](content, defaults or Defaults(), name)
