"""Reading and assessing files without a store. Nothing that is written depends on the order of lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from core.contracts import Line
from core.entities import Account, Document
from core.errors import DocumentError, InputError
from core.ids import digest
from nlp.extract import Extraction, SignalReader
from nlp.seniority import seniority_among
from pipelines.playbook.best_customers import revenue_bar, tier_of
from pipelines.playbook.policy import default_policy, recommend
from pipelines.risk.facts import DocumentFact, SignalFact, document_fact
from pipelines.risk.model import assess
from pipelines.risk.parameters import default_parameters
from pipelines.wire import risk_json


def without_conflicts(lines: Iterable[Line[Document]]) -> Iterator[Line[Document]]:
    """Lines in order; one that repeats an earlier id with other content becomes an error that names both places."""
    seen: dict[tuple[str, str], tuple[int, str]] = {}
    for line in lines:
        if line.value is None:
            yield line
            continue
        document = line.value
        first, content = seen.setdefault((document.source, document.id), (line.number, _content(document)))
        if content != _content(document):
            error = DocumentError(
                f"id {document.id!r} was on line {first} with other content",
                where=f"line {line.number}",
                remedy="give the documents different ids, or keep one",
            )
            yield Line(line.number, None, error)
        else:
            yield line


def _content(document: Document) -> str:
    return digest(f"{document.account_id}\0{document.occurred_at.isoformat()}\0{document.kind}\0{document.text}")


def assess_accounts(
    read: Iterable[tuple[Document, Extraction]],
    accounts: Mapping[str, Account],
    as_of: datetime | None,
) -> Iterator[dict[str, Any]]:
    """One result per account, in order of their ids; as of the day after the newest document by default."""
    signals: dict[str, list[SignalFact]] = defaultdict(list)
    documents: dict[str, dict[tuple[str, str], DocumentFact]] = defaultdict(dict)
    for document, extraction in read:
        key = (document.source, document.id)
        if key in documents[document.account_id]:
            continue
        documents[document.account_id][key] = document_fact_of(document, extraction)
        signals[document.account_id] += facts_of(document, extraction)
    moment = as_of or _day_after(fact.occurred_at for facts in documents.values() for fact in facts.values())
    parameters, policy = default_parameters(), default_policy()
    rule = policy.best_customer
    bar = revenue_bar((account.arr_usd for account in accounts.values() if account.arr_usd is not None), rule)
    for account_id in sorted({*documents, *accounts}):
        risk = assess(account_id, signals[account_id], documents[account_id].values(), moment, parameters)
        tier = tier_of(accounts.get(account_id, Account(account_id)), rule, bar, moment.date())
        yield risk_json(risk, recommend(risk, tier, policy))


def document_fact_of(document: Document, extraction: Extraction) -> DocumentFact:
    """A document as the risk model wants it."""
    return document_fact(
        document.id,
        document.occurred_at,
        extraction.sentences,
        document.kind,
        document.title,
        document.author,
        document.participants,
    )


def facts_of(document: Document, extraction: Extraction) -> list[SignalFact]:
    """An extraction's signals as the risk model wants them."""
    people = (document.author, *document.participants)
    return [
        SignalFact(
            label=signal.label,
            document_id=document.id,
            occurred_at=document.occurred_at,
            start=signal.start,
            end=signal.end,
            text=signal.text,
            score=signal.score,
            attributes=signal.attributes,
            speaker=signal.speaker.name if signal.speaker else None,
            seniority=seniority_among(signal.speaker.name if signal.speaker else None, people),
        )
        for signal in extraction.signals
    ]


def read_with(
    reader: SignalReader, documents: Iterable[Document], threads: int
) -> Iterator[tuple[Document, Extraction]]:
    """Documents with what they say, in order."""
    held: list[Document] = []

    def remember() -> Iterator[Document]:
        for document in documents:
            held.append(document)
            yield document

    for extraction in reader.extract_many(remember(), threads):
        yield held.pop(0), extraction


def parse_as_of(value: str) -> datetime:
    """A day (its end counts) or a zoned moment.

    Raises:
        InputError: if it is neither.
    """
    try:
        if len(value) == len("2026-01-31"):
            return datetime.combine(date.fromisoformat(value), time(23, 59, 59), UTC)
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise InputError(f"{value!r} is no date", where="--as-of", remedy="write it as 2026-09-30") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _day_after(moments: Iterable[datetime]) -> datetime:
    newest = max(moments, default=datetime.now(UTC))
    return newest + timedelta(days=1)
