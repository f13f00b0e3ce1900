"""What more than one layer does with the store: tenants that must be there, documents as the domain sees them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.entities import Document, Kind, Participant, Side
from core.tables import DocumentRow, TenantRow
from core.tables_labeling import LabelTextRow


def ensure_tenant(session: Session, tenant_id: str) -> None:
    """The tenant's own row, so that others can refer to it."""
    session.execute(insert(TenantRow).values(tenant_id=tenant_id, name=tenant_id).on_conflict_do_nothing())


def document_of(row: DocumentRow) -> Document:
    """The domain's view of a stored document."""
    return Document(
        id=row.external_id,
        account_id=row.account_id,
        kind=Kind(row.kind),
        occurred_at=row.occurred_at,
        text=row.text,
        source=row.source,
        title=row.title,
        author=_person(row.author) if row.author else None,
        participants=tuple(_person(person) for person in row.participants),
        metadata=row.attributes,
    )


def document_of_text(row: LabelTextRow) -> Document:
    """The same of a text that was kept with its records; of its people nothing is kept."""
    return Document(
        id=row.external_id,
        account_id=row.account_id,
        kind=Kind(row.kind),
        occurred_at=row.occurred_at,
        text=row.text,
        source=row.source,
        title=row.title,
    )


def _person(person: dict[str, Any]) -> Participant:
    return Participant(person["name"], person.get("email"), person.get("title"), Side(person["side"]))
