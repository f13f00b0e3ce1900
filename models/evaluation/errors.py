"""What a reader missed and what it said wrongly, for people to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.entities import Signal
from models.corpus import GoldDocument
from models.evaluation.score import same_place, span_of


@dataclass(slots=True)
class ErrorList:
    """Lines of ``missed`` and ``wrong``, by label."""

    lines: list[tuple[str, str, str, str, str]] = field(default_factory=list)

    def add(self, gold: GoldDocument, signals: Sequence[Signal]) -> None:
        """Compare one document."""
        document = gold.document
        for mention in gold.mentions:
            for label in mention.labels:
                found = any(s.label is label and same_place(span_of(s), mention.span) for s in signals)
                if not found and not mention.unsure:
                    text = mention.span.of(document.text)
                    self.lines.append((label.value, "missed", document.id, "", " ".join(text.split())))
        for signal in signals:
            known = [mention.span for mention in gold.mentions if signal.label in mention.labels]
            if not any(same_place(span_of(signal), span) for span in known):
                text = " ".join(signal.text.split())
                self.lines.append((signal.label.value, "wrong", document.id, f"{signal.score:.2f}", text))

    def write(self, path: Path) -> None:
        """Write all lines, tab-separated: label, what happened, document, score, words."""
        path.write_text("".join("\t".join(line) + "\n" for line in sorted(self.lines)), encoding="utf-8")
