"""Posted forms, for endpoints that are no coroutines."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request


async def _fields(request: Request) -> dict[str, str]:
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


Form = Annotated[dict[str, str], Depends(_fields)]
"""The text fields of the posted form; of one that is there twice, the last."""
