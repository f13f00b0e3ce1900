"""API keys look like ``fsk_<id>_<secret>``; only a digest of the secret is stored, and the key is shown once."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import func, insert, select, text, update

from core.db import Store
from core.errors import InputError, NotFound, Unauthorized
from core.ids import digest
from core.tables import ApiKeyRow
from pipelines.ingest.repository import ensure_tenant

_FORM = re.compile(r"fsk_(?P<id>[a-z0-9]{12})_(?P<secret>[A-Za-z0-9_-]{32,64})")
_REMEDY = "send `Authorization: Bearer fsk_…`; `foreshock keys create` makes a key"


class Scope(StrEnum):
    """What a key may do; ``admin`` includes the others. ``label`` opens labeling alone, in the role of its person."""

    READ = "read"
    WRITE = "write"
    LABEL = "label"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, once the key was checked; ``person`` where the key is somebody's own."""

    tenant_id: str
    key_id: str
    scopes: frozenset[Scope]
    person: str | None = None

    def may(self, scope: Scope) -> bool:
        """Whether the key allows ``scope``."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


@dataclass(frozen=True, slots=True)
class KeyService:
    """Makes, checks and revokes keys."""

    store: Store

    def create(self, tenant_id: str, name: str, scopes: Sequence[Scope], person: str | None = None) -> str:
        """A new key; this is the only time that it can be seen.

        Raises:
            InputError: if it is for labeling and nobody's: what is said must have somebody who said it.
        """
        if Scope.LABEL in scopes and not (person or "").strip():
            raise InputError("a key for labeling is a person's", where="person", remedy="name the person")
        key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        with self.store.tenant(tenant_id) as session:
            ensure_tenant(session, tenant_id)
            session.execute(
                insert(ApiKeyRow).values(
                    key_id=key_id,
                    tenant_id=tenant_id,
                    name=name,
                    secret_digest=digest(secret),
                    scopes=[scope.value for scope in scopes],
                    person=person.strip() if person else None,
                )
            )
        return f"fsk_{key_id}_{secret}"

    def authenticate(self, key: str) -> Caller:
        """Who a key belongs to.

        Raises:
            Unauthorized: if it is none of ours, unknown or revoked. Which of these is not said.
        """
        match = _FORM.fullmatch(key)
        row = None
        if match:
            with self.store.nobody() as session:
                row = session.execute(text("select * from foreshock_find_key(:id)"), {"id": match["id"]}).first()
        right = bool(match and row and hmac.compare_digest(digest(match["secret"]), row.secret_digest))
        if not (match and row and right) or row.revoked_at is not None:
            raise Unauthorized("the API key is not valid", remedy=_REMEDY)
        return Caller(row.tenant_id, match["id"], frozenset(Scope(scope) for scope in row.scopes), row.person)

    def revoke(self, tenant_id: str, key_id: str) -> None:
        """From now on the key is refused.

        Raises:
            NotFound: if the tenant has no such key.
        """
        with self.store.tenant(tenant_id) as session:
            done = session.execute(
                update(ApiKeyRow)
                .where(ApiKeyRow.key_id == key_id, ApiKeyRow.revoked_at.is_(None))
                .values(revoked_at=func.now())
                .returning(ApiKeyRow.key_id)
            ).first()
        if done is None:
            raise NotFound("no such key, or revoked before", where=f"key {key_id!r}")

    def list(self, tenant_id: str) -> list[dict[str, Any]]:
        """The tenant's keys, without secrets."""
        with self.store.tenant(tenant_id) as session:
            rows = session.scalars(select(ApiKeyRow).order_by(ApiKeyRow.created_at))
            return [
                {
                    "key_id": row.key_id,
                    "name": row.name,
                    "scopes": row.scopes,
                    "person": row.person,
                    "created_at": row.created_at.isoformat(),
                    "revoked_at": row.revoked_at.isoformat() if row.revoked_at else None,
                }
                for row in rows
            ]
