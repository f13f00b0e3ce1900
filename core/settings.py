"""All settings, in one typed class. Each is read from the environment as ``FORESHOCK_<NAME>``.

``docs/settings.md`` lists them; a test holds that page and this class together.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.entities import OperatingPoint, ReaderName

_HOME = Path.home() / ".local" / "share" / "foreshock"


class Settings(BaseSettings):
    """What an operator may set. Every field carries its own description."""

    model_config = SettingsConfigDict(env_prefix="FORESHOCK_", env_file=None, frozen=True, extra="ignore")

    database_url: SecretStr | None = Field(
        None, description="PostgreSQL 15 or newer with pgvector 0.8.4 or newer; unset: an embedded server."
    )
    owner_database_url: SecretStr | None = Field(
        None, description="The owner's URL, for migrations only; unset: FORESHOCK_DATABASE_URL is used for both."
    )
    data_dir: Path = Field(_HOME, description="Where the embedded PostgreSQL and local keys live.")
    tenant: str = Field(
        "default", pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", description="The tenant that CLI commands work on."
    )
    workspace_file: Path | None = Field(None, description="A workspace.toml to read instead of the stored one.")
    reader: ReaderName = Field(
        ReaderName.ACCURATE,
        description="Which shipped reader: `accurate`, or `fast`, which is several times as quick and misses more.",
    )
    model_dir: Path | None = Field(None, description="A reader artefact to use instead of a shipped one.")
    operating_point: OperatingPoint = Field(
        OperatingPoint.BALANCED,
        description="How sure the reader must be: `high_precision`, `balanced` or `high_recall`.",
    )
    threads: Annotated[int, Field(ge=0, le=256)] = Field(
        0, description="Threads of one reader; 0: as many as there are cores."
    )
    max_document_bytes: Annotated[int, Field(ge=1_000)] = Field(
        10_000_000, description="A document larger than this (UTF-8 bytes of its text) is refused."
    )
    max_body_bytes: Annotated[int, Field(ge=1_000)] = Field(
        50_000_000, description="An HTTP body larger than this is refused before it is read."
    )
    host: str = Field("127.0.0.1", description="Address that `foreshock serve` listens on.")
    port: Annotated[int, Field(ge=0, le=65_535)] = Field(8000, description="Port that `foreshock serve` listens on.")
    worker_in_process: bool = Field(
        True, description="Whether `foreshock serve` drains the job table itself; off with Celery workers."
    )
    broker_url: SecretStr | None = Field(
        None, description="Redis or RabbitMQ for Celery; unset: jobs are drained in-process."
    )
    lease_seconds: Annotated[int, Field(ge=1, le=3_600)] = Field(
        120, description="How long a worker may hold a job before another may take it."
    )
    max_attempts: Annotated[int, Field(ge=1, le=100)] = Field(
        5, description="After so many failed attempts a job is set aside as dead."
    )
    job_batch: Annotated[int, Field(ge=1, le=1_000)] = Field(
        32, description="How many documents a worker reads in one go."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe message that is logged. Document text is never logged."
    )


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
