"""Settings of a workspace: names, policy, risk parameters, keys and members. Only for a key that may do everything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.deps import ServicesDep
from api.pages.configured import as_text, complaints, parsed
from api.pages.forms import Form, FormLists
from api.pages.sessions import Visitor, nothing, page, please_sign_in
from core.errors import ForeshockError, InputError
from core.workspace import parse_workspace
from labeling.members import ALL_QUEUES, Role
from pipelines.keys.service import Caller, Scope
from pipelines.playbook.policy import parse_policy
from pipelines.playbook.service import Configured
from pipelines.services import Services

router = APIRouter(prefix="/settings", include_in_schema=False, default_response_class=HTMLResponse)

NAME_MAX = 120
SAID = {"saved": "Saved: it is in force.", "reset": "What ships with the product is in force again.",
        "revoked": "Revoked: the key is refused from now on.", "removed": "Removed. What they said stays."}  # fmt: skip
Said = Annotated[str, Query(max_length=20)]


@dataclass(frozen=True, slots=True)
class Text:
    """One version of a configuration, as a page shows it."""

    number: int
    config: dict[str, Any]
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class Part:
    """A configuration that is edited as text: how it is called, read, written and put back."""

    title: str
    about: str
    current: Callable[[Services, str], Text]
    versions: Callable[[Services, str], list[Text]]
    replace: Callable[[Services, str, Any], object]
    reset: Callable[[Services, str], object] | None = None


def _workspace_now(services: Services, tenant: str) -> Text:
    number, workspace = services.workspace.current(tenant)
    return Text(number, workspace.model_dump(mode="json"), None)


def _playbook(name: Configured, title: str, about: str) -> Part:
    def current(services: Services, tenant: str) -> Text:
        found = services.playbook.current(tenant, name)
        return Text(found.number, found.config, found.created_at)

    def versions(services: Services, tenant: str) -> list[Text]:
        return [Text(row.number, row.config, row.created_at) for row in services.playbook.versions(tenant, name)]

    return Part(
        title,
        about,
        current,
        versions,
        lambda services, tenant, data: services.playbook.replace(tenant, name, data),
        lambda services, tenant: services.playbook.reset(tenant, name),
    )


PARTS = {
    "workspace": Part(
        "Workspace",
        "Who you are, your rivals, and the suites that swallow tools like yours. Documents that come from now on are "
        "read with it; those read before keep their signals until they are read again.",
        _workspace_now,
        lambda services, tenant: [Text(*row) for row in services.workspace.versions(tenant)],
        lambda services, tenant, data: services.workspace.replace(tenant, parse_workspace(data)),
    ),
    "policy": _playbook(
        Configured.POLICY,
        "Policy",
        "Who is a best customer, what each trigger asks of whom by when, and how alerts behave.",
    ),
    "risk": _playbook(
        Configured.RISK, "Risk parameters", "What each kind of evidence weighs, how it fades, and where the levels lie."
    ),
}


def _admin(request: Request, visitor: Visitor) -> Caller | Response:
    """Who looks, if they may do everything; else what they see instead."""
    if visitor is None:
        return please_sign_in(request)
    return visitor if visitor.may(Scope.ADMIN) else page(request, "settings_refused.html", {}, 403)


Admin = Annotated[Caller | Response, Depends(_admin)]


@router.get("")
def overview(request: Request, services: ServicesDep, admin: Admin) -> Response:
    """What is set, in words."""
    if isinstance(admin, Response):
        return admin
    tenant = admin.tenant_id
    version, workspace = services.workspace.current(tenant)
    context = {
        "tenant": tenant,
        "workspace": workspace,
        "workspace_version": version,
        "policy": services.playbook.policy_of(tenant),
        "policy_version": services.playbook.current(tenant, Configured.POLICY).number,
        "levels": services.playbook.parameters_of(tenant).levels,
        "risk_version": services.playbook.current(tenant, Configured.RISK).number,
        "reader": services.settings.reader.value,
        "point": services.settings.operating_point.value,
        "counts": services.accounts.counts(tenant),
        "parts": PARTS,
    }
    return page(request, "settings.html", context)


@router.get("/keys")
def keys(request: Request, services: ServicesDep, admin: Admin, said: Said = "") -> Response:
    """All keys, without their secrets."""
    return admin if isinstance(admin, Response) else _keys(request, services, admin, said=SAID.get(said, ""))


def _keys(
    request: Request, services: Services, admin: Caller, *, said: str = "", problem: str = "", made: str = ""
) -> Response:
    context = {
        "keys": services.keys.list(admin.tenant_id),
        "mine": admin.key_id,
        "scopes": [scope.value for scope in Scope],
        "said": said,
        "problem": problem,
        "made": made,
        "name_max": NAME_MAX,
        "parts": PARTS,
    }
    return page(request, "settings_keys.html", context, 422 if problem else 200)


@router.post("/keys")
def make_key(request: Request, services: ServicesDep, admin: Admin, form: FormLists) -> Response:
    """Make a key and show it, this once."""
    if isinstance(admin, Response):
        return admin
    name, person = ((form.get(field) or [""])[0].strip() for field in ("name", "person"))
    try:
        if not 0 < len(name) <= NAME_MAX:
            raise InputError(f"a name has 1 to {NAME_MAX} characters")
        scopes = [Scope(value) for value in form.get("scope", ()) if value in set(Scope)]
        if not scopes:
            raise InputError("choose what the key may do")
        made = services.keys.create(admin.tenant_id, name, scopes, person[:NAME_MAX] or None)
    except ForeshockError as error:
        return _keys(request, services, admin, problem=error.message)
    return _keys(request, services, admin, made=made)


@router.post("/keys/{key_id}/revoke")
def revoke_key(key_id: str, request: Request, services: ServicesDep, admin: Admin) -> Response:
    """From now on the key is refused; not the one that asks for it, which would lock its holder out."""
    if isinstance(admin, Response):
        return admin
    try:
        if key_id == admin.key_id:
            raise InputError("you are signed in with this key; revoke it with another one")
        services.keys.revoke(admin.tenant_id, key_id)
    except ForeshockError as error:
        return _keys(request, services, admin, problem=error.message)
    return RedirectResponse("/settings/keys?said=revoked", status_code=303)


@router.get("/members")
def members(request: Request, services: ServicesDep, admin: Admin, said: Said = "") -> Response:
    """Who labels, in which role."""
    return admin if isinstance(admin, Response) else _members(request, services, admin, said=SAID.get(said, ""))


def _members(request: Request, services: Services, admin: Caller, *, said: str = "", problem: str = "") -> Response:
    found = sorted(services.labeling.members.list(admin.tenant_id), key=lambda member: member.person)
    context = {
        "members": found,
        "roles": [role.value for role in Role],
        "all_queues": ALL_QUEUES,
        "said": said,
        "problem": problem,
        "name_max": NAME_MAX,
        "parts": PARTS,
    }
    return page(request, "settings_members.html", context, 422 if problem else 200)


@router.post("/members")
def put_member(request: Request, services: ServicesDep, admin: Admin, form: Form) -> Response:
    """Make a person a member, change what they are, or remove them."""
    if isinstance(admin, Response):
        return admin
    person = form.get("person", "")
    try:
        if form.get("do") == "remove":
            services.labeling.members.remove(admin.tenant_id, person)
            return RedirectResponse("/settings/members?said=removed", status_code=303)
        if form.get("role") not in set(Role):
            raise InputError("that is no role")
        queues = [queue for queue in form.get("queues", "").replace(",", " ").split() if queue]
        services.labeling.members.put(admin.tenant_id, person, Role(form["role"]), queues)
    except ForeshockError as error:
        return _members(request, services, admin, problem=error.message)
    return RedirectResponse("/settings/members?said=saved", status_code=303)


@router.get("/{name}")
def part(
    name: str,
    request: Request,
    services: ServicesDep,
    admin: Admin,
    version: Annotated[int | None, Query(ge=1)] = None,
    said: Said = "",
) -> Response:
    """A configuration as text: the one in force, or an earlier version of it."""
    if isinstance(admin, Response):
        return admin
    if name not in PARTS:
        return nothing(request, "No such settings")
    return _part(request, services, admin, name, version=version, said=SAID.get(said, ""))


def _part(
    request: Request,
    services: Services,
    admin: Caller,
    name: str,
    *,
    version: int | None = None,
    said: str = "",
    text: str | None = None,
    problems: list[str] | None = None,
) -> Response:
    chosen = PARTS[name]
    current, versions = chosen.current(services, admin.tenant_id), chosen.versions(services, admin.tenant_id)
    shown = next((row for row in versions if row.number == version), current)
    context = {
        "name": name,
        "part": chosen,
        "parts": PARTS,
        "current": current,
        "shown": shown,
        "versions": versions,
        "text": as_text(shown.config) if text is None else text,
        "policy": parse_policy(shown.config) if name == "policy" else None,
        "fixed": name == "workspace" and services.settings.workspace_file is not None,
        "said": said,
        "problems": problems or [],
    }
    return page(request, "settings_part.html", context, 422 if problems else 200)


@router.post("/{name}")
def replace(name: str, request: Request, services: ServicesDep, admin: Admin, form: Form) -> Response:
    """Put what was written in force, after it was checked; or what ships with the product."""
    if isinstance(admin, Response):
        return admin
    if name not in PARTS:
        return nothing(request, "No such settings")
    chosen, text = PARTS[name], form.get("text", "")
    if form.get("do") == "reset" and chosen.reset:
        chosen.reset(services, admin.tenant_id)
        return RedirectResponse(f"/settings/{name}?said=reset", status_code=303)
    try:
        chosen.replace(services, admin.tenant_id, parsed(text))
    except InputError as error:
        return _part(request, services, admin, name, text=text, problems=complaints(error))
    return RedirectResponse(f"/settings/{name}?said=saved", status_code=303)
