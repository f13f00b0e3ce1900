"""An HTTP client over the application, with a key of a fresh tenant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from pipelines.keys.service import Scope
from pipelines.services import Services


@pytest.fixture
def key(services: Services, tenant: str) -> str:
    return services.keys.create(tenant, "test", [Scope.ADMIN])


@pytest.fixture
def anonymous(services: Services) -> Iterator[TestClient]:
    with TestClient(create_app(services=services), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def client(anonymous: TestClient, key: str) -> TestClient:
    anonymous.headers["Authorization"] = f"Bearer {key}"
    return anonymous
