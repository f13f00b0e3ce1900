"""How far the second reader of the corpus agrees with its authors: ``python -m models.agreement``."""

from __future__ import annotations

from rich.console import Console

from core.entities import Explanation, Signal
from models.corpus import GoldDocument, GoldMention, load_corpus
from models.evaluation.run import print_score, summary
from models.evaluation.score import Score
from models.second_reading import has_label, second_mentions


def agreement() -> Score:
    """The second reader's mentions against the author's; what it was unsure of counts where the author has it too."""
    score = Score()
    for vendor in load_corpus():
        for gold in vendor.documents:
            second = second_mentions(gold)
            if second is not None:
                score.add(gold, _signals(gold, second))
    return score


def _signals(gold: GoldDocument, second: tuple[GoldMention, ...]) -> list[Signal]:
    return [
        Signal(
            label=label,
            start=mention.span.start,
            end=mention.span.end,
            text=mention.span.of(gold.document.text),
            score=1.0,
            attributes=mention.attributes.get(label, {}),
            explanation=Explanation(0.0),
            model_version="second reader",
        )
        for mention in second
        for label in mention.labels
        if not mention.unsure or has_label(gold.mentions, mention, label)
    ]


def main() -> None:
    """Print the agreement."""
    print_score(summary(agreement()), Console(soft_wrap=True))


if __name__ == "__main__":
    main()
