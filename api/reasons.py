"""Why a sentence was found, in a line for people."""

from __future__ import annotations

from typing import Any


def reason(why: dict[str, Any]) -> str:
    """Which words matched and how, what stands around it, which signal was asked for, and how near the meaning is."""
    parts = []
    for word in why["words"]:
        said = f"“{word['found']}”"
        match word["how"]:
            case "form":
                said += f" for “{word['asked']}”"
            case "typo":
                said += f", taking “{word['asked']}” for a slip"
        parts.append(said)
    if why["around"]:
        parts.append(", ".join(f"“{word}”" for word in why["around"]) + " around it")
    if why["signal"]:
        parts.append(f"{why['signal'].replace('_', ' ')} asked for")
    return ", ".join([*parts, f"meaning {why['likeness']:.2f}"])
