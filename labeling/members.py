"""Who labels: people with a role, and the queues that each of them sees.

annotator   judges what the queues given to them hold
reviewer    sees what others said there, accepts, rejects and resolves it
admin       makes queues, fills them, and says who is what
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from core.db import Store
from core.errors import Forbidden, InputError, NotFound
from core.stored import ensure_tenant
from core.tables_labeling import LabelMemberRow

ALL_QUEUES = "*"
PERSON_MAX = 120


class Role(StrEnum):
    """What a member may do; each includes the ones before."""

    ANNOTATOR = "annotator"
    REVIEWER = "reviewer"
    ADMIN = "admin"


_ORDER = tuple(Role)


@dataclass(frozen=True, slots=True)
class Member:
    """A person, a role, and queues by name; ``*`` stands for all."""

    person: str
    role: Role
    queues: frozenset[str] = frozenset()

    def is_at_least(self, role: Role) -> bool:
        """Whether this role includes ``role``."""
        return _ORDER.index(self.role) >= _ORDER.index(role)

    def sees(self, queue: str) -> bool:
        """Whether the queue was given to them."""
        return self.role is Role.ADMIN or queue in self.queues or ALL_QUEUES in self.queues

    def require(self, role: Role) -> None:
        """Stop who is less than ``role``.

        Raises:
            Forbidden: naming the role that is needed.
        """
        if not self.is_at_least(role):
            raise Forbidden(f"this needs the role {role.value}, {self.person} is {self.role.value}")

    def require_queue(self, queue: str) -> None:
        """Stop whom the queue was not given to; they do not learn whether there is one.

        Raises:
            NotFound: as if there were none.
        """
        if not self.sees(queue):
            raise NotFound("no such queue, or not given to you", where=f"queue {queue!r}")


@dataclass(frozen=True, slots=True)
class MemberService:
    """Reads and writes members."""

    store: Store

    def find(self, tenant_id: str, person: str) -> Member | None:
        """A member, if the person is one."""
        with self.store.tenant(tenant_id) as session:
            row = session.get(LabelMemberRow, (tenant_id, person))
        return _member(row) if row else None

    def list(self, tenant_id: str) -> list[Member]:
        """All members by name."""
        with self.store.tenant(tenant_id) as session:
            rows = session.scalars(select(LabelMemberRow).order_by(LabelMemberRow.person)).all()
        return [_member(row) for row in rows]

    def put(self, tenant_id: str, person: str, role: Role, queues: Sequence[str]) -> Member:
        """Make a person a member, or change what they are.

        Raises:
            InputError: if the name is empty or too long.
        """
        name = person.strip()
        if not 0 < len(name) <= PERSON_MAX or not name.isprintable():
            raise InputError(f"a name has 1 to {PERSON_MAX} printable characters", where="person")
        values: dict[str, Any] = {"role": role.value, "queues": sorted(set(queues))}
        with self.store.tenant(tenant_id) as session:
            ensure_tenant(session, tenant_id)
            statement = insert(LabelMemberRow).values(tenant_id=tenant_id, person=name, **values)
            session.execute(statement.on_conflict_do_update(index_elements=["tenant_id", "person"], set_=values))
        return Member(name, role, frozenset(queues))

    def remove(self, tenant_id: str, person: str) -> None:
        """From now on the person labels no more; what they said stays.

        Raises:
            NotFound: if they are no member.
        """
        with self.store.tenant(tenant_id) as session:
            gone = session.execute(
                delete(LabelMemberRow).where(LabelMemberRow.person == person).returning(LabelMemberRow.person)
            ).first()
        if gone is None:
            raise NotFound("no such member", where=f"person {person!r}")


def _member(row: LabelMemberRow) -> Member:
    return Member(row.person, Role(row.role), frozenset(str(queue) for queue in row.queues))
