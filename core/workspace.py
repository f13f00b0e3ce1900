"""The workspace: what an installation knows about itself. Everything works without it, and better with it.

[vendor]
name = "Kestrelbay"
domains = ["kestrelbay.example"]
product_names = ["Kestrelbay Bookings"]

[[competitors]]
name = "Robin"
aliases = ["Robin Powered"]

[[suites]]
name = "Microsoft 365"
aliases = ["M365"]
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from core.contracts import describe
from core.errors import WorkspaceError
from core.ids import digest_json

NAMES_MAX = 2_000
_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=120)]
_Domain = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^(?i:[a-z0-9.-]+\.[a-z]{2,})$")
]


class _Config(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class VendorConfig(_Config):
    """Us: the company whose customers' words are read."""

    name: str = Field("", max_length=120, examples=["Kestrelbay"])
    domains: tuple[_Domain, ...] = Field((), max_length=50, examples=[["kestrelbay.example"]])
    product_names: tuple[_Name, ...] = Field((), max_length=50, examples=[["Kestrelbay Bookings"]])


class NamedProduct(_Config):
    """A rival or a suite with the other ways people write it."""

    name: _Name
    aliases: tuple[_Name, ...] = Field((), max_length=50)


class Workspace(_Config):
    """The whole configuration of one tenant."""

    vendor: VendorConfig = VendorConfig()
    competitors: tuple[NamedProduct, ...] = Field((), max_length=NAMES_MAX)
    suites: tuple[NamedProduct, ...] = Field((), max_length=NAMES_MAX)

    @model_validator(mode="after")
    def _names_are_unambiguous(self) -> Workspace:
        owners: dict[str, str] = {}
        for product in (*self.competitors, *self.suites):
            for spelling in {product.name.lower(), *(alias.lower() for alias in product.aliases)}:
                if spelling in owners and owners[spelling] != product.name:
                    raise ValueError(f"{spelling!r} stands for both {owners[spelling]!r} and {product.name!r}")
                owners[spelling] = product.name
        return self

    @property
    def digest(self) -> str:
        """Changes when anything that can change a reading changes."""
        return digest_json(self.model_dump(mode="json"))[:12]


def parse_workspace(data: Any, *, where: str | None = None) -> Workspace:
    """A workspace from decoded TOML or JSON.

    Raises:
        WorkspaceError: naming every field that is wrong.
    """
    try:
        return Workspace.model_validate(data)
    except ValidationError as error:
        raise WorkspaceError(describe(error), where=where, remedy="see docs/workspace.md") from None


def load_workspace(path: Path) -> Workspace:
    """Read ``workspace.toml``.

    Raises:
        WorkspaceError: if the file can't be read or is not valid.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WorkspaceError(f"can't be read: {error.strerror}", where=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WorkspaceError(f"not valid TOML: {error}", where=str(path)) from None
    return parse_workspace(data, where=str(path))
