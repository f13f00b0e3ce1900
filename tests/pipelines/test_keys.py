"""API keys: shown once, stored as a digest, scoped, revocable."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core.errors import NotFound, Unauthorized
from pipelines.keys.service import Scope


def test_a_key_authenticates_with_its_scopes(services, tenant):
    key = services.keys.create(tenant, "crm", [Scope.READ])
    caller = services.keys.authenticate(key)
    assert caller.tenant_id == tenant
    assert caller.may(Scope.READ)
    assert not caller.may(Scope.WRITE)


def test_the_key_itself_is_not_stored(services, tenant):
    key = services.keys.create(tenant, "crm", [Scope.READ])
    with services.store.tenant(tenant) as session:
        rows = session.execute(text("select api_keys::text from api_keys")).scalars().all()
    assert rows
    assert not any(key in row or key.rpartition("_")[2] in row for row in rows)


@pytest.mark.parametrize("key", ["", "fsk_", "fsk_x_y", "Bearer", "é" * 40, "fsk_" + "a" * 4000])
def test_nonsense_is_no_key(services, key):
    with pytest.raises(Unauthorized):
        services.keys.authenticate(key)


def test_a_revoked_key_is_refused(services, tenant):
    key = services.keys.create(tenant, "crm", [Scope.READ])
    services.keys.revoke(tenant, services.keys.list(tenant)[0]["key_id"])
    with pytest.raises(Unauthorized):
        services.keys.authenticate(key)


def test_a_key_of_another_tenant_can_not_be_revoked(services, tenant):
    services.keys.create(tenant, "crm", [Scope.READ])
    key_id = services.keys.list(tenant)[0]["key_id"]
    with pytest.raises(NotFound):
        services.keys.revoke("t-somebody-else", key_id)
    assert len(services.keys.list(tenant)) == 1
