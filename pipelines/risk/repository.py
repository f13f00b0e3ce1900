"""The SQL behind account risk."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import Text, cast, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.entities import Kind, Label, Participant, Seniority, Side
from core.tables import AccountRiskRow, AccountRow, DocumentRow, ReadingRow, SignalRow
from nlp.seniority import seniority_among
from pipelines.risk.facts import DocumentFact, SignalFact, document_fact

_PARSED = 20_000
_NEVER = datetime.min
_LATEST = ("as_of", "level", "score", "change", "drivers", "history", "detail", "computed_at")
_LABELS = {label.value: label for label in Label}


@dataclass(slots=True)
class AccountFacts:
    """What the risk model looks at, of one account."""

    signals: list[SignalFact] = field(default_factory=list)
    documents: list[DocumentFact] = field(default_factory=list)


def facts_of(session: Session, account_ids: list[str], as_of: datetime) -> dict[str, AccountFacts]:
    """All documents that have been read and all signals up to a moment, of some accounts; of each even if none.

    Texts of documents are left where they are: only columns that the model needs are read.
    """
    found = {account_id: AccountFacts() for account_id in account_ids}
    known = {}
    rows = session.execute(
        select(
            DocumentRow.document_id,
            DocumentRow.account_id,
            DocumentRow.external_id,
            DocumentRow.occurred_at,
            DocumentRow.kind,
            DocumentRow.title,
            cast(DocumentRow.author, Text),
            cast(DocumentRow.participants, Text),
            ReadingRow.sentences,
        )
        .join(ReadingRow, ReadingRow.document_id == DocumentRow.document_id)
        .where(DocumentRow.account_id.in_(account_ids), DocumentRow.occurred_at <= as_of)
    )
    for document_id, account_id, external_id, occurred_at, kind, title, author, participants, sentences in rows:
        known[document_id] = (external_id, author, participants)
        like = _document_like(kind, author, participants)
        found[account_id].documents.append(
            DocumentFact(external_id, occurred_at, sentences, like.kind, like.people, like.by_account, title)
        )
    said = session.execute(
        select(
            SignalRow.document_id,
            SignalRow.account_id,
            SignalRow.label,
            SignalRow.occurred_at,
            SignalRow.start,
            SignalRow.end,
            SignalRow.text,
            SignalRow.score,
            cast(SignalRow.attributes, Text),
            SignalRow.speaker_name,
        )
        .where(
            SignalRow.account_id.in_(account_ids),
            SignalRow.occurred_at <= as_of,
            # A workspace's own signals have no points: nobody measured how often what they say comes before a loss.
            SignalRow.label.in_(list(_LABELS)),
        )
        .order_by(SignalRow.account_id, SignalRow.occurred_at, SignalRow.signal_id)
    )
    for document_id, account_id, label, occurred_at, start, end, text, score, attributes, speaker in said:
        external_id, author, participants = known[document_id]
        seniority = _seniority(speaker, author, participants)
        found[account_id].signals.append(
            SignalFact(
                _LABELS[label],
                external_id,
                occurred_at,
                start,
                end,
                text,
                score,
                _attributes(attributes),
                speaker,
                seniority,
            )
        )
    return found


# The same people meet again and again, and attributes have few values: each JSON text is taken apart once.
@lru_cache(maxsize=_PARSED)
def _document_like(kind: str, author: str | None, participants: str) -> DocumentFact:
    """A document with who took part, and nothing else that is told of it."""
    writers, others = _people(author, participants)
    return document_fact("", _NEVER, 0, Kind(kind), None, next(iter(writers), None), others)


@lru_cache(maxsize=_PARSED)
def _people(author: str | None, participants: str) -> tuple[list[Participant], list[Participant]]:
    return people_of(json.loads(author) if author else None, []), people_of(None, json.loads(participants))


@lru_cache(maxsize=_PARSED)
def _seniority(speaker: str | None, author: str | None, participants: str) -> Seniority:
    writers, others = _people(author, participants)
    return seniority_among(speaker, [*writers, *others])


@lru_cache(maxsize=_PARSED)
def _attributes(text: str) -> Mapping[str, Any]:
    return MappingProxyType(json.loads(text))


def people_of(author: dict[str, Any] | None, participants: list[Any]) -> list[Participant]:
    """The people of a stored document."""
    rows = [*([author] if author else []), *participants]
    return [
        Participant(name=row.get("name") or "", title=row.get("title"), side=Side(row.get("side") or Side.UNKNOWN))
        for row in rows
    ]


def account(session: Session, account_id: str) -> AccountRow | None:
    """The account, if there is one of that id."""
    return session.scalar(select(AccountRow).where(AccountRow.account_id == account_id))


def account_ids(session: Session) -> list[str]:
    """All accounts of the tenant, in order."""
    return list(session.scalars(select(AccountRow.account_id).order_by(AccountRow.account_id)))


def lock_accounts(session: Session, account_ids: list[str]) -> dict[str, AccountRow]:
    """Lock accounts until the transaction ends, always in the same order; those that there are.

    New documents may still come in meanwhile: only another refresh waits.
    """
    rows = session.scalars(
        select(AccountRow)
        .where(AccountRow.account_id.in_(account_ids))
        .order_by(AccountRow.account_id)
        .with_for_update(key_share=True)
    )
    return {row.account_id: row for row in rows}


def write_risks(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Keep the latest risks, for ranked lists; a row has all columns of the table."""
    statement = insert(AccountRiskRow)
    latest = {key: statement.excluded[key] for key in _LATEST}
    keys = ["tenant_id", "account_id"]
    if rows:
        session.execute(statement.on_conflict_do_update(index_elements=keys, set_=latest), rows)
