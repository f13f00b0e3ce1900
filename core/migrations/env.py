"""Alembic's entry: runs migrations online, against the URL that ``core.db`` hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, pool

from core.tables import Base


def run() -> None:
    """Migrate within one transaction; PostgreSQL rolls back a failed migration whole."""
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata, compare_server_default=False)
        with context.begin_transaction():
            context.run_migrations()


run()
