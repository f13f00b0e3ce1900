"""Why a queue has no task for somebody, in words. "No tasks" alone is what people complain of most in other tools."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from core.tables_labeling import LabelQueueRow
from labeling.members import Member
from labeling.queues import repository
from labeling.queues.repository import Tally
from labeling.queues.rules import Strategy

_FILLED_BY = {
    Strategy.CORRECTIONS: "corrections on document pages fill it",
    Strategy.SEARCH: "what somebody chooses from a search fills it",
    Strategy.IMPORTED: "`foreshock label import` fills it",
    Strategy.ISSUES: "`foreshock label issues` fills it",
    Strategy.CUSTOM: "“Pick the next” on the page of the signal fills it",
}


def why_empty(session: Session, row: LabelQueueRow, count: Tally, member: Member, now: datetime) -> str:
    """What keeps the queue from having a task for this member, one sentence for each cause."""
    mine = repository.shares(session, [row.queue], member.person).get(row.queue, 0)
    skipped = repository.skipped_by(session, row.queue, member.person)
    return " ".join(_sentences(row, count, mine, skipped, now))


def _sentences(row: LabelQueueRow, count: Tally, mine: int, skipped: int, now: datetime) -> list[str]:
    if not count.records:
        how = _FILLED_BY.get(Strategy(row.strategy), f"`foreshock label fill {row.queue}` fills it")
        return [f"Nothing was put into this queue yet; {how}."]
    found = [f"It holds {_count(count.records, 'record')}; you have answered {mine}."]
    if count.open == count.locked == count.set_aside == 0:
        return [*found, "All of them have as many answers as they need."]
    if count.locked:
        minutes = max(1, round((count.next_free - now).total_seconds() / 60)) if count.next_free else 1
        places = f"{_count(count.locked, 'place')} {'is' if count.locked == 1 else 'are'}"
        found.append(f"{places} in others' hands; the first lock ends in {_count(minutes, 'minute')}.")
    if count.open:
        verb = "waits" if count.open == 1 else "wait"
        found.append(
            f"{_count(count.open, 'place')} {verb} for other people: you have answered or skipped these records."
        )
    if skipped:
        found.append(f"You skipped {_count(skipped, 'record')}; take the last one back with undo.")
    if count.set_aside:
        verb = "was" if count.set_aside == 1 else "were"
        found.append(f"{_count(count.set_aside, 'place')} {verb} set aside for a reviewer, as too many people skipped.")
    return found


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"
