"""The SQL behind ingest."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.entities import Account, Document, Participant
from core.ids import derived_id, digest_json
from core.stored import ensure_tenant as ensure_tenant
from core.tables import (
    LONG_AGO,
    AccountRiskRow,
    AccountRow,
    DocumentRow,
    JobRow,
    ReadingRow,
    SentenceRow,
    SignalRow,
)


def upsert_account(session: Session, tenant_id: str, account: Account) -> None:
    """Write an account as its list states it."""
    values: dict[str, Any] = {
        "name": account.name,
        "tier": account.tier.value if account.tier else None,
        "arr_usd": account.arr_usd,
        "owner": account.owner,
        "segment": account.segment,
        "renewal_date": account.renewal_date.date() if account.renewal_date else None,
        **asdict(account.standing),
        "attributes": dict(account.metadata),
    }
    statement = insert(AccountRow).values(tenant_id=tenant_id, account_id=account.id, **values)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "account_id"], set_={**values, "updated_at": func.now()}
        )
    )
    # What the policy asks for hangs on tier and owner: upkeep looks again.
    session.execute(update(AccountRiskRow).where(AccountRiskRow.account_id == account.id).values(computed_at=LONG_AGO))


def note_accounts(session: Session, tenant_id: str, documents: Iterable[Document]) -> None:
    """Accounts that are first seen in documents; a name is filled in, never overwritten."""
    names: dict[str, str | None] = {}
    for document in documents:
        names[document.account_id] = document.account_name or names.get(document.account_id)
    if not names:
        return
    rows = [{"tenant_id": tenant_id, "account_id": key, "name": names[key]} for key in sorted(names)]
    statement = insert(AccountRow).values(rows)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "account_id"],
            set_={"name": func.coalesce(AccountRow.name, statement.excluded.name)},
        )
    )


def stored_digests(
    session: Session, keys: Iterable[tuple[str, str]]
) -> Mapping[tuple[str, str], tuple[uuid.UUID, str, int]]:
    """Of the documents with these (source, id): row id, content digest, revision. Locked until the transaction ends."""
    by_source: dict[str, list[str]] = {}
    for source, external_id in keys:
        by_source.setdefault(source, []).append(external_id)
    found = {}
    for source, ids in sorted(by_source.items()):
        rows = session.execute(
            select(DocumentRow.external_id, DocumentRow.document_id, DocumentRow.content_digest, DocumentRow.revision)
            .where(DocumentRow.source == source, DocumentRow.external_id.in_(ids))
            .order_by(DocumentRow.document_id)
            .with_for_update()
        )
        for external_id, document_id, digest, revision in rows:
            found[(source, external_id)] = (document_id, digest, revision)
    return found


def insert_document(session: Session, tenant_id: str, document: Document) -> uuid.UUID | None:
    """Write a new document; ``None`` if another transaction wrote one of that source and id first."""
    document_id = derived_id(tenant_id, document.source, document.id)
    statement = insert(DocumentRow).values(
        document_id=document_id,
        tenant_id=tenant_id,
        source=document.source,
        external_id=document.id,
        **document_values(document),
    )
    row = session.execute(statement.on_conflict_do_nothing().returning(DocumentRow.document_id)).first()
    return row[0] if row else None


def replace_document(session: Session, document_id: uuid.UUID, revision: int, document: Document) -> None:
    """Write an edited document over the stored one; what was found in the old text goes with it."""
    row = session.get_one(DocumentRow, document_id)
    for key, value in document_values(document).items():
        setattr(row, key, value)
    row.revision = revision
    row.updated_at = func.now()
    session.flush()
    session.execute(delete(SignalRow).where(SignalRow.document_id == document_id))
    session.execute(delete(ReadingRow).where(ReadingRow.document_id == document_id))
    session.execute(delete(SentenceRow).where(SentenceRow.document_id == document_id))


def delete_document(session: Session, source: str, external_id: str) -> str | None:
    """Delete a document with all that hangs on it; returns its account."""
    row = session.execute(
        delete(DocumentRow)
        .where(DocumentRow.source == source, DocumentRow.external_id == external_id)
        .returning(DocumentRow.account_id)
    ).first()
    return str(row[0]) if row else None


def insert_job(
    session: Session, tenant_id: str, document_id: uuid.UUID, revision: int, pipeline_version: str
) -> int | None:
    """The job to read one revision of a document; ``None`` if it is there already."""
    statement = insert(JobRow).values(
        tenant_id=tenant_id, document_id=document_id, revision=revision, pipeline_version=pipeline_version
    )
    row = session.execute(statement.on_conflict_do_nothing().returning(JobRow.job_id)).first()
    return int(row[0]) if row else None


def document_values(document: Document) -> dict[str, Any]:
    """The columns of a document, and the digest by which a repetition is known."""
    values: dict[str, Any] = {
        "account_id": document.account_id,
        "kind": document.kind.value,
        "occurred_at": document.occurred_at,
        "title": document.title,
        "author": _person(document.author) if document.author else None,
        "participants": [_person(person) for person in document.participants],
        "text": document.text,
        "attributes": dict(document.metadata),
    }
    stamped = {**values, "occurred_at": document.occurred_at.timestamp()}
    return {**values, "content_digest": digest_json(stamped)}


def _person(person: Participant) -> dict[str, Any]:
    return {"name": person.name, "email": person.email, "title": person.title, "side": person.side.value}
