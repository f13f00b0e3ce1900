"""Which version serves, and what it took: versions, the gate, promotion, rollback, and what was in production when."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from core.clock import Clock, system_clock
from core.db import Store
from core.errors import Conflict, Forbidden, InputError, NotFound
from core.repository import Page
from core.stored import ensure_tenant
from core.tables_learning import ModelComparisonRow, ModelEventRow, ModelVersionRow, SnapshotRow
from labeling.members import Member, Role
from pipelines.learn import jobs, repository
from pipelines.learn.comparison import comparison_json
from pipelines.learn.jobs import JobKind, JobService
from pipelines.learn.preview import DOCUMENTS, DOCUMENTS_MAX
from pipelines.learn.repository import CHALLENGER, CHAMPION
from pipelines.workspace.service import WorkspaceService

REASON_MIN, REASON_MAX = 10, 1_000
EPOCHS_MAX = 20


@dataclass(frozen=True, slots=True)
class Override:
    """A named person promotes what the gate refuses, and says why."""

    reason: str


@dataclass(frozen=True, slots=True)
class _Turn:
    """A change of what is in production: ``version`` is empty for the shipped reader, ``serves`` names it too."""

    action: str
    version: str | None
    serves: str
    before: str
    reason: str | None
    comparison: ModelComparisonRow | None = None
    overridden: bool = False


@dataclass(frozen=True, slots=True)
class ModelService:
    """The versions of a tenant. Whoever changes something is an admin of labeling."""

    store: Store
    workspace: WorkspaceService
    jobs: JobService
    clock: Clock = system_clock

    def overview(self, tenant_id: str) -> dict[str, Any]:
        """What serves, and all versions, the newest first; the shipped reader is the last."""
        serving = self.workspace.reader(tenant_id).model_version
        shipped = self.workspace.shipped(tenant_id)
        with self.store.tenant(tenant_id) as session:
            champion = repository.champion(session)
            challenger = repository.newest_event(session, CHALLENGER)
            rows = repository.versions(session)
            accounts = repository.accounts_by_version(session)
            compared = {row.version: repository.newest_comparison(session, row.version, serving) for row in rows}
            numbers = _snapshot_numbers(session)
        versions = [self._version(row, compared[row.version], numbers, accounts) for row in rows]
        versions.append(
            {
                "version": shipped.model_version,
                "kind": "shipped",
                "accounts": accounts.get(shipped.model_version, 0),
            }
        )
        return {
            "serving": serving,
            "champion": champion or shipped.model_version,
            "out_of_service": self.workspace.out_of_service(tenant_id, champion),
            "challenger": challenger.version if challenger else None,
            "accounts_by_version": accounts,
            "versions": versions,
        }

    def _version(
        self,
        row: ModelVersionRow,
        comparison: ModelComparisonRow | None,
        numbers: dict[uuid.UUID, int],
        accounts: dict[str, int],
    ) -> dict[str, Any]:
        return {
            "version": row.version,
            "kind": row.kind,
            "base_version": row.base_version,
            "parent": row.parent,
            "snapshot": numbers[row.snapshot_id],
            "digest": row.digest,
            "figures": dict(row.figures),
            "made_by": row.made_by,
            "made_at": row.made_at.isoformat(),
            "accounts": accounts.get(row.version, 0),
            "comparison": comparison_json(comparison, numbers[comparison.snapshot_id]) if comparison else None,
        }

    def one(self, tenant_id: str, version: str) -> dict[str, Any]:
        """One version, with its last comparison with what serves.

        Raises:
            NotFound: if there is none of that name.
        """
        for row in self.overview(tenant_id)["versions"]:
            if row["version"] == version:
                return dict(row)
        raise NotFound("no such model version", where=f"version {version!r}")

    def comparisons(
        self, tenant_id: str, candidate: str | None = None, *, limit: int = 50, cursor: str | None = None
    ) -> Page[dict[str, Any]]:
        """Comparisons, the newest first."""
        with self.store.tenant(tenant_id) as session:
            page = repository.comparisons(session, candidate, limit, cursor)
            numbers = _snapshot_numbers(session)
        return Page(tuple(comparison_json(row, numbers[row.snapshot_id]) for row in page.items), page.next_cursor)

    def history(self, tenant_id: str, *, limit: int = 50, cursor: str | None = None) -> Page[dict[str, Any]]:
        """What was in production when, and who said so, the newest first."""
        with self.store.tenant(tenant_id) as session:
            page = repository.events(session, limit, cursor)
        return Page(tuple(event_json(row) for row in page.items), page.next_cursor)

    def start_training(
        self, tenant_id: str, member: Member, *, snapshot: int | None, full: bool, epochs: int | None = None
    ) -> tuple[JobKind, dict[str, Any]]:
        """The job that trains a candidate.

        Raises:
            Forbidden: if the member is no admin.
            InputError: if the number of epochs can't be.
        """
        member.require(Role.ADMIN)
        if epochs is not None and not (full and 1 <= epochs <= EPOCHS_MAX):
            raise InputError(f"1 to {EPOCHS_MAX}, for full training only", where="epochs")
        arguments = {"snapshot": snapshot} | ({"epochs": epochs} if epochs else {})
        return (JobKind.FULL if full else JobKind.HEADS), arguments

    def start_comparing(
        self, tenant_id: str, member: Member, version: str, *, snapshot: int | None
    ) -> tuple[JobKind, dict[str, Any]]:
        """The job that compares a version with what serves.

        Raises:
            Forbidden: if the member is no admin.
            NotFound: if there is no such version.
        """
        member.require(Role.ADMIN)
        self.one(tenant_id, version)
        return JobKind.COMPARE, {"version": version, "snapshot": snapshot}

    def start_preview(
        self, tenant_id: str, member: Member, version: str, *, documents: int = DOCUMENTS
    ) -> tuple[JobKind, dict[str, Any]]:
        """The job that previews a version.

        Raises:
            Forbidden: if the member is no admin.
            NotFound: if there is no such version.
            InputError: if the number of documents can't be.
        """
        member.require(Role.ADMIN)
        if not 1 <= documents <= DOCUMENTS_MAX:
            raise InputError(f"1 to {DOCUMENTS_MAX}", where="documents")
        self.one(tenant_id, version)
        return JobKind.PREVIEW, {"version": version, "documents": documents}

    def start_rereading(self, tenant_id: str, member: Member) -> tuple[JobKind, dict[str, Any]]:
        """The job that brings all accounts to what serves, as after a change of the workspace or a new release.

        Raises:
            Forbidden: if the member is no admin.
        """
        member.require(Role.ADMIN)
        return JobKind.REREAD, {}

    def promote(self, tenant_id: str, member: Member, version: str, override: Override | None = None) -> dict[str, Any]:
        """Put a version into production, and let past documents be read anew. Returns what happened, with the job.

        Raises:
            Forbidden: if the member is no admin, or a key without a name overrides.
            NotFound: if there is no such version.
            Conflict: if the gate refuses it, naming the reasons; or it serves already.
            ArtefactError: if it can't serve here.
        """
        member.require(Role.ADMIN)
        reason = _checked(member, override) if override else None
        self.workspace.reader_of(tenant_id, version)
        champion, serving = self._serving(tenant_id)
        with self.store.tenant(tenant_id) as session:
            ensure_tenant(session, tenant_id)
            repository.lock_serving(session)
            if repository.champion(session) != champion:
                raise Conflict("another version was promoted at the same moment", remedy="look, and try again")
            if repository.version(session, tenant_id, version) is None:
                raise Conflict("the shipped reader is come back to by a rollback", where=f"version {version}")
            if champion == version:
                raise Conflict("it is in production", where=f"version {version}")
            comparison = repository.newest_comparison(session, version, serving)
            refused = _refusal(version, serving, comparison)
            if refused and override is None:
                raise Conflict(refused, where=f"version {version}", remedy="an admin may override it and say why")
            turn = _Turn("promoted", version, version, serving, reason, comparison, overridden=bool(refused))
            return self._turn(session, tenant_id, member, turn)

    def _serving(self, tenant_id: str) -> tuple[str | None, str]:
        """What the alias stands for, and what serves: not the same where the champion can't."""
        with self.store.tenant(tenant_id) as session:
            champion = repository.champion(session)
        return champion, self.workspace.reader(tenant_id).model_version

    def rollback(self, tenant_id: str, member: Member, reason: str | None = None) -> dict[str, Any]:
        """Put what served before back into production. Again, and what served before that.

        Raises:
            Forbidden: if the member is no admin.
            Conflict: if nothing served before.
        """
        member.require(Role.ADMIN)
        shipped = self.workspace.shipped(tenant_id).model_version
        champion, serving = self._serving(tenant_id)
        with self.store.tenant(tenant_id) as session:
            repository.lock_serving(session)
            stack = _stack(repository.champion_events(session))
            if len(stack) < 2:
                raise Conflict("nothing was in production before", remedy="see `foreshock models history`")
            if stack[-1] != champion:
                raise Conflict("another version was promoted at the same moment", remedy="look, and try again")
            said = (reason or "").strip()[:REASON_MAX] or None
            turn = _Turn("rolled_back", stack[-2], stack[-2] or shipped, serving, said)
            return self._turn(session, tenant_id, member, turn)

    def _turn(self, session: Session, tenant_id: str, member: Member, turn: _Turn) -> dict[str, Any]:
        """Write down that the champion is another from now on, and the job that brings past documents to it."""
        now = self.clock()
        values = {
            "action": turn.action,
            "version": turn.version,
            "serves": turn.serves,
            "before": turn.before,
            "comparison_id": turn.comparison.comparison_id if turn.comparison else None,
            "overridden": turn.overridden,
            "reason": turn.reason,
        }
        whose = {"tenant_id": tenant_id, "alias": CHAMPION, "person": member.person, "at": now}
        repository.add_event(session, values | whose)
        challenger = repository.newest_event(session, CHALLENGER)
        if challenger and challenger.version == turn.version and turn.version is not None:
            self._challenge(session, tenant_id, member, None, turn.version, "it was promoted")
        job_id = jobs.add(session, tenant_id, JobKind.REREAD, {}, member.person)
        said = {key: values[key] for key in ("action", "serves", "before", "overridden", "reason")}
        return said | {"person": member.person, "at": now.isoformat(), "job_id": job_id}

    def challenge(self, tenant_id: str, member: Member, version: str | None) -> dict[str, Any]:
        """Let a version read new documents beside the champion; nothing ends that.

        Raises:
            Forbidden: if the member is no admin.
            NotFound: if there is no such version.
            Conflict: if it serves already.
        """
        member.require(Role.ADMIN)
        if version is not None:
            self.workspace.reader_of(tenant_id, version)
        with self.store.tenant(tenant_id) as session:
            ensure_tenant(session, tenant_id)
            repository.lock_serving(session)
            if version is not None and version == repository.champion(session):
                raise Conflict("it is in production", where=f"version {version}")
            before = repository.newest_event(session, CHALLENGER)
            self._challenge(session, tenant_id, member, version, before.version if before else None, None)
        return {"challenger": version}

    def _challenge(
        self, session: Session, tenant_id: str, member: Member, version: str | None, before: str | None,
        reason: str | None,
    ) -> None:  # fmt: skip
        values = {"tenant_id": tenant_id, "alias": CHALLENGER, "action": "challenged" if version else "withdrawn"}
        repository.add_event(
            session,
            values
            | {"version": version, "serves": None, "before": before, "comparison_id": None, "overridden": False}
            | {"reason": reason, "person": member.person, "at": self.clock()},
        )


def event_json(row: ModelEventRow) -> dict[str, Any]:
    """What happened to an alias, as it goes out."""
    return {
        "event_id": row.event_id,
        "alias": row.alias,
        "action": row.action,
        "version": row.serves if row.alias == CHAMPION else row.version,
        "before": row.before,
        "comparison_id": str(row.comparison_id) if row.comparison_id else None,
        "overridden": row.overridden,
        "reason": row.reason,
        "person": row.person,
        "at": row.at.isoformat(),
    }


def _checked(member: Member, override: Override) -> str:
    """The reason of an override, which a person gives by name."""
    if member.person.startswith("key "):
        raise Forbidden("a person overrides by name", remedy="use a key that is somebody's: `--person NAME`")
    reason = override.reason.strip()
    if not REASON_MIN <= len(reason) <= REASON_MAX:
        raise InputError(f"a reason has {REASON_MIN} to {REASON_MAX} characters", where="reason")
    return reason


def _refusal(version: str, serving: str, comparison: ModelComparisonRow | None) -> str | None:
    """Why the gate refuses a version, in words; nothing where it lets it pass."""
    if comparison is None:
        return f"it was not compared with what serves ({serving}): `foreshock models compare {version}`"
    return None if comparison.promote else str(comparison.result["words"]).rstrip(".")


def _stack(events: list[ModelEventRow]) -> list[str | None]:
    """What served, one above the other; nothing stands for the shipped reader, which lies below all."""
    stack: list[str | None] = [None]
    for event in events:
        if event.action == "promoted":
            stack.append(event.version)
        elif event.action == "rolled_back" and len(stack) > 1:
            stack.pop()
    return stack


def _snapshot_numbers(session: Session) -> dict[uuid.UUID, int]:
    rows = session.query(SnapshotRow.snapshot_id, SnapshotRow.number)
    return {snapshot_id: number for snapshot_id, number in rows}
