"""Fixtures for all tests: one embedded PostgreSQL a session, a tenant of its own for each test, no network."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from core.db import Store, open_store
from core.entities import ReaderName
from core.settings import Settings
from nlp.artefact import READERS
from nlp.extract import SignalReader
from pipelines.services import Services, open_services


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with a data directory of this session's."""
    return Settings(
        data_dir=tmp_path_factory.mktemp("data"), database_url=None, lease_seconds=60, reader=ReaderName.FAST
    )


@pytest.fixture(scope="session")
def store(settings: Settings) -> Iterator[Store]:
    """The migrated store."""
    opened = open_store(settings)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def reader() -> SignalReader:
    """The fast reader: what tests need of a reader does not depend on its size."""
    return SignalReader.load(READERS[ReaderName.FAST])


@pytest.fixture
def tenant() -> str:
    """A tenant that nobody else uses."""
    return f"t-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def services(settings: Settings, store: Store, reader: SignalReader, tenant: str) -> Services:
    """Services of a fresh tenant, over the shared store and the loaded reader."""
    built = open_services(settings.model_copy(update={"tenant": tenant}), store=store)
    built.workspace._base = reader
    return built


@pytest.fixture
def shared_data() -> Path:
    """Small files for tests."""
    return Path(__file__).parent / "data"
