"""Tenants are kept apart by PostgreSQL itself; migrations go up and down."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from core.db import downgrade, open_store, owner_database_url, upgrade
from core.errors import DataDirectoryError, StoreUnavailable
from core.settings import Settings
from core.tables import APP_ROLE, TENANT_TABLES
from pipelines.ingest.repository import ensure_tenant


def test_every_table_has_forced_row_level_security_and_an_owner_that_is_not_the_app(store):
    with store.nobody() as session:
        rows = session.execute(
            text(
                "select relname, relrowsecurity, relforcerowsecurity, pg_get_userbyid(relowner) from pg_class "
                "where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> 'alembic_version'"
            )
        ).all()
    assert sorted(row[0] for row in rows) == sorted(TENANT_TABLES)
    assert all(row[1] and row[2] and row[3] != APP_ROLE for row in rows)


def test_the_app_role_without_a_tenant_sees_no_row(store, services, tenant):
    with store.tenant(tenant) as session:
        ensure_tenant(session, tenant)
        assert session.scalar(text("select current_user")) == APP_ROLE
        assert session.scalar(text("select count(*) from tenants")) == 1
    with store.nobody() as session:
        assert session.scalar(text("select current_user")) == APP_ROLE
        assert [session.scalar(text(f"select count(*) from {table}")) for table in TENANT_TABLES] == [0] * len(
            TENANT_TABLES
        )


def test_a_tenant_can_neither_see_nor_write_anothers_rows(store, tenant):
    with store.tenant(tenant) as session:
        ensure_tenant(session, tenant)
    with store.tenant("t-other") as session:
        assert session.scalar(text("select count(*) from tenants where tenant_id = :id"), {"id": tenant}) == 0
    with pytest.raises(ProgrammingError, match="row-level security"), store.tenant("t-other") as session:
        ensure_tenant(session, tenant)


def test_a_tenant_does_not_leak_into_the_next_transaction(store, tenant):
    with store.tenant(tenant) as session:
        ensure_tenant(session, tenant)
    with store.nobody() as session:
        assert session.scalar(text("select coalesce(current_setting('foreshock.tenant', true), '')")) == ""


def test_migrations_go_down_and_up_again(settings, store):
    owner = owner_database_url(settings)
    admin = owner.replace("+psycopg", "")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("create database migrations_test")
    url = owner.replace("/postgres?", "/migrations_test?")
    assert url != owner
    upgrade(url)
    downgrade(url, "base")
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        left = connection.execute(
            "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
        ).fetchall()
    assert left == [("alembic_version",)]
    upgrade(url)


def test_models_and_migrations_agree(settings, store):
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy import create_engine

    from core.tables import Base

    engine = create_engine(owner_database_url(settings))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_a_database_that_is_down_is_said_with_a_remedy(tmp_path):
    gone = Settings(database_url="postgresql://nobody@127.0.0.1:1/none", data_dir=tmp_path)
    with pytest.raises(StoreUnavailable, match="FORESHOCK_DATABASE_URL"):
        open_store(gone)


def test_a_data_directory_that_is_a_file_is_said_with_a_remedy(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(DataDirectoryError, match="FORESHOCK_DATA_DIR"):
        open_store(Settings(data_dir=blocked / "below", database_url=None))
