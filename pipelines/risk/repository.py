"""The SQL behind account risk."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.entities import Kind, Label, Participant, Side
from core.tables import AccountRiskRow, AccountRow, DocumentRow, ReadingRow, SignalRow
from nlp.seniority import seniority_among
from pipelines.risk.facts import DocumentFact, SignalFact, document_fact


def signal_facts(session: Session, account_id: str, as_of: datetime) -> list[SignalFact]:
    """All signals of an account up to a moment."""
    rows = session.execute(
        select(SignalRow, DocumentRow.external_id, DocumentRow.author, DocumentRow.participants)
        .join(DocumentRow, DocumentRow.document_id == SignalRow.document_id)
        .where(SignalRow.account_id == account_id, SignalRow.occurred_at <= as_of)
        .order_by(SignalRow.occurred_at, SignalRow.signal_id)
    )
    return [
        SignalFact(
            label=Label(row.label),
            document_id=external_id,
            occurred_at=row.occurred_at,
            start=row.start,
            end=row.end,
            text=row.text,
            score=row.score,
            attributes=row.attributes,
            speaker=row.speaker_name,
            seniority=seniority_among(row.speaker_name, people_of(author, participants)),
        )
        for row, external_id, author, participants in rows
    ]


def people_of(author: dict[str, Any] | None, participants: list[Any]) -> list[Participant]:
    """The people of a stored document."""
    rows = [*([author] if author else []), *participants]
    return [
        Participant(name=row.get("name") or "", title=row.get("title"), side=Side(row.get("side") or Side.UNKNOWN))
        for row in rows
    ]


def document_facts(session: Session, account_id: str, as_of: datetime) -> list[DocumentFact]:
    """All documents of an account up to a moment that have been read."""
    rows = session.execute(
        select(DocumentRow, ReadingRow.sentences)
        .join(ReadingRow, ReadingRow.document_id == DocumentRow.document_id)
        .where(DocumentRow.account_id == account_id, DocumentRow.occurred_at <= as_of)
    )
    return [
        document_fact(
            row.external_id,
            row.occurred_at,
            sentences,
            Kind(row.kind),
            row.title,
            next(iter(people_of(row.author, [])), None),
            people_of(None, row.participants),
        )
        for row, sentences in rows
    ]


def account(session: Session, account_id: str) -> AccountRow | None:
    """The account, if there is one of that id."""
    return session.scalar(select(AccountRow).where(AccountRow.account_id == account_id))


def lock_account(session: Session, account_id: str) -> AccountRow | None:
    """The same, its row locked until the transaction ends."""
    return session.scalar(select(AccountRow).where(AccountRow.account_id == account_id).with_for_update())


def write_risk(session: Session, tenant_id: str, account_id: str, values: dict[str, Any]) -> None:
    """Keep the latest risk, for ranked lists."""
    statement = insert(AccountRiskRow).values(tenant_id=tenant_id, account_id=account_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["tenant_id", "account_id"], set_=values))
