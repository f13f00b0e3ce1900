"""Posted forms, for endpoints that are no coroutines."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request


async def _fields(request: Request) -> dict[str, str]:
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


async def _lists(request: Request) -> dict[str, list[str]]:
    form = await request.form()
    return {name: [value for value in form.getlist(name) if isinstance(value, str)] for name in form}


Form = Annotated[dict[str, str], Depends(_fields)]
"""The text fields of the posted form; of one that is there twice, the last."""

FormLists = Annotated[dict[str, list[str]], Depends(_lists)]
"""The same, each with all of its values."""
