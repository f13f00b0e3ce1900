"""Risk levels against what the authors of the written accounts said: ``python -m benchmarks.risk_levels``.

Every account of the written corpus says which risk a careful reader sees at its end. The signals are the gold ones, or,
with ``--reader``, those that a reader finds on the vendors that train no weights. ``--fit`` searches parameters on the
vendors that ``models.corpus`` does not hold out, and prints them; the held-out vendors judge both.
"""

from __future__ import annotations

import argparse
import copy
import math
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib import resources
from typing import Any

from rich.console import Console

from core.entities import ReaderName, RiskLevel
from models.corpus import CALIBRATION_VENDORS, TEST_VENDORS, GoldDocument, load_corpus, risk_of_accounts
from nlp.artefact import READERS
from nlp.extract import SignalReader
from nlp.reading.reader import read
from nlp.reading.sides import OwnSide
from nlp.seniority import seniority_among
from pipelines.extract.stateless import document_fact_of, facts_of
from pipelines.risk.facts import AccountRisk, DocumentFact, SignalFact
from pipelines.risk.model import assess
from pipelines.risk.parameters import Parameters, default_parameters, parse_parameters

SLOPE = 6.0
"""Points within which a level is a matter of taste."""
PULL = 0.15
"""How strongly a parameter is held to where a person put it."""
STEPS = (0.6, 0.8, 1.25, 1.6)
_RANK = {RiskLevel.LOW: 0, RiskLevel.MEDIUM: 1, RiskLevel.HIGH: 2}


@dataclass(frozen=True, slots=True)
class Case:
    """One account with all that was said, and the level that its author gave it."""

    vendor: str
    account_id: str
    level: RiskLevel
    signals: tuple[SignalFact, ...]
    documents: tuple[DocumentFact, ...]

    def risk(self, parameters: Parameters) -> AccountRisk:
        """Its risk the day after its last document."""
        moment = max(document.occurred_at for document in self.documents) + timedelta(days=1)
        return assess(self.account_id, self.signals, self.documents, moment, parameters)


def cases(reader: SignalReader | None, *, held_out: bool) -> list[Case]:
    """The accounts of the vendors that are held out of all training, or of all others."""
    levels = risk_of_accounts()
    found = []
    for vendor in load_corpus():
        if (vendor.slug in TEST_VENDORS | CALIBRATION_VENDORS) is not held_out:
            continue
        own = OwnSide(names=(vendor.name,), product_names=(vendor.product,), domains=(vendor.email_domain,))
        by_account: dict[str, list[GoldDocument]] = {}
        for gold in vendor.documents:
            by_account.setdefault(gold.document.account_id, []).append(gold)
        for account_id, documents in by_account.items():
            facts = [_facts(gold, own, reader) for gold in documents]
            signals = tuple(signal for _, said in facts for signal in said)
            found.append(
                Case(vendor.slug, account_id, levels[account_id], signals, tuple(document for document, _ in facts))
            )
    return found


def _facts(gold: GoldDocument, own: OwnSide, reader: SignalReader | None) -> tuple[DocumentFact, list[SignalFact]]:
    document = gold.document
    if reader:
        extraction = reader.extract(document)
        return document_fact_of(document, extraction), facts_of(document, extraction)
    sentences = read(document, own).sentences
    people = (document.author, *document.participants)
    signals = []
    for mention in gold.mentions:
        inside = [sentence for sentence in sentences if sentence.span.overlap(mention.span)]
        speaker = inside[0].speaker.name if inside and inside[0].speaker else None
        signals += [
            SignalFact(
                label=label,
                document_id=document.id,
                occurred_at=document.occurred_at,
                start=mention.span.start,
                end=mention.span.end,
                text=mention.span.of(document.text),
                score=0.6 if mention.unsure else 1.0,
                attributes=mention.attributes.get(label, {}),
                speaker=speaker,
                seniority=seniority_among(speaker, people),
            )
            for label in mention.labels
        ]
    return DocumentFact(document.id, document.occurred_at, len(sentences)), signals


def report(name: str, found: Sequence[Case], parameters: Parameters, console: Console) -> None:
    """How many levels agree, and how they differ."""
    table = {(said, given): 0 for said in _RANK for given in _RANK}
    for case in found:
        table[case.level, case.risk(parameters).level] += 1
    right = sum(count for (said, given), count in table.items() if said is given)
    far = sum(count for (said, given), count in table.items() if abs(_RANK[said] - _RANK[given]) == 2)
    console.print(f"{name}: {right} of {len(found)} levels as written ({right / len(found):.2f}), {far} off by two")
    for said in _RANK:
        row = ", ".join(f"{table[said, given]} {given}" for given in _RANK)
        console.print(f"  written {said}: {row}")


def loss(found: Sequence[Case], parameters: Parameters) -> float:
    """Mean log loss of the two boundaries, which a score should pass or not."""
    total = 0.0
    for case in found:
        score, rank = case.risk(parameters).score, _RANK[case.level]
        for bound, above in ((parameters.levels.medium, rank >= 1), (parameters.levels.high, rank >= 2)):
            distance = (score - bound) / SLOPE
            total += math.log1p(math.exp(-distance if above else distance))
    return total / len(found)


def fit(found: Sequence[Case], console: Console) -> dict[str, Any]:
    """Coordinate search over the numbers of the parameter file, each held to its place by its logarithm."""
    text = resources.files("pipelines.risk").joinpath("parameters.toml").read_text(encoding="utf-8")
    best = tomllib.loads(text)
    moved: dict[tuple[str, ...], float] = {}

    def cost(data: dict[str, Any], moves: dict[tuple[str, ...], float]) -> float:
        held = sum(value**2 for value in moves.values()) / len(found)
        return loss(found, parse_parameters(data)) + PULL * held * 10

    lowest = cost(best, moved)
    for turn in range(2):
        for place in _numbers(best):
            for step in STEPS:
                data, moves = copy.deepcopy(best), {**moved, place: moved.get(place, 0.0) + math.log(step)}
                value = _at(data, place) * step
                if place[0] in ("relief", "repetition") and value > 1:
                    continue
                _set(data, place, round(value, 3))
                if (tried := cost(data, moves)) < lowest - 1e-5:
                    lowest, best, moved = tried, data, moves
        console.print(f"turn {turn + 1}: cost {lowest:.4f}")
    return best


_FIXED = ("version", "levels", "everyday")


def _numbers(data: dict[str, Any]) -> list[tuple[str, ...]]:
    """The paths of all numbers that may be moved."""

    def walk(node: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        if isinstance(node, dict):
            for key, value in node.items():
                yield from walk(value, (*path, key))
        elif isinstance(node, list):
            for index, value in enumerate(node):
                yield from walk(value, (*path, str(index)))
        elif isinstance(node, int | float) and node > 0:
            yield path

    return [path for path in walk(data, ()) if path[0] not in _FIXED]


def _at(data: Any, path: tuple[str, ...]) -> float:
    for key in path:
        data = data[int(key)] if isinstance(data, list) else data[key]
    return float(data)


def _set(data: Any, path: tuple[str, ...], value: float) -> None:
    for key in path[:-1]:
        data = data[int(key)] if isinstance(data, list) else data[key]
    data[path[-1]] = value


def main(make: Callable[[], Console] = Console) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reader", type=ReaderName, choices=list(ReaderName))
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    console = make()
    parameters = default_parameters()
    if options.reader:
        reader = SignalReader.load(READERS[options.reader])
        report("vendors held out, as read", cases(reader, held_out=True), parameters, console)
    held_out = cases(None, held_out=True)
    report("vendors held out, gold signals", held_out, parameters, console)
    others = cases(None, held_out=False)
    report("other vendors, gold signals", others, parameters, console)
    if options.fit:
        data = fit(others, console)
        console.print_json(data=data)
        fitted = parse_parameters(data)
        report("other vendors, fitted", others, fitted, console)
        report("vendors held out, fitted", held_out, fitted, console)


if __name__ == "__main__":
    main()
