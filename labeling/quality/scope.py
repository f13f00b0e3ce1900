"""Whose work a reviewer may look at: what is in the queues given to them."""

from __future__ import annotations

from labeling.members import ALL_QUEUES, Member, Role


def queues_for(member: Member, queue: str | None) -> list[str] | None:
    """The queues that are looked at: one, or all of the member's; ``None`` stands for all there are.

    Raises:
        Forbidden: if the member is no reviewer.
        NotFound: if the queue was not given to them.
    """
    member.require(Role.REVIEWER)
    if queue is not None:
        member.require_queue(queue)
        return [queue]
    return None if member.sees(ALL_QUEUES) else sorted(member.queues)
