"""The store: engine, migrations and the only way to a session.

``Store.tenant("acme")`` opens a transaction in which PostgreSQL shows that tenant's rows and no others. A session
without a tenant sees nothing: the policies compare with a setting that is then empty.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from core.embedded import start_embedded
from core.errors import StoreUnavailable
from core.settings import Settings
from core.tables import APP_ROLE, TENANT_SETTING

logger = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"
_REMEDY = "check FORESHOCK_DATABASE_URL and that the server runs; `foreshock doctor` tells more"


@dataclass(frozen=True, slots=True)
class Store:
    """A migrated database, reached as the application role."""

    engine: Engine

    @contextmanager
    def tenant(self, tenant_id: str) -> Iterator[Session]:
        """One transaction as ``tenant_id``: committed at the end, rolled back on any error.

        Raises:
            StoreUnavailable: if the database does not answer.
        """
        with self._session() as session:
            session.execute(
                text("select set_config(:key, :tenant, true)"), {"key": TENANT_SETTING, "tenant": tenant_id}
            )
            yield session

    @contextmanager
    def nobody(self) -> Iterator[Session]:
        """One transaction without a tenant: sees no row; for functions that look across tenants on purpose."""
        with self._session() as session:
            yield session

    @contextmanager
    def _session(self) -> Iterator[Session]:
        try:
            with Session(self.engine, expire_on_commit=False) as session, session.begin():
                yield session
        except DBAPIError as error:
            # A connection that breaks in the middle of an answer is not always told by its class.
            if isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated:
                raise unavailable(error) from error
            raise
        except PoolTimeout as error:
            raise StoreUnavailable("all connections are in use", remedy="try again") from error

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def open_store(settings: Settings, *, migrate: bool | None = None) -> Store:
    """Connect as the application role; the embedded database is migrated on the way, a real one only if asked.

    Raises:
        StoreUnavailable: if the database does not answer or is not at the newest migration.
        DataDirectoryError: if the embedded database can't start.
    """
    embedded = settings.database_url is None
    owner_url = owner_database_url(settings)
    if migrate if migrate is not None else embedded:
        upgrade(owner_url)
    app_url = settings.database_url.get_secret_value() if settings.database_url else owner_url
    store = Store(_app_engine(_with_driver(app_url)))
    _require_newest(store)
    return store


def owner_database_url(settings: Settings) -> str:
    """The URL that migrations use; starts the embedded server if there is no other."""
    if settings.owner_database_url:
        return _with_driver(settings.owner_database_url.get_secret_value())
    if settings.database_url:
        return _with_driver(settings.database_url.get_secret_value())
    return start_embedded(settings.data_dir)


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the schema up to ``revision``."""
    try:
        command.upgrade(alembic_config(url), revision)
    except (OperationalError, InterfaceError) as error:
        raise unavailable(error) from error


def downgrade(url: str, revision: str) -> None:
    """Take the schema down to ``revision`` (``base`` for nothing)."""
    command.downgrade(alembic_config(url), revision)


def alembic_config(url: str) -> Config:
    """Alembic's configuration, without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


def unavailable(error: DBAPIError) -> StoreUnavailable:
    """The database's failure in our words; its own message stays out, it can hold parameters."""
    reason = type(error.orig).__name__ if error.orig else type(error).__name__
    return StoreUnavailable(f"the database does not answer ({reason})", remedy=_REMEDY)


def _with_driver(url: str) -> str:
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _app_engine(url: str) -> Engine:
    engine = create_engine(url, pool_pre_ping=True, pool_size=8, max_overflow=8, connect_args={"connect_timeout": 10})

    @event.listens_for(engine, "connect")
    def _become_app_role(connection: Any, _record: Any) -> None:
        # One URL may serve owner and application; the application's statements always run as its own role.
        with connection.cursor() as cursor:
            cursor.execute("select pg_has_role(current_user, %s, 'member') from pg_roles where rolname = %s",
                           (APP_ROLE, APP_ROLE))  # fmt: skip
            member = cursor.fetchone()
            if member and member[0]:
                cursor.execute(f"set role {APP_ROLE}")
        connection.commit()

    return engine


def _require_newest(store: Store) -> None:
    newest = ScriptDirectory.from_config(alembic_config("")).get_current_head()
    try:
        with store.engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    except (OperationalError, InterfaceError) as error:
        raise unavailable(error) from error
    if current != newest:
        raise StoreUnavailable(
            f"the database is at migration {current or 'none'}, this release needs {newest}",
            remedy="run `foreshock migrate`",
        )
