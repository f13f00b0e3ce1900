"""Workspace configuration and API keys."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, StringConstraints

from api.deps import AdminCaller, ReadCaller, ServicesDep
from api.problems import PROBLEMS
from core.workspace import Workspace
from labeling.members import PERSON_MAX
from pipelines.keys.service import Scope

router = APIRouter(responses=PROBLEMS)


class WorkspaceOut(BaseModel):
    """The configuration in force."""

    version: int
    workspace: Workspace


class KeyIn(BaseModel):
    """A key to make."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
    scopes: list[Scope] = Field(default=[Scope.READ], min_length=1, max_length=len(Scope))
    person: Annotated[str, StringConstraints(strip_whitespace=True, max_length=PERSON_MAX)] | None = Field(
        None, description="Whose key it is; needed for the scope `label`."
    )


class KeyCreated(BaseModel):
    """The only time that a key is shown."""

    key: str


@router.get("/workspace", tags=["workspace"])
def get_workspace(services: ServicesDep, caller: ReadCaller) -> WorkspaceOut:
    """Our names, rivals and suites as they are configured."""
    version, workspace = services.workspace.current(caller.tenant_id)
    return WorkspaceOut(version=version, workspace=workspace)


@router.put("/workspace", tags=["workspace"])
def put_workspace(body: Workspace, services: ServicesDep, caller: AdminCaller) -> WorkspaceOut:
    """Replace the configuration; documents that come from now on are read with it."""
    version = services.workspace.replace(caller.tenant_id, body)
    return WorkspaceOut(version=version, workspace=body)


@router.get("/keys", tags=["keys"])
def list_keys(services: ServicesDep, caller: AdminCaller) -> dict[str, list[dict[str, Any]]]:
    """All keys of the tenant, without their secrets."""
    return {"items": services.keys.list(caller.tenant_id)}


@router.post("/keys", status_code=201, tags=["keys"])
def create_key(body: KeyIn, services: ServicesDep, caller: AdminCaller) -> KeyCreated:
    """Make a key. It is shown once."""
    return KeyCreated(key=services.keys.create(caller.tenant_id, body.name, body.scopes, body.person))


@router.delete("/keys/{key_id}", status_code=204, tags=["keys"])
def revoke_key(key_id: str, services: ServicesDep, caller: AdminCaller) -> Response:
    """From now on the key is refused."""
    services.keys.revoke(caller.tenant_id, key_id)
    return Response(status_code=204)
