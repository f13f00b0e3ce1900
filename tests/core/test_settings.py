"""Settings come from the environment, checked."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from core.settings import Settings


def test_defaults_need_no_environment(monkeypatch):
    monkeypatch.delenv("FORESHOCK_DATABASE_URL", raising=False)
    settings = Settings()
    assert settings.database_url is None
    assert settings.worker_in_process


def test_the_environment_is_read_with_its_prefix(monkeypatch):
    monkeypatch.setenv("FORESHOCK_PORT", "9100")
    assert Settings().port == 9100


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "many"), ("PORT", "70000"), ("LOG_LEVEL", "loud"), ("MAX_ATTEMPTS", "0"), ("TENANT", "")],
)
def test_a_bad_value_is_refused_by_name(monkeypatch, name, value):
    monkeypatch.setenv(f"FORESHOCK_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_settings_are_frozen():
    with pytest.raises(ValidationError):
        Settings().port = 1
