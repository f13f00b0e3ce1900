"""How many tasks a queue handed to a person, and from where on the next is looked for; and the secret behind gold."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.stored import ensure_tenant
from core.tables_labeling import LabelSecretRow, LabelTurnsRow

_SECRET_BYTES = 32

_COUNT = text(
    """
    insert into label_turns (tenant_id, queue, person, own, drawn) values (:tenant, :queue, :person, :own, :drawn)
    on conflict (tenant_id, queue, person) do update
       set own = label_turns.own + excluded.own, drawn = label_turns.drawn + excluded.drawn
    """
)
_BEGIN = text(
    """
    insert into label_turns (tenant_id, queue, person, from_priority, from_task)
    values (:tenant, :queue, :person, :priority, :task)
    on conflict (tenant_id, queue, person) do update set from_priority = excluded.from_priority,
                                                         from_task = excluded.from_task
    """
)


@dataclass(frozen=True, slots=True)
class Turns:
    """Tasks that a queue handed to a person: of its own, gold ones among them, and drawn from the random sample."""

    own: int = 0
    drawn: int = 0

    @property
    def given(self) -> int:
        """All of them."""
        return self.own + self.drawn


def turns_of(session: Session, queue: str, person: str) -> Turns:
    """What a person got through a queue so far."""
    query = select(LabelTurnsRow.own, LabelTurnsRow.drawn).where(
        LabelTurnsRow.queue == queue, LabelTurnsRow.person == person
    )
    row = session.execute(query).first()
    return Turns(*row) if row else Turns()


def count_turn(session: Session, tenant_id: str, queue: str, person: str, *, drawn: bool) -> None:
    """One more."""
    values = {"tenant": tenant_id, "queue": queue, "person": person}
    session.execute(_COUNT, values | {"own": int(not drawn), "drawn": int(drawn)})


def begin_at(session: Session, tenant_id: str, queue: str, person: str, place: tuple[float, int]) -> None:
    """Before this place, by priority and number, the person can get none."""
    priority, task = place
    values = {"tenant": tenant_id, "queue": queue, "person": person}
    session.execute(_BEGIN, values | {"priority": priority, "task": task})


def secret_of(session: Session, tenant_id: str) -> str:
    """The tenant's secret, made when first asked for."""
    found = session.scalar(select(LabelSecretRow.secret))
    if found is None:
        ensure_tenant(session, tenant_id)
        fresh = insert(LabelSecretRow).values(tenant_id=tenant_id, secret=secrets.token_hex(_SECRET_BYTES))
        session.execute(fresh.on_conflict_do_nothing())
        found = session.scalar(select(LabelSecretRow.secret))
    return str(found)
