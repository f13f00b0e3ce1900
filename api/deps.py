"""What endpoints depend on: the services, and who calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from core.custom_labels import CustomLabel
from core.entities import Kind, Label, RiskLevel, Tier
from core.errors import Forbidden, InputError, Unauthorized
from core.repository import PAGE_DEFAULT, PAGE_MAX
from labeling.members import Member, Role
from pipelines.accounts.repository import AccountFilters, Filters
from pipelines.keys.service import Caller, Scope
from pipelines.services import Services

_bearer = HTTPBearer(auto_error=False, description="An API key: `fsk_…`; `foreshock keys create` makes one.")


def services_of(request: Request) -> Services:
    """The services of this process."""
    found: Services = request.app.state.services
    return found


ServicesDep = Annotated[Services, Depends(services_of)]


def caller_with(scope: Scope) -> Callable[..., Caller]:
    """A dependency that checks the key and that it may do ``scope``."""

    def check(
        services: ServicesDep, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> Caller:
        if credentials is None:
            raise Unauthorized("no API key was sent", remedy="send `Authorization: Bearer fsk_…`")
        caller = services.keys.authenticate(credentials.credentials)
        if not caller.may(scope):
            raise Forbidden(f"this key may not {scope.value}", remedy=f"use a key with the scope {scope.value!r}")
        return caller

    return check


ReadCaller = Annotated[Caller, Depends(caller_with(Scope.READ))]
WriteCaller = Annotated[Caller, Depends(caller_with(Scope.WRITE))]
AdminCaller = Annotated[Caller, Depends(caller_with(Scope.ADMIN))]

Limit = Annotated[int, Query(ge=1, le=PAGE_MAX, description="How many rows a page holds.")]
Cursor = Annotated[str | None, Query(max_length=2_000, description="`next_cursor` of the page before.")]
DEFAULT_LIMIT = PAGE_DEFAULT


LabelQuery = Annotated[Label | CustomLabel | None, Query(description="One of the four, or `custom:` and a signal.")]


def filters(
    account_id: Annotated[str | None, Query(max_length=256)] = None,
    kind: Kind | None = None,
    label: LabelQuery = None,
    since: Annotated[datetime | None, Query(description="Not before this moment or day.")] = None,
    until: Annotated[datetime | None, Query(description="Before this moment or day.")] = None,
    minimum_score: Annotated[float | None, Query(ge=0, le=1)] = None,
) -> Filters:
    """The filters that every list shares. A moment without a zone is taken as UTC."""
    found = Filters(
        account_id=account_id,
        kind=kind.value if kind else None,
        label=str(label) if label else None,
        since=zoned(since),
        until=zoned(until),
        minimum_score=minimum_score,
    )
    if found.since and found.until and found.since >= found.until:
        raise InputError("since must lie before until", where="query")
    return found


FiltersDep = Annotated[Filters, Depends(filters)]


def account_filters(
    level: RiskLevel | None = None,
    tier: Tier | None = None,
    owner: Annotated[str | None, Query(max_length=512)] = None,
    segment: Annotated[str | None, Query(max_length=512)] = None,
    driver: Annotated[
        str | None, Query(max_length=64, description="A part of the score, e.g. `vendor_consolidation`.")
    ] = None,
) -> AccountFilters:
    """What lists of accounts can be narrowed to."""
    return AccountFilters(level.value if level else None, tier, owner or None, segment or None, driver or None)


AccountFiltersDep = Annotated[AccountFilters, Depends(account_filters)]


def zoned(moment: datetime | None) -> datetime | None:
    """A moment with a zone, UTC where none was given."""
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


@dataclass(frozen=True, slots=True)
class Labeler:
    """Somebody who labels: whose workspace, and who they are in it."""

    tenant_id: str
    member: Member


def who_says(caller: Caller) -> str:
    """The name under which a caller's word is kept."""
    return caller.person or f"key {caller.key_id}"


def may_correct(caller: Caller) -> bool:
    """Whether a caller may say what is wrong with a document: who may write, and labelers who may read documents."""
    return caller.may(Scope.WRITE) or (caller.may(Scope.LABEL) and caller.may(Scope.READ))


def _correcting(caller: ReadCaller) -> Caller:
    if not may_correct(caller):
        raise Forbidden("this key may not correct", remedy="use a key with the scope 'write' or 'label'")
    return caller


CorrectingCaller = Annotated[Caller, Depends(_correcting)]


def labeler_of(services: Services, caller: Caller) -> Labeler:
    """The caller as a member. A key that may do everything is an admin of labeling too, under its own name.

    Raises:
        Forbidden: if the key's person is no member.
    """
    person = who_says(caller)
    member = services.labeling.members.find(caller.tenant_id, person)
    if member is None and caller.may(Scope.ADMIN):
        member = Member(person, Role.ADMIN)
    if member is None:
        raise Forbidden(f"{person} labels nothing here", remedy="an admin adds them: PUT /v1/labeling/members/NAME")
    return Labeler(caller.tenant_id, member)


def _labeler(services: ServicesDep, caller: Annotated[Caller, Depends(caller_with(Scope.LABEL))]) -> Labeler:
    return labeler_of(services, caller)


LabelerDep = Annotated[Labeler, Depends(_labeler)]
