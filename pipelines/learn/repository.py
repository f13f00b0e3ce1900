"""The SQL behind model versions, what they were compared on, and what the aliases stand for."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, text, tuple_
from sqlalchemy.orm import Session

from core.ids import digest
from core.repository import Page, decode_cursor, encode_cursor
from core.tables import DocumentRow, ReadingRow
from core.tables_learning import ModelComparisonRow, ModelEventRow, ModelFileRow, ModelVersionRow

CHAMPION = "champion"
CHALLENGER = "challenger"
INSTALLED = "installed"
_LOCK = 7_307
_OF_TENANT = f"{_LOCK}, hashtext(current_setting('foreshock.tenant'))"


def lock_serving(session: Session) -> None:
    """Nobody writes results, and nobody else promotes, until the transaction ends."""
    session.execute(text(f"select pg_advisory_xact_lock({_OF_TENANT})"))


def share_serving(session: Session) -> None:
    """Nobody promotes until the transaction ends; others may write results as well."""
    session.execute(text(f"select pg_advisory_xact_lock_shared({_OF_TENANT})"))


def newest_event(session: Session, alias: str) -> ModelEventRow | None:
    """What an alias stands for now."""
    return session.scalars(
        select(ModelEventRow).where(ModelEventRow.alias == alias).order_by(ModelEventRow.event_id.desc()).limit(1)
    ).first()


def champion(session: Session) -> str | None:
    """The version in production, nothing where that is the shipped reader."""
    found = newest_event(session, CHAMPION)
    return found.version if found else None


def champion_events(session: Session) -> list[ModelEventRow]:
    """All that ever happened to the champion, in order."""
    return list(
        session.scalars(select(ModelEventRow).where(ModelEventRow.alias == CHAMPION).order_by(ModelEventRow.event_id))
    )


def events(session: Session, limit: int, cursor: str | None) -> Page[ModelEventRow]:
    """What happened to the aliases, the newest first."""
    query = select(ModelEventRow)
    if cursor:
        (after,) = decode_cursor("model_events", cursor, (int,))
        query = query.where(ModelEventRow.event_id < after)
    rows = list(session.scalars(query.order_by(ModelEventRow.event_id.desc()).limit(limit + 1)))
    more = encode_cursor("model_events", rows[limit - 1].event_id) if len(rows) > limit else None
    return Page(tuple(rows[:limit]), more)


def add_event(session: Session, values: Mapping[str, Any]) -> None:
    """Write down what an alias stands for from now on."""
    session.execute(insert(ModelEventRow).values(**values))


def note_serving(session: Session, tenant_id: str, serves: str, at: datetime) -> None:
    """Write down what is seen to serve where nobody promoted it: a first release, or another one that was installed."""
    last = newest_event(session, CHAMPION)
    if last is None or last.serves != serves:
        add_event(
            session,
            {
                "tenant_id": tenant_id,
                "alias": CHAMPION,
                "action": INSTALLED,
                "version": last.version if last else None,
                "serves": serves,
                "before": last.serves if last else None,
                "comparison_id": None,
                "overridden": False,
                "reason": f"{last.version} can't serve on this release" if last and last.version else None,
                "person": "installation",
                "at": at,
            },
        )


def version(session: Session, tenant_id: str, name: str) -> ModelVersionRow | None:
    """A version by its name."""
    return session.get(ModelVersionRow, (tenant_id, name))


def versions(session: Session) -> list[ModelVersionRow]:
    """All versions, the newest first."""
    return list(session.scalars(select(ModelVersionRow).order_by(ModelVersionRow.number.desc())))


def next_number(session: Session) -> int:
    """The number of the version that is made now."""
    return 1 + (session.scalar(select(func.coalesce(func.max(ModelVersionRow.number), 0))) or 0)


def files_digest(files: Mapping[str, bytes]) -> str:
    """The hash of all files of a version together."""
    return digest("\n".join(f"{name} {digest(content)}" for name, content in sorted(files.items())))


def add_version(session: Session, values: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    """Write a version with its files."""
    session.execute(insert(ModelVersionRow).values(**values))
    key = {"tenant_id": values["tenant_id"], "version": values["version"]}
    rows = [key | {"name": name, "sha256": digest(content), "content": content} for name, content in files.items()]
    session.execute(insert(ModelFileRow), rows)


def files(session: Session, name: str) -> dict[str, bytes]:
    """The files of a version."""
    rows = session.execute(select(ModelFileRow.name, ModelFileRow.content).where(ModelFileRow.version == name))
    return {file: bytes(content) for file, content in rows}


def add_comparison(session: Session, values: Mapping[str, Any]) -> None:
    """Write down a comparison."""
    session.execute(insert(ModelComparisonRow).values(**values))


def comparison(session: Session, comparison_id: uuid.UUID) -> ModelComparisonRow | None:
    """A comparison by its id."""
    return session.get(ModelComparisonRow, comparison_id)


def newest_comparison(session: Session, candidate: str, champion: str) -> ModelComparisonRow | None:
    """The last time that these two were compared."""
    return session.scalars(
        select(ModelComparisonRow)
        .where(ModelComparisonRow.candidate == candidate, ModelComparisonRow.champion == champion)
        .order_by(ModelComparisonRow.made_at.desc(), ModelComparisonRow.comparison_id)
        .limit(1)
    ).first()


def comparisons(session: Session, candidate: str | None, limit: int, cursor: str | None) -> Page[ModelComparisonRow]:
    """Comparisons, the newest first."""
    query = select(ModelComparisonRow)
    if candidate:
        query = query.where(ModelComparisonRow.candidate == candidate)
    key = tuple_(ModelComparisonRow.made_at, ModelComparisonRow.comparison_id)
    if cursor:
        query = query.where(key < tuple_(*decode_cursor("comparisons", cursor, (str, str))))
    order = (ModelComparisonRow.made_at.desc(), ModelComparisonRow.comparison_id.desc())
    rows = list(session.scalars(query.order_by(*order).limit(limit + 1)))
    last = rows[limit - 1] if len(rows) > limit else None
    more = encode_cursor("comparisons", last.made_at.isoformat(), str(last.comparison_id)) if last else None
    return Page(tuple(rows[:limit]), more)


def read_by(session: Session, account_ids: Iterable[str]) -> dict[str, str]:
    """Of accounts of which something was read, the version that read them: it is one for all of an account."""
    rows = session.execute(
        text(
            "select a.account_id, r.pipeline_version from unnest(cast(:ids as text[])) a(account_id)"
            " cross join lateral (select r.pipeline_version from documents d"
            " join readings r on r.document_id = d.document_id where d.account_id = a.account_id limit 1) r"
        ),
        {"ids": sorted(set(account_ids))},
    )
    return {account_id: model_of(pipeline_version) for account_id, pipeline_version in rows}


def model_of(pipeline_version: str) -> str:
    """The version of the weights in the version of a pipeline."""
    return pipeline_version.rsplit("+", 1)[0]


def accounts_to_reread(session: Session, pipeline_version: str, limit: int | None = None) -> list[str]:
    """Accounts with documents that something else than ``pipeline_version`` read, the highest risk first."""
    rows = session.execute(
        text(
            "select x.account_id from (select distinct d.account_id from documents d"
            " join readings r on r.document_id = d.document_id where r.pipeline_version <> :wanted) x"
            " left join account_risks k on k.account_id = x.account_id"
            " order by coalesce(k.score, 0) desc, x.account_id limit :limit"
        ),
        {"wanted": pipeline_version, "limit": limit},
    )
    return [account_id for (account_id,) in rows]


def accounts_by_version(session: Session) -> dict[str, int]:
    """How many accounts each pipeline version has read."""
    rows = session.execute(
        select(ReadingRow.pipeline_version, func.count(DocumentRow.account_id.distinct()))
        .join(DocumentRow, DocumentRow.document_id == ReadingRow.document_id)
        .group_by(ReadingRow.pipeline_version)
    )
    found: dict[str, int] = {}
    for pipeline_version, count in rows:
        found[model_of(pipeline_version)] = found.get(model_of(pipeline_version), 0) + int(count)
    return found


def revisions(session: Session, account_id: str) -> dict[uuid.UUID, tuple[int, str]]:
    """Documents of an account that were read, with revision and pipeline version."""
    rows = session.execute(
        select(DocumentRow.document_id, DocumentRow.revision, ReadingRow.pipeline_version)
        .join(ReadingRow, ReadingRow.document_id == DocumentRow.document_id)
        .where(DocumentRow.account_id == account_id)
        .order_by(DocumentRow.document_id)
    )
    return {document_id: (revision, pipeline_version) for document_id, revision, pipeline_version in rows}


def lock_documents(session: Session, document_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Hold documents as they are until the transaction ends; those that there are."""
    rows = session.scalars(
        select(DocumentRow.document_id)
        .where(DocumentRow.document_id.in_(document_ids))
        .order_by(DocumentRow.document_id)
        .with_for_update(read=True)
    )
    return set(rows)
