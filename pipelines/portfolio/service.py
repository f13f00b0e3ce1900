"""Themes across accounts, the timeline of one, and exports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from core.clock import Clock, system_clock
from core.db import Store
from core.entities import Label
from core.errors import NotFound
from pipelines.accounts.repository import AccountFilters
from pipelines.accounts.tiers import best_condition
from pipelines.playbook.service import PlaybookService
from pipelines.portfolio import repository
from pipelines.portfolio.exports import Format, Shape, rows, written
from pipelines.portfolio.people import people_of
from pipelines.portfolio.repository import Theme, Window
from pipelines.risk import repository as risk_repository
from pipelines.risk.model import contributions_at, scores_at
from pipelines.wire import moment, said_json

THEMES_MAX = 20
NOISE = 0.2
"""A change of the number of accounts by less than this share is no trend."""

Direction = Literal["new", "rising", "steady", "falling"]


@dataclass(frozen=True, slots=True)
class PortfolioService:
    """Questions over all accounts."""

    store: Store
    playbook: PlaybookService
    clock: Clock = system_clock

    def themes(
        self, tenant_id: str, filters: AccountFilters, *, days: int = 90, until: datetime | None = None
    ) -> dict[str, Any]:
        """Rivals, platforms and requests that accounts speak of in the last ``days``, beside the days before."""
        end = until or self.clock()
        window = Window(end - timedelta(days=2 * days), end - timedelta(days=days), end)
        with self.store.tenant(tenant_id) as session:
            best = best_condition(session, self.playbook.policy(session).best_customer, self.clock().date())
            found = {
                "rivals": repository.named_themes(
                    session, Label.COMPETITIVE_MENTION, "competitors", filters, best, window, THEMES_MAX
                ),
                "platforms": repository.named_themes(
                    session, Label.VENDOR_CONSOLIDATION, "platform", filters, best, window, THEMES_MAX
                ),
                "requests": repository.request_themes(session, filters, best, window, THEMES_MAX),
            }
        return {"since": moment(window.middle), "until": moment(end)} | {
            name: [_theme(theme) for theme in themes] for name, themes in found.items()
        }

    def timeline(self, tenant_id: str, account_id: str, until: datetime | None = None) -> list[dict[str, Any]]:
        """An account's documents in order, each with its signals and the score after it.

        Raises:
            NotFound: if there is no such account.
        """
        end = until or self.clock()
        with self.store.tenant(tenant_id) as session:
            if risk_repository.account(session, account_id) is None:
                raise NotFound("no such account", where=f"account {account_id!r}")
            parameters = self.playbook.parameters(session)
            documents = repository.documents_of(session, account_id, end)
            facts = risk_repository.facts_of(session, [account_id], end)[account_id]
        moments = [row.occurred_at for row, _ in documents]
        scores = scores_at(facts.signals, facts.documents, moments, parameters)
        made = contributions_at(facts.signals, facts.documents, moments, parameters)
        items, before = [], 0.0
        for (row, sentences), score, parts in zip(documents, scores, made, strict=True):
            points = {
                (item.signal.document_id, item.signal.start, item.signal.label): item.points
                for part in parts
                if part.name in set(Label)
                for item in part.evidence
            }
            items.append(
                {
                    "document": {"source": row.source, "id": row.external_id},
                    "kind": row.kind,
                    "title": row.title,
                    "occurred_at": moment(row.occurred_at),
                    "sentences": sentences,
                    "score": score,
                    "change": round(score - before, 2),
                    "signals": [
                        said_json(signal)
                        | {
                            "label": signal.label.value,
                            "points": points.get((signal.document_id, signal.start, signal.label), 0.0),
                        }
                        for signal in facts.signals
                        if signal.document_id == row.external_id and signal.occurred_at == row.occurred_at
                    ],
                }
            )
            before = score
        return items

    def arrived(self, tenant_id: str, account_id: str, since: datetime) -> int:
        """How many documents of an account came in after a moment, whenever they were written."""
        with self.store.tenant(tenant_id) as session:
            return repository.arrived(session, account_id, since)

    def people(self, tenant_id: str, account_id: str, until: datetime | None = None) -> list[dict[str, Any]]:
        """Who of an account takes part, how senior they are, and who went silent.

        Raises:
            NotFound: if there is no such account.
        """
        end = until or self.clock()
        with self.store.tenant(tenant_id) as session:
            if risk_repository.account(session, account_id) is None:
                raise NotFound("no such account", where=f"account {account_id!r}")
            chance = self.playbook.parameters(session).quiet.chance
            facts = risk_repository.facts_of(session, [account_id], end)[account_id]
        return people_of(facts.signals, facts.documents, chance)

    def export(self, tenant_id: str, filters: AccountFilters, shape: Shape, form: Format) -> Iterator[str]:
        """All accounts that the filters let through, as lines of a file."""
        with self.store.tenant(tenant_id) as session:
            best = best_condition(session, self.playbook.policy(session).best_customer, self.clock().date())
            yield from written(rows(repository.all_accounts(session, filters, best), shape), form)


def _theme(theme: Theme) -> dict[str, Any]:
    return {
        "name": theme.name,
        "key": theme.key,
        "accounts": theme.accounts,
        "accounts_before": theme.accounts_before,
        "mentions": theme.mentions,
        "mentions_before": theme.mentions_before,
        "arr_usd": theme.arr_usd,
        "trend": _trend(theme.accounts, theme.accounts_before),
    }


def _trend(now: int, before: int) -> Direction:
    if not before:
        return "new"
    if abs(now - before) <= NOISE * before:
        return "steady"
    return "rising" if now > before else "falling"
