"""The risk of every account of a workspace anew, by several processes: after a change of parameters, policy or model.

Accounts go in small batches, each a transaction of its own: what was done stays done if the rest fails, and nobody
waits long for a lock.
"""

from __future__ import annotations

import gc
import itertools
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

from core.db import Store, open_store
from core.settings import Settings
from pipelines.risk import repository
from pipelines.risk.service import RiskService

BATCH = 50
"""Accounts in one transaction."""

_service: RiskService | None = None
"""In a worker process: the service over a store of its own."""


def recompute(
    store: Store,
    settings: Settings,
    tenant_id: str,
    processes: int,
    done: Callable[[int], None] = lambda accounts: None,
) -> int:
    """Compute and keep the latest risk of all accounts; returns of how many.

    Args:
        store: where the accounts are.
        settings: how worker processes reach the same store.
        tenant_id: whose accounts.
        processes: how many work at a time; with one, this one does it.
        done: told after each batch how many it held.

    Raises:
        StoreUnavailable: if the database does not answer.
    """
    with store.tenant(tenant_id) as session:
        waiting = iter(repository.account_ids(session))
    batches = list(iter(lambda: list(itertools.islice(waiting, BATCH)), []))
    total = 0
    if processes <= 1 or len(batches) <= 1:
        service = RiskService.over(store)
        for batch in batches:
            total += service.refresh_many(tenant_id, batch)
            done(len(batch))
        return total
    # Forked processes would share this one's connections.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, initializer=_open, initargs=(settings,)) as pool:
        for batch, count in zip(batches, pool.map(_refresh, itertools.repeat(tenant_id), batches), strict=True):
            total += count
            done(len(batch))
    return total


def _open(settings: Settings) -> None:
    global _service
    # Millions of small values come and go without cycles; looking for some took a fifth of the time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    _service = RiskService.over(open_store(settings, migrate=False))


def _refresh(tenant_id: str, account_ids: list[str]) -> int:
    if _service is None:
        raise RuntimeError("the worker process was not opened")
    return _service.refresh_many(tenant_id, account_ids)
