"""A workspace in which some accounts haggle, and a signal that is to find it."""

from __future__ import annotations

from pathlib import Path

from core.entities import Document
from tests.factories import make_document

FILE = Path(__file__).parents[2] / "models" / "data" / "custom_signals" / "price_pressure.txt"
DESCRIPTION, *_LINES = FILE.read_text(encoding="utf-8").splitlines()
DESCRIPTION = DESCRIPTION.removeprefix("#").strip()
CARRY = [line[2:] for line in _LINES if line.startswith("+")]
DO_NOT = [line[2:] for line in _LINES if line.startswith("-")]
SAID = tuple(f"Well, {text[0].lower()}{text[1:]}" for text in CARRY[:6])
"""What the accounts say: nearly the words of the examples, so that any reader's head finds most of it."""
FILLER = (
    "Thanks for the call.", "The login page works again since Monday.", "Sam is on holiday next week.",
    "Please add Ines to the invite.", "The export took four minutes.", "We moved to the second floor.",
    "I attached the screenshot.", "Our weekly starts at ten from now on.", "The new colours look nice.",
    "Nobody here uses the mobile app.",
)  # fmt: skip


def documents(count: int = 12) -> list[Document]:
    """Mails of ordinary sentences; every second one holds a sentence with the signal, and one that looks like it."""
    made = []
    for at in range(count):
        said = [FILLER[(at + step) % len(FILLER)] for step in range(3)]
        if at % 2 == 0:
            said[1:1] = [SAID[at // 2 % len(SAID)], DO_NOT[at // 2]]
        made.append(make_document(" ".join(said), id=f"p-{at}", account_id=f"acme-{at % 3}"))
    return made
