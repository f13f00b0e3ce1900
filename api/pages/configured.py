"""Configurations as text in a form: written as TOML, read as TOML or JSON, with words where it is neither."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from typing import Any

import tomli_w

from core.errors import InputError

TEXT_MAX = 200_000


def as_text(config: Mapping[str, Any]) -> str:
    """A configuration as TOML; ``{}`` of it is the empty text."""
    return tomli_w.dumps(config, indent=2)


def parsed(text: str) -> Any:
    """What somebody wrote.

    Raises:
        InputError: saying where it is neither TOML nor JSON.
    """
    if len(text) > TEXT_MAX:
        raise InputError(f"longer than {TEXT_MAX:,} characters")
    try:
        return json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"not valid JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"not valid TOML: {error}") from None
    except (RecursionError, ValueError):
        raise InputError("nested too deeply, or holds an impossible number") from None


def complaints(error: InputError) -> list[str]:
    """An error of a configuration, a line for each field that is wrong."""
    return error.message.split("; ")
